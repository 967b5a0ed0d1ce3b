//! Code that is there in some builds only.
#![deny(warnings)]

use isohub::{parallel_span, span};

#[span(fields(n))]
fn statements(#[cfg(test)] n: u8, #[cfg(not(test))] n: Missing) -> u8 {
    #[cfg(not(test))]
    let n = missing();
    #[cfg(test)]
    let n = n + 1;
    #[cfg(not(test))]
    {
        missing!()
    }
    #[cfg(test)]
    #[span("block")]
    {
        n
    }
}

struct Row {
    one: u8,
    #[cfg(not(test))]
    two: Missing,
}

#[parallel_span]
async fn expressions(n: u8) -> u8 {
    let row = Row {
        one: n,
        #[cfg(not(test))]
        two: missing(),
    };
    match row.one {
        #[cfg(not(test))]
        0 => missing(),
        n => n,
    }
}

#[cfg(not(test))]
#[span]
fn left_out(missing: Missing) {}

#[span]
impl Row {
    #[cfg(not(test))]
    fn left_out(&self) -> Missing {}

    #[cfg(test)]
    fn kept(&self) -> u8 {
        self.one
    }
}

pub(crate) fn main() {
    assert_eq!(statements(1) + futures::executor::block_on(expressions(1)), 3);
    assert_eq!(Row { one: 1 }.kept(), 1);
}
