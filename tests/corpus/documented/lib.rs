//! Public functions of every kind: their documentation shows what the user wrote.

use std::fmt::Display;
use std::future::Future;
use std::pin::Pin;

/// A plain function.
#[unit]
pub fn plain(a: u8, mut b: Vec<u8>) -> usize {
    b.push(a);
    b.len()
}

/// An async function.
///
/// # Errors
///
/// Never.
#[unit]
#[must_use]
pub async fn later(a: u8, mut b: Vec<u8>) -> Result<usize, std::fmt::Error> {
    b.push(a);
    Ok(b.len())
}

/// Patterns.
#[unit]
pub async fn patterns((a, _): (u8, u8), [b, ..]: [u8; 3], &c: &u8, _: String, ref d: String) -> usize {
    usize::from(a + b + c) + d.len()
}

/// Patterns, at once.
#[unit]
pub fn patterns_now((a, _): (u8, u8), mut b: u8, _: String) -> u8 {
    b += a;
    b
}

/// Generics.
#[unit]
pub async fn generic<'a, T: Display + ?Sized, const N: usize>(a: &'a T, _: [u8; N]) -> &'a T
where
    T: Sync,
{
    a
}

/// Opaque arguments and results.
#[unit]
pub async fn opaque(a: impl Display, f: impl Fn(u8) -> u8 + Send) -> impl Iterator<Item = u8> {
    let n = f(a.to_string().len() as u8);
    0..n
}

/// A future.
#[unit]
pub fn future(a: &str) -> impl Future<Output = usize> + Send + '_ {
    async move { a.len() }
}

/// A boxed future.
#[unit]
pub fn boxed<'a>(a: &'a str) -> Pin<Box<dyn Future<Output = usize> + Send + 'a>> {
    Box::pin(async move { a.len() })
}

/// Never returns.
#[unit]
pub async fn never() -> ! {
    loop {
        std::future::pending::<()>().await;
    }
}

/// Unsafe.
///
/// # Safety
///
/// None is needed.
#[unit]
pub async unsafe fn dangerous(mut a: u8) -> u8 {
    a += 1;
    a
}

/// Of another calling convention.
#[unit]
pub unsafe extern "C" fn of_c(mut a: u8) -> u8 {
    a += 1;
    a
}

/// Deprecated.
#[unit]
#[deprecated(since = "0.1.0", note = "use another")]
#[doc(alias = "ancient")]
pub async fn old() {}

#[unit]
#[doc(hidden)]
pub async fn hidden() {}

/// A thing.
pub struct Thing<T>(T);

impl<T: Clone> Thing<T> {
    /// Makes one.
    #[unit]
    pub async fn new(mut value: Option<T>) -> Option<Self> {
        value.take().map(Self)
    }

    /// By value.
    #[unit]
    pub async fn by_value(mut self, (a, _): (T, T)) -> T {
        self.0 = a;
        self.0
    }

    /// By reference.
    #[unit]
    pub async fn by_reference(&self, a: &str) -> &T {
        let _ = a;
        &self.0
    }

    /// Pinned.
    #[unit]
    pub fn pinned(self: Pin<&mut Self>, mut a: u8) -> u8 {
        a += 1;
        a
    }
}

/// A trait.
pub trait Work {
    /// Required.
    fn required(&self, a: u8) -> impl Future<Output = u8> + Send;

    /// Provided.
    #[unit]
    #[allow(async_fn_in_trait)]
    async fn provided(&mut self, (a, _): (u8, u8)) -> u8 {
        a
    }
}

impl Work for Thing<u8> {
    #[unit]
    async fn required(&self, mut a: u8) -> u8 {
        a += self.0;
        a
    }

    #[unit]
    async fn provided(&mut self, (a, b): (u8, u8)) -> u8 {
        a + b
    }
}

/// A stream.
#[unit]
pub fn stream(mut a: Vec<u8>) -> impl futures::stream::Stream<Item = u8> + Unpin {
    a.push(1);
    futures::stream::iter(a)
}

/// With blocks.
#[unit]
pub async fn blocks((a, _): (u8, u8)) -> u8 {
    #[unit]
    let b = a;
    #[unit]
    {
        b + 1
    }
}

/// Under an attribute.
pub struct Contained(pub u8);

#[unit]
impl Contained {
    /// A constant.
    pub const ONE: u8 = { 1 };

    /// A method.
    pub async fn method(&mut self, (a, _): (u8, u8)) -> &mut u8 {
        self.0 = a;
        &mut self.0
    }

    /// A constant method.
    pub const fn constant(&self) -> u8 {
        self.0
    }
}

/// A trait under an attribute.
#[unit]
pub trait Provided {
    /// What it gives.
    type Output;

    /// Required.
    fn required(&self, a: u8) -> Self::Output;

    /// Provided.
    fn provided(&self, mut a: u8) -> Self::Output {
        a += 1;
        self.required(a)
    }
}

#[unit]
impl Provided for Contained {
    type Output = u8;

    fn required(&self, mut a: u8) -> u8 {
        a += self.0;
        a
    }
}

/// A module under an attribute.
#[unit]
pub mod module {
    /// A function.
    pub async fn later(mut a: u8) -> u8 {
        a += 1;
        a
    }
}

/// What a macro makes.
#[macro_export]
macro_rules! made {
    ($name:ident) => {
        /// Made by a macro.
        #[unit]
        pub async fn $name(mut a: u8) -> u8 {
            a += 1;
            a
        }
    };
}

made!(by_macro);
