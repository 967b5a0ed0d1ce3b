//! Panics arrive as crashes.

use std::panic::catch_unwind;

use sentry::Level;
use sentry::protocol::{Context, Frame};

use crate::support::{envelopes, events};

#[isohub::parallel_span(tags(tenant = "acme"))]
fn place() {
    let orders: Vec<u32> = Vec::new();
    charge(&orders, std::hint::black_box(3));
}

#[inline(never)]
fn charge(orders: &[u32], at: usize) {
    isohub::set_tag("order", orders[at]);
}

#[test]
fn a_panic_is_a_crash_with_the_stack_of_the_program() {
    isohub::capture_panics();
    let envelopes = envelopes(|| drop(catch_unwind(place)));
    let [event] = &events(&envelopes)[..] else { panic!("one event") };
    assert_eq!(event.level, Level::Fatal);
    assert_eq!(event.tags["tenant"], "acme");
    let exception = &event.exception[0];
    assert_eq!(exception.ty, "panic");
    assert_eq!(exception.value.as_deref(), Some("index out of bounds: the len is 0 but the index is 3"));
    let mechanism = exception.mechanism.as_ref().expect("a mechanism");
    assert_eq!((&*mechanism.ty, mechanism.handled), ("panic", Some(false)));
    let frames = &exception.stacktrace.as_ref().expect("a stack").frames;
    let last = frames.last().expect("a frame");
    assert_eq!((last.filename.as_deref(), last.in_app), (Some("panics.rs"), Some(true)), "{last:?}");
    assert!(last.function.as_deref().is_some_and(|name| name.ends_with("panics::charge")), "{last:?}");
    let is_of_std = |frame: &&Frame| frame.function.as_deref().is_some_and(|name| name.starts_with("std::"));
    assert!(frames.iter().filter(is_of_std).all(|frame| frame.in_app == Some(false)), "{frames:#?}");
    assert!(frames.iter().any(|frame| is_of_std(&frame)), "{frames:#?}");
    assert!(matches!(&event.contexts["code"], Context::Other(place) if place["line"] == 18), "{event:#?}");
    let thread = &event.threads[0];
    assert!(thread.crashed && thread.name.as_deref().is_some_and(|name| name.contains("a_panic_is")));
    assert!(event.contexts.contains_key("trace") && !event.extra.contains_key("thread.name"));
}
