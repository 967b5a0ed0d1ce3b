use isohub::span;

#[span]
fn of_no_hub(n: u8) -> u8 {
    #[span(tags(a = 1))]
    let a = n;
    a
}

#[span]
fn of_no_span() {
    #[isohub::isolated_hub(err)]
    {}
}

// Two messages: the places of both.
#[span]
fn contradicts(n: u8) -> u8 {
    let b = #[isohub::parallel_span(detached, parent = None::<isohub::SpanContext>)] { n };
    b
}

#[span]
fn empty_name(b: u8) -> u8 {
    #[span("")]
    if b == 1 {
        return 1;
    }
    2
}

#[span]
fn unknown(n: u8) -> u8 {
    #[span(feilds(n))]
    match n {
        1 => 2,
        n => n,
    }
}

#[span]
fn on_loop(n: u8) {
    #[span(tag(a = 1))]
    for _ in 0..n {}
}

fn main() {
    of_no_hub(1);
    of_no_span();
    contradicts(1);
    empty_name(1);
    unknown(1);
    on_loop(1);
}
