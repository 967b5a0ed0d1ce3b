use isohub::{isolated_hub, parallel_span, span};

#[span(op)]
fn no_value() {}

#[span(op = )]
fn nothing_after_equals() {}

// Two messages: the places of both.
#[parallel_span(op = "a", err, op = "b")]
async fn twice() -> Result<(), u8> {
    Ok(())
}

#[span(op = , err)]
fn nothing_in_the_middle() -> Result<(), u8> {
    Ok(())
}

#[isolated_hub(op = "db")]
fn of_no_span() {}

fn main() {
    no_value();
    nothing_after_equals();
    drop(twice());
    let _ = nothing_in_the_middle();
    of_no_span();
}
