//! Spans of both, in one another.

use futures::executor::block_on;
use isohub::testing::Recorder;
use isohub::{HubFutureExt as _, Level, spawn_isolated};
use opentelemetry::Context;
use opentelemetry::context::FutureExt as _;
use opentelemetry::trace::{Span as _, TraceContextExt as _, Tracer as _};

use crate::support::{WAIT, switch, tracer, tree};

fn library(name: &'static str) {
    tracer().in_span(name, |_| ());
}

/// A span of the library around a future, as its users write it.
fn in_library<F: Future>(name: &'static str, future: F) -> impl Future<Output = F::Output> {
    future.with_context(Context::current_with_span(tracer().start(name)))
}

#[test]
fn both_in_turn() {
    let tracer = tracer();
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::start_span!("a").in_scope(|| {
            tracer.in_span("b", |_| {
                isohub::start_span!("c").in_scope(|| {
                    tracer.in_span("d", |_| {
                        drop(isohub::start_span!("e"));
                        library("f");
                    });
                    library("g");
                    drop(isohub::start_span!("h"));
                });
                library("i");
                drop(isohub::start_span!("j"));
            });
            library("k");
            drop(isohub::start_span!("l"));
        });
    });
    let expected = "a\n  b\n    c\n      d\n        e\n        f\n      g\n      h\n    i\n    j\n  k\n  l\n";
    assert_eq!(tree(&recorder), expected);
}

#[test]
fn the_library_first() {
    let tracer = tracer();
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        tracer.in_span("a", |_| {
            isohub::start_span!("b").in_scope(|| tracer.in_span("c", |_| drop(isohub::start_span!("d"))));
            library("e");
            isohub::capture_message("in a", Level::Info);
        });
    });
    assert_eq!(tree(&recorder), "a\n  b\n    c\n      d\n  e\n");
    assert_eq!(recorder.events()[0].span, Some(recorder.span("a").context));
}

#[isohub::span]
async fn ours(name: &'static str) {
    isohub::current_span().set_name(name);
    switch().await;
    library("leaf");
    switch().await;
}

#[isohub::parallel_span]
async fn unit(name: &'static str) {
    isohub::current_span().set_name(name);
    switch().await;
    in_library("inner", async { ours("ours").await }).await;
}

const UNIT: &str = "    inner\n      ours\n        leaf\n";

#[test]
fn over_awaits() {
    tracer();
    let recorder = Recorder::new();
    block_on(recorder.run(async {
        let request = async {
            in_library("query", async {
                switch().await;
                ours("one").await;
                switch().await;
                library("two");
                unit("three").await;
            })
            .await;
            library("four");
        };
        request.in_span(isohub::start_span!("request")).await;
    }));
    let expected = "request\n  query\n    one\n      leaf\n    two\n    three\n      inner\n        ours\n          leaf\n  four\n";
    assert_eq!(tree(&recorder), expected);
}

#[test]
fn siblings_in_join_and_select_and_tasks() {
    tracer();
    let recorder = Recorder::new();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    runtime.block_on(recorder.run(async {
        in_library("request", async {
            isohub::join!(unit("a"), unit("b"));
            futures::future::join(unit("c"), unit("d")).await;
            tokio::select! {
                () = unit("e") => {}
                () = std::future::pending() => {}
            }
            let tasks: Vec<_> =
                (0..20).map(|_| spawn_isolated!("task", async { unit("of task").await })).collect();
            for task in tasks {
                task.await.unwrap();
            }
            library("after");
        })
        .await;
    }));
    let tree = tree(&recorder);
    for name in ["a", "b", "c", "d", "e"] {
        assert!(tree.contains(&format!("\n  {name}\n{UNIT}")), "{name}:\n{tree}");
    }
    let task = "\n  task\n    of task\n      inner\n        ours\n          leaf";
    assert_eq!(tree.matches(task).count(), 20, "{tree}");
    assert!(tree.ends_with("\n  after\n") || tree.contains("\n  after\n"), "{tree}");
}

#[test]
fn a_future_of_the_library_that_is_polled_inside_a_later_span() {
    tracer();
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::start_span!("request").in_scope(|| {
            let call = in_library("call", async {
                library("connect");
                switch().await;
                isohub::start_span!("ours").in_scope(|| library("read"));
                library("close");
            });
            block_on(call.in_span(isohub::start_span!("wait")));
        });
    });
    let expected = "request\n  call\n    connect\n    ours\n      read\n    close\n  wait\n";
    assert_eq!(tree(&recorder), expected);
}

#[test]
fn a_span_that_is_called_before_the_librarys_and_polled_in_it() {
    tracer();
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::start_span!("request").in_scope(|| block_on(in_library("call", ours("ours"))));
    });
    // Its parent was active at the call.
    let mut tree = tree(&recorder);
    assert!(tree.contains("\n  ours\n    leaf\n"), "{tree}");
    tree = tree.replace("  ours\n    leaf\n", "");
    assert_eq!(tree, "request\n  call\n");
}

#[test]
fn a_context_that_is_carried_to_a_thread_by_hand() {
    let tracer = tracer();
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::start_span!("request").in_scope(|| {
            let context = Context::current_with_span(tracer.start("job"));
            let explicit = context.clone();
            spawn_isolated!(thread, move || {
                let _guard = context.attach();
                library("step");
                drop(isohub::start_span!("ours"));
            })
            .join()
            .unwrap();
            isohub::start_span!("other").in_scope(|| {
                tracer.start_with_context("given", &explicit).end();
            });
        });
    });
    assert_eq!(tree(&recorder), "request\n  job\n    step\n    ours\n    given\n  other\n");
}

#[test]
fn an_empty_context_that_is_not_the_current_one_begins_a_trace() {
    let tracer = tracer();
    let recorder = Recorder::new();
    recorder.run_sync(|| tracer.in_span("a", |_| drop(tracer.start_with_context("b", &Context::new()))));
    recorder.settled(WAIT).unwrap();
    assert_eq!(recorder.span("b").parent, None);
}

#[test]
fn a_task_of_a_library_has_no_hub_and_the_right_parent() {
    let tracer = tracer();
    let recorder = Recorder::new();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(recorder.run(async {
        let context = Context::current_with_span(tracer.start("pool"));
        let task = tokio::spawn(
            async {
                library("connect");
                switch().await;
                library("handshake");
            }
            .with_context(context),
        );
        task.await.unwrap();
    }));
    assert_eq!(tree(&recorder), "pool\n  connect\n  handshake\n");
}

#[test]
fn a_fresh_unit_is_out_of_it_all() {
    let tracer = tracer();
    let recorder = Recorder::new();
    #[isohub::parallel_span(fresh)]
    fn fresh() {
        library("of fresh");
    }
    recorder.run_sync(|| tracer.in_span("a", |_| fresh()));
    recorder.settled(WAIT).unwrap();
    assert_eq!(recorder.span("fresh").parent, None);
    assert_eq!(recorder.span("of fresh").parent, Some(recorder.span("fresh").context.span_id()));
}
