use isohub::{isolated_hub, parallel_span, span};

#[span(op)]
fn no_value() {}

#[span(op = )]
fn nothing_after_equals() {}

#[parallel_span(op = "a", err, op = "b")]
async fn twice() -> Result<(), u8> {
    Ok(())
}

#[isolated_hub(op = "db")]
fn of_no_span() {}

fn main() {
    no_value();
    nothing_after_equals();
    drop(twice());
    of_no_span();
}
