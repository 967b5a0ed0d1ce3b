//! Input that is too long, too deep, empty or malformed.

use isohub::testing::Recorder;
use isohub::{
    Breadcrumb, Event, Hub, InvalidTraceparent, Level, MAX_ATTRIBUTES, MAX_BREADCRUMBS, MAX_KEY, MAX_TEXT,
    SpanContext, User, Value, parallel_span, span,
};

use crate::probe::Probe;

fn long(length: usize) -> String {
    "é".repeat(length)
}

#[track_caller]
fn is_cut(text: &str) {
    assert!(text.len() <= MAX_TEXT && text.len() > MAX_TEXT - 4, "{}", text.len());
    assert!(text.ends_with("é…"), "{}", text.len());
}

#[test]
fn long_text_is_cut_with_a_mark() {
    let recorder = Recorder::new();
    let text = long(MAX_TEXT);
    recorder.run_sync(|| {
        isohub::set_tag("tag", &text);
        isohub::set_extra("extra", &text);
        isohub::set_context("context", [("key", text.as_str())]);
        isohub::set_user(User::from(text.clone()));
        isohub::set_transaction_name(text.clone());
        isohub::set_fingerprint([text.clone()]);
        isohub::add_breadcrumb(Breadcrumb::new(text.clone()).data("data", &text));
        isohub::start_span!("span", field = text.as_str(), shown = %text, debugged = ?text).in_scope(|| {
            let span = isohub::current_span();
            span.record("late", &text);
            span.add_event(text.clone(), [("key", &text)]);
            span.set_name(text.clone());
            isohub::capture_message(text.clone(), Level::Info);
        });
    });
    let spans = recorder.spans();
    let span = &spans[0];
    is_cut(&span.name);
    assert_eq!(span.callsite.name(), "span");
    is_cut(&span.events[0].name);
    for key in ["field", "shown", "late"] {
        is_cut(&span.attribute(key).unwrap().to_string());
    }
    assert!(span.attribute("debugged").unwrap().to_string().ends_with('…'));
    is_cut(&span.events[0].attributes[0].value.to_string());
    let event = recorder.event();
    is_cut(event.message.as_deref().unwrap());
    let scope = &event.scope;
    is_cut(scope.tag("tag").unwrap());
    is_cut(&scope.extra("extra").unwrap().to_string());
    is_cut(&scope.context("context").unwrap().get("key").unwrap().to_string());
    is_cut(scope.user().unwrap().id.as_deref().unwrap());
    is_cut(scope.transaction_name().unwrap());
    is_cut(&scope.fingerprint()[0]);
    is_cut(scope.breadcrumbs()[0].message.as_deref().unwrap());
    is_cut(&scope.breadcrumbs()[0].data[0].value.to_string());
}

#[test]
fn text_that_just_fits_is_kept() {
    let recorder = Recorder::new();
    let text = "x".repeat(MAX_TEXT);
    recorder.run_sync(|| isohub::start_span!("span", text = text.as_str()).in_scope(|| ()));
    assert_eq!(recorder.span("span").attribute("text"), Some(&Value::text(text)));
}

#[test]
fn an_event_that_was_filled_by_hand_is_cut_at_its_capture() {
    let recorder = Recorder::new();
    let mut event = Event::message("short").fingerprint([long(MAX_TEXT)]);
    event.message = Some(long(MAX_TEXT).into());
    event.attributes = (0..2 * MAX_ATTRIBUTES)
        .map(|n| isohub::Attribute { key: format!("key{n}").into(), value: Value::I64(1) })
        .collect();
    recorder.run_sync(|| isohub::capture_event(event));
    let event = recorder.event();
    is_cut(event.message.as_deref().unwrap());
    is_cut(&event.fingerprint[0]);
    assert_eq!(event.attributes.len(), MAX_ATTRIBUTES);
}

#[test]
fn keys_are_brought_into_bounds() {
    let recorder = Recorder::new();
    let key = "k".repeat(MAX_KEY + 1);
    recorder.run_sync(|| {
        for key in ["", "a\0b", "line\nbreak", &key] {
            isohub::set_tag(key.to_owned(), "value");
        }
        isohub::start_span!("span").in_scope(|| {
            let span = isohub::current_span();
            for key in ["", "a\0b", "line\nbreak", &key] {
                span.record(key.to_owned(), 1);
            }
        });
        let hub = Hub::current();
        assert_eq!(hub.scope().tag(""), Some("value"));
        assert_eq!(hub.scope().tag("a\0b"), Some("value"));
        let tags = hub.scope().tags().into_iter().map(|(key, _)| key.to_owned());
        let cut = format!("{}…", "k".repeat(MAX_KEY - 3));
        assert_eq!(tags.collect::<Vec<_>>(), ["(empty)", "a_b", &cut, "line_break"]);
    });
    let cut = format!("{}…", "k".repeat(MAX_KEY - 3));
    let span = recorder.span("span");
    let keys: Vec<_> = span.attributes.iter().map(|attribute| &*attribute.key).collect();
    assert_eq!(keys, ["(empty)", "a_b", "line_break", &cut]);
}

#[test]
fn values_are_kept_whatever_characters_they_have() {
    let recorder = Recorder::new();
    let odd = "nul \0, bell \u{7}, line\r\nbreak, \u{202e}, \u{10ffff}, \u{fffd}";
    recorder.run_sync(|| {
        isohub::set_tag("odd", odd);
        isohub::start_span!("span", odd = odd).in_scope(|| isohub::current_span().set_name("na\0me\n"));
        isohub::capture_message(odd, Level::Info);
    });
    assert_eq!(recorder.spans()[0].attribute("odd"), Some(&Value::text(odd)));
    assert_eq!(recorder.event().message.as_deref(), Some(odd));
    assert_eq!(recorder.event().scope.tag("odd"), Some(odd));
    assert_eq!(recorder.tree().lines().count(), 1, "a line of the tree stays one");
}

#[test]
fn numbers_that_are_none_are_kept() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        let (nan, inf) = (f64::NAN, f64::INFINITY);
        isohub::start_span!(
            "span",
            nan,
            inf,
            neg = -inf,
            zero = -0.0,
            min = i64::MIN,
            max = u64::MAX,
            big = u128::MAX
        )
        .in_scope(|| ());
    });
    assert_eq!(
        recorder.tree(),
        format!(
            "span nan=NaN inf=inf neg=-inf zero=-0 min={} max={} big={}\n",
            i64::MIN,
            u64::MAX,
            u128::MAX
        )
    );
}

#[test]
fn of_too_many_attributes_the_first_are_kept() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::start_span!("span").in_scope(|| {
            for n in 0..10 * MAX_ATTRIBUTES {
                isohub::current_span().record(format!("key{n}"), n);
            }
        });
    });
    let span = recorder.span("span");
    assert_eq!(span.attributes.len(), MAX_ATTRIBUTES, "however they came");
    assert_eq!(span.attributes[5].key, "key5");
    assert_eq!(span.attribute("isohub.cut"), Some(&Value::I64(9 * MAX_ATTRIBUTES as i64 + 1)));
}

#[test]
fn of_too_many_breadcrumbs_the_newest_are_kept() {
    let recorder = Recorder::new();
    let last = 5 * MAX_BREADCRUMBS;
    recorder.run_sync(|| {
        for n in 0..last {
            isohub::breadcrumb!("test", format!("{n}"));
        }
        isohub::capture_message("event", Level::Info);
    });
    let event = recorder.event();
    let messages: Vec<_> = event.scope.breadcrumbs().iter().map(|it| it.message.clone().unwrap()).collect();
    let expected: Vec<_> = (last - MAX_BREADCRUMBS..last).map(|n| n.to_string()).collect();
    assert_eq!(messages, expected);
}

#[test]
fn an_empty_name_changes_nothing() {
    let recorder = Recorder::new();
    recorder.run_sync(|| isohub::start_span!("span").in_scope(|| isohub::current_span().set_name("")));
    assert_eq!(recorder.tree(), "span\n");
}

#[test]
fn a_sink_may_have_any_name() {
    for name in ["", "na\0me", "line\nbreak", "a name that is much longer than a thread's can be"] {
        let recorder = Recorder::builder().sink(Probe::new(name, |_| ())).build();
        recorder.run_sync(|| isohub::start_span!("span").in_scope(|| ()));
        assert_eq!(recorder.tree(), "span\n");
        assert_eq!(recorder.stats().sinks[1].name, name);
    }
}

#[test]
fn references_to_no_span_take_everything() {
    let recorder = Recorder::new();
    let other: SpanContext = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".parse().unwrap();
    recorder.run_sync(|| {
        for span in [isohub::current_span(), isohub::root_span()] {
            span.record("key", 1);
            span.add_event("event", [("key", 1)]);
            span.add_link(other);
            span.set_name("name");
            span.set_outcome(isohub::Outcome::Error);
            assert!(!span.is_recorded() && span.context().is_none());
        }
    });
    let stats = recorder.stats();
    assert_eq!((stats.started, stats.late_payloads, stats.lost_payloads), (0, 0, 0));
}

#[test]
fn span_contexts_are_parsed_as_the_standard_says() {
    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
    const SPAN: &str = "b7ad6b7169203331";
    let parse = |text: &str| text.parse::<SpanContext>();
    let valid = format!("00-{TRACE}-{SPAN}-01");
    let context = parse(&valid).unwrap();
    assert_eq!(context.to_string(), valid);
    assert!(context.is_remote() && context.is_sampled());
    for (flags, is_sampled) in [("00", false), ("03", true), ("fe", false), ("ff", true)] {
        let parsed = parse(&format!("00-{TRACE}-{SPAN}-{flags}")).map(|it| it.is_sampled());
        assert_eq!(parsed, Ok(is_sampled), "{flags}");
    }
    let zeros = ["0".repeat(32), "0".repeat(16)];
    for wrong in [
        String::new(),
        "-".repeat(60),
        valid.to_uppercase(),
        format!(" {valid}"),
        format!("{valid}\n"),
        format!("{valid}-00"),
        valid.replacen("00", "ff", 1),
        valid.replacen("00", "0", 1),
        format!("00-{}-{SPAN}-01", zeros[0]),
        format!("00-{TRACE}-{}-01", zeros[1]),
        format!("00-{TRACE}0-{SPAN}-01"),
        format!("00-{TRACE}-{SPAN}-0g"),
        format!("00_{TRACE}_{SPAN}_01"),
        format!("00-{}-{SPAN}-01", "é".repeat(16)),
        long(100_000),
    ] {
        assert_eq!(parse(&wrong), Err(InvalidTraceparent), "{wrong:.80}");
    }
    assert!(InvalidTraceparent.to_string().contains("00-<32 hex digits>"));
}

#[span]
fn deeper(left: u32) -> u32 {
    if left == 0 { isohub::root_span().is_recorded().into() } else { deeper(left - 1) }
}

#[test]
fn ten_thousand_levels_are_recorded() {
    const LEVELS: u32 = 10_000;
    let recorder = Recorder::new();
    let deep = recorder.run_sync(|| isohub::isolated!(|| deeper(LEVELS)));
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(1 << 30).spawn_scoped(scope, deep).unwrap();
        assert_eq!(thread.join().unwrap(), 1);
    });
    let spans = recorder.spans();
    assert_eq!(spans.len(), LEVELS as usize + 1);
    // The innermost ends first.
    for pair in spans.windows(2) {
        assert_eq!(pair[0].parent, Some(pair[1].context.span_id()));
    }
    let tree = recorder.tree();
    assert_eq!(tree.lines().count(), LEVELS as usize + 1);
    assert!(tree.lines().last().unwrap().ends_with("(10000) deeper"));
}

#[parallel_span(fields(n))]
fn sibling(n: u32) {
    isohub::set_tag("n", n);
}

#[test]
fn a_hundred_thousand_siblings_are_recorded() {
    const COUNT: u32 = 100_000;
    let recorder = Recorder::new();
    recorder.run_sync(|| isohub::start_span!("root").in_scope(|| (0..COUNT).for_each(sibling)));
    let stats = {
        recorder.settled(std::time::Duration::from_secs(60)).unwrap();
        recorder.stats()
    };
    assert_eq!(
        (stats.started, stats.delivered + stats.dropped),
        (u64::from(COUNT) + 1, u64::from(COUNT) + 1)
    );
    let spans = recorder.spans();
    let root = spans.iter().find(|span| span.name == "root").unwrap().context.span_id();
    let mut siblings = 0;
    for span in spans.iter().filter(|span| span.name == "sibling") {
        siblings += 1;
        assert_eq!(span.parent, Some(root));
        // Payload is lost rather than waited for if the collector cannot keep up; then it is counted.
        let number = span.attribute("n").map(ToString::to_string);
        let tag = span.scope.as_ref().and_then(|scope| scope.tag("n"));
        assert!(number.is_none() || tag.is_none() || number.as_deref() == tag);
    }
    assert_eq!(siblings + 1 + stats.dropped, stats.started);
}

#[test]
fn many_tags_stay_apart_from_one_unit_to_the_next() {
    isohub::doctor::allow(isohub::doctor::Kind::DeadWrite);
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        (0..2000).for_each(|n| isohub::set_tag(format!("tag{n:04}"), n));
        isohub::isolated!(|| (0..2000).for_each(|n| isohub::remove_tag(&format!("tag{n:04}"))))();
        assert_eq!(Hub::current().scope().tags().len(), 2000);
    });
}
