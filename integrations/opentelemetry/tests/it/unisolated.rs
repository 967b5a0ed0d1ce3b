//! What gets in and out of a unit where `bridge::isolate()` is not called: in this program nobody does.

use std::pin::pin;
use std::task::{Context as Task, Poll, Waker};

use isohub::HubFutureExt as _;
use opentelemetry::Context;

#[derive(Debug, PartialEq)]
struct Tenant(u32);

fn tenant() -> u32 {
    Context::map_current(|it| it.get::<Tenant>().map_or(0, |it| it.0))
}

#[test]
fn a_unit_has_the_context_of_whoever_polls_it_and_leaves_what_it_holds() {
    let mut unit = pin!(
        async {
            let before = tenant();
            let held = Context::current_with_value(Tenant(3)).attach();
            std::future::pending::<()>().await;
            drop(held);
            before
        }
        .isolated()
    );
    let _two = Context::current_with_value(Tenant(2)).attach();
    let polled = unit.as_mut().poll(&mut Task::from_waker(Waker::noop()));
    assert_eq!(polled, Poll::Pending);
    assert_eq!(tenant(), 3, "what the unit holds");
    let moved = {
        let _one = Context::current_with_value(Tenant(1)).attach();
        isohub::spawn_isolated!(thread, tenant)
    };
    assert_eq!(moved.join().ok(), Some(0), "a unit on another thread begins without");
}
