//! What a receiver of Sentry's got, as Sentry's own crate reads it.

use sentry::protocol::{Context, Envelope, EnvelopeItem, SpanStatus};

use crate::tree::{Records, Span};

pub(crate) fn records(bodies: &[Vec<u8>]) -> Records {
    let mut records = Records::default();
    for body in bodies {
        let envelope = Envelope::from_slice(body).unwrap();
        for item in envelope.items() {
            match item {
                EnvelopeItem::Transaction(transaction) => {
                    let Some(Context::Trace(top)) = transaction.contexts.get("trace") else {
                        panic!("no trace")
                    };
                    let span = Span {
                        trace: top.trace_id.to_string(),
                        parent: top.parent_span_id.map(|id| id.to_string()),
                        name: transaction.name.clone().unwrap(),
                        outcome: outcome(top.status),
                    };
                    records.add(&top.span_id.to_string(), span);
                    for it in &transaction.spans {
                        let span = Span {
                            trace: it.trace_id.to_string(),
                            parent: it.parent_span_id.map(|id| id.to_string()),
                            name: it.description.clone().unwrap(),
                            outcome: outcome(it.status),
                        };
                        records.add(&it.span_id.to_string(), span);
                    }
                }
                EnvelopeItem::Event(event) => {
                    let Some(Context::Trace(trace)) = event.contexts.get("trace") else { panic!("no trace") };
                    records.add_event(&trace.span_id.to_string(), &event.level.to_string());
                }
                _ => panic!("an item that was not asked for: {item:?}"),
            }
        }
    }
    records
}

/// Sentry has many words for what went wrong.
fn outcome(status: Option<SpanStatus>) -> String {
    match status.unwrap() {
        SpanStatus::Ok => "ok",
        SpanStatus::Cancelled => "cancelled",
        _ => "error",
    }
    .to_owned()
}
