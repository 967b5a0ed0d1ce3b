// The borrow checker sees what it sees in a plain function.

use isohub::{isolated_hub, parallel_span, span};

#[span]
fn returns_local() -> &'static str {
    let text = String::new();
    &text
}

#[parallel_span]
async fn moved(text: String) -> (String, String) {
    (text, text)
}

#[isolated_hub]
fn assigned(n: u8) {
    n = 1;
    let _ = n;
}

#[span]
async fn borrowed(text: &str, f: impl Fn(&'static str)) {
    f(text);
}

fn keeps(text: &str) -> impl Future<Output = ()> + 'static {
    borrowed_only(text)
}

#[span]
async fn borrowed_only(text: &str) {
    let _ = text;
}

fn main() {}
