//! A request like the storefront's: eleven spans in six places, of which several run at once.

use std::future::Future;
use std::hint::black_box;

use futures::future::{join, join_all};

use crate::leaf::{Yield, drive};

/// What a library offers to those who instrument a request.
pub trait Tools {
    /// Runs a whole request in a trace of its own.
    fn request<F: Future<Output = u64>>(f: F) -> impl Future<Output = u64>;
    /// Runs in a span, as a helper of whoever calls.
    fn helper<F: Future<Output = u64>>(f: F) -> impl Future<Output = u64>;
    /// Runs in a span, beside others.
    fn branch<F: Future<Output = u64>>(f: F) -> impl Future<Output = u64>;
    /// Runs in a span.
    fn call(f: impl FnOnce() -> u64) -> u64;
    /// Says something that holds for what follows.
    fn tag(key: &'static str, value: u64);
    /// Says what happened.
    fn breadcrumb(message: &'static str);
}

/// How many records a request makes.
pub const SPANS: u64 = 11;

/// Handles so many requests one after another.
pub fn requests<T: Tools>(n: u64) {
    for request in 0..n {
        black_box(drive(T::request(checkout::<T>(request))));
    }
}

async fn checkout<T: Tools>(request: u64) -> u64 {
    T::tag("tenant", request % 10);
    T::tag("request", request);
    T::breadcrumb("order received");
    T::helper(authorize::<T>(request)).await;
    let upstreams = join_all((0..3).map(|upstream| T::branch(ask::<T>(upstream, request))));
    let items = join_all((0..4).map(|item| T::branch(look_up::<T>(item, request))));
    let (answers, prices) = join(upstreams, items).await;
    let total = answers.iter().chain(&prices).sum();
    let receipt = T::call(|| digest(request, total));
    receipt ^ T::branch(audit::<T>(request)).await
}

async fn authorize<T: Tools>(request: u64) -> u64 {
    Yield::default().await;
    T::tag("user", request % 100);
    T::breadcrumb("signed in");
    request
}

async fn ask<T: Tools>(upstream: u64, request: u64) -> u64 {
    T::tag("upstream", upstream);
    T::breadcrumb("asked");
    Yield::default().await;
    Yield::default().await;
    request ^ upstream
}

async fn look_up<T: Tools>(item: u64, request: u64) -> u64 {
    T::tag("item", item);
    Yield::default().await;
    request ^ item
}

async fn audit<T: Tools>(request: u64) -> u64 {
    T::breadcrumb("written");
    Yield::default().await;
    request
}

/// Stands for what a request is about: some twenty microseconds.
fn digest(request: u64, total: u64) -> u64 {
    (0..10_000).fold(total, |digest: u64, round: u64| {
        black_box((digest ^ (digest >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9) ^ round ^ request)
    })
}
