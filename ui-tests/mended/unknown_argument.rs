use isohub::{isolated_hub, parallel_span, span};

#[span(fields(id))]
fn nearly_fields(id: u8) -> u8 {
    id
}

#[parallel_span(err, detached)]
async fn two_of_them() -> Result<u8, u8> {
    Ok(1)
}

#[span(kind = server)]
fn upper_case() {}

#[isolated_hub(fresh)]
fn with_a_value() {}

#[span]
fn of_span() {}

#[isolated_hub]
fn of_isolated_hub() {}

#[parallel_span]
fn of_parallel_span() {}

pub(crate) fn main() {
    let _: u8 = nearly_fields(1);
    drop(two_of_them());
    upper_case();
    with_a_value();
    of_span();
    of_isolated_hub();
    of_parallel_span();
}
