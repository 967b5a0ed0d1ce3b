//! Values that travel with the hub of their sender, through whatever takes values.

mod channels;

use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use isohub::sink::Batch;
use isohub::testing::Recorder;
use isohub::{
    Carried, Hub, HubFutureExt as _, SpanRef, Trace, carry, hub_local, parallel_span, span, start_span,
};

use crate::probe::Probe;
use crate::support::{Log, Worker, crash, pause, poll_once, poll_to_end, settled_tree, tags, tags_of};

/// A value that was sent where these tags were set.
fn sent<T>(value: T) -> Carried<T> {
    let mut hub = Hub::base().with_tag("sender", "yes");
    hub.run(|| carry(value))
}

#[test]
fn a_value_is_handled_in_the_hub_as_its_sender_had_it_when_it_was_carried() {
    isohub::set_tag("sender", "before");
    let carried = carry(7);
    isohub::set_tag("sender", "after");
    let seen = carried.handle(|value| {
        let first = tags();
        isohub::set_tag("handler", value);
        (first, tags())
    });
    assert_eq!(seen, ("sender=before".to_owned(), "handler=7 sender=before".to_owned()));
    assert_eq!(tags(), "sender=after");
}

#[test]
fn what_handles_it_leaves_nothing_also_if_it_crashes() {
    isohub::set_tag("receiver", "yes");
    sent(()).handle(|()| isohub::set_tag("handler", 1));
    let carried = sent(());
    let crashed = catch_unwind(AssertUnwindSafe(|| {
        carried.handle(|()| {
            isohub::set_tag("handler", 2);
            crash()
        })
    }));
    assert!(crashed.is_err());
    let making = |()| -> std::future::Ready<()> { crash() };
    let crashed = catch_unwind(AssertUnwindSafe(|| drop(sent(()).handle_async(making))));
    assert!(crashed.is_err());
    assert_eq!(tags(), "receiver=yes");
}

#[test]
fn a_future_is_made_polled_and_dropped_in_the_hub_that_came_with_its_value() {
    let log = Log::default();
    isohub::set_tag("receiver", "yes");
    let handle = |value: u32| {
        log.note(format!("made: {}", tags()));
        let witness = log.witness("dropped");
        async move {
            isohub::set_tag("handler", value);
            pause().await;
            drop(witness);
            tags()
        }
    };
    let seen = poll_to_end(sent(1).handle_async(handle));
    assert_eq!(seen, "handler=1 sender=yes");
    let mut cancelled = Box::pin(sent(2).handle_async(handle));
    assert!(poll_once(cancelled.as_mut()).is_pending());
    drop(cancelled);
    drop(sent(3).handle_async(handle));
    let made = "made: sender=yes";
    let expected = [
        made,
        "dropped: handler=1 sender=yes",
        made,
        "dropped: handler=2 sender=yes",
        made,
        "dropped: sender=yes",
    ];
    assert_eq!(log.lines(), expected);
    assert_eq!(tags(), "receiver=yes");
}

#[test]
fn a_value_that_nobody_handles_drops_in_the_hub_of_its_sender() {
    let log = Log::default();
    isohub::set_tag("receiver", "yes");
    let carried = [sent(log.witness("dropped")), sent(log.witness("dropped elsewhere"))];
    let [here, there] = carried;
    drop(here);
    std::thread::spawn(move || drop(there)).join().expect("no panic");
    let (sender, received) = std::sync::mpsc::channel();
    sender.send(sent(log.witness("left in a channel"))).expect("open");
    drop(received);
    assert_eq!(
        log.lines(),
        ["dropped: sender=yes", "dropped elsewhere: sender=yes", "left in a channel: sender=yes"]
    );
    assert_eq!(tags(), "receiver=yes");
}

#[test]
fn a_value_whose_destructor_crashes_leaves_the_hub_of_its_receiver() {
    struct Crashes;
    impl Drop for Crashes {
        fn drop(&mut self) {
            isohub::set_tag("dropped", 1);
            crash()
        }
    }
    isohub::set_tag("receiver", "yes");
    assert!(catch_unwind(|| drop(sent(Crashes))).is_err());
    assert_eq!(tags(), "receiver=yes");
}

#[test]
fn the_value_and_the_hub_can_be_looked_at_and_taken_apart() {
    let log = Log::default();
    let carried = sent(log.witness("value"));
    assert_eq!(tags_of(carried.hub()), "sender=yes");
    assert!(format!("{:?}", sent(7)).starts_with("Carried { value: 7, hub: Hub"));
    let (witness, hub) = carried.into_parts();
    assert!(log.lines().is_empty(), "to take it apart drops nothing");
    let seen = poll_to_end(async { tags() }.bind_hub(hub));
    assert_eq!(seen, "sender=yes");
    drop(witness);
    assert_eq!(log.lines(), ["value: "], "outside, it is a value as any other");
}

#[test]
fn map_works_in_the_hub_and_what_it_writes_stays_there() {
    let mapped = sent("7").map(|text| {
        isohub::set_tag("parsed", text);
        text.parse::<u32>()
    });
    assert_eq!(mapped.value(), &Ok(7));
    assert_eq!((tags_of(mapped.hub()), tags()), ("parsed=7 sender=yes".to_owned(), String::new()));
    assert_eq!(mapped.handle(|_| tags()), "parsed=7 sender=yes");
}

#[test]
fn each_clone_is_a_unit_of_its_own() {
    let carried = sent(1);
    let clones = [carried.clone(), carried.clone(), carried];
    let seen = clones.map(|clone| {
        let clone = clone.map(|n| isohub::set_tag("unit", n));
        clone.handle(|()| {
            let before = tags();
            isohub::set_tag("handler", 1);
            before
        })
    });
    assert_eq!(seen, ["sender=yes unit=1"; 3]);
}

#[test]
fn a_value_whose_clone_crashes_leaves_the_hub_of_whoever_clones_it() {
    struct Crashes;
    impl Clone for Crashes {
        fn clone(&self) -> Self {
            assert_eq!(tags(), "receiver=yes");
            crash()
        }
    }
    let carried = sent(Crashes);
    isohub::set_tag("receiver", "yes");
    assert!(catch_unwind(AssertUnwindSafe(|| drop(carried.clone()))).is_err());
    assert_eq!(tags(), "receiver=yes");
    carried.handle(|_| assert_eq!(tags(), "sender=yes"));
}

#[test]
fn values_that_are_carried_in_one_another_drop_each_in_its_own_hub() {
    let log = Log::default();
    let inner = sent(log.witness("inner"));
    isohub::set_tag("between", "yes");
    let outer = carry((inner, log.witness("outer")));
    isohub::set_tag("receiver", "yes");
    drop(outer);
    let inner = Hub::base().with_tag("carries", "too").run(|| carry(sent(log.witness("taken out"))));
    let (inner, hub) = inner.into_parts();
    drop((hub, inner));
    assert_eq!(log.lines(), ["inner: sender=yes", "outer: between=yes", "taken out: sender=yes"]);
    assert_eq!(tags(), "between=yes receiver=yes");
}

#[test]
fn it_is_what_its_value_is() {
    fn all<T: Send + Sync + Unpin + UnwindSafe + RefUnwindSafe + 'static>() {}
    all::<Carried<String>>();
    // What is neither `Send` nor `'static` is carried as well.
    let (rc, mut count) = (Rc::new(1), 0);
    let carried = sent((Rc::clone(&rc), &mut count));
    carried.handle(|(rc, count)| *count += *rc);
    assert_eq!((count, Rc::strong_count(&rc)), (1, 1));
}

#[test]
fn values_of_hub_locals_travel_too() {
    hub_local! {
        static TENANT: String;
        static OWN: u32 = 0, reset;
    }
    TENANT.set("acme".to_owned());
    OWN.set(1);
    let carried = carry(());
    let seen = std::thread::spawn(|| {
        TENANT.set("of the thread".to_owned());
        let seen = carried.handle(|()| (TENANT.get(), OWN.get().as_deref().copied()));
        (seen, TENANT.get())
    });
    let ((tenant, own), of_thread) = seen.join().expect("no panic");
    assert_eq!((tenant.as_deref().map(String::as_str), own), (Some("acme"), Some(0)));
    assert_eq!(of_thread.as_deref().map(String::as_str), Some("of the thread"));
}

#[span]
fn helper() {}

#[parallel_span]
async fn handler(n: u32) {
    isohub::record!(n);
    pause().await;
    helper();
}

#[parallel_span(detached)]
fn later(_: u32) {
    helper();
}

#[test]
fn spans_of_its_handling_are_children_of_the_senders_span_be_it_open_or_ended() {
    let recorder = Recorder::new();
    let while_open = recorder.run_sync(|| {
        start_span!("sender").in_scope(|| {
            let (now, after) = (carry(1), carry(2));
            start_span!("receiver, inside").in_scope(|| poll_to_end(now.handle_async(handler)));
            after
        })
    });
    let mut receiver = recorder.hub();
    receiver.run(|| start_span!("receiver").in_scope(|| poll_to_end(while_open.handle_async(handler))));
    assert_eq!(
        settled_tree(&recorder),
        "receiver\nsender\n  handler n=1\n    helper\n  handler n=2\n    helper\n  receiver, inside\n"
    );
    let sender = recorder.span("sender");
    let late = recorder.spans().into_iter().filter(|span| span.name == "handler").max_by_key(|it| it.start);
    let is_child =
        late.is_some_and(|late| late.start >= sender.end() && late.parent == Some(sender.context.span_id()));
    assert!(is_child);
}

#[test]
fn a_sink_for_whole_traces_gets_the_late_child_as_a_part_and_detached_work_as_a_trace() {
    let traces = Arc::new(Mutex::new(Vec::new()));
    let its = Arc::clone(&traces);
    let sink = Probe::new("traces", move |batch: &Batch| {
        let shape = |trace: &Arc<Trace>| {
            let names: Vec<_> = trace.spans.iter().map(|span| span.name.to_string()).collect();
            (names.join(" "), trace.is_partial)
        };
        its.lock().expect("no panic").extend(batch.traces.iter().map(shape));
    });
    let recorder = Recorder::builder().sink(sink.traces()).build();
    let carried = recorder.run_sync(|| start_span!("sender").in_scope(|| carry(1)));
    recorder.spans();
    poll_to_end(carried.clone().handle_async(handler));
    recorder.spans();
    carried.handle(later);
    recorder.spans();
    let expected = [("sender", false), ("handler helper", true), ("later helper", false)];
    let seen = traces.lock().expect("no panic").clone();
    assert_eq!(seen.iter().map(|(names, part)| (names.as_str(), *part)).collect::<Vec<_>>(), expected);
}

#[test]
fn detached_work_is_a_trace_of_its_own_that_is_linked_to_the_senders_span() {
    let recorder = Recorder::new();
    let carried = recorder.run_sync(|| {
        isohub::set_tag("tenant", "acme");
        start_span!("sender").in_scope(|| carry(1))
    });
    std::thread::spawn(move || carried.handle(later)).join().expect("no panic");
    assert_eq!(recorder.tree(), "sender #1\n\nlater {tenant=acme} -> #1\n  helper\n");
}

#[test]
fn what_handles_many_at_once_can_link_each_senders_span() {
    #[parallel_span(fresh, links = rows.iter().map(|row| row.hub().span_context()).collect::<Vec<_>>())]
    fn store(rows: Vec<Carried<u32>>) -> u32 {
        rows.into_iter().map(|row| row.into_parts().0).sum()
    }
    let recorder = Recorder::new();
    let sum = recorder.run_sync(|| {
        let rows = (1..3).map(|n| start_span!("sender").in_scope(|| carry(n))).collect();
        store(rows)
    });
    assert_eq!(sum, 3);
    assert_eq!(recorder.tree(), "sender #1\n\nsender #2\n\nstore -> #1 -> #2\n");
}

#[test]
fn a_span_that_is_carried_ends_where_it_is_handled() {
    let recorder = Recorder::new();
    let worker = Worker::new();
    recorder.run_sync(|| {
        let span = start_span!("carried");
        let carried = carry(span);
        worker.run(move || {
            carried.handle(|span| span.in_scope(|| SpanRef::record(&isohub::current_span(), "there", true)));
        });
    });
    assert_eq!(recorder.tree(), "carried there=true\n");
}
