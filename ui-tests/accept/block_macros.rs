//! `!` macros where expressions, statements and arguments stand.
#![deny(warnings)]

use isohub::{breadcrumb, isolated, parallel, record, start_span};

pub(crate) fn main() {
    record! { a = 1 }
    breadcrumb!["category", "message"];
    let n = if true { isolated!(move || 1)() } else { parallel!("never", || 2)() };
    match n {
        1 => record!(n),
        _ => breadcrumb!("a", "b"),
    }
    let () = record!(n, m = n + 1, "k" = "v",);
    start_span!("a", n).in_scope(|| record!(n));
    let units: Vec<Box<dyn FnOnce() -> u8>> =
        vec![Box::new(isolated!(tags(a = 1), || 1)), Box::new(isolated!({ fn two() -> u8 { 2 } two }))];
    let sum: u8 = units.into_iter().map(|unit| unit()).sum();
    let awaited = async { parallel!("a", fields(n), async { n }).await + isolated!(async { n }).await };
    assert_eq!(sum + futures::executor::block_on(awaited), 5);
}
