//! `merge`, `queued` and their neighbours in every place that takes them.
#![deny(warnings)]

use isohub::{Hub, HubFutureExt as _, isolated, isolated_hub, parallel, parallel_span, span};

#[isolated_hub(merge, tags(a = 1))]
fn tagged() {
    isohub::set_tag("b", 2);
}

#[parallel_span("named", merge(err), err, queued)]
async fn fails(text: &str) -> Result<u8, std::num::ParseIntError> {
    isohub::set_tag("failed", text);
    text.parse()
}

#[parallel_span(merge)]
mod merged {
    pub(super) fn one() {
        isohub::set_tag("one", 1);
    }

    #[isohub::parallel_span(queued, merge)]
    pub(super) async fn two() {
        isohub::set_tag("two", 2);
    }
}

#[span(queued)]
async fn all() {
    tagged();
    fails("x").await.unwrap_err();
    fails("1").await.unwrap();
    merged::one();
    merged::two().await;
    isolated!(merge, async { isohub::set_tag("three", 3) }).await;
    parallel!("four", merge, || isohub::set_tag("four", 4))();
    let ((), child) = async { isohub::set_tag("five", 5) }.returning_hub().await;
    isohub::merge(child);
    let names: Vec<String> = Hub::current().scope().tags().iter().map(|(key, _)| key.to_string()).collect();
    if cfg!(feature = "enabled") {
        assert_eq!(names, ["a", "b", "failed", "five", "four", "one", "three", "two"]);
    }
}

pub(crate) fn main() {
    futures::executor::block_on(isohub::testing::Recorder::new().run(all()));
}
