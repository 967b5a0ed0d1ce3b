//! Names that are keywords, names that no one should use, and names in other scripts.
#![deny(warnings)]

use isohub::{parallel_span, span};

#[span(fields(r#type, r#match.r#fn = r#type, "a b" = 1, größe = 2))]
fn r#fn(r#type: u8) -> u8 {
    r#type
}

#[parallel_span(fields(__fields, __result), ret(length = r))]
async fn __callsite(__fields: u8, __result: u8, r: u8) -> u8 {
    let __origin = __fields + __result;
    __origin + r
}

#[span]
fn größe(ß: u8) -> u8 {
    ß
}

pub(crate) fn main() {
    let later = futures::executor::block_on(__callsite(1, 2, 3));
    assert_eq!(r#fn(1) + later + größe(1), 8);
}
