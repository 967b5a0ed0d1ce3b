#![deny(unused_must_use)]

use isohub::{Hub, HubFutureExt as _, isolated, span, start_span};

#[span]
#[must_use = "it was counted"]
fn counted() -> u8 {
    1
}

#[span]
async fn later() {}

#[span]
fn fallible() -> Result<(), u8> {
    Ok(())
}

fn main() {
    start_span!("dropped");
    Hub::current();
    Hub::current().with_tag("a", 1);
    counted();
    later();
    later().isolated();
    fallible();
    isolated!(async {});
    isohub::init();
}
