use isohub::{parallel_span, span};

#[span(err)]
fn a_value() -> Result<(), u8> {
    Ok(())
}

#[span(err)]
fn another_form() -> Result<(), u8> {
    Ok(())
}

#[parallel_span(err)]
async fn no_form() -> Result<(), u8> {
    Ok(())
}

#[span(err(Debug))]
fn two_forms() -> Result<(), u8> {
    Ok(())
}

#[parallel_span(err(Debug))]
fn twice() -> Result<(), u8> {
    Ok(())
}

#[parallel_span(err)]
fn of_no_span() -> Result<(), u8> {
    Ok(())
}

pub(crate) fn main() {
    let _ = (a_value(), another_form(), no_form(), two_forms(), twice(), of_no_span());
}
