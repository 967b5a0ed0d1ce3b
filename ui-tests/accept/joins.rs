//! `join!` and `try_join!` with branches of every form.
#![deny(warnings)]

use isohub::{isolated, join, parallel, parallel_span, try_join};

#[parallel_span]
async fn load(n: u8) -> u8 {
    n
}

#[parallel_span(err)]
async fn checked(n: u8) -> Result<u8, String> {
    n.checked_mul(2).ok_or_else(|| "too many".to_owned())
}

async fn all(boxed: std::pin::Pin<Box<dyn Future<Output = u8>>>) -> u8 {
    let mut changed = 1;
    let (one,) = join!(load(1));
    let (a, b, c, d) = join!(
        load(1),
        async {
            changed += 1;
            changed
        },
        boxed,
        parallel!("named", load(2)),
    );
    let ((e, f), g) = join!(async { join!(load(1), load(2)) }, isolated!(tags(a = 1), load(3)));
    one + a + b + c + d + e + f + g + changed
}

#[isohub::isolated_hub]
async fn tried(n: u8) -> Result<u8, String> {
    let (a, b) = try_join!(checked(n), async { Ok(checked(1).await?) },)?;
    let [c, d] = <[u8; 2]>::from(try_join!(checked(2), std::future::ready(Ok(3)))?);
    Ok(a + b + c + d)
}

pub(crate) fn main() {
    assert_eq!(futures::executor::block_on(all(Box::pin(async { 1 }))), 15);
    assert_eq!(futures::executor::block_on(tried(1)), Ok(11));
    assert_eq!(futures::executor::block_on(tried(200)), Err("too many".to_owned()));
}
