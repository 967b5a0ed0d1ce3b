//! Every argument, in any order, with trailing commas, over lines and with comments.
#![deny(warnings)]

use isohub::{SpanContext, parallel_span};

const NAME: &str = "of a constant";

struct Request {
    id: u64,
    path: Option<String>,
}

#[parallel_span(
    err, // recorded
    links = [None::<SpanContext>],
    fresh,
    ret(ok = r.is_ok(),),
    level = "warn",
    /* remote */ parent = None::<SpanContext>,
    tags(id = request.id, "http.path" = "/",),
    kind = consumer,
    fields(request.id = request.id, path = request.path.as_deref(), ?list, n = { let m = list.len(); m + 1 },),
    op = concat!("a", ".b"),
    name = NAME,
    crate = isohub,
)]
async fn every(request: Request, list: &[u8]) -> Result<usize, std::fmt::Error> {
    Ok(list.len())
}

#[parallel_span()]
fn none() {}

pub(crate) fn main() {
    none();
    let request = Request { id: 1, path: None };
    assert_eq!(futures::executor::block_on(every(request, &[1])), Ok(1));
}
