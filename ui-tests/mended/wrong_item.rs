struct Structure;

pub(crate) enum Enumeration {
    Variant,
}

#[allow(dead_code)] // A field of a union is read in unsafe code only.
union Union {
    byte: u8,
}

static STATIC: u8 = 1;

const CONSTANT: u8 = 1;

type Alias = u8;

use std::fmt::Debug;

macro_rules! rules {
    () => {};
}

pub(crate) fn main() {
    fn shown(_: impl Debug) {}
    let _ = (Structure, Enumeration::Variant, Union { byte: 1 });
    shown(STATIC + CONSTANT);
    let _: Alias = 1;
    rules!();
}
