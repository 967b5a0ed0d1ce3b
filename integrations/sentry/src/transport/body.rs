//! Envelopes as bytes.

use std::time::SystemTime;

use sentry_core::protocol::{Envelope, EnvelopeItem, Transaction};
use serde_json::{Map, Value as Json, json};

use crate::header::verbatim;
use crate::transaction::{LINKS, SOURCE};

/// The envelope as it goes over the wire; `None` if it cannot be written, which the types exclude.
pub(super) fn of(envelope: &Envelope) -> Option<Vec<u8>> {
    let headers = envelope.headers().clone().with_sent_at(SystemTime::now());
    let mut line = Vec::new();
    Envelope::new().with_headers(headers).to_writer(&mut line).ok()?;
    let mut body = verbatim(line);
    for item in envelope.items() {
        match item {
            EnvelopeItem::Transaction(transaction) => {
                let payload = serde_json::to_vec(&payload(transaction)?).ok()?;
                let header = json!({ "type": "transaction", "length": payload.len() });
                body.extend(header.to_string().into_bytes());
                body.push(b'\n');
                body.extend(payload);
                body.push(b'\n');
            }
            item => body.extend(alone(item.clone())?),
        }
    }
    Some(body)
}

/// The lines of an item, written by Sentry's own crate.
fn alone(item: EnvelopeItem) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut envelope = Envelope::new();
    envelope.add_item(item);
    envelope.to_writer(&mut bytes).ok()?;
    let headers = bytes.iter().position(|byte| *byte == b'\n')?;
    Some(bytes.split_off(headers + 1))
}

/// The transaction with what Sentry's types cannot say: where its name comes from, and links.
fn payload(transaction: &Transaction<'_>) -> Option<Json> {
    let mut json = serde_json::to_value(transaction).ok()?;
    let object = json.as_object_mut()?;
    // An envelope tells what it holds, but not everyone who handles its items looks there.
    object.insert("type".to_owned(), "transaction".into());
    if let Some(Json::Object(trace)) = object.get_mut("contexts").and_then(|it| it.get_mut("trace")) {
        let source = trace.get("data").and_then(|data| data.get(SOURCE)).cloned();
        lift_links(trace);
        if let Some(source) = source {
            object.insert("transaction_info".to_owned(), json!({ "source": source }));
        }
    }
    let spans = object.get_mut("spans").and_then(Json::as_array_mut).into_iter().flatten();
    spans.filter_map(Json::as_object_mut).for_each(lift_links);
    Some(json)
}

fn lift_links(span: &mut Map<String, Json>) {
    let data = span.get_mut("data").and_then(Json::as_object_mut);
    if let Some(links) = data.and_then(|data| data.remove(LINKS)) {
        span.insert("links".to_owned(), links);
    }
}
