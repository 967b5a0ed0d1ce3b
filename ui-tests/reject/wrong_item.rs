use isohub::{isolated_hub, parallel_span, span};

#[span]
struct Structure;

#[isolated_hub]
pub(crate) enum Enumeration {
    Variant,
}

#[span]
union Union {
    byte: u8,
}

#[parallel_span]
static STATIC: u8 = 1;

#[span]
const CONSTANT: u8 = 1;

#[span]
type Alias = u8;

#[span]
use std::fmt::Debug;

#[span]
macro_rules! rules {
    () => {};
}

fn main() {
    fn shown(_: impl Debug) {}
    let _ = (Structure, Enumeration::Variant, Union { byte: 1 });
    shown(STATIC + CONSTANT);
    let _: Alias = 1;
    rules!();
}
