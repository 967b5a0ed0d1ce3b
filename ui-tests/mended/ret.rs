use isohub::{parallel_span, span};

#[span(ret)]
fn a_value() -> u8 {
    1
}

#[span(ret)]
fn empty() -> u8 {
    1
}

#[parallel_span(ret(len = r.len()))]
fn no_key() -> String {
    String::new()
}

#[parallel_span(ret(a = r))]
fn twice() -> u8 {
    1
}

#[parallel_span(ret)]
fn of_no_span() -> u8 {
    1
}

pub(crate) fn main() {
    let _ = (a_value(), empty(), no_key(), twice(), of_no_span());
}
