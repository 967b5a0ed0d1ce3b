// Known differences: the type that a closure or block returns must be known where it ends, because the
// outcome of a span is read from it; and a closure that a function returns as `impl Fn` does not learn
// its own types from there, because an `impl` type cannot be written inside the function.

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

fn main() {
    unit();
    returned()("a");
    returned_with_types()("a");
}
