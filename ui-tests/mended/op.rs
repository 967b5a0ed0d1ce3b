use isohub::{parallel_span, span};

#[span(op = "db")]
fn no_value() {}

#[span(op = "db")]
fn nothing_after_equals() {}

#[parallel_span(err, op = "b")]
async fn twice() -> Result<(), u8> {
    Ok(())
}

#[span(op = "db", err)]
fn nothing_in_the_middle() -> Result<(), u8> {
    Ok(())
}

#[parallel_span(op = "db")]
fn of_no_span() {}

pub(crate) fn main() {
    no_value();
    nothing_after_equals();
    drop(twice());
    let _ = nothing_in_the_middle();
    of_no_span();
}
