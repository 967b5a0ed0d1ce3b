//! The work without any instrumentation, and with two reads of the clock around it.

use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::sync::Arc;

use futures::executor::block_on;
use futures::future::join_all;

use super::{CLOCK, PLAIN};
use crate::leaf::{Never, Yield, drive, leaf, poll, repeat};
use crate::request::{Tools, requests};
use crate::work::{Contender, Turn, Work};

pub(super) struct Plain;

#[inline(never)]
fn call(x: u64) -> u64 {
    leaf(x)
}

async fn later(x: u64) -> u64 {
    Yield::default().await;
    leaf(x)
}

impl Contender for Plain {
    fn name(&self) -> &'static str {
        PLAIN
    }

    fn prepare(&self, work: Work) -> Option<Turn> {
        Some(match work {
            Work::NothingInstalled | Work::SyncSpan | Work::Unsampled | Work::Disabled => {
                silent(|n| repeat(n, call))
            }
            Work::PollInHub | Work::PollInSpan => silent(|n| poll(pin!(Never), n)),
            Work::FutureSpan => silent(|n| repeat(n, |i| drive(later(i)))),
            Work::CloneHub => {
                let shared = Arc::new(());
                silent(move |n| (0..n).for_each(|_| drop(black_box(Arc::clone(&shared)))))
            }
            Work::FanOut => Box::new(|n| {
                for _ in 0..n / 1000 {
                    block_on(join_all((0..1000).map(|i| async move { black_box(leaf(i)) })));
                }
                0
            }),
            Work::TwoThreads => Box::new(|n| {
                std::thread::scope(|scope| {
                    for _ in 0..2 {
                        scope.spawn(move || repeat(n / 2, call));
                    }
                });
                0
            }),
            Work::Request => silent(requests::<PlainTools>),
            Work::CloneAndTag { .. } | Work::RunInHub | Work::Event => return None,
        })
    }
}

/// Nothing is recorded.
fn silent(mut work: impl FnMut(u64) + 'static) -> Turn {
    Box::new(move |n| {
        work(n);
        0
    })
}

struct PlainTools;

impl Tools for PlainTools {
    fn request<F: Future<Output = u64>>(f: F) -> impl Future<Output = u64> {
        f
    }
    fn helper<F: Future<Output = u64>>(f: F) -> impl Future<Output = u64> {
        f
    }
    fn branch<F: Future<Output = u64>>(f: F) -> impl Future<Output = u64> {
        f
    }
    fn call(f: impl FnOnce() -> u64) -> u64 {
        f()
    }
    fn tag(_: &'static str, value: u64) {
        black_box(value);
    }
    fn breadcrumb(_: &'static str) {}
}

/// Reads the clock that isohub reads: that of the processor, by the same crate.
#[derive(Default)]
pub(super) struct Clock {
    clock: quanta::Clock,
}

#[inline(never)]
fn clocked(clock: &quanta::Clock, x: u64) -> u64 {
    let start = clock.raw();
    let result = call(x);
    black_box(clock.raw() - start);
    result
}

impl Contender for Clock {
    fn name(&self) -> &'static str {
        CLOCK
    }

    fn prepare(&self, work: Work) -> Option<Turn> {
        let clock = self.clock.clone();
        Some(match work {
            Work::SyncSpan => silent(move |n| repeat(n, |i| clocked(&clock, i))),
            Work::FutureSpan => Box::new(move |n| {
                for i in 0..n {
                    let start = clock.raw();
                    black_box(drive(later(i)));
                    black_box(clock.raw() - start);
                }
                0
            }),
            Work::TwoThreads => Box::new(move |n| {
                std::thread::scope(|scope| {
                    for _ in 0..2 {
                        scope.spawn(|| repeat(n / 2, |i| clocked(&clock, i)));
                    }
                });
                0
            }),
            _ => return None,
        })
    }
}
