//! The pages of several processes as one.

use std::io;
use std::path::Path;

use serde_json::{Map, Value};

use super::DATA;

/// The data of a page that [`HtmlPage`](super::HtmlPage) wrote.
pub(super) fn data_of(page: &str, path: &Path) -> io::Result<Value> {
    let data = page.split_once(DATA).and_then(|(_, rest)| Some(rest.split_once("</script>")?.0));
    let data: Option<Value> = data.and_then(|data| serde_json::from_str(data).ok());
    let is_ours = |data: &Value| data["traces"].is_array();
    data.filter(is_ours).ok_or_else(|| {
        io::Error::new(io::ErrorKind::InvalidData, format!("{path:?} is not a page of `HtmlPage`"))
    })
}

/// The data of one page, of those of several.
pub(super) fn join(pages: Vec<Value>) -> String {
    let mut traces: Vec<Value> = Vec::new();
    let mut gone = 0;
    for mut page in pages {
        let process = page["process"].take();
        gone = page["gone"].as_u64().unwrap_or(0).max(gone);
        for mut trace in list(&mut page, "traces") {
            mark(&mut trace, &process);
            match traces.iter_mut().find(|known| known["id"] == trace["id"]) {
                Some(known) => add(known, trace),
                None => traces.push(trace),
            }
        }
    }
    // What was captured outside of traces comes last.
    traces.sort_by_key(|trace| (trace["id"] == "", start(trace)));
    Value::from_iter([("traces", Value::from(traces)), ("gone", gone.into())]).to_string()
}

/// Notes of which process the spans and events are, unless an earlier join has.
fn mark(trace: &mut Value, process: &Value) {
    for key in ["spans", "events"] {
        for object in trace[key].as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
            object.entry("process").or_insert_with(|| process.clone());
        }
    }
}

/// Adds what another process has of a trace.
fn add(trace: &mut Value, mut other: Value) {
    let apart = start(&other) - start(trace);
    if apart < 0 {
        std::mem::swap(trace, &mut other);
    }
    let apart = apart.abs();
    for span in list(&mut other, "spans") {
        push(trace, "spans", moved(span, apart));
    }
    for event in list(&mut other, "events") {
        push(trace, "events", moved(event, apart));
    }
    let spans = trace["spans"].as_array_mut();
    if let Some(spans) = spans {
        spans.sort_by_key(|span| number(span, "start"));
        let has_root = spans.iter().any(|span| span["root"] == true);
        let end = spans.iter().map(|span| number(span, "start") + number(span, "took")).max();
        trace["partial"] = (!has_root).into();
        trace["length"] = end.unwrap_or(0).into();
    }
    trace["cut"] = (number(trace, "cut") + number(&other, "cut")).into();
}

/// The span or event with all its times so many nanoseconds later.
fn moved(mut of: Value, by: i64) -> Value {
    for key in ["start", "at"] {
        if let Some(time) = of.get_mut(key) {
            *time = (time.as_i64().unwrap_or(0) + by).into();
        }
    }
    for key in ["events", "crumbs"] {
        let inner = list(&mut of, key);
        if !inner.is_empty() {
            of[key] = inner.into_iter().map(|it| moved(it, by)).collect();
        }
    }
    of
}

/// Nanoseconds since 1970.
fn start(trace: &Value) -> i64 {
    number(trace, "start").saturating_mul(1_000_000).saturating_add(number(trace, "nanos"))
}

fn number(of: &Value, key: &str) -> i64 {
    of[key].as_i64().unwrap_or(0)
}

/// Takes a list out of an object; an empty one if there is none.
fn list(of: &mut Value, key: &str) -> Vec<Value> {
    match of.as_object_mut().and_then(|of: &mut Map<_, _>| of.remove(key)) {
        Some(Value::Array(list)) => list,
        _ => Vec::new(),
    }
}

fn push(to: &mut Value, key: &str, value: Value) {
    if let Some(list) = to[key].as_array_mut() {
        list.push(value);
    }
}
