//! A program that records much of what there is, and what a receiver is to read of it.

use std::time::SystemTime;

use isohub::{
    Attribute, Breadcrumb, Event, Level, Link, Outcome, Remote, SpanEvent, SpanKind, SpanRecord, User, Value,
};
use serde_json::{Map, Value as Json, json};

use crate::support::Failed;

const REMOTE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03";

fn remote() -> Remote {
    Remote::extract(|name| match name {
        "traceparent" => vec![REMOTE],
        "tracestate" => vec!["vendor=1", "other=2"],
        _ => Vec::new(),
    })
}

/// Every kind of value, and much of what a span can have.
#[isohub::parallel_span(
    "GET /orders/{id}", kind = server, op = "http.server", level = debug, parent = remote(), links = remote().context(),
    fields(
        yes = true, no = false, small = -1, large = u64::MAX, float = 1.5, nan = f64::NAN, text = "é🦀\u{0}\n",
        empty = "", list = ["a", "b"], none = Vec::<i64>::new(), nested = Value::List(vec![Value::Bool(true),
        Value::List(vec![Value::I64(i64::MIN)])])
    )
)]
fn serve() -> Result<(), Failed> {
    isohub::set_tag("tenant", "acme");
    isohub::set_tag("text", "an attribute has this name");
    isohub::set_user(User {
        username: Some("ada".into()),
        email: Some("ada@example.com".into()),
        ip_address: Some("192.0.2.1".into()),
        data: vec![Attribute { key: "plan".into(), value: Value::text("gold") }],
        ..User::from("7")
    });
    isohub::set_context("job", [("attempt", 2)]);
    isohub::set_extra("cart", 3);
    isohub::set_fingerprint(["a", "b"]);
    let at = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1);
    isohub::add_breadcrumb(Breadcrumb { time: at, ..Breadcrumb::new("clicked").category("ui").data("x", 1) });
    isohub::current_span().add_event("asked", [("attempt", 1)]);
    for kind in [client as fn(), producer, consumer] {
        kind();
    }
    isohub::capture_error(&Failed("no order", Some(Box::new(Failed("no row", None)))));
    for level in [Level::Trace, Level::Debug, Level::Info, Level::Warning, Level::Error, Level::Fatal] {
        isohub::capture_event(Event::message("here").level(level).attribute("n", f64::INFINITY));
    }
    Err(Failed("gone", None))
}

#[isohub::span(kind = client)]
fn client() {
    isohub::current_span().set_outcome(Outcome::Cancelled);
}

#[isohub::span(kind = producer)]
fn producer() {
    let _ = failing();
}

#[isohub::span(err)]
fn failing() -> Result<(), Failed> {
    Err(Failed("full", None))
}

#[isohub::span(kind = consumer)]
fn consumer() {
    let _ = std::panic::catch_unwind(panicking);
}

#[isohub::span]
fn panicking() {
    std::panic::resume_unwind(Box::new(()));
}

pub(crate) fn program() {
    let _ = serve();
    isohub::capture_message("outside", Level::Warning);
}

fn value(value: &Value) -> Json {
    match value {
        Value::Bool(value) => json!({ "bool_value": value }),
        Value::I64(value) => json!({ "int_value": value }),
        Value::F64(value) if value.is_nan() => json!({ "double_value": { "float": "nan" } }),
        Value::F64(value) if value.is_infinite() => json!({ "double_value": { "float": "inf" } }),
        Value::F64(value) => json!({ "double_value": { "float": value.to_string() } }),
        Value::List(values) if values.is_empty() => json!({ "array_value": {} }),
        Value::List(values) => {
            json!({ "array_value": { "values": values.iter().map(self::value).collect::<Vec<_>>() } })
        }
        value => json!({ "string_value": value.to_string() }),
    }
}

fn nanos(time: SystemTime) -> Json {
    json!(time.duration_since(SystemTime::UNIX_EPOCH).expect("a time").as_nanos() as u64)
}

/// The fields that are there: those of proto3 that have nothing in them are not.
fn fields<const N: usize>(fields: [(&str, Json); N]) -> Json {
    let is_there = |it: &Json| !(*it == json!("") || *it == json!(0) || *it == json!([]) || *it == json!({}));
    fields.into_iter().filter(|(_, it)| is_there(it)).map(|(key, it)| (key.to_owned(), it)).collect()
}

/// Attributes in the order of their keys, as [`sorted`] has them.
fn attributes(expected: impl IntoIterator<Item = (String, Json)>) -> Json {
    let sorted: Map<_, _> = expected.into_iter().collect();
    json!(sorted.into_iter().map(|(key, value)| json!({ "key": key, "value": value })).collect::<Vec<_>>())
}

fn own(list: &[Attribute]) -> Vec<(String, Json)> {
    list.iter().map(|it| (it.key.to_string(), value(&it.value))).collect()
}

fn text(key: &str, value: &str) -> (String, Json) {
    (key.to_owned(), json!({ "string_value": value }))
}

fn int(key: &str, value: i64) -> (String, Json) {
    (key.to_owned(), json!({ "int_value": value }))
}

/// The tags and the user that `serve` sets, but for the tag of which the span has an attribute.
fn of_unit() -> Vec<(String, Json)> {
    vec![
        text("tenant", "acme"),
        text("user.id", "7"),
        text("user.name", "ada"),
        text("user.email", "ada@example.com"),
        text("client.address", "192.0.2.1"),
        text("user.plan", "gold"),
    ]
}

/// What a receiver is to read of the span.
fn expected_span(record: &SpanRecord, errors: &[Json]) -> Json {
    let mut list = own(&record.attributes);
    let is_serve = record.name == "GET /orders/{id}";
    let (code, message) = match &*record.name {
        "GET /orders/{id}" => (2, ""),
        "failing" => (2, "full"),
        "panicking" => (2, "panicked"),
        _ => (0, ""),
    };
    list.retain(|(key, _)| key != "error");
    let at = record.callsite;
    list.extend([
        text("code.file.path", at.file()),
        int("code.line.number", at.line().into()),
        int("code.column.number", at.column().into()),
    ]);
    match record.outcome {
        Outcome::Cancelled => list.push(text("isohub.outcome", "cancelled")),
        Outcome::Panicked => list.push(text("isohub.outcome", "panicked")),
        _ => {}
    }
    let mut events: Vec<_> = record.events.iter().map(expected_event).collect();
    if is_serve {
        list.extend(of_unit());
        list.extend([text("isohub.op", "http.server"), text("isohub.level", "debug")]);
        events.insert(0, expected_breadcrumb());
        events.extend(errors.iter().cloned());
        // The clock of spans and that of the system are not the same to the microsecond.
        events.sort_by_key(|it| it["time_unix_nano"].as_u64());
    }
    let kind = match record.kind() {
        SpanKind::Internal => 1,
        SpanKind::Server => 2,
        SpanKind::Client => 3,
        SpanKind::Producer => 4,
        SpanKind::Consumer => 5,
    };
    fields([
        ("trace_id", json!("0af7651916cd43dd8448eb211c80319c")),
        ("span_id", json!(record.context.span_id().to_string())),
        ("trace_state", json!(if is_serve { "vendor=1,other=2" } else { "" })),
        ("parent_span_id", json!(record.parent.expect("a parent").to_string())),
        // Sampled, whether the parent is one of another process, and what is known of the local root alone: that the
        // trace id is random.
        ("flags", json!(if is_serve { 0x303 } else { 0x101 })),
        ("name", json!(record.name)),
        ("kind", json!(kind)),
        ("start_time_unix_nano", nanos(record.start)),
        ("end_time_unix_nano", nanos(record.end())),
        ("attributes", attributes(list)),
        ("events", json!(events)),
        ("links", json!(record.links.iter().map(expected_link).collect::<Vec<_>>())),
        ("status", fields([("code", json!(code)), ("message", json!(message))])),
    ])
    .with_status()
}

trait WithStatus {
    fn with_status(self) -> Json;
}

impl WithStatus for Json {
    /// A message is there even if it has nothing in it.
    fn with_status(mut self) -> Json {
        self.as_object_mut().expect("an object").entry("status").or_insert_with(|| json!({}));
        self
    }
}

fn expected_event(event: &SpanEvent) -> Json {
    fields([
        ("name", json!(event.name)),
        ("time_unix_nano", nanos(event.time)),
        ("attributes", attributes(own(&event.attributes))),
    ])
}

fn expected_breadcrumb() -> Json {
    let list = [int("x", 1), text("breadcrumb.category", "ui"), text("breadcrumb.level", "info")];
    fields([
        ("name", json!("clicked")),
        ("time_unix_nano", json!(1_000_000_000)),
        ("attributes", attributes(list)),
    ])
}

fn expected_link(link: &Link) -> Json {
    fields([
        ("trace_id", json!(link.context.trace_id().to_string())),
        ("span_id", json!(link.context.span_id().to_string())),
        ("flags", json!(0x303)),
    ])
}

/// The attributes of a captured event, in whatever form it is sent.
fn of_event(event: &Event) -> Vec<(String, Json)> {
    let mut list = own(&event.attributes);
    list.extend([
        text("code.file.path", event.location.file()),
        int("code.line.number", event.location.line().into()),
        int("code.column.number", event.location.column().into()),
    ]);
    if event.span.is_some() {
        let strings =
            json!({ "array_value": { "values": [{ "string_value": "a" }, { "string_value": "b" }] } });
        list.extend(of_unit());
        list.push(text("text", "an attribute has this name"));
        list.extend([int("job.attempt", 2), int("cart", 3), ("isohub.fingerprint".to_owned(), strings)]);
    }
    list
}

fn expected_error(event: &Event) -> Json {
    let mut list = of_event(event);
    list.extend([
        text("exception.type", std::any::type_name::<Failed>()),
        text("exception.message", "no order"),
        text("exception.stacktrace", "caused by: no row"),
        text("isohub.event.id", &event.id.to_string()),
        text("isohub.level", "error"),
    ]);
    fields([
        ("name", json!("exception")),
        ("time_unix_nano", nanos(event.time)),
        ("attributes", attributes(list)),
    ])
}

fn expected_log(event: &Event) -> Json {
    let (number, name) = match event.level {
        Level::Trace => (1, "TRACE"),
        Level::Debug => (5, "DEBUG"),
        Level::Info => (9, "INFO"),
        Level::Warning => (13, "WARN"),
        Level::Error => (17, "ERROR"),
        Level::Fatal => (21, "FATAL"),
    };
    let mut list = of_event(event);
    list.push(text("log.record.uid", &event.id.to_string()));
    if event.span.is_some() {
        let pair = |(key, value)| json!({ "key": key, "value": value });
        let data = json!({ "kvlist_value": { "values": [pair(int("x", 1))] } });
        let breadcrumb = [
            text("message", "clicked"),
            text("category", "ui"),
            text("level", "info"),
            int("time_unix_nano", 1_000_000_000),
            ("data".to_owned(), data),
        ];
        let breadcrumb = json!({ "kvlist_value": { "values": breadcrumb.map(pair) } });
        list.push(("isohub.breadcrumbs".to_owned(), json!({ "array_value": { "values": [breadcrumb] } })));
    }
    fields([
        ("time_unix_nano", nanos(event.time)),
        ("observed_time_unix_nano", nanos(event.time)),
        ("severity_number", json!(number)),
        ("severity_text", json!(name)),
        ("body", json!({ "string_value": event.message.as_deref().expect("a message") })),
        ("attributes", attributes(list)),
        ("flags", json!(if event.span.is_some() { 3 } else { 0 })),
        ("trace_id", json!(event.span.map_or(String::new(), |it| it.trace_id().to_string()))),
        ("span_id", json!(event.span.map_or(String::new(), |it| it.span_id().to_string()))),
    ])
}

/// The same with all attributes in the order of their keys.
fn sorted(mut json: Json) -> Json {
    fn sort(json: &mut Json) {
        match json {
            Json::Array(list) => list.iter_mut().for_each(sort),
            Json::Object(object) => {
                for (key, value) in object {
                    sort(value);
                    if let ("attributes", Json::Array(list)) = (&**key, value) {
                        list.sort_by_key(|it| it["key"].as_str().map(str::to_owned));
                    }
                }
            }
            _ => {}
        }
    }
    sort(&mut json);
    json
}

/// Compares what Python read with what was recorded.
pub(crate) fn compare(read: &[(String, Json)], recorder: &isohub::testing::Recorder) {
    let (mut spans, mut logs) = (Vec::new(), Vec::new());
    for (signal, json) in read {
        let (of_resource, of_scope, records, into) = match &**signal {
            "traces" => ("resource_spans", "scope_spans", "spans", &mut spans),
            _ => ("resource_logs", "scope_logs", "log_records", &mut logs),
        };
        assert_eq!(json.as_object().expect("an object").len(), 1);
        for of in json[of_resource].as_array().expect("resources") {
            let attributes = of["resource"]["attributes"].as_array().expect("attributes");
            let service = attributes.iter().find(|it| it["key"] == "service.name").expect("a name");
            assert_eq!(service["value"], json!({ "string_value": "shop" }));
            for of in of[of_scope].as_array().expect("scopes") {
                let scope = if signal == "traces" { module_path!() } else { "isohub" };
                assert_eq!(of["scope"], json!({ "name": scope }));
                into.extend(of[records].as_array().expect("records").iter().cloned().map(sorted));
            }
        }
    }
    let events = recorder.events();
    let (errors, messages): (Vec<_>, Vec<_>) = events.iter().partition(|it| !it.exceptions.is_empty());
    let errors: Vec<_> = errors.iter().map(|it| expected_error(it)).collect();
    assert_eq!((errors.len(), messages.len(), logs.len()), (1, 7, 7));
    for event in messages {
        let expected = expected_log(event);
        assert!(logs.contains(&expected), "no {expected:#}\nin {logs:#?}");
    }
    let records = recorder.spans();
    assert_eq!((records.len(), spans.len()), (6, 6));
    for record in records {
        let id = json!(record.context.span_id().to_string());
        let span = spans.iter().find(|it| it["span_id"] == id).expect("the span");
        assert_eq!(*span, expected_span(&record, &errors));
    }
}
