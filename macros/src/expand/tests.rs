//! One snapshot for each shape.

use expect_test::Expect;

use crate::attribute::Marker;
use crate::item;
use crate::model::Mode;
use crate::tests::{pretty, tokens};

mod bang;
mod block;
mod container;
mod function;
mod inner;
mod merge;
mod spawn;
mod stream;

fn check(marker: Marker, arguments: &str, item: &str, expected: &Expect) {
    let expansion = item::expand(marker, tokens(arguments), tokens(item), Mode::Enabled);
    expected.assert_eq(&pretty(&expansion));
}

fn check_hub(item: &str, expected: &Expect) {
    check(Marker::IsolatedHub, "", item, expected);
}
