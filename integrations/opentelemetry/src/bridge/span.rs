//! A span of OpenTelemetry's that is a span of isohub.

use std::borrow::Cow;
use std::time::SystemTime;

use isohub::foreign::active_span;
use isohub::{Hub, Outcome, SpanContext as OurContext, SpanRef};
use opentelemetry::KeyValue;
use opentelemetry::trace::{Span, SpanContext, Status};

use super::known::Entry;
use super::words;

/// A span of [`Tracers`](super::Tracers). It ends when it is dropped, if it was not ended before.
#[derive(Debug)]
pub struct IsohubSpan {
    context: SpanContext,
    recorded: Option<Recorded>,
    /// By which it is known while it is in any context.
    _entry: Option<Entry>,
}

/// One that is recorded, and has not ended.
#[derive(Debug)]
pub(super) struct Recorded {
    span: isohub::Span,
    /// Of the first span of a trace, what was active around it in isohub.
    is_root_within: Option<Option<OurContext>>,
    /// Whether the program has said that all is well, which nobody changes any more.
    is_ok: bool,
    /// Whether the thread was unwinding already when it began.
    was_unwinding: bool,
}

impl Recorded {
    pub(super) fn new(span: isohub::Span, is_root_within: Option<Option<OurContext>>) -> Self {
        Recorded { span, is_root_within, is_ok: false, was_unwinding: std::thread::panicking() }
    }

    fn end(self) {
        let panicked = std::thread::panicking() && !self.was_unwinding;
        let outcome = if panicked { Outcome::Panicked } else { Outcome::Ok };
        match self.is_root_within.and_then(hub_of) {
            Some(hub) => self.span.end_in(hub, outcome),
            None => self.span.end(outcome),
        }
    }
}

/// The hub whose scope the first span of a trace carries: that of the unit in which it began, if it ends there, where `active` was
/// the span around it.
fn hub_of(active: Option<OurContext>) -> Option<Hub> {
    (isohub::has_hub() && active_span() == active).then(Hub::current)
}

impl IsohubSpan {
    pub(super) fn recorded(context: SpanContext, recorded: Recorded, entry: Entry) -> Self {
        IsohubSpan { context, recorded: Some(recorded), _entry: Some(entry) }
    }

    pub(super) fn unrecorded(context: SpanContext, entry: Option<Entry>) -> Self {
        IsohubSpan { context, recorded: None, _entry: entry }
    }

    /// The span, if it is recorded and has not ended.
    fn handle(&self) -> Option<SpanRef> {
        self.recorded.as_ref().map(|recorded| recorded.span.handle())
    }
}

impl Span for IsohubSpan {
    /// Adds an event; its time is that of the call.
    fn add_event_with_timestamp<T>(&mut self, name: T, _: SystemTime, attributes: Vec<KeyValue>)
    where
        T: Into<Cow<'static, str>>,
    {
        if let Some(span) = self.handle() {
            words::tell_event(span, name.into(), attributes);
        }
    }

    fn span_context(&self) -> &SpanContext {
        &self.context
    }

    fn is_recording(&self) -> bool {
        self.handle().is_some_and(|span| span.is_recorded())
    }

    fn set_attribute(&mut self, attribute: KeyValue) {
        if let Some(span) = self.handle() {
            for attribute in words::attributes([attribute]) {
                span.record(attribute.key, attribute.value);
            }
        }
    }

    fn set_status(&mut self, status: Status) {
        let Some(recorded) = self.recorded.as_mut().filter(|recorded| !recorded.is_ok) else { return };
        let span = recorded.span.handle();
        match status {
            Status::Unset => {}
            Status::Ok => {
                recorded.is_ok = true;
                span.set_outcome(Outcome::Ok);
            }
            Status::Error { description } => {
                span.set_outcome(Outcome::Error);
                span.record("error", Some(description).filter(|it| !it.is_empty()));
            }
        }
    }

    fn update_name<T>(&mut self, new_name: T)
    where
        T: Into<Cow<'static, str>>,
    {
        if let Some(span) = self.handle() {
            span.set_name(new_name);
        }
    }

    fn add_link(&mut self, span_context: SpanContext, attributes: Vec<KeyValue>) {
        if let Some(span) = self.handle() {
            words::tell_link(span, &span_context, attributes);
        }
    }

    /// Ends it now.
    fn end_with_timestamp(&mut self, _: SystemTime) {
        if let Some(recorded) = self.recorded.take() {
            recorded.end();
        }
    }
}

impl Drop for IsohubSpan {
    fn drop(&mut self) {
        if let Some(recorded) = self.recorded.take() {
            recorded.end();
        }
    }
}
