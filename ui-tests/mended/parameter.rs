#[isohub::span]
fn called(a: u8, b: u8) -> u8 {
    a + b
}

pub(crate) fn main() {
    called(1, 2);
}
