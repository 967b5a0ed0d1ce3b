use isohub::{isolated_hub, parallel_span, span};

#[span(err = true)]
fn a_value() -> Result<(), u8> {
    Ok(())
}

#[span(err(Display))]
fn another_form() -> Result<(), u8> {
    Ok(())
}

#[parallel_span(err())]
async fn no_form() -> Result<(), u8> {
    Ok(())
}

#[span(err(Debug, capture))]
fn two_forms() -> Result<(), u8> {
    Ok(())
}

// Two messages: the places of both.
#[parallel_span(err, err(Debug))]
fn twice() -> Result<(), u8> {
    Ok(())
}

#[isolated_hub(err)]
fn of_no_span() -> Result<(), u8> {
    Ok(())
}

fn main() {
    let _ = (a_value(), another_form(), no_form(), two_forms(), twice(), of_no_span());
}
