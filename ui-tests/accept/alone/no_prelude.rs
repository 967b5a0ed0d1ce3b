//! Nothing of the prelude is needed, and names of ours may be taken.
#![no_implicit_prelude]
#![deny(warnings)]

#[allow(dead_code)]
mod isohub {
    pub(super) mod __private {}
}

#[allow(dead_code)]
mod core {}

#[allow(dead_code)]
mod std {}

#[allow(dead_code)]
struct Result;

#[allow(dead_code, non_camel_case_types)]
struct u8;

#[::isohub::span(fields(n, ?n))]
fn now(n: ::core::primitive::u8) -> ::core::primitive::u8 {
    n
}

#[::isohub::parallel_span(err, fields(n))]
async fn later(n: ::core::primitive::u8) -> ::core::result::Result<(), ::std::string::String> {
    ::core::assert!(n == 1);
    ::core::result::Result::Ok(())
}

#[::isohub::isolated_hub(tags(a = 1))]
fn tagged() {
    ::isohub::record!(a = 1);
    ::isohub::breadcrumb!("a", "b");
    let _span = ::isohub::start_span!("a");
    let _ = ::isohub::isolated!(async {});
    let _ = async { ::isohub::join!(async {}) };
}

fn main() {
    now(1);
    tagged();
    ::futures::executor::block_on(later(1)).unwrap();
}
