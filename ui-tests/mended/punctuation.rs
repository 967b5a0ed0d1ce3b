use isohub::{parallel_span, span};

#[span(err, ret(?r))]
fn no_comma() -> Result<u8, u8> {
    Ok(1)
}

#[span("name", err)]
fn no_comma_after_the_name() -> Result<u8, u8> {
    Ok(1)
}

#[parallel_span(err, ret(?r))]
fn two_commas() -> Result<u8, u8> {
    Ok(1)
}

#[span("1")]
fn a_number() {}

#[span(err, ret(?r))]
fn a_semicolon() -> Result<u8, u8> {
    Ok(1)
}

pub(crate) fn main() {
    let _ = (no_comma(), no_comma_after_the_name(), two_commas(), a_number(), a_semicolon());
}
