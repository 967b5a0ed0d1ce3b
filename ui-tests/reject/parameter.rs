// Two messages: one for each.
#[isohub::span]
fn called(#[isohub::span] a: u8, #[isohub::isolated_hub] b: u8) -> u8 {
    a + b
}

fn main() {
    called(1, 2);
}
