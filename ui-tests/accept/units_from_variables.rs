// Options that are evaluated in the unit can be given to a unit whose type alone tells what it is.

use std::future::Future;

use isohub::{Hub, isolated, join, parallel, spawn_isolated};

fn tag() -> Option<String> {
    Hub::current().scope().tag("job").map(str::to_owned)
}

async fn both<F: Future>(job: &str, future: F) -> F::Output {
    isolated!(tags(job = job), future).await
}

fn once<T>(job: &str, closure: impl FnOnce() -> T) -> T {
    isolated!(tags(job = job), closure)()
}

async fn joined<F: Future<Output = u8>>(first: F, second: std::pin::Pin<Box<dyn Future<Output = u8>>>) -> u8 {
    let (a, b) = join!(first, second);
    a + b
}

pub(crate) fn main() {
    isohub::testing::Recorder::new().run_sync(|| {
        let closure = || tag();
        let unit = isolated!(tags(job = 1), closure);
        let named = parallel!("named", tags(job = 2), fields(id = 7), unit);
        assert_eq!(named().as_deref().unwrap_or("2"), if cfg!(feature = "enabled") { "1" } else { "2" });
        let expected = |text: &str| if cfg!(feature = "enabled") { Some(text.to_owned()) } else { None };
        assert_eq!(once("three", || tag()), expected("three"));
        assert_eq!(futures::executor::block_on(both("four", async { tag() })), expected("four"));
        let boxed: Box<dyn FnOnce() -> Option<String>> = Box::new(tag);
        assert_eq!(once("five", boxed), expected("five"));
        let work = move || tag();
        let thread = spawn_isolated!(thread, tags(job = "six"), work);
        assert_eq!(thread.join().unwrap(), expected("six"));
        assert_eq!(futures::executor::block_on(joined(async { 1 }, Box::pin(async { 2 }))), 3);
    });
}
