use isohub::{isolated_hub, parallel_span, span};

#[span(feilds(id))]
fn nearly_fields(id: u8) -> u8 {
    id
}

// Two messages: one for each.
#[parallel_span(errr, detatched)]
async fn two_of_them() -> Result<u8, u8> {
    Ok(1)
}

#[span(Kind = server)]
fn upper_case() {}

#[isolated_hub(frsh = true)]
fn with_a_value() {}

#[span(everything)]
fn of_span() {}

#[isolated_hub(everything(a = 1))]
fn of_isolated_hub() {}

#[parallel_span(everything = 1 + 1)]
fn of_parallel_span() {}

fn main() {
    let _: u8 = nearly_fields(1);
    drop(two_of_them());
    upper_case();
    with_a_value();
    of_span();
    of_isolated_hub();
    of_parallel_span();
}
