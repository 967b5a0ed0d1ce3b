#[isohub::span]
async fn empty_name() -> u8 {
    #[isohub::parallel_span("one")] async { 1 }.await
}

#[isohub::span]
async fn unknown() -> u8 {
    #[isohub::parallel_span(fields(x = 1))] async { 1 }.await
}

#[isohub::span]
fn of_no_span() -> u8 {
    let unit = #[isohub::parallel_span(err)] |n: u8| Ok::<u8, u8>(n);
    unit(1).unwrap()
}

#[isohub::span]
async fn a_value() -> u8 {
    let unit = #[isohub::span("name")] async || 1;
    unit().await
}

#[isohub::span]
async fn of_no_hub() -> u8 {
    #[isohub::parallel_span(tags(a = 1))] async move { 1 }.await
}

pub(crate) fn main() {
    drop((empty_name(), unknown(), a_value(), of_no_hub()));
    of_no_span();
}
