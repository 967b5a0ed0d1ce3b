//! Whole outputs, for a change of any of them shall be seen as a reader sees it.

#![allow(clippy::unwrap_used, reason = "a test that fails shall panic")]

use std::sync::{Arc, Mutex};

use super::*;
use crate::callsite::Level;
use crate::record::{Exception, Outcome, SpanRecord};
use crate::scope::{Breadcrumb, User};
use crate::testing::tree::tests::{at, attributes, callsite, context, span, tags};

/// Compares what is shown with `expected`, which begins with a line break for the eye. Lines of
/// this file stand as `HERE`.
#[track_caller]
fn check(shown: &str, expected: &str) {
    let here = error().location.to_string();
    assert_eq!(format!("\n{}", shown.replace(&here, "HERE")), expected, "\n{shown}");
}

fn trace(spans: Vec<SpanRecord>) -> Trace {
    let spans = spans.into_iter().map(Arc::new).collect();
    Trace { spans, events: Vec::new(), is_partial: false, incoming: None }
}

fn error() -> Event {
    let mut event = Event::message("");
    event.message = None;
    event.level = Level::Error;
    event.time = at(61_000);
    event.exceptions = vec![
        Exception { ty: Some("shop::LoadError".into()), message: "cannot load order 42".into() },
        Exception { ty: None, message: "query failed".into() },
        Exception { ty: None, message: "connection reset by peer".into() },
    ];
    event.span = Some(context(7, 4));
    event.attributes = attributes(&[("order", "42")]);
    let mut scope = tags(&[("tenant", "acme"), ("region", "eu-west")]).unwrap_or_default();
    scope.set_user(User { id: Some("7".into()), username: Some("ann b".into()), ..User::default() });
    let crumb = |micros, category: &'static str, message: &'static str, level| Breadcrumb {
        time: at(micros),
        category: Some(category.into()),
        message: Some(message.into()),
        level,
        data: Vec::new(),
    };
    scope.add_breadcrumb(crumb(1_000, "auth", "token accepted", Level::Info));
    scope.add_breadcrumb(crumb(60_100, "db.pool", "connection is stale", Level::Warning));
    event.scope = scope;
    event
}

fn request() -> Trace {
    let mut root = span(1, 0, "GET /orders/{id}", 0, 84_200);
    root.scope = tags(&[("tenant", "acme")]);
    root.outcome = Outcome::Error;
    root.attributes = attributes(&[("status", "500"), ("method", "GET")]);
    let mut load = span(3, 1, "load order", 11_000, 61_300);
    load.scope = tags(&[("tenant", "acme"), ("part", "order")]);
    let mut query = span(4, 3, "db.query", 14_000, 61_200);
    query.outcome = Outcome::Error;
    query.attributes = attributes(&[("rows", "0"), ("error", "connection reset by peer")]);
    let mut user = span(5, 1, "load user", 12_000, 40_000);
    user.scope = tags(&[("tenant", "acme"), ("part", "user")]);
    user.outcome = Outcome::Cancelled;
    let spans = vec![
        root,
        span(2, 1, "authorize", 1_000, 10_500),
        load,
        user,
        query,
        span(6, 5, "cache.get", 12_500, 12_510),
        span(7, 5, "db.query", 13_000, 38_000),
        span(8, 1, "render error page", 62_000, 84_000),
    ];
    Trace { events: vec![Arc::new(error())], ..trace(spans) }
}

/// A run of `rows` siblings, of which the third and each ninth after it failed.
fn folded(rows: u64) -> Trace {
    let site = callsite("fetch row");
    let mut spans = vec![span(1, 0, "report", 0, 100_000)];
    for n in 0..rows {
        let mut row = span(10 + n, 1, "fetch row", 900 * n, 900 * n + 900 + n % 7 * 1_000);
        row.callsite = site;
        if n % 9 == 2 {
            row.outcome = Outcome::Error;
        }
        spans.push(row);
    }
    spans.push(span(190, 16, "db.query", 6_000, 11_000));
    spans.push(span(199, 1, "write report", 83_000, 99_000));
    trace(spans)
}

#[test]
fn siblings_that_run_at_once_overlap_on_the_axis() {
    check(
        &Console::render(&request(), 100),
        r#"
GET /orders/{id} · 84.2 ms · error · 8 spans · 2025-01-02 03:04:05.000Z · trace 00000007
GET /orders/{id} {tenant=acme} status=500     ████████████████████████████████████ 84.2 ms error
├ authorize                                   ▐███▌                                9.50 ms
├ load order {part=order}                         ▐█████████████████████▎          50.3 ms
│ └ db.query error="connection reset by peer"      ▕████████████████████▏          47.2 ms error !1
├ load user {part=user}                            ████████████▏                   28.0 ms cancelled
│ ├ cache.get                                      ▍                               10.0 µs
│ └ db.query                                       ▐██████████▎                    25.0 ms
└ render error page                                                     ▐████████▉ 22.0 ms
!1 error  cannot load order 42  (shop::LoadError)
  caused by: query failed
  caused by: connection reset by peer
  at: HERE · +61.0 ms · in db.query
  user: id=7 username="ann b"
  tags: region=eu-west tenant=acme
  data: order=42
  breadcrumbs:
    -60.0 ms  auth     token accepted
     -900 µs  db.pool  warning  connection is stale
"#,
    );
}

#[test]
fn a_narrow_output_keeps_names_bars_and_outcomes() {
    check(
        &Console::render(&Trace { events: Vec::new(), ..request() }, 40),
        r#"
GET /orders/{id} · 84.2 ms · error
  8 spans · 2025-01-02 03:04:05.000Z
  trace 00000007
GET /orders/{… ███████ 84.2 ms error
├ authorize    ▉       9.50 ms
├ load order   ▕████▏  50.3 ms
│ └ db.query    ████▏  47.2 ms error
├ load user    ▕██▍    28.0 ms cancelled
│ ├ cache.get   ▏      10.0 µs
│ └ db.query    ██▏    25.0 ms
└ render erro…      ██ 22.0 ms
"#,
    );
}

#[test]
fn a_wide_output_shows_more_attributes() {
    check(
        &Console::render(&Trace { events: Vec::new(), ..request() }, 200),
        r#"
GET /orders/{id} · 84.2 ms · error · 8 spans · 2025-01-02 03:04:05.000Z · trace 00000007
GET /orders/{id} {tenant=acme} status=500 method=GET █████████████████████████████████████████████████████████████████████████████████████████████████████████████████████████████████ 84.2 ms error
├ authorize                                           ▐██████████████▏                                                                                                                 9.50 ms
├ load order {part=order}                                            ▕████████████████████████████████████████████████████████████████████████████▉                                    50.3 ms
│ └ db.query error="connection reset by peer" rows=0                      ▐███████████████████████████████████████████████████████████████████████▊                                    47.2 ms error
├ load user {part=user}                                                ▐██████████████████████████████████████████▎                                                                    28.0 ms cancelled
│ ├ cache.get                                                           ▎                                                                                                              10.0 µs
│ └ db.query                                                            ▕██████████████████████████████████████▎                                                                       25.0 ms
└ render error page                                                                                                                                ▕█████████████████████████████████▊ 22.0 ms
"#,
    );
}

#[test]
fn more_than_twenty_siblings_of_one_callsite_are_folded() {
    check(
        &Console::render(&folded(21), 100),
        r#"
report · 100 ms · ok · 24 spans · 2025-01-02 03:04:05.000Z · trace 00000007
report                                         ████████████████████████████████████  100 ms
├ 21 × fetch row (median 3.90 ms, max 6.90 ms) ░░░░░░░░░                                    3 failed
│ ├ fetch row                                  ▐▊                                   2.90 ms error
│ ├ fetch row (slowest)                         ▕██▍                                6.90 ms
│ │ └ db.query                                   ██                                 5.00 ms
│ ├ fetch row                                     ▐█▍                               4.90 ms error
│ └ fetch row                                        ▐██                            6.90 ms error
└ write report                                                              ▕█████▋ 16.0 ms
"#,
    );
    assert_eq!(Console::render(&folded(20), 100).matches("fetch row").count(), 20);
}

#[test]
fn a_fold_that_is_too_long_takes_the_room_of_the_bar() {
    check(
        &Console::render(&folded(90), 60),
        r#"
report · 100 ms · ok · 93 spans · 2025-01-02 03:04:05.000Z
  trace 00000007
report                       █████████████  100 ms
├ 90 × fetch row (median 3.90 ms, max 6.90 ms)     10 failed
│ ├ fetch row                ▋             2.90 ms error
│ ├ fetch row (slowest)      ▐▋            6.90 ms
│ │ └ db.query               ▕▍            5.00 ms
│ ├ fetch row                 ▉            4.90 ms error
│ └ fetch row                  █▎          6.90 ms error
└ write report                         ▕█▉ 16.0 ms
"#,
    );
}

#[test]
fn an_event_shows_causes_and_what_led_to_it() {
    check(
        &Console::render_event(&error()),
        r#"
error  cannot load order 42  (shop::LoadError)
  caused by: query failed
  caused by: connection reset by peer
  at: HERE · 2025-01-02 03:04:05.061Z · trace 00000007
  user: id=7 username="ann b"
  tags: region=eu-west tenant=acme
  data: order=42
  breadcrumbs:
    -60.0 ms  auth     token accepted
     -900 µs  db.pool  warning  connection is stale
"#,
    );
}

#[test]
fn of_many_breadcrumbs_the_last_ten_are_shown() {
    let mut event = error();
    for number in 0..20 {
        let message = format!("step {number}");
        event.scope.add_breadcrumb(Breadcrumb { time: at(0), ..Breadcrumb::new(message) });
    }
    let shown = Console::render_event(&event);
    assert!(shown.contains("breadcrumbs: … 12 earlier"), "{shown}");
    assert!(!shown.contains("step 9") && shown.contains("step 10") && shown.contains("step 19"), "{shown}");
}

#[test]
fn text_of_the_program_cannot_act_on_the_terminal() {
    let mut root = span(1, 0, "a\x1b[31m\nb", 0, 10);
    root.attributes = attributes(&[("k\r", "\u{202e}v")]);
    root.scope = tags(&[("t\n", "\x07")]);
    let mut event = error();
    event.span = None;
    event.message = Some("first\nsecond\x1b]0;title\x07".into());
    event.exceptions.truncate(1);
    event.scope = tags(&[("t\n", "\u{9b}2J")]).unwrap_or_default();
    check(
        &Console::render(&Trace { events: vec![Arc::new(event)], ..trace(vec![root]) }, 100),
        r#"
a\u{1b}[31m\nb · 10.0 µs · ok · 1 span · 2025-01-02 03:04:05.000Z · trace 00000007
a\u{1b}[31m\nb {t_=\u{7}} k\r=\u{202e}v ████████████████████████████████████████████████████ 10.0 µs
!1 error  first\nsecond\u{1b}]0;title\u{7}
  caused by: cannot load order 42
  at: HERE · +61.0 ms
  tags: t_=\u{9b}2J
  data: order=42
"#,
    );
}

#[test]
fn partial_traces_orphans_and_clocks_that_disagree_are_shown() {
    let mut lost = span(2, 1, "delivered late", 5, 10);
    lost.is_orphan = true;
    let spans = vec![
        lost,
        span(3, 9, "later", 7, 300_009),
        span(4, 3, "before its parent", 2, 2),
        span(5, 3, "at the end", 300_010, 300_010),
    ];
    check(
        &Console::render(&Trace { is_partial: true, ..trace(spans) }, 80),
        r#"
delivered late · partial · 5.00 µs · ok · 4 spans · 2025-01-02 03:04:05.000Z
  trace 00000007
                    0                                      300 ms
delivered late      ▏                                             5.00 µs orphan
later               █████████████████████████████████████████████  300 ms
├ before its parent ▏                                                0 ns
└ at the end                                                    ▕    0 ns
"#,
    );
}

#[test]
fn a_trace_without_spans_or_without_time_is_shown() {
    check(&Console::render(&trace(Vec::new()), 80), "\n(no spans)\n");
    let spans = vec![span(1, 0, "zero", 0, 0), span(2, 1, "zero", 0, 0)];
    check(
        &Console::render(&trace(spans), 80),
        r#"
zero · 0 ns · ok · 2 spans · 2025-01-02 03:04:05.000Z · trace 00000007
zero   ▏                                                                    0 ns
└ zero ▏                                                                    0 ns
"#,
    );
}

#[test]
fn large_traces_have_bounded_output() {
    let chain: Vec<_> = (1..=10_000).map(|id| span(id, id - 1, "step", id, 20_000 - id)).collect();
    let shown = Console::render(&trace(chain), 100);
    assert_eq!(shown.lines().count(), 43);
    assert!(shown.contains("…41                    └ … 9959 more spans"), "{shown}");

    let broad: Vec<_> = (1..=10_000).map(|id| span(id, u64::from(id > 1), "one", id, id + 5)).collect();
    let shown = Console::render(&trace(broad), 100);
    assert!(shown.lines().count() < 130 && shown.ends_with("\n… 9880 more spans\n"), "{shown}");
}

#[test]
fn the_documentation_shows_a_real_output() {
    let mut root = span(1, 0, "GET /orders", 0, 84_200);
    root.scope = tags(&[("tenant", "acme")]);
    let mut query = span(3, 1, "db.query", 12_000, 83_000);
    query.attributes = attributes(&[("rows", "12")]);
    let shown = Console::render(&trace(vec![root, span(2, 1, "authorize", 200, 10_600), query]), 86);
    for line in shown.lines() {
        assert!(include_str!("mod.rs").contains(&format!("\n/// {line}\n")), "{shown}");
    }
}

#[test]
fn circles_of_parents_end() {
    let spans = vec![span(1, 2, "a", 0, 5), span(2, 1, "b", 1, 4), span(2, 2, "c", 2, 3)];
    check(
        &Console::render(&trace(spans), 60),
        r#"
a · 5.00 µs · ok · 3 spans · 2025-01-02 03:04:05.000Z
  trace 00000007
a     ██████████████████████████████████████████████ 5.00 µs
└ b            ███████████████████████████▊          3.00 µs
  └ c                   ▐████████▋                   1.00 µs
"#,
    );
}

#[test]
fn no_width_is_too_small() {
    let mut spans = request().spans;
    spans.extend((20..60).map(|id| Arc::new(span(id, id - 1, "大deep", id, id + 1))));
    spans.iter_mut().for_each(|span| Arc::make_mut(span).is_orphan = true);
    for width in 0..80 {
        let trace = Trace { spans: spans.clone(), ..request() };
        assert!(Console::render(&trace, width).contains("!1"));
        let view = waterfall::View { width: clamp(width), ids: true, service: None, is_shown: &|_| false };
        waterfall::paint(&mut Canvas::new(false), &trace, &view);
    }
}

#[test]
fn colors_are_for_terminals_whose_user_did_not_refuse_them() {
    let choose = |choice, is_terminal, no_color: Option<&str>, term: Option<&str>| {
        choose_color(choice, is_terminal, no_color.map(OsStr::new), term.map(OsStr::new))
    };
    assert!(choose(ColorChoice::Auto, true, None, None));
    assert!(choose(ColorChoice::Auto, true, Some(""), Some("xterm")));
    assert!(!choose(ColorChoice::Auto, true, Some("0"), Some("xterm")));
    assert!(!choose(ColorChoice::Auto, true, None, Some("dumb")));
    assert!(!choose(ColorChoice::Auto, false, None, Some("xterm")));
    assert!(choose(ColorChoice::Always, false, Some("1"), Some("dumb")));
    assert!(!choose(ColorChoice::Never, true, None, None));
}

#[test]
fn the_width_is_what_was_set_else_the_terminals_else_columns() {
    assert_eq!(choose_width(Some(70), Some(120), Some("90")), 70);
    assert_eq!(choose_width(None, Some(120), Some("90")), 120);
    assert_eq!(choose_width(None, None, Some(" 90 ")), 90);
    assert_eq!(choose_width(None, None, Some("wide")), 100);
    assert_eq!(choose_width(Some(0), None, None), 30);
}

/// What was written, one string a call.
#[derive(Clone, Default)]
struct Writes(Arc<Mutex<Vec<String>>>);

impl Write for Writes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().push(String::from_utf8_lossy(bytes).into_owned());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn each_trace_and_each_event_outside_of_one_is_one_write() {
    let writes = Writes::default();
    let mut console = Console::to(writes.clone()).width(60).show_ids(true);
    let (request, alone) = (request(), error());
    let events = vec![Arc::clone(&request.events[0]), Arc::new(alone.clone())];
    console.receive(&Batch { traces: vec![Arc::new(request)], events, ..Batch::default() });
    // The trace of an event that was shown by itself comes with a later batch.
    let later = Trace { events: vec![Arc::new(alone)], ..trace(vec![span(4, 0, "late", 0, 9)]) };
    console.receive(&Batch { traces: vec![Arc::new(later)], ..Batch::default() });

    let writes = writes.0.lock().unwrap();
    assert_eq!(writes.len(), 3);
    assert!(writes[0].contains("!1 error") && writes[0].contains("caused by"), "{}", writes[0]);
    assert!(writes[1].starts_with("error  cannot load order 42"), "{}", writes[1]);
    check(
        &writes[2],
        r#"
late · 9.00 µs · ok · 1 span · 2025-01-02 03:04:05.000Z
  trace 00000007000000000000000000000001
late ███████████████████████████ 9.00 µs !1 0000000000000004
!1 error  cannot load order 42  (shop::LoadError)  (shown above)

"#,
    );
}

#[test]
fn a_part_of_a_trace_says_whose_it_is_and_below_what_it_stands() {
    let writes = Writes::default();
    let mut console = Console::to(writes.clone()).width(100).show_ids(true);
    let mut part = [span(4, 2, "GET /stock", 0, 9), span(5, 4, "pick", 0, 9)];
    part[0].scope = tags(&[("order", "7")]);
    // The one is a tag of the unit around.
    part[1].attributes = attributes(&[("order", "7"), ("shelf", "3")]);
    let part = trace(part.into());
    let resource = Arc::new(crate::record::Resource { service: Some("stock".into()), ..Default::default() });
    console.receive(&Batch { traces: vec![Arc::new(part)], resource, ..Batch::default() });
    check(
        &writes.0.lock().unwrap()[0],
        r#"
GET /stock · 9.00 µs · ok · 2 spans · 2025-01-02 03:04:05.000Z · stock
  trace 00000007000000000000000000000001
GET /stock {order=7} ███████████████████████████████ 9.00 µs 0000000000000004 below 0000000000000002
└ pick shelf=3       ███████████████████████████████ 9.00 µs 0000000000000005

"#,
    );
}

#[test]
fn colors_mark_outcomes() {
    let writes = Writes::default();
    let mut failed = span(1, 0, "pay", 0, 9);
    failed.outcome = Outcome::Panicked;
    let mut console = Console::to(writes.clone()).color(ColorChoice::Always).width(60);
    console.receive(&Batch { traces: vec![Arc::new(trace(vec![failed]))], ..Batch::default() });
    let shown = writes.0.lock().unwrap()[0].replace('\x1b', "^");
    assert!(shown.starts_with("^[1mpay^[0m^[2m · ^[0m9.00 µs^[2m · ^[0m^[1;31mpanicked^[0m"), "{shown}");
    assert!(shown.ends_with(" ^[1;31mpanicked^[0m\n\n"), "{shown}");
}

#[test]
fn a_write_that_fails_is_counted() {
    struct Broken;
    impl Write for Broken {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    }
    let mut console = Console::to(Broken);
    console.receive(&Batch { traces: vec![Arc::new(request())], ..Batch::default() });
    console.flush();
    let request = request();
    assert_eq!(console.undelivered(), (request.spans.len() + request.events.len()) as u64);
}
