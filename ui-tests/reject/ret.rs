use isohub::{isolated_hub, parallel_span, span};

#[span(ret = 1)]
fn a_value() -> u8 {
    1
}

#[span(ret())]
fn empty() -> u8 {
    1
}

#[parallel_span(ret(r.len()))]
fn no_key() -> String {
    String::new()
}

// Two messages: the places of both.
#[parallel_span(ret, ret(a = r))]
fn twice() -> u8 {
    1
}

#[isolated_hub(ret)]
fn of_no_span() -> u8 {
    1
}

fn main() {
    let _ = (a_value(), empty(), no_key(), twice(), of_no_span());
}
