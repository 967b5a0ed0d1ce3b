//! What a future returns or a stream gives, told by the type that the annotated function returns.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;

use futures_core::Stream;

/// A future or a stream, and the type of what it gives. `(&&expected::<T, _>(&it)).__isohub_expected()`
/// makes it known to be that type where it is not known yet, and does nothing where it is another.
pub struct Expected<'a, F, T>(PhantomData<&'a F>, PhantomData<T>);

impl<F, T> fmt::Debug for Expected<'_, F, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Expected")
    }
}

/// Told by the type, and not by the value.
#[inline]
pub fn expected<T, F>(_: &F) -> Expected<'_, F, T> {
    Expected(PhantomData, PhantomData)
}

/// A future that returns this.
pub trait ExpectedOutput {
    /// Does nothing when it runs.
    #[inline]
    fn __isohub_expected(&self) {}
}

impl<F: Future<Output = T>, T> ExpectedOutput for &Expected<'_, F, T> {}

/// A stream that gives this.
pub trait ExpectedItem {
    /// Does nothing when it runs.
    #[inline]
    fn __isohub_expected(&self) {}
}

impl<F: Stream<Item = T>, T> ExpectedItem for &Expected<'_, F, T> {}

/// Anything else, about which the compiler complains elsewhere.
pub trait AnyOutput {
    /// Does nothing when it runs.
    #[inline]
    fn __isohub_expected(&self) {}
}

impl<F, T> AnyOutput for Expected<'_, F, T> {}
