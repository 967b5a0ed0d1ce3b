//! Captured events, in Sentry's words.

use isohub::{Event, Exception, Resource};
use sentry_core::ClientOptions;
use sentry_core::protocol::{self, Context, Mechanism, Stacktrace, Thread, TraceContext, Values};

use crate::parts;
use crate::stack::stack;

/// The longest environment, and the longest release, that Sentry takes.
const MAX_ENVIRONMENT: usize = 64;
const MAX_RELEASE: usize = 200;

/// The event as Sentry's protocol has it, without what the client knows.
pub(crate) fn event(event: &Event, resource: &Resource, options: &ClientOptions) -> protocol::Event<'static> {
    let scope = &event.scope;
    let mut sent = protocol::Event {
        event_id: parts::event_id(event.id),
        timestamp: parts::time(event.time),
        level: parts::level(event.level),
        message: event.message.as_deref().map(str::to_owned),
        logger: event.callsite.map(|callsite| callsite.module_path().to_owned()),
        transaction: scope.transaction_name().map(parts::name),
        platform: "native".into(),
        release: release(resource).map(Into::into),
        environment: environment(resource).map(Into::into),
        server_name: resource.server_name.clone(),
        user: parts::user(scope),
        tags: parts::tags(scope),
        extra: parts::extra(scope),
        contexts: parts::contexts(scope),
        breadcrumbs: parts::breadcrumbs(scope),
        ..protocol::Event::default()
    };
    // What belongs to the event alone is nearer than what its scope says.
    sent.extra.extend(parts::data(&event.attributes));
    if event.is_panic() {
        let name = sent.extra.remove("thread.name").and_then(|name| name.as_str().map(str::to_owned));
        sent.threads = vec![Thread { name, crashed: true, current: true, ..Thread::default() }].into();
    }
    if !event.fingerprint.is_empty() {
        sent.fingerprint = event.fingerprint.clone().into();
    }
    if let Some(span) = event.span {
        let context = TraceContext {
            trace_id: parts::trace_id(span.trace_id()),
            span_id: parts::span_id(span.span_id()),
            ..TraceContext::default()
        };
        sent.contexts.insert("trace".to_owned(), context.into());
    }
    sent.contexts.entry("code".to_owned()).or_insert_with(|| place(event));
    let stack = event.backtrace.as_ref().and_then(|it| stack(&it.to_string(), options));
    set_exceptions(&mut sent, event, stack);
    sent
}

/// The release, as far as Sentry takes it.
pub(crate) fn release(resource: &Resource) -> Option<String> {
    parts::label(resource.release.as_deref()?, MAX_RELEASE)
}

/// The environment, as far as Sentry takes it.
pub(crate) fn environment(resource: &Resource) -> Option<String> {
    parts::label(resource.environment.as_deref()?, MAX_ENVIRONMENT)
}

fn place(event: &Event) -> Context {
    let place = event.location;
    Context::Other(
        [
            ("file".to_owned(), place.file().into()),
            ("line".to_owned(), place.line().into()),
            ("column".to_owned(), place.column().into()),
        ]
        .into(),
    )
}

/// Sets the chain of errors, the innermost first; the stack is that of the one that was captured. Where there
/// is no error, the stack is that of the thread.
fn set_exceptions(sent: &mut protocol::Event<'_>, event: &Event, stack: Option<Stacktrace>) {
    sent.exception = event.exceptions.iter().rev().map(exception).collect();
    match sent.exception.values.last_mut() {
        Some(captured) => {
            captured.stacktrace = stack;
            captured.mechanism = event.is_panic().then(|| Mechanism {
                ty: "panic".to_owned(),
                handled: Some(false),
                ..Mechanism::default()
            });
        }
        None if stack.is_some() => {
            let thread = Thread { stacktrace: stack, current: true, ..Thread::default() };
            sent.threads = Values::from(vec![thread]);
        }
        None => {}
    }
}

fn exception(error: &Exception) -> protocol::Exception {
    // Of the causes only the text is known.
    let name = error.ty.as_deref().unwrap_or("Error");
    let before_generics = name.find('<').unwrap_or(name.len());
    let (module, ty) = match name[..before_generics].rfind("::") {
        Some(at) => (Some(name[..at].to_owned()), &name[at + 2..]),
        None => (None, name),
    };
    protocol::Exception {
        ty: ty.to_owned(),
        module,
        value: Some(error.message.to_string()),
        ..protocol::Exception::default()
    }
}
