//! The attributes work under another name, and the crate under another path.
#![deny(warnings)]

mod vendored {
    pub mod telemetry {
        pub use isohub::*;
        #[doc(hidden)]
        pub use isohub::__private;
    }
}

use isohub::parallel_span as concurrent;
use isohub::span as traced;
use vendored::telemetry;

#[traced]
#[inline]
fn renamed() -> u8 {
    1
}

#[concurrent("other name", fields(n))]
async fn renamed_later(n: u8) -> u8 {
    n
}

#[telemetry::span(crate = vendored::telemetry, fields(n))]
async fn elsewhere(n: u8) -> u8 {
    let unit = #[vendored::telemetry::span("inner")]
    async { n };
    telemetry::record!(crate = vendored::telemetry, n = 1);
    unit.await + renamed_later(n).await
}

pub(crate) fn main() {
    assert_eq!(futures::executor::block_on(elsewhere(renamed())), 2);
}
