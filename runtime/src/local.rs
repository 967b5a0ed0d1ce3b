//! Typed values that follow the hub.

mod scope;

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::panic::Location;
use std::sync::Arc;

use crate::current::{self, Current};
use crate::doctor;
use crate::locals::Local;

pub use scope::InHubLocal;
use scope::Scoped;

/// What a unit that is cloned from another starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[doc(hidden)]
pub enum Policy {
    Fork,
    Share,
    Reset,
}

/// A typed value of the current unit, declared by [`hub_local!`](crate::hub_local).
pub struct HubLocal<T: 'static> {
    policy: Policy,
    default: Option<fn() -> T>,
    _value: PhantomData<fn() -> T>,
}

/// What [`hub_local!`](crate::hub_local) makes of a declaration. A function, since of its type parameter the compiler
/// says at the type that the program wrote what that lacks.
pub const fn hub_local<T: Send + Sync + 'static>(policy: Policy, default: Option<fn() -> T>) -> HubLocal<T> {
    HubLocal { policy, default, _value: PhantomData }
}

impl<T: Send + Sync + 'static> HubLocal<T> {
    fn key(&'static self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    /// The value in the current unit. One that was declared with a default and has no value gets its
    /// default now, so that it is `None` only without a default; a panic of the default's is the caller's.
    ///
    /// The value is shared, and not lent: `set` may replace it while it is looked at. It costs a search
    /// among the values of the unit, and a reference count.
    ///
    /// ```
    /// isohub::hub_local! {
    ///     static TENANT: String;
    ///     static RETRIES: u32 = 3;
    /// }
    /// assert_eq!(TENANT.get(), None);
    /// assert_eq!(RETRIES.get().as_deref(), Some(&3));
    /// ```
    #[track_caller]
    pub fn get(&'static self) -> Option<Arc<T>> {
        if let Some(value) = self.found() {
            return Some(value);
        }
        let value = Arc::new(self.default?());
        self.put(Some(Arc::clone(&value)), Location::caller());
        Some(value)
    }

    /// Sets the value in the current unit. The one that was there is dropped when the new one is in
    /// its place, unless a clone of the unit has it too. It costs an allocation, and for the first that is set
    /// after a clone a copy of the list of the unit's values, which are not copied themselves.
    ///
    /// ```
    /// isohub::hub_local! {
    ///     static TENANT: String;
    /// }
    /// TENANT.set("acme".to_owned());
    /// isohub::isolated!(|| TENANT.set("umbrella".to_owned()))();
    /// assert_eq!(TENANT.get().unwrap().as_str(), "acme");
    /// ```
    #[track_caller]
    pub fn set(&'static self, value: T) {
        self.put(Some(Arc::new(value)), Location::caller());
        doctor::set_local(Location::caller());
    }

    /// Removes the value from the current unit. A default that it was declared with is made anew by the next
    /// [`get`](HubLocal::get).
    #[track_caller]
    pub fn remove(&'static self) {
        self.put(None, Location::caller());
    }

    /// Sets the value in the current unit, or with `None` removes it, and returns the one that was there:
    /// to put back later what was there, where [`scope`](HubLocal::scope) does not fit because the two
    /// places are not in one function. A default that was not yet asked for counts as nothing.
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// isohub::hub_local! {
    ///     static USER: String;
    /// }
    /// USER.set("ann".to_owned());
    /// let before = USER.replace(Arc::new("bob".to_owned()));
    /// assert_eq!(USER.get().unwrap().as_str(), "bob");
    /// USER.replace(before);
    /// assert_eq!(USER.get().unwrap().as_str(), "ann");
    /// ```
    #[track_caller]
    pub fn replace(&'static self, value: impl Into<Option<Arc<T>>>) -> Option<Arc<T>> {
        let before = self.found();
        self.put(value.into(), Location::caller());
        before
    }

    /// Runs `f` with another value, and puts back what was there, also if `f` panics. Units that are made in `f`
    /// keep the value.
    ///
    /// ```
    /// isohub::hub_local! {
    ///     static DEPTH: u32 = 0;
    /// }
    /// let depth = DEPTH.scope(1, || DEPTH.get());
    /// assert_eq!(depth.as_deref(), Some(&1));
    /// assert_eq!(DEPTH.get().as_deref(), Some(&0));
    /// ```
    #[track_caller]
    pub fn scope<R>(&'static self, value: T, f: impl FnOnce() -> R) -> R {
        let mut scoped = Scoped::new(self.key(), Arc::new(value), Location::caller());
        let _entered = scoped.enter();
        f()
    }

    /// A future that runs with another value: whenever it is polled or dropped, and afterwards what was
    /// there is there again. What it sets itself, it finds again after each await.
    ///
    /// A future of an annotated function took its hub when that was called, and does not see the value: write
    /// `NAME.scope_async(value, async { annotated().await })`. It costs two searches among the values of the unit a poll.
    ///
    /// ```
    /// isohub::hub_local! {
    ///     static DEPTH: u32 = 0;
    /// }
    /// # #[tokio::main]
    /// # async fn main() {
    /// let deeper = async {
    ///     tokio::task::yield_now().await;
    ///     DEPTH.get()
    /// };
    /// assert_eq!(DEPTH.scope_async(1, deeper).await.as_deref(), Some(&1));
    /// assert_eq!(DEPTH.get().as_deref(), Some(&0));
    /// # }
    /// ```
    #[track_caller]
    pub fn scope_async<F: Future>(&'static self, value: T, future: F) -> InHubLocal<F> {
        InHubLocal::new(Scoped::new(self.key(), Arc::new(value), Location::caller()), future)
    }

    fn found(&'static self) -> Option<Arc<T>> {
        doctor::looked();
        let found = current::with(|current, _| match current {
            Current::Unit(unit) => {
                let local = unit.locals.get(self.key())?;
                let counts = self.policy != Policy::Reset || local.unit == unit.id;
                counts.then(|| Arc::clone(&local.value))
            }
            Current::Thread | Current::Unbound(_) => None,
        });
        found.and_then(|value| value.downcast().ok())
    }

    fn put(&'static self, value: Option<Arc<T>>, place: &'static Location<'static>) {
        doctor::wrote(&[], place);
        // What is replaced may have a destructor of the user's, which runs when the slot is whole.
        let replaced = current::with_unit(|unit| {
            let local = value.map(|value| Local { unit: unit.id, value });
            unit.locals.replace(self.key(), local)
        });
        if replaced.is_none() {
            doctor::lost_write(place);
        }
    }
}

impl<T> fmt::Debug for HubLocal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HubLocal").field("policy", &self.policy).finish_non_exhaustive()
    }
}

/// Declares typed values that follow the hub: each unit has its own. They are program state, and
/// never part of a record.
///
/// `static NAME: Type;` has no value until one is set, and `static NAME: Type = default;` gets its
/// default when a unit first asks for it; a default may ask for other values, and one that asks for itself
/// overflows the stack. The type is `Send`, `Sync` and `'static`, and need not be `Clone`: units share the value. After a comma may stand what a unit that is cloned from another starts with:
///
/// - `fork`, unless said otherwise: the same value; what either sets afterwards, the other does not see.
/// - `share`: the same value. It is a fork, said so that a reader knows: the type's own interior
///   mutability (a `Mutex`, an atomic) is meant to be seen by all. Set it before the units are made;
///   a default that is made in one unit is not seen by those made before.
/// - `reset`: none. The value is dropped when no clone of its unit is left, though those do not see it.
///
/// ```
/// isohub::hub_local! {
///     /// For whom this request works.
///     pub static TENANT: String;
///     static HITS: std::sync::atomic::AtomicU32 = 0.into(), share;
///     static DEPTH: u32 = 0, reset;
/// }
/// TENANT.set("acme".to_owned());
/// assert_eq!(TENANT.get().as_deref().map(String::as_str), Some("acme"));
/// ```
///
/// A value is there on whichever thread its unit runs. What is set ends with the unit: `merge` gives the
/// scope back, and never these values. The base hub has none, nor has what [`suppress`](crate::suppress)
/// runs. An annotated block and [`with_scope`](crate::with_scope) are parts of their unit: what is set in
/// one vanishes with it, and `reset` does not reset there. Where no unit is bound,
/// in a bare task, nothing is kept: that is counted and named, as other lost writes are.
///
/// # Coming from elsewhere
///
/// | `contextvars` | `tokio::task_local!` | here |
/// | --- | --- | --- |
/// | `var.get()` | `NAME.get()`, `NAME.with(..)` | [`NAME.get()`](HubLocal::get) |
/// | `var.set(x)` | – | [`NAME.set(x)`](HubLocal::set) |
/// | `token = var.set(x)`, `var.reset(token)` | – | [`NAME.replace(..)`](HubLocal::replace), twice |
/// | `with var.set(x):` | `NAME.sync_scope(x, \|\| ..)` | [`NAME.scope(x, \|\| ..)`](HubLocal::scope) |
/// | – | `NAME.scope(x, future)` | [`NAME.scope_async(x, future)`](HubLocal::scope_async) |
/// | `copy_context()` | – | [`Hub::current()`](crate::Hub::current) |
/// | `context.run(f)` | – | [`hub.run(f)`](crate::Hub::run), [`future.bind_hub(hub)`](crate::HubFutureExt::bind_hub) |
///
/// A hub is a value that one unit has, so that it cannot be entered twice at the same time. Unlike a scope
/// of `task_local!`, one of these needs a unit to be in: `spawn_isolated!(NAME.scope_async(x, future))`.
#[cfg(feature = "enabled")]
#[macro_export]
macro_rules! hub_local {
    () => {};
    ($(#[$meta:meta])* $vis:vis static $name:ident: $ty:ty $(= $default:expr)? $(, $policy:ident)? $(; $($rest:tt)*)?) => {
        $(#[$meta])*
        $vis static $name: $crate::HubLocal<$ty> = $crate::__private::hub_local::<$ty>(
            $crate::__hub_local_policy!($($policy)?),
            $crate::__hub_local_default!($($default)?),
        );
        $crate::hub_local! { $($($rest)*)? }
    };
    ($($other:tt)*) => {
        $crate::__private::refused! {
            "write `static NAME: Type;` or `static NAME: Type = default;`, and, if units shall not start with a \
             copy of what was set, `, share` or `, reset` before the semicolon"
            $($other)*
        }
    };
}

/// Declares typed values that follow the hub. They are program state, and so need isohub's feature
/// `enabled`.
#[cfg(not(feature = "enabled"))]
#[macro_export]
macro_rules! hub_local {
    ($($declarations:tt)*) => {
        ::core::compile_error!(
            "`hub_local!` holds state of the program, which is there only with isohub's feature `enabled`: \
             turn it on in Cargo.toml"
        );
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __hub_local_policy {
    () => {
        $crate::__private::Policy::Fork
    };
    (fork) => {
        $crate::__private::Policy::Fork
    };
    (share) => {
        $crate::__private::Policy::Share
    };
    (reset) => {
        $crate::__private::Policy::Reset
    };
    ($other:ident) => {
        $crate::__private::refused!("this is no policy: write `fork`, `share` or `reset`" $other)
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __hub_local_default {
    () => {
        ::core::option::Option::None
    };
    ($default:expr) => {
        ::core::option::Option::Some(|| $default)
    };
}
