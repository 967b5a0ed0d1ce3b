//! Annotated functions inside annotated functions, closures and constants.
#![deny(warnings)]

use isohub::{isolated_hub, parallel_span, span};

#[span]
fn outer(n: u8) -> u8 {
    #[parallel_span]
    async fn inner(n: u8) -> u8 {
        #[isolated_hub]
        fn innermost(n: u8) -> u8 {
            n + 1
        }
        innermost(n)
    }
    const ADDED: fn(u8) -> u8 = {
        #[span]
        fn added(n: u8) -> u8 {
            n + 1
        }
        added
    };
    struct Local;
    impl Local {
        #[span]
        fn method(&self, n: u8) -> u8 {
            n
        }
    }
    let unit = #[span]
    |n: u8| {
        #[span]
        fn inside_closure(n: u8) -> u8 {
            n
        }
        inside_closure(n)
    };
    unit(Local.method(ADDED(futures::executor::block_on(inner(n)))))
}

pub(crate) fn main() {
    assert_eq!(outer(1), 3);
}
