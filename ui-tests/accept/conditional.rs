//! Code that is there in some builds only.
#![deny(warnings)]

use isohub::{parallel_span, span};

#[span(fields(n))]
fn statements(#[cfg(all())] n: u8, #[cfg(any())] n: Missing) -> u8 {
    #[cfg(any())]
    let n = missing();
    #[cfg(all())]
    let n = n + 1;
    #[cfg(any())]
    {
        missing!()
    }
    #[cfg(all())]
    #[span("block")]
    {
        n
    }
}

struct Row {
    one: u8,
    #[cfg(any())]
    two: Missing,
}

#[parallel_span]
async fn expressions(n: u8) -> u8 {
    let row = Row {
        one: n,
        #[cfg(any())]
        two: missing(),
    };
    match row.one {
        #[cfg(any())]
        0 => missing(),
        n => n,
    }
}

#[cfg(any())]
#[span]
fn left_out(missing: Missing) {}

#[span]
impl Row {
    #[cfg(any())]
    fn left_out(&self) -> Missing {}

    #[cfg(all())]
    fn kept(&self) -> u8 {
        self.one
    }
}

pub(crate) fn main() {
    assert_eq!(statements(1) + futures::executor::block_on(expressions(1)), 3);
    assert_eq!(Row { one: 1 }.kept(), 1);
}
