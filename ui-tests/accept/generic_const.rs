//! Const generics with braces and defaults, where clauses on `Self`, and associated constants.
#![deny(warnings)]

use isohub::span;

trait Sized2 {
    const N: usize;

    #[span(fields(n = Self::N))]
    fn filled(&self, byte: u8) -> Vec<u8>
    where
        Self: Sized,
    {
        vec![byte; Self::N]
    }

    #[span]
    fn boxed(self: Box<Self>) -> usize {
        Self::N
    }
}

struct Of<const N: usize, const SIGNED: bool = { 1 + 1 == 2 }>;

impl<const N: usize> Sized2 for Of<N, true> {
    const N: usize = N;
}

#[span(fields(N))]
async fn array<const N: usize, T>(value: T) -> [T; N]
where
    [T; N]: Sized,
    T: Copy,
{
    [value; N]
}

pub(crate) fn main() {
    let three: Of<3> = Of;
    assert_eq!(three.filled(1), futures::executor::block_on(array::<3, u8>(1)));
    assert_eq!(Box::new(three).boxed(), 3);
}
