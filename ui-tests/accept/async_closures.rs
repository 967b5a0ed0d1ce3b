//! Units that are closures, of every kind, kept in variables and passed on.
#![deny(warnings)]

use isohub::span;

#[span]
async fn kinds(text: String) -> usize {
    let borrowing = #[span("borrowing")]
    async |n: usize| n + text.len();
    let nested = #[isohub::parallel_span("nested")]
    async move |n: usize| {
        let inner = #[span("inner")]
        move |m: usize| n + m;
        inner(1)
    };
    let called = borrowing(1).await + nested(1).await;
    let mut count = 0;
    let mut changing = #[span("changing")]
    |n: usize| {
        count += n;
        count
    };
    changing(1);
    changing(2);
    let once = #[isohub::isolated_hub]
    move || text;
    called + count + once().len()
}

#[span]
fn returned(n: u8) -> impl Fn(u8) -> u8 {
    #[isohub::isolated_hub(tags(n = n))]
    move |m: u8| n + m
}

#[span]
fn in_iterators(list: &[u8]) -> Vec<u8> {
    let double = #[span("double")]
    |n: &u8| n * 2;
    list.iter().map(double).filter(|n| *n > 2).collect()
}

pub(crate) fn main() {
    assert_eq!(futures::executor::block_on(kinds("ab".to_owned())), 10);
    assert_eq!(returned(1)(2), 3);
    assert_eq!(in_iterators(&[1, 2]), [4]);
}
