//! Spans of tracing: parents, fields, levels, links.

use isohub::testing::Recorder;
use isohub::{Filter, Level, Rate, SpanKind, Value};
use tracing::field::Empty;
use tracing::{Span, debug_span, error_span, info_span, trace_span, warn_span};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::prelude::*;

use crate::support::{dispatch, recorded, tree, with};

#[isohub::span(fields(n))]
fn inner(n: u32) {
    info_span!("deepest").in_scope(|| {});
}

#[isohub::span]
fn outer() {
    info_span!("library", n = 1).in_scope(|| inner(1));
    inner(2);
}

#[test]
fn spans_of_both_nest_in_each_other() {
    let recorder = recorded(outer);
    assert_eq!(
        tree(&recorder),
        "outer\n  library n=1\n    inner n=1\n      deepest\n  inner n=2\n    deepest\n"
    );
}

#[test]
fn an_explicit_parent_is_the_parent() {
    let recorder = recorded(|| {
        let parent = isohub::start_span!("start").in_scope(|| info_span!("parent"));
        info_span!("other").in_scope(|| {
            info_span!(parent: &parent, "child").in_scope(|| inner(1));
            info_span!(parent: None, "root").in_scope(|| info_span!("below").in_scope(|| {}));
        });
    });
    assert_eq!(
        tree(&recorder),
        "start\n  parent\n    child\n      inner n=1\n        deepest\n\nother\n\nroot\n  below\n"
    );
}

#[test]
fn a_root_within_a_trace_has_its_own_children() {
    let recorder = recorded(|| {
        isohub::start_span!("request").in_scope(|| {
            info_span!(parent: None, "job").in_scope(|| inner(1));
            inner(2);
        });
    });
    assert_eq!(tree(&recorder), "request\n  inner n=2\n    deepest\n\njob\n  inner n=1\n    deepest\n");
}

#[test]
fn a_span_lasts_until_it_is_closed() {
    let recorder = recorded(|| {
        let span = info_span!("span");
        span.in_scope(|| {});
        let clone = span.clone();
        drop(span);
        clone.in_scope(|| info_span!("child").in_scope(|| {}));
    });
    assert_eq!(tree(&recorder), "span\n  child\n");
    let (span, child) = (recorder.span("span"), recorder.span("child"));
    assert!(span.end() >= child.end());
}

#[test]
fn fields_are_typed_attributes() {
    let recorder = recorded(|| {
        let span = info_span!(
            "span",
            float = 1.5,
            int = -1_i64,
            uint = u64::MAX,
            big = u128::MAX,
            yes = true,
            text = "text",
            display = %"shown",
            debug = ?"quoted",
            none = Option::<u8>::None,
            error = &std::io::Error::other("broken") as &dyn std::error::Error,
            later = Empty,
        );
        span.record("later", 7);
        span.in_scope(|| {
            Span::current().record("text", "other");
        });
    });
    let span = recorder.span("span");
    let expected = [
        ("float", Value::F64(1.5)),
        ("int", Value::I64(-1)),
        ("uint", Value::U64(u64::MAX)),
        ("big", Value::text(u128::MAX.to_string())),
        ("yes", Value::Bool(true)),
        ("text", Value::text("other")),
        ("display", Value::text("shown")),
        ("debug", Value::text("\"quoted\"")),
        ("error", Value::text("broken")),
        ("later", Value::I64(7)),
    ];
    let found: Vec<_> = span.attributes.iter().map(|it| (&*it.key, it.value.clone())).collect();
    assert_eq!(found, expected);
}

#[test]
fn fields_of_opentelemetry_say_what_the_span_is() {
    let recorder = recorded(|| {
        info_span!("kind", otel.kind = "server").in_scope(|| {});
        info_span!("by debug", otel.kind = ?SpanKind::Client).in_scope(|| {});
        info_span!("static", otel.name = format!("GET {}", "/users")).in_scope(|| {});
        info_span!("failed", otel.status_code = "ERROR").in_scope(|| {});
        let late = info_span!("late", otel.status_description = Empty, otel.name = Empty);
        late.record("otel.status_description", "no more rows");
        late.record("otel.name", "renamed");
        let fine = info_span!("fine", otel.status_code = Empty);
        fine.record("otel.status_code", "OK");
        fine.in_scope(|| tracing::error!("which is handled"));
    });
    assert_eq!(recorder.span("kind").kind(), SpanKind::Server);
    assert_eq!(recorder.span("by debug").kind(), SpanKind::Client);
    assert_eq!(
        tree(&recorder),
        "kind\n\nby debug\n\nGET /users\n\nfailed error\n\nrenamed error error=\"no more rows\"\n\nfine\n"
    );
}

#[test]
fn what_a_span_follows_is_linked() {
    let recorder = recorded(|| {
        let (first, second) = (info_span!("first"), info_span!("second"));
        second.follows_from(&first);
        second.follows_from(Span::none());
    });
    let (first, second) = (recorder.span("first"), recorder.span("second"));
    let links: Vec<_> = second.links.iter().map(|link| link.context).collect();
    assert_eq!(links, [first.context]);
}

#[test]
fn a_callsite_is_that_of_the_library() {
    let recorder = recorded(|| {
        for _ in 0..3 {
            warn_span!(target: "library::pool", "acquire").in_scope(|| {});
        }
    });
    let spans = recorder.spans();
    let callsite = spans[0].callsite;
    assert!(spans.iter().all(|span| std::ptr::eq(span.callsite, callsite)), "one for each place");
    assert_eq!((callsite.name(), callsite.module_path()), ("acquire", "library::pool"));
    assert_eq!((callsite.level(), callsite.file()), (Level::Warning, file!()));
    assert_eq!(callsite.line(), line!() - 8);
}

fn all_levels() {
    error_span!("error").in_scope(|| {
        debug_span!("debug").in_scope(|| info_span!("info").in_scope(|| {}));
        trace_span!("trace").in_scope(|| warn_span!("warn").in_scope(|| {}));
    });
}

#[test]
fn spans_below_info_are_left_out_unless_asked_for() {
    let recorder = recorded(all_levels);
    assert_eq!(tree(&recorder), "error\n  info\n  warn\n");

    let layer = isohub_tracing::layer().spans(|it| it.name() != "info");
    let (dispatch, recorder) = (tracing_subscriber::registry().with(layer).into(), Recorder::new());
    with(&dispatch, &recorder, all_levels);
    assert_eq!(tree(&recorder), "error\n  debug\n  trace\n    warn\n");
}

#[test]
fn children_of_what_is_left_out_keep_their_parent_across_threads() {
    let recorder = recorded(|| {
        let left_out = isohub::start_span!("start").in_scope(|| debug_span!("debug"));
        let dispatch = tracing::dispatcher::get_default(Clone::clone);
        std::thread::spawn(move || {
            let _subscriber = tracing::dispatcher::set_default(&dispatch);
            left_out.in_scope(|| info_span!("entered").in_scope(|| {}));
            info_span!(parent: &left_out, "given").in_scope(|| {});
        })
        .join()
        .expect("no panic");
    });
    assert_eq!(tree(&recorder), "start\n  entered\n  given\n");
}

#[test]
fn a_filter_of_the_layer_is_heeded() {
    let layer = isohub_tracing::layer().with_filter(LevelFilter::WARN);
    let other = tracing_subscriber::fmt::layer().with_writer(std::io::sink);
    let (dispatch, recorder) =
        (tracing_subscriber::registry().with(layer).with(other).into(), Recorder::new());
    with(&dispatch, &recorder, all_levels);
    assert_eq!(tree(&recorder), "error\n  warn\n");
}

#[test]
fn the_filter_of_isohub_sees_the_target() {
    let filter: Filter = "info,library=off".parse().expect("a filter");
    let recorder = Recorder::builder().filter(filter).build();
    with(&dispatch(), &recorder, || {
        info_span!("top").in_scope(|| {
            info_span!(target: "library::pool", "acquire").in_scope(|| info_span!("below").in_scope(|| {}));
        });
    });
    assert_eq!(tree(&recorder), "top\n  below\n");
}

#[test]
fn a_trace_is_sampled_as_a_whole() {
    let recorder = Recorder::builder().sample(Rate(0.0)).build();
    with(&dispatch(), &recorder, || {
        let span = info_span!("root");
        span.in_scope(|| {
            inner(1);
            let traced = isohub_tracing::current_span().context().expect("it has an id to be passed on");
            assert!(!traced.is_sampled());
            info_span!("below").in_scope(|| {
                let below = isohub_tracing::current_span().context().expect("the same");
                assert_eq!(below.trace_id(), traced.trace_id());
            });
        });
    });
    assert_eq!((tree(&recorder), recorder.stats().started), (String::new(), 0));
}

#[test]
fn a_recorded_root_within_a_trace_that_is_not_keeps_its_children() {
    let recorder =
        Recorder::builder().sample(|root: &isohub::Root<'_>| root.callsite.name() != "request").build();
    with(&dispatch(), &recorder, || {
        isohub::start_span!("request").in_scope(|| {
            info_span!(parent: None, "job").in_scope(|| info_span!("below").in_scope(|| {}));
        });
    });
    assert_eq!(tree(&recorder), "job\n  below\n");
}

#[test]
fn a_sampler_sees_the_fields() {
    let sampler = |root: &isohub::Root<'_>| root.attribute("path") != Some(&Value::text("/health"));
    let recorder = Recorder::builder().sample(sampler).build();
    with(&dispatch(), &recorder, || {
        for path in ["/health", "/users"] {
            info_span!("request", path).in_scope(|| info_span!("below").in_scope(|| {}));
        }
    });
    assert_eq!(tree(&recorder), "request path=/users\n  below\n");
}

#[test]
fn the_first_span_of_a_trace_carries_the_scope() {
    let recorder = recorded(|| {
        info_span!("request").in_scope(|| {
            isohub::set_tag("user", 7);
            info_span!("below").in_scope(|| {});
        });
    });
    assert_eq!(tree(&recorder), "request {user=7}\n  below\n");
}

#[test]
fn debug_of_a_field_may_do_anything() {
    struct Traced;
    impl std::fmt::Debug for Traced {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            isohub::start_span!("of debug").in_scope(|| info_span!("in it").in_scope(|| {}));
            tracing::info!("an event");
            f.write_str("traced")
        }
    }
    struct Panics;
    impl std::fmt::Debug for Panics {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            panic!("as asked")
        }
    }
    let recorder = recorded(|| {
        let span = info_span!("span", a = ?Traced, b = ?Panics, c = Empty);
        span.in_scope(|| {
            span.record("c", tracing::field::debug(Traced));
        });
    });
    let span = recorder.span("span");
    let said = |key| span.attribute(key).map(ToString::to_string);
    assert_eq!(said("a"), Some("traced".to_owned()));
    assert_eq!(said("b"), Some("(panicked)".to_owned()));
    assert_eq!(said("c"), Some("traced".to_owned()));
}
