// A closure that leaves its function must own its hub.

#[isohub::span]
fn made(n: u8) -> impl Fn() -> u8 {
    #[isohub::isolated_hub]
    || n
}

#[isohub::span]
fn made_and_owned(n: u8) -> impl Fn() -> u8 {
    #[isohub::isolated_hub]
    move || n
}

fn main() {
    made(1)();
    made_and_owned(1)();
}
