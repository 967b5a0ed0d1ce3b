//! Functions with a body in a trait, and what implements it.
#![deny(warnings)]

use isohub::{isolated_hub, parallel_span, span};

trait Shape {
    const SIDES: u8;
    type Side: Copy + Into<u8>;

    fn side(&self) -> Self::Side;

    #[span(fields(sides = Self::SIDES))]
    fn around(&self) -> u8 {
        Self::SIDES * self.side().into()
    }

    #[parallel_span(tags(sides = Self::SIDES))]
    async fn later(&self) -> u8 {
        self.around()
    }

    #[isolated_hub]
    fn returned(&self) -> impl Future<Output = u8> {
        async { self.around() }
    }

    #[span]
    fn made() -> Self
    where
        Self: Default,
    {
        Self::default()
    }
}

#[derive(Default)]
struct Square(u8);

impl Shape for Square {
    const SIDES: u8 = 4;
    type Side = u8;

    #[span]
    fn side(&self) -> Self::Side {
        self.0
    }
}

trait Named: Shape {
    #[span(fields(name, around = self.around()))]
    fn named(&self, name: &'static str) -> u8 {
        self.around() + u8::from(name.is_empty())
    }
}

impl<T: Shape + ?Sized> Named for T {}

pub(crate) fn main() {
    let both = async { Square(1).later().await + Square(2).returned().await };
    assert_eq!(futures::executor::block_on(both), 12);
    assert_eq!(Square::made().named("a"), 0);
}
