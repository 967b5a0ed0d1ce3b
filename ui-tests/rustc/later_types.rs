// Known differences: the type that a closure or block returns must be known where it ends, because the
// outcome of a span is read from it, and a call that never returns tells none. And a closure that a
// function returns as `impl Fn` does not learn its own types from there, because an `impl` type cannot be
// written inside the function.

#[isohub::span]
fn unit() -> u8 {
    let same = #[isohub::span]
    |n| n;
    same(1)
}

#[isohub::span]
fn returned() -> impl Fn(&str) -> usize {
    |text| text.len()
}

#[isohub::span]
fn returned_with_types() -> impl Fn(&str) -> usize {
    |text: &str| text.len()
}

#[isohub::span]
async fn converted() -> u8 {
    let n: u8 = isohub::parallel!("convert", async { 1_u8.into() }).await;
    n
}

fn crash() -> ! {
    panic!()
}

fn ends_in_a_crash() {
    isohub::spawn_isolated!("crash", thread, move || crash());
    isohub::spawn_isolated!("crash", thread, move || -> () { crash() });
}

fn main() {
    drop(converted());
    ends_in_a_crash();
    unit();
    returned()("a");
    returned_with_types()("a");
}
