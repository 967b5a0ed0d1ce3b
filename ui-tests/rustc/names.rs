// A name is a constant.

#[isohub::span(name = format!("load"))]
fn made() {}

#[isohub::span(name = title)]
fn of_argument(title: &'static str) -> &'static str {
    title
}

#[isohub::parallel_span(op = 1)]
fn number() {}

fn main() {
    made();
    of_argument("a");
    number();
}
