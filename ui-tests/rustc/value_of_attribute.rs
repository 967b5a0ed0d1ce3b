#[isohub::span = "name"]
fn named() {}

fn main() {
    named();
}
