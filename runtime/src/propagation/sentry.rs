//! `sentry-trace`, and the sampling context that Sentry puts into `baggage`.

use std::borrow::Cow;

use super::member::BaggageMember;
use crate::ids::{Flags, SpanContext, ids};
use crate::slots::Config;

/// Parses `<trace id>-<span id>` with, unless the decision is left to others, `-1` or `-0`.
pub(super) fn read(text: &str) -> Option<SpanContext> {
    let mut parts = text.split('-');
    let (trace_id, span_id) = ids(&mut parts)?;
    let flags = match parts.next() {
        None => Flags::DEFERRED,
        Some("1") => Flags::SAMPLED,
        Some("0") => Flags::NONE,
        Some(_) => return None,
    };
    parts.next().is_none().then(|| SpanContext::remote(trace_id, span_id, flags))
}

pub(super) fn write(context: SpanContext) -> String {
    let ids = format!("{}-{}", context.trace_id(), context.span_id());
    match context.is_deferred() {
        true => ids,
        false => format!("{ids}-{}", u8::from(context.is_sampled())),
    }
}

/// What a `traceparent` says, which cannot say that the decision is left to others.
pub(super) fn reconciled(context: SpanContext, sentry: SpanContext) -> SpanContext {
    if sentry.is_deferred() && !context.is_sampled() && context.trace_id() == sentry.trace_id() {
        let flags = context.flags().with(Flags::DEFERRED);
        return SpanContext::remote(context.trace_id(), context.span_id(), flags);
    }
    context
}

/// The sampling context of a trace that began here.
pub(super) fn sampling(public_key: &str, config: &Config, context: SpanContext) -> Vec<BaggageMember> {
    let rate = config.sampler.as_ref().map_or(Some(1.0), |sampler| sampler.rate());
    let resource = &config.resource;
    let members: [(&str, Option<Cow<'_, str>>); 6] = [
        ("sentry-trace_id", Some(context.trace_id().to_string().into())),
        ("sentry-public_key", Some(public_key.into())),
        ("sentry-sample_rate", rate.map(|rate| rate.to_string().into())),
        ("sentry-sampled", Some(context.is_sampled().to_string().into())),
        ("sentry-release", resource.release.as_deref().map(Cow::from)),
        ("sentry-environment", resource.environment.as_deref().map(Cow::from)),
    ];
    members.into_iter().filter_map(|(key, value)| BaggageMember::new(key, &value?)).collect()
}
