#[isohub::span]
fn arguments(n: u8) -> u8 {
    #[isohub::span(tags(a = 1))]
    let a = n;
    #[isohub::isolated_hub(err)]
    {
        drop(a);
    }
    let b = #[isohub::parallel_span(detached, parent = None::<isohub::SpanContext>)] { n };
    #[isohub::span("")]
    if b == 1 {
        return 1;
    }
    #[isohub::span(feilds(n))]
    match n {
        1 => 2,
        n => n,
    }
}

fn main() {
    arguments(1);
}
