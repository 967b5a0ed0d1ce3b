//! Thread-locals, where stackful coroutines are resumed on another thread than they were suspended on.
//!
//! A *strand* is what has a stack of its own: a thread, or a stackful coroutine. A function that looks at a
//! thread-local, lets other code run and looks again may do so on two threads, but the compiler computes
//! the address once, if both looks are inlined. So with the feature `stackful` each look is a call: no
//! address outlives it, and as no code of the program's runs in it, no coroutine is switched there either.
//! Without the feature a look is what it is anywhere, one access.

/// Declares `fn name(f)`, which calls `f` with a value that each thread has one of.
macro_rules! thread_bound {
    ($(#[$meta:meta])* $vis:vis fn $name:ident: $ty:ty = $init:expr;) => {
        $(#[$meta])*
        #[cfg_attr(feature = "stackful", inline(never))]
        #[cfg_attr(not(feature = "stackful"), inline)]
        $vis fn $name<R>(f: impl FnOnce(&$ty) -> R) -> R {
            thread_local! {
                static OF_THREAD: $ty = const { $init };
            }
            OF_THREAD.with(f)
        }
    };
}
pub(crate) use thread_bound;

/// Declares `fn name(f)`, which calls `f` with a value that each strand has one of: a thread, a coroutine of
/// `may`, and, as `isohub::stackful` exchanges it, any other coroutine.
macro_rules! strand_bound {
    ($(#[$meta:meta])* $vis:vis fn $name:ident: $ty:ty = $init:expr;) => {
        $(#[$meta])*
        #[cfg_attr(feature = "stackful", inline(never))]
        #[cfg_attr(not(feature = "stackful"), inline)]
        $vis fn $name<R>(f: impl FnOnce(&$ty) -> R) -> R {
            #[cfg(feature = "may")]
            if may::coroutine::is_coroutine() {
                may::coroutine_local!(static OF_COROUTINE: $crate::strand::Own<$ty> = $crate::strand::Own($init));
                return OF_COROUTINE.with(|own| f(&own.0));
            }
            thread_local! {
                static OF_THREAD: $ty = const { $init };
            }
            OF_THREAD.with(f)
        }
    };
}
pub(crate) use strand_bound;

/// What becomes of a coroutine's own value when the coroutine has ended.
#[cfg(feature = "may")]
pub(crate) trait End {
    fn end(&self);
}

#[cfg(feature = "may")]
impl<T> End for std::cell::Cell<T> {
    /// Whoever put something in took it out.
    fn end(&self) {}
}

/// A coroutine's own value.
#[cfg(feature = "may")]
pub(crate) struct Own<T: End>(pub(crate) T);

#[cfg(feature = "may")]
impl<T: End> Drop for Own<T> {
    fn drop(&mut self) {
        self.0.end();
    }
}
