use isohub::span;

#[span]
fn of_no_hub(n: u8) -> u8 {
    #[isohub::parallel_span(tags(a = 1))]
    let a = n;
    a
}

#[span]
fn of_no_span() -> Result<(), String> {
    #[isohub::parallel_span(err)]
    {
        Ok(())
    }
}

#[span]
fn contradicts(n: u8) -> u8 {
    let b = #[isohub::parallel_span(detached)] { n };
    b
}

#[span]
fn empty_name(b: u8) -> u8 {
    #[span]
    if b == 1 {
        return 1;
    }
    2
}

#[span]
fn unknown(n: u8) -> u8 {
    #[span(fields(n))]
    match n {
        1 => 2,
        n => n,
    }
}

#[span]
fn on_loop(n: u8) {
    #[isohub::parallel_span(tags(a = 1))]
    for _ in 0..n {}
}

pub(crate) fn main() {
    of_no_hub(1);
    of_no_span().unwrap();
    contradicts(1);
    empty_name(1);
    unknown(1);
    on_loop(1);
}
