#[isohub::span]
async fn empty_name() -> u8 {
    #[isohub::parallel_span("")] async { 1 }.await
}

#[isohub::span]
async fn unknown() -> u8 {
    #[isohub::parallel_span(feilds(x = 1))] async { 1 }.await
}

#[isohub::span]
fn of_no_span() -> u8 {
    let unit = #[isohub::isolated_hub(err)] |n: u8| n;
    unit(1)
}

#[isohub::span]
async fn a_value() -> u8 {
    let unit = #[isohub::span = "name"] async || 1;
    unit().await
}

#[isohub::span]
async fn of_no_hub() -> u8 {
    #[isohub::span(tags(a = 1))] async move { 1 }.await
}

fn main() {
    drop((empty_name(), unknown(), a_value(), of_no_hub()));
    of_no_span();
}
