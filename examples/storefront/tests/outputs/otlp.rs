//! What a receiver of OTLP got, as OpenTelemetry's own types read it.

use std::collections::BTreeSet;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{KeyValue, any_value};
use opentelemetry_proto::tonic::trace::v1::{self, status::StatusCode};
use prost::Message as _;

use crate::tree::{Records, Span};

pub(crate) fn records(traces: &[Vec<u8>], logs: &[Vec<u8>]) -> Records {
    let mut records = Records::default();
    let mut services = BTreeSet::new();
    for body in traces {
        for resource in ExportTraceServiceRequest::decode(&**body).unwrap().resource_spans {
            let attributes = resource.resource.unwrap().attributes;
            services.insert(text(&attributes, "service.name").unwrap().to_owned());
            for it in resource.scope_spans.iter().flat_map(|scope| &scope.spans) {
                let span = Span {
                    trace: hexadecimal(&it.trace_id),
                    parent: Some(hexadecimal(&it.parent_span_id)).filter(|id| !id.is_empty()),
                    name: it.name.clone(),
                    outcome: outcome(it).to_owned(),
                };
                records.add(&hexadecimal(&it.span_id), span);
                // An error that was captured in a span is one of its events, and the others are log records.
                let captured = it.events.iter().filter_map(|event| text(&event.attributes, "isohub.level"));
                captured.for_each(|level| records.add_event(&hexadecimal(&it.span_id), level));
            }
        }
    }
    for body in logs {
        let resources = ExportLogsServiceRequest::decode(&**body).unwrap().resource_logs;
        for log in resources.iter().flat_map(|it| &it.scope_logs).flat_map(|scope| &scope.log_records) {
            let level = log.severity_text.to_lowercase().replace("warn", "warning");
            records.add_event(&hexadecimal(&log.span_id), &level);
        }
    }
    assert!(services.iter().eq(["shop", "warehouse"]), "{services:?}");
    records
}

/// The protocol has no word for what was cancelled: an attribute tells.
fn outcome(span: &v1::Span) -> &str {
    match (span.status.as_ref().map(v1::Status::code), text(&span.attributes, "isohub.outcome")) {
        (Some(StatusCode::Error), _) => "error",
        (_, Some(outcome)) => outcome,
        _ => "ok",
    }
}

fn text<'a>(attributes: &'a [KeyValue], key: &str) -> Option<&'a str> {
    let value = attributes.iter().find(|it| it.key == key)?.value.as_ref()?;
    let Some(any_value::Value::StringValue(text)) = &value.value else { panic!("{value:?}") };
    Some(text)
}

fn hexadecimal(id: &[u8]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}
