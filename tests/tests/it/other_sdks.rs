//! What the SDKs of other languages promise of hubs and requests, in their tests. More of it, of crowds of threads and
//! tasks, is in `isolation/crowds.rs` and `siblings/ways.rs`.

mod languages;

use std::fmt;
use std::sync::Arc;

use futures::future::join_all;
use isohub::testing::Recorder;
use isohub::{
    Hub, HubFutureExt as _, Level, capture_message, isolated, isolated_hub, parallel_span, set_tag, span,
    spawn_isolated, start_span,
};

use crate::support::{pause, pauses, settled_tree, tags, workers};

/// What each event says, with exactly the tags that it has, in the order of capture.
fn events(recorder: &Recorder) -> Vec<String> {
    let shown = recorder.events().into_iter().map(|event| {
        let tags: Vec<_> = event.scope.tags().iter().map(|(key, value)| format!("{key}={value}")).collect();
        format!("{}: {}", event.message.as_deref().unwrap_or_default(), tags.join(" "))
    });
    shown.collect()
}

fn capture(message: &'static str) {
    capture_message(message, Level::Info);
}

const KEPT_AND_ISOLATED: [&str; 5] =
    ["start: a=1", "kept: a=1 b=2", "isolated: a=1 b=2 c=3", "nested: a=1 b=2 c=4 d=5", "end: a=1 b=2 e=6"];

#[test]
fn a_block_of_the_current_hub_keeps_writes_and_one_of_its_clone_isolates_them() {
    #[span]
    fn in_blocks() {
        set_tag("a", 1);
        capture("start");
        #[span("kept")]
        {
            set_tag("b", 2);
            capture("kept");
        }
        #[isolated_hub]
        {
            set_tag("c", 3);
            capture("isolated");
            #[isolated_hub]
            {
                set_tag("c", 4);
                set_tag("d", 5);
                capture("nested");
            }
            assert_eq!(tags(), "a=1 b=2 c=3");
        }
        set_tag("e", 6);
        capture("end");
    }
    let recorder = Recorder::new();
    recorder.run_sync(in_blocks);
    assert_eq!(events(&recorder), KEPT_AND_ISOLATED);
}

#[test]
fn a_hub_that_runs_twice_keeps_writes_and_its_clone_isolates_them() {
    let recorder = Recorder::new();
    let mut hub = recorder.hub();
    hub.run(|| {
        set_tag("a", 1);
        capture("start");
    });
    hub.run(|| {
        set_tag("b", 2);
        capture("kept");
    });
    let mut clone = hub.clone();
    clone.run(|| {
        set_tag("c", 3);
        capture("isolated");
        Hub::current().run(|| {
            set_tag("c", 4);
            set_tag("d", 5);
            capture("nested");
        });
        assert_eq!(tags(), "a=1 b=2 c=3");
    });
    hub.run(|| {
        set_tag("e", 6);
        capture("end");
    });
    assert_eq!(events(&recorder), KEPT_AND_ISOLATED);
}

#[test]
fn a_block_of_the_current_hub_that_awaits_keeps_writes_and_one_of_its_clone_isolates_them() {
    #[isolated_hub]
    async fn in_blocks(n: u32) {
        set_tag("n", n);
        #[span("kept")]
        {
            pause().await;
            set_tag("kept", n);
        }
        #[isolated_hub]
        {
            pause().await;
            set_tag("isolated", n);
            pause().await;
            capture("in");
        }
        pause().await;
        capture("out");
    }
    let recorder = Recorder::new();
    workers(2).block_on(recorder.run(async { tokio::join!(in_blocks(1), in_blocks(2)) }));
    let mut events = events(&recorder);
    events.sort();
    let expected =
        ["in: isolated=1 kept=1 n=1", "in: isolated=2 kept=2 n=2", "out: kept=1 n=1", "out: kept=2 n=2"];
    assert_eq!(events, expected);
}

#[derive(Debug)]
struct Broken(u32);

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "broken {}", self.0)
    }
}

impl std::error::Error for Broken {}

#[parallel_span(fields(n))]
async fn work(n: u32) {
    set_tag("work", n);
    step().await;
}

#[span]
async fn step() {
    pauses(3).await;
}

/// What is gathered in one task, and what is created as tasks, under one root.
#[test]
fn gathered_and_created_tasks_are_siblings_under_the_root() {
    let recorder = Recorder::new();
    workers(2).block_on(recorder.run(async {
        let root = start_span!("root");
        let all = async {
            join_all((1..3).map(work)).await;
            let tasks: Vec<_> = (3..5).map(|n| tokio::spawn(work(n))).collect();
            let created: Vec<_> = (5..7).map(|n| spawn_isolated!(work(n))).collect();
            for task in tasks.into_iter().chain(created) {
                task.await.expect("no panic");
            }
        };
        all.in_span(root).await;
    }));
    let works: String = (1..7).map(|n| format!("  work n={n} {{work={n}}}\n    step\n")).collect();
    assert_eq!(settled_tree(&recorder), format!("root\n{works}"));
}

#[test]
fn an_error_in_a_task_carries_the_name_of_its_transaction() {
    #[parallel_span(err(capture))]
    async fn breaks(n: u32) -> Result<(), Broken> {
        step().await;
        Err(Broken(n))
    }
    #[parallel_span]
    async fn transaction(n: u32) {
        isohub::root_span().set_name(format!("/users/{n}"));
        isohub::set_transaction_name(format!("/users/{n}"));
        pauses(n as usize).await;
        tokio::spawn(breaks(n)).await.expect("no panic").expect_err("it breaks");
    }
    let recorder = Recorder::new();
    workers(2).block_on(recorder.run(async { join_all((0..20).map(transaction)).await }));
    recorder.settled(std::time::Duration::from_secs(20)).expect("every span ends");
    let spans = recorder.spans();
    let mut seen: Vec<_> = recorder
        .events()
        .into_iter()
        .map(|event| {
            let trace = event.span.expect("in a span").trace_id();
            let root = spans.iter().find(|span| span.context.trace_id() == trace && span.parent.is_none());
            let root = root.expect("a root").name.to_string();
            (event.exceptions[0].message.to_string(), root, event.scope.transaction_name().map(str::to_owned))
        })
        .collect();
    seen.sort();
    let name = |n| format!("/users/{n}");
    let mut expected: Vec<_> = (0..20).map(|n| (format!("broken {n}"), name(n), Some(name(n)))).collect();
    expected.sort();
    assert_eq!(seen, expected);
}

#[test]
fn isolation_without_spans_gives_no_child_spans_and_events_of_the_root() {
    #[isolated_hub]
    async fn isolated_work(n: u32) {
        set_tag("n", n);
        pause().await;
        capture("work");
    }
    let recorder = Recorder::new();
    workers(2).block_on(recorder.run(async {
        let all = async {
            join_all((0..2).map(isolated_work)).await;
            tokio::spawn(isolated_work(2)).await.expect("no panic");
            spawn_isolated!(isolated_work(3)).await.expect("no panic");
            let blocking = spawn_isolated!(blocking, || capture("work"));
            blocking.await.expect("no panic");
            spawn_isolated!(thread, || capture("work")).join().expect("no panic");
            isolated!(|| capture("work"))();
        };
        all.in_span(start_span!("root")).await;
    }));
    assert_eq!(settled_tree(&recorder), "root\n");
    let root = recorder.span("root").context;
    let of_root = recorder.events().into_iter().filter(|event| event.span == Some(root));
    assert_eq!(of_root.count(), 7);
}

#[test]
fn what_the_client_of_a_task_sets_after_its_creation_is_not_there_and_what_it_set_before_is() {
    let recorder = Recorder::new();
    workers(2).block_on(recorder.run(async {
        set_tag("before", "yes");
        let go = Arc::new(tokio::sync::Notify::new());
        let task = {
            let go = Arc::clone(&go);
            spawn_isolated!(async move {
                go.notified().await;
                set_tag("task", "yes");
                capture("task");
            })
        };
        set_tag("after", "yes");
        go.notify_one();
        task.await.expect("no panic");
        capture("creator");
    }));
    let mut events = events(&recorder);
    events.sort();
    assert_eq!(events, ["creator: after=yes before=yes", "task: before=yes task=yes"]);
}
