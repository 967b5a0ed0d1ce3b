//! Arguments that are taken apart.
#![deny(warnings)]

use isohub::{isolated_hub, parallel_span, span};

struct Point {
    x: u8,
    y: (u8, u8),
}

#[span(fields(x, first, all))]
fn apart(Point { x, y: (first, _) }: Point, [_, .., last]: [u8; 3], all @ 0..=u8::MAX: u8) -> u8
where
{
    x + first + last + all
}

#[parallel_span(fields(b))]
async fn by_reference((a, ref mut b): (u8, String), mut c: u8, _: &str, _unused: u8) -> usize {
    b.push('!');
    c += a;
    b.len() + usize::from(c)
}

#[isolated_hub(tags(name = name))]
fn of_reference(&(n, ref name): &(u8, String), (Ok(m) | Err(m)): Result<u8, u8>) -> u8 {
    n + m
}

pub(crate) fn main() {
    assert_eq!(apart(Point { x: 1, y: (2, 3) }, [1, 2, 3], 4), 10);
    let later = by_reference((1, "a".to_owned()), 2, "", 3);
    assert_eq!(futures::executor::block_on(later), 5);
    assert_eq!(of_reference(&(1, "a".to_owned()), Ok(2)), 3);
}
