//! Bodies of `select!`, and blocks around it.
#![deny(warnings)]

use isohub::span;

async fn load(n: u8) -> u8 {
    n
}

#[span]
async fn bodies(n: u8) -> u8 {
    tokio::select! {
        biased;
        one = load(n) => #[span("one")] { one + 1 },
        _ = std::future::pending::<()>() => #[span("never")] { 0 },
    }
}

#[span]
async fn around(n: u8) -> u8 {
    #[span("select")]
    tokio::select! {
        one = load(n), if n > 0 => one,
        else => 9,
    }
}

#[span]
async fn in_a_loop() -> u8 {
    let mut sum = 0;
    loop {
        tokio::select! {
            one = load(1) => {
                sum += one;
                if sum == 3 {
                    break sum;
                }
            }
        }
    }
}

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() {
    assert_eq!(bodies(1).await + around(0).await + in_a_loop().await, 14);
}
