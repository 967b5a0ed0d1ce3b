//! Spans that are started by hand, of units that are neither function nor future.

use isohub::testing::Recorder;
use isohub::{Attribute, Callsite, Hub, Outcome, Rate, Root, Span, SpanKind, Value, start_span};

use crate::support::settled_tree;

static SESSION: Callsite = Callsite::new("session", module_path!(), file!(), line!(), column!())
    .with_kind(SpanKind::Server)
    .with_op("game")
    .with_fields();

fn attributes() -> Vec<Attribute> {
    vec![Attribute { key: "game".into(), value: Value::text("chess") }]
}

#[test]
fn the_span_is_active_in_the_hub_and_its_clones_and_has_the_scope_that_the_hub_had_last() {
    let recorder = Recorder::new();
    let mut hub = recorder.hub().with_tag("before", 1);
    let span = hub.start_span(&SESSION, attributes);
    hub.run(|| {
        assert_eq!(isohub::root_span().context(), span.context());
        start_span!("move").in_scope(|| isohub::set_tag("within", 1));
    });
    hub.clone().run(|| start_span!("of_clone").in_scope(|| isohub::set_tag("elsewhere", 1)));
    assert_eq!(hub.span_context(), span.context());
    hub.run(|| isohub::set_tag("last", 1));
    span.end_in(hub, Outcome::Error);
    assert_eq!(
        settled_tree(&recorder),
        "session error game=chess {before=1 last=1 within=1}\n  move\n  of_clone\n"
    );
    let span = recorder.span("session");
    assert_eq!((span.kind(), span.callsite.op(), span.is_orphan), (SpanKind::Server, Some("game"), false));
}

#[test]
fn below_another_span_it_carries_its_scope_too() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        start_span!("tournament").in_scope(|| {
            let mut hub = Hub::current().with_tag("table", 7);
            let span = hub.start_span(&SESSION, Vec::new);
            span.end_in(hub, Outcome::Ok);
            Span::start(&SESSION, Vec::new).end_in(Hub::current().with_tag("table", 8), Outcome::Ok);
        });
    });
    assert_eq!(settled_tree(&recorder), "tournament\n  session {table=7}\n  session {table=8}\n");
}

#[test]
fn dropped_or_ended_elsewhere_it_ends_once() {
    let recorder = Recorder::new();
    let mut hub = recorder.hub();
    drop(hub.start_span(&SESSION, Vec::new));
    let mut hub = recorder.hub();
    let span = hub.start_span(&SESSION, Vec::new);
    drop(hub);
    span.end(Outcome::Cancelled);
    recorder.run_sync(|| Span::start(&SESSION, Vec::new).end(Outcome::Ok));
    assert_eq!(settled_tree(&recorder), "session\nsession\nsession cancelled\n");
    let stats = recorder.stats();
    assert_eq!((stats.started, stats.delivered, stats.open), (3, 3, 0));
}

#[test]
fn samplers_see_its_attributes_and_those_that_panic_are_none() {
    let chess = |root: &Root<'_>| root.attribute("game").is_some();
    let recorder = Recorder::builder().sample(chess).build();
    for attributes in [attributes as fn() -> _, Vec::new, || panic!("on purpose")] {
        let mut hub = recorder.hub();
        let span = hub.start_span(&SESSION, attributes);
        hub.run(|| start_span!("move").in_scope(|| ()));
        span.end_in(hub, Outcome::Ok);
    }
    assert_eq!(settled_tree(&recorder), "session game=chess\n  move\n");
}

#[test]
fn values_of_the_hub_are_dropped_when_its_span_has_ended() {
    struct Says(Recorder);
    impl Drop for Says {
        fn drop(&mut self) {
            assert_eq!(self.0.span("session").outcome, Outcome::Ok);
        }
    }
    isohub::hub_local! {
        static SAYS: Says;
    }
    let recorder = Recorder::new();
    let mut hub = recorder.hub();
    let span = hub.start_span(&SESSION, Vec::new);
    hub.run(|| SAYS.set(Says(recorder)));
    span.end_in(hub, Outcome::Ok);
}

#[test]
fn an_unrecorded_hub_stays_in_its_trace_and_says_that_it_is_not_recorded() {
    let recorder = Recorder::builder().sample(Rate(1.0)).build();
    let remote = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".parse().ok();
    let mut hub = recorder.hub().with_parent(remote).unrecorded();
    let span = hub.start_span(&SESSION, || unreachable!("it is not recorded"));
    let trace_id = remote.map(|it: isohub::SpanContext| it.trace_id());
    assert_eq!(hub.span_context().map(|it| (Some(it.trace_id()), it.is_sampled())), Some((trace_id, false)));
    span.end_in(hub, Outcome::Ok);
    // Of a new one, each hub has its own.
    let new = || recorder.hub().unrecorded().span_context().map(|it| it.trace_id());
    assert!(new().is_some() && new() != new());
    assert_eq!(settled_tree(&recorder), "");
}
