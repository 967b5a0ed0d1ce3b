//! The trace header of an envelope, by which Sentry samples whole traces. Whoever began the trace says what is in
//! it: what came with a request goes on as it came.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use isohub::{BaggageMember, Incoming, Resource, SpanContext};
use sentry_core::Client;
use sentry_core::protocol::{DynamicSamplingContext, SampleRand};
use serde_json::{Map, Value as Json};

use crate::event::{environment, release};
use crate::parts;

/// The header of a trace of which `span` is a part; `None` where the one that began it gave none that can be read.
pub(crate) fn header(
    client: &Client,
    rate: f32,
    span: SpanContext,
    incoming: Option<&Incoming>,
    resource: &Resource,
    transaction: Option<&str>,
) -> Option<DynamicSamplingContext> {
    match incoming.and_then(Incoming::sampling_context) {
        Some(members) => frozen(span, members),
        None => Some(own(client, rate, span, resource, transaction)),
    }
}

fn own(
    client: &Client,
    rate: f32,
    span: SpanContext,
    resource: &Resource,
    transaction: Option<&str>,
) -> DynamicSamplingContext {
    let options = client.options();
    let mut header = DynamicSamplingContext::new()
        .with_trace_id(parts::trace_id(span.trace_id()))
        .with_sample_rate(rate)
        .with_sampled(span.is_sampled());
    if let Some(dsn) = client.dsn() {
        header = header.with_public_key(dsn.public_key().to_owned());
    }
    if let Some(release) = release(resource).or_else(|| options.release.clone().map(Into::into)) {
        header = header.with_release(release);
    }
    let environment = environment(resource);
    if let Some(environment) = environment.or_else(|| options.environment.clone().map(Into::into)) {
        header = header.with_environment(environment);
    }
    if let Some(transaction) = transaction {
        header = header.with_transaction(transaction.to_owned());
    }
    match sample_rand(span) {
        Some(random) => header.with_sample_rand(random),
        None => header,
    }
}

/// The number that a trace was sampled by, from 0 to 1: isohub samples by the lower half of the trace id.
fn sample_rand(span: SpanContext) -> Option<SampleRand> {
    let bytes = span.trace_id().to_bytes();
    let low = bytes[8..].iter().fold(0_u64, |low, byte| low << 8 | u64::from(*byte));
    SampleRand::try_from((low >> 11) as f64 / (1_u64 << 53) as f64).ok()
}

/// The header that came; one without ids, or of another trace, says nothing.
fn frozen(span: SpanContext, members: &[BaggageMember]) -> Option<DynamicSamplingContext> {
    let text = |it: &BaggageMember| Some((it.key().strip_prefix("sentry-")?.to_owned(), it.value().into()));
    let came: Map<String, Json> = members.iter().filter_map(text).collect();
    let trace_id = span.trace_id().to_string();
    let is_whole = came.get("trace_id").is_some_and(|it| *it == trace_id) && came.contains_key("public_key");
    if !is_whole {
        return None;
    }
    let header = read(&came);
    if serde_json::to_value(&header).is_ok_and(|known| known != Json::Object(came.clone())) {
        remember(trace_id, came);
    }
    Some(header)
}

/// What Sentry's types can say of it.
fn read(came: &Map<String, Json>) -> DynamicSamplingContext {
    let parse = |map: &Map<String, Json>| serde_json::from_value(Json::Object(map.clone())).ok();
    parse(came).unwrap_or_else(|| {
        // One value that cannot be read is not to cost the others.
        let alone = |key: &str, value: &Json| Map::from_iter([(key.to_owned(), value.clone())]);
        let readable = came.iter().filter(|(key, value)| parse(&alone(key, value)).is_some());
        parse(&readable.map(|(key, value)| (key.clone(), value.clone())).collect()).unwrap_or_default()
    })
}

/// Headers of which Sentry's types cannot say all, such as that of a session replay, by their trace ids; the transport
/// writes them as they came.
static VERBATIM: Mutex<VecDeque<(String, Map<String, Json>)>> = Mutex::new(VecDeque::new());

/// More traces are not under way to Sentry at once: the sink waits after few envelopes.
const MAX_VERBATIM: usize = 256;

fn remember(trace_id: String, came: Map<String, Json>) {
    let mut verbatim = VERBATIM.lock().unwrap_or_else(PoisonError::into_inner);
    verbatim.retain(|(known, _)| *known != trace_id);
    if verbatim.len() == MAX_VERBATIM {
        verbatim.pop_front();
    }
    verbatim.push_back((trace_id, came));
}

/// The line of an envelope's headers with the trace header as it came.
#[cfg(feature = "http")]
pub(crate) fn verbatim(line: Vec<u8>) -> Vec<u8> {
    let verbatim = VERBATIM.lock().unwrap_or_else(PoisonError::into_inner);
    if verbatim.is_empty() {
        return line;
    }
    let Ok(mut headers) = serde_json::from_slice::<Json>(&line) else { return line };
    let Some(trace) = headers.get_mut("trace") else { return line };
    let came = verbatim.iter().find(|(trace_id, _)| trace.get("trace_id").is_some_and(|it| it == trace_id));
    let Some((_, came)) = came else { return line };
    *trace = Json::Object(came.clone());
    let mut line = headers.to_string().into_bytes();
    line.push(b'\n');
    line
}
