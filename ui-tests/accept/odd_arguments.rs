//! Arguments that are whole programs.
#![deny(warnings)]

use isohub::{parallel_span, span};

const fn name() -> &'static str {
    "made"
}

struct Of<const N: usize>;

impl<const N: usize> Of<N> {
    const NEXT: usize = N + 1;

    #[span(name = "named", fields(n = { const M: usize = 1; M + Self::NEXT }, list = [1, 2][N - 1]))]
    fn named(&self) -> usize {
        N
    }
}

#[span(
    name = if cfg!(test) { name() } else { "fast" },
    op = match name().len() { 4 => "a", _ => "b" },
    fields(
        n = (|| 1)(),
        text = format!("{}{}", 1, 2),
        cast = 1 as u8 as char,
        "with, comma" = vec![1, 2].len(),
        block = { let a = 1; let b = 2; a < b },
        shown = %name(),
    ),
    error_if = |n: &u8| { let limit = 3; *n > limit },
)]
fn every(slow: bool) -> u8 {
    u8::from(slow)
}

#[parallel_span(
    fields(generic = std::any::type_name::<Vec<T>>(), compared = 1 < 2),
    tags(path = std::path::Path::new("a").display()),
    ret(is_some = r.is_some(), ?r),
)]
async fn generic<T: std::fmt::Debug>(value: Option<T>) -> Option<T> {
    value
}

pub(crate) fn main() {
    assert_eq!(Of::<1>.named() + usize::from(every(true)), 2);
    assert_eq!(futures::executor::block_on(generic(Some(1))), Some(1));
}
