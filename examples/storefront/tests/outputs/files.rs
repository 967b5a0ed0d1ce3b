//! What is in the files.

use serde_json::Value;

use crate::tree::{Records, Span};

pub(crate) fn json_lines(text: &str) -> Records {
    let mut records = Records::default();
    for line in text.lines().map(json) {
        match word(&line, "type") {
            "span" => records.add(word(&line, "span_id"), span(&line, &line)),
            "event" => records.add_event(word(&line, "span_id"), word(&line, "level")),
            kind => assert_eq!(kind, "process"),
        }
    }
    records
}

pub(crate) fn perfetto(text: &str) -> Records {
    let mut records = Records::default();
    for entry in json(text).as_array().unwrap() {
        let args = &entry["args"];
        match word(entry, "ph") {
            "X" => records.add(word(args, "span_id"), span(entry, args)),
            "i" => records.add_event(word(args, "span_id"), word(args, "level")),
            phase => assert!(["M", "s", "f"].contains(&phase), "{entry}"),
        }
    }
    records
}

pub(crate) fn html(page: &str) -> Records {
    let (_, data) = page.split_once(r#"id="data">"#).unwrap();
    let data = json(data.split_once("</script>").unwrap().0);
    let mut records = Records::default();
    for trace in data["traces"].as_array().unwrap() {
        assert_eq!(trace["partial"], false);
        for it in trace["spans"].as_array().unwrap() {
            let span = Span {
                trace: word(trace, "id").to_owned(),
                parent: it["parent"].as_str().map(str::to_owned),
                name: word(it, "name").to_owned(),
                outcome: word(it, "outcome").to_owned(),
            };
            records.add(word(it, "id"), span);
        }
        for event in trace["events"].as_array().unwrap() {
            records.add_event(word(event, "span"), word(event, "level"));
        }
    }
    records
}

/// A span whose name is in one object, and the rest in another.
fn span(named: &Value, it: &Value) -> Span {
    Span {
        trace: word(it, "trace_id").to_owned(),
        parent: it["parent_id"].as_str().map(str::to_owned),
        name: word(named, "name").to_owned(),
        outcome: word(it, "outcome").to_owned(),
    }
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|why| panic!("{why}: {text}"))
}

fn word<'a>(object: &'a Value, key: &str) -> &'a str {
    object[key].as_str().unwrap_or_else(|| panic!("no `{key}` in {object}"))
}
