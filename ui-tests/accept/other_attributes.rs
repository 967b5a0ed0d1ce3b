//! Beside other attributes, above and below.
#![deny(warnings)]

use isohub::{isolated_hub, parallel_span, span};

#[cfg_attr(test, span)]
#[cfg_attr(not(test), no_such_attribute)]
fn by_cfg_attr() -> u8 {
    1
}

#[tokio::main(flavor = "current_thread")]
#[isolated_hub]
async fn runs() -> u8 {
    #![allow(unused_variables)]
    let unused = 1;
    later(2).await
}

#[doc = "Documented."]
#[inline]
#[parallel_span]
#[must_use]
#[allow(clippy::unused_async)]
/// More.
async fn later(#[allow(unused)] n: u8) -> u8 {
    1
}

#[deprecated]
#[span]
fn deprecated() -> u8 {
    1
}

struct Worker;

#[async_trait::async_trait]
trait Work {
    #[span]
    async fn work(&self) -> u8 {
        1
    }
}

#[async_trait::async_trait]
impl Work for Worker {}

pub(crate) fn main() {
    #[allow(deprecated)]
    let n = by_cfg_attr() + runs() + deprecated();
    assert_eq!(n + futures::executor::block_on(Worker.work()), 4);
}
