//! Parents that are taken at creation, and those that are given.

use std::pin::pin;

use isohub::testing::Recorder;
use isohub::{Hub, HubFutureExt as _, SpanContext, isolated, isolated_hub, parallel, parallel_span, span};

use super::{inner, job};
use crate::support::{
    pause, poll_on_two_threads, poll_once, poll_to_end, settled_tree, spawn_bare, tags, workers,
};

#[test]
fn the_parent_is_what_was_active_at_the_call_and_not_at_the_poll() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        let (caller, poller) = (isohub::start_span!("caller"), isohub::start_span!("poller"));
        let calls = caller.in_scope(|| (job(1), inner(), parallel!("made", || poll_to_end(inner()))));
        poller.in_scope(|| {
            poll_to_end(calls.0);
            poll_to_end(calls.1);
            calls.2();
            poll_to_end(inner());
        });
    });
    let expected = "\
caller
  job {n=1}
    inner
  inner
  made
    inner

poller
  inner
";
    assert_eq!(recorder.tree(), expected);
}

#[test]
fn a_unit_that_is_never_polled_leaves_no_span() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::start_span!("main").in_scope(|| {
            drop(job(1));
            drop(inner());
            drop(parallel!("never", async {}));
            drop(parallel!("never", || ()));
            poll_to_end(async {
                tokio::select! {
                    biased;
                    () = async {} => {}
                    () = job(2), if true => {}
                    () = job(3), if false => {}
                }
            });
        });
    });
    assert_eq!(recorder.tree(), "main\n");
    assert_eq!(recorder.stats().started, 1);
}

#[test]
fn a_parent_that_has_ended_is_still_the_parent() {
    let recorder = Recorder::new();
    workers(1).block_on(recorder.run(async {
        let called = isohub::start_span!("short").in_scope(|| job(1));
        let spawned = isohub::start_span!("shorter").in_scope(|| tokio::spawn(job(2)));
        called.await;
        spawned.await.expect("no panic");
    }));
    let expected = "short\n  job {n=1}\n    inner\nshorter\n  job {n=2}\n    inner\n";
    assert_eq!(settled_tree(&recorder), expected);
}

#[test]
fn the_clock_of_a_span_starts_at_its_first_poll() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        let mut late = pin!(job(1));
        poll_to_end(inner());
        poll_to_end(parallel!("first", async {}));
        poll_to_end(late.as_mut());
    });
    assert_eq!(recorder.tree(), "inner\n\nfirst\n\njob {n=1}\n  inner\n");
}

#[span]
async fn outer() {
    pause().await;
    isohub::set_tag("outer", "yes");
    inner().await;
}

#[test]
fn a_span_that_is_polled_elsewhere_has_the_parent_of_its_call() {
    isohub::doctor::allow(isohub::doctor::Kind::OtherUnit);
    let recorder = Recorder::new();
    let call = || recorder.run_sync(|| isohub::start_span!("main").in_scope(outer));
    // In a task without a unit, in a unit of another creator, on threads without one.
    workers(1).block_on(async { spawn_bare(call()).await }).expect("no panic");
    let other = async {
        call().await;
        assert_eq!(tags(), "other=yes");
    };
    poll_to_end(other.bind_hub(Hub::base().with_tag("other", "yes")));
    poll_on_two_threads(call());
    // In a clone of the unit of its call.
    recorder.run_sync(|| {
        let inside = isohub::start_span!("main").in_scope(|| isolated!(outer()));
        isohub::start_span!("other").in_scope(|| poll_to_end(inside));
    });
    let trees = "main\n  outer\n    inner\n".repeat(4);
    assert_eq!(settled_tree(&recorder), format!("{trees}other\n"));
    assert_eq!(recorder.stats().orphans, 0);
}

#[test]
fn a_span_lies_below_its_caller_and_not_below_what_runs_beside_it() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        let mut first = pin!(inner());
        assert!(poll_once(first.as_mut()).is_pending());
        let mut second = pin!(inner());
        assert!(poll_once(second.as_mut()).is_pending());
        poll_to_end(first);
        poll_to_end(second);
    });
    assert_eq!(recorder.tree(), "inner\n\ninner\n");
}

#[span(detached)]
async fn detached_span() {
    inner().await;
}

#[parallel_span(detached)]
async fn detached_unit() {
    isohub::set_tag("detached", "yes");
    inner().await;
}

#[isolated_hub(detached)]
async fn detached_hub() {
    inner().await;
}

#[test]
fn what_is_detached_begins_a_trace_with_a_link_to_its_creator() {
    let recorder = Recorder::new();
    poll_on_two_threads(
        recorder.run(
            async {
                isohub::set_tag("main", "yes");
                detached_span().await;
                detached_unit().await;
                detached_hub().await;
                inner().await;
            }
            .in_span(recorder.run_sync(|| isohub::start_span!("main"))),
        ),
    );
    let expected = "\
main #1
  inner

detached_span {main=yes} -> #1
  inner

detached_unit {detached=yes main=yes} -> #1
  inner

inner {main=yes} -> #1
";
    assert_eq!(recorder.tree(), expected);
    let main = recorder.span("main").context;
    let unit = recorder.span("detached_unit");
    assert_ne!(unit.context.trace_id(), main.trace_id());
    assert!(unit.is_local_root);
    assert_eq!(unit.links.iter().map(|link| link.context).collect::<Vec<_>>(), [main]);
}

#[test]
fn what_is_detached_where_no_span_is_active_has_no_link() {
    let recorder = Recorder::new();
    recorder.run_sync(|| poll_to_end(detached_unit()));
    assert_eq!(recorder.tree(), "detached_unit {detached=yes}\n  inner\n");
}

const REMOTE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn remote() -> SpanContext {
    REMOTE.parse().expect("a traceparent")
}

#[parallel_span(parent = from)]
async fn server(from: Option<SpanContext>) -> bool {
    inner().await;
    from.is_some()
}

#[parallel_span(fresh, parent = remote())]
async fn consumer() {
    inner().await;
}

#[span(parent = remote())]
fn handler() {
    poll_to_end(inner());
}

#[test]
fn what_has_a_remote_parent_goes_on_in_the_trace_of_that() {
    let recorder = Recorder::new();
    poll_on_two_threads(
        recorder.run(
            async {
                isohub::set_tag("main", "yes");
                assert!(server(Some(remote())).await);
                consumer().await;
                handler();
                inner().await;
            }
            .in_span(recorder.run_sync(|| isohub::start_span!("main"))),
        ),
    );
    let expected = "\
consumer
  inner
handler {main=yes}
  inner
main
  inner
server {main=yes}
  inner
";
    assert_eq!(settled_tree(&recorder), expected);
    for name in ["server", "consumer", "handler"] {
        let span = recorder.span(name);
        assert_eq!(span.context.trace_id(), remote().trace_id(), "of {name}");
        assert_eq!(span.parent, Some(remote().span_id()), "of {name}");
        assert!(span.is_local_root, "{name}");
    }
}

#[test]
fn a_parent_of_none_begins_a_trace_without_a_link() {
    let recorder = Recorder::new();
    recorder.run_sync(|| isohub::start_span!("main").in_scope(|| poll_to_end(server(None))));
    assert_eq!(settled_tree(&recorder), "main\nserver\n  inner\n");
    assert_ne!(recorder.span("server").context.trace_id(), recorder.span("main").context.trace_id());
    assert_eq!(recorder.span("server").parent, None);
}

#[test]
fn a_span_of_this_process_can_be_given_as_the_parent() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        let given = isohub::start_span!("given");
        isohub::start_span!("active").in_scope(|| poll_to_end(server(given.context())));
    });
    assert_eq!(settled_tree(&recorder), "active\ngiven\n  server\n    inner\n");
}

#[test]
fn fresh_alone_begins_a_trace_without_a_link() {
    #[parallel_span(fresh)]
    async fn fresh() {
        inner().await;
    }
    let recorder = Recorder::new();
    recorder.run_sync(|| isohub::start_span!("main").in_scope(|| poll_to_end(fresh())));
    assert_eq!(settled_tree(&recorder), "fresh\n  inner\nmain\n");
}

#[test]
fn a_hub_with_a_given_parent_puts_what_runs_in_it_there() {
    let recorder = Recorder::new();
    let mut hub = recorder.hub().with_parent(remote());
    assert_eq!(hub.span_context(), Some(remote()));
    hub.run(|| poll_to_end(inner()));
    assert_eq!(recorder.span("inner").parent, Some(remote().span_id()));
    assert_eq!(hub.span_context(), Some(remote()));
}

#[test]
fn each_call_of_a_closure_is_a_sibling_of_the_others() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::start_span!("main").in_scope(|| {
            let each = parallel!("each", move |n: u32| {
                isohub::set_tag("n", n);
                poll_to_end(inner());
            });
            isohub::start_span!("caller").in_scope(|| [1, 2].into_iter().for_each(each));
        });
    });
    let expected = "main\n  caller\n  each {n=1}\n    inner\n  each {n=2}\n    inner\n";
    assert_eq!(settled_tree(&recorder), expected);
}
