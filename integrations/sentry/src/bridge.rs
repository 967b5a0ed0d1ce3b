//! The `sentry` crate inside isohub's units.

use std::cell::RefCell;
use std::sync::{Arc, Once};

use isohub::foreign::{self, ForeignContext, ForeignSpans};
use isohub::{Remote, Scope, SpanContext, SpanId};
use sentry_core::protocol::{self, Context, Map, TraceContext};
use sentry_core::{ClientOptions, Hub, HubSwitchGuard, Integration, TransactionContext};

use crate::parts;

/// Has code that calls the `sentry` crate take part in isohub's units: an integration of its client.
///
/// ```
/// use sentry_core::{ClientOptions, configure_scope};
///
/// // In a program: `let _sentry = sentry::init(options);`
/// let options = ClientOptions::new().add_integration(isohub_sentry::Bridge::new());
/// # let transport = sentry_core::test::TestTransport::new();
/// # let options = options.dsn("https://key@sentry.invalid/1").transport(transport.clone());
/// # sentry_core::Hub::main().bind_client(Some(std::sync::Arc::new(options.into())));
/// configure_scope(|scope| scope.set_tag("region", "eu"));
/// // A closure that is a unit; so is each annotated function, task and request.
/// let order = isohub::isolated!(|| {
///     configure_scope(|scope| scope.set_tag("tenant", "acme"));
///     isohub::set_tag("order", 42);
///     sentry_core::capture_message("no stock", sentry_core::Level::Error); // has all three tags
/// });
/// order();
/// sentry_core::capture_message("idle", sentry_core::Level::Info); // has the region
/// # isohub::isolated!(fresh, || sentry_core::capture_message("fresh", sentry_core::Level::Info))();
/// # let events: Vec<_> = transport.fetch_and_clear_envelopes().iter().filter_map(|it| it.event().cloned()).collect();
/// # let tags = events.iter().map(|it| it.tags.keys().map(String::as_str).collect::<Vec<_>>());
/// # assert_eq!(tags.collect::<Vec<_>>(), [vec!["order", "region", "tenant"], vec!["region"], vec!["region"]]);
/// ```
///
/// From then on, in the whole process and whether or not isohub is installed:
///
/// - Each unit has a hub of the `sentry` crate of its own: a clone of its creator's, current while the unit runs, on whichever
///   thread. What `sentry::configure_scope` writes in a unit stays there, and so do its breadcrumbs and its spans. A `fresh`
///   unit, and what is built under `suppress`, has the main hub's scope without breadcrumbs and span.
/// - An event that is captured by the `sentry` crate has isohub's scope under that of the `sentry` crate: tags, user, extra
///   values, contexts, fingerprint, transaction name, and breadcrumbs by their time. What both set, the `sentry` crate says;
///   but a level of isohub's scope counts.
/// - It is in the trace of isohub's active span, or, where isohub has none and the `sentry` crate neither, in that of a
///   library that isohub [asks](isohub::foreign::attach), such as OpenTelemetry. Where isohub has no span, its next root
///   continues that of the `sentry` crate's scope, so that there is one trace.
///
/// Nothing is sent twice: what the `sentry` crate captures goes by its client, what isohub captures by isohub's sinks. With
/// [`Sentry::of`](crate::Sentry::of) that client both go the same way.
///
/// What isohub cannot see: attachments of isohub's scope are not on events of the `sentry` crate, its event processors do
/// not see them, and a transaction of the `sentry` crate has that crate's scope alone.
///
/// Costs a hub of the `sentry` crate for each unit, and an exchange of hubs, some ten nanoseconds, whenever one is
/// put into its place. Units that were made before have none of their own. In a build of isohub without `enabled` it
/// does nothing. Make no unit in the client's `before_breadcrumb`: its hub is locked there.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bridge {
    _private: (),
}

/// By which it is known among the integrations of a client.
pub(crate) const NAME: &str = "isohub";

impl Bridge {
    /// The integration.
    pub fn new() -> Self {
        Bridge::default()
    }
}

impl Integration for Bridge {
    fn name(&self) -> &'static str {
        NAME
    }

    fn setup(&self, _: &mut ClientOptions) {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            foreign::isolate(Hubs);
            foreign::attach(Spans);
        });
    }

    fn process_event(
        &self,
        mut event: protocol::Event<'static>,
        options: &ClientOptions,
    ) -> Option<protocol::Event<'static>> {
        // What isohub captured has its scope, and is on a thread of its sink.
        if event.sdk.as_ref().is_none_or(|sdk| sdk.name != crate::SDK) {
            add_scope(&mut event, &isohub::current_scope(), options);
            add_trace(&mut event);
        }
        Some(event)
    }
}

/// The context of a transaction of the `sentry` crate that is below isohub's active span, in its trace; without one it
/// begins a trace.
///
/// ```
/// let context = isohub_sentry::transaction_context("import", "task");
/// let transaction = sentry_core::start_transaction(context);
/// # transaction.finish();
/// ```
pub fn transaction_context(name: &str, op: &str) -> TransactionContext {
    let context = TransactionContext::builder(name, op);
    let Some(span) = isohub::current_span().context() else { return context.finish() };
    context
        .with_trace_id(parts::trace_id(span.trace_id()))
        .with_parent_span_id(Some(parts::span_id(span.span_id())))
        .with_sampled(Some(span.is_sampled()))
        .finish()
}

fn add_scope(event: &mut protocol::Event<'static>, scope: &Scope, options: &ClientOptions) {
    fn under<V>(theirs: &mut Map<String, V>, ours: Map<String, V>) {
        for (key, value) in ours {
            theirs.entry(key).or_insert(value);
        }
    }
    under(&mut event.tags, parts::tags(scope));
    under(&mut event.extra, parts::extra(scope));
    under(&mut event.contexts, parts::contexts(scope));
    event.user = event.user.take().or_else(|| parts::user(scope));
    event.transaction = event.transaction.take().or_else(|| scope.transaction_name().map(parts::name));
    event.level = scope.level().map_or(event.level, parts::level);
    let is_default =
        matches!(&*event.fingerprint, [only] if only == "{{ default }}" || only == "{{default}}");
    if is_default && !scope.fingerprint().is_empty() {
        event.fingerprint = scope.fingerprint().to_vec().into();
    }
    let breadcrumbs = &mut event.breadcrumbs.values;
    breadcrumbs.extend(parts::breadcrumbs(scope));
    // Those of each are in order.
    breadcrumbs.sort_by_key(|breadcrumb| breadcrumb.timestamp);
    let too_many = breadcrumbs.len().saturating_sub(options.max_breadcrumbs);
    breadcrumbs.drain(..too_many);
}

/// Puts the event below the active span, unless a span of the `sentry` crate is inside that.
fn add_trace(event: &mut protocol::Event<'static>) {
    let Some(active) = isohub::current_span().context() else { return };
    // Where isohub has none, it is that of another library, which knows as little of this one.
    if foreign::active_span().is_none() && is_in_span(event) {
        return;
    }
    let (trace, span) = (parts::trace_id(active.trace_id()), parts::span_id(active.span_id()));
    if let Some(Context::Trace(theirs)) = event.contexts.get("trace") {
        let is_around = continued().is_some_and(|around| parts::span_id(around) == theirs.span_id);
        if theirs.trace_id == trace && !is_around {
            return;
        }
    }
    let context = TraceContext { trace_id: trace, span_id: span, ..TraceContext::default() };
    event.contexts.insert("trace".to_owned(), context.into());
}

/// Whether the event is in a span of the `sentry` crate: of one that is not, only the ids are known.
fn is_in_span(event: &protocol::Event<'static>) -> bool {
    matches!(event.contexts.get("trace"), Some(Context::Trace(theirs)) if theirs.op.is_some())
}

/// The current hub of the `sentry` crate.
struct Hubs;

/// What is kept of it with a unit.
struct Kept {
    hub: Arc<Hub>,
    continued: Option<SpanId>,
}

impl Kept {
    fn new(hub: Hub, continued: Option<SpanId>) -> Self {
        Kept { hub: Arc::new(hub), continued }
    }
}

/// A unit that runs on a thread.
struct Entered {
    hub: Arc<Hub>,
    /// It has to be dropped on the thread where it was made, so it cannot be kept with the unit.
    guard: HubSwitchGuard,
    continued: Option<SpanId>,
}

impl Entered {
    fn new(hub: Arc<Hub>, continued: Option<SpanId>) -> Self {
        Entered { guard: HubSwitchGuard::new(Arc::clone(&hub)), hub, continued }
    }

    /// Puts back the hub that was current before.
    fn leave(self) -> (Arc<Hub>, Option<SpanId>) {
        drop(self.guard);
        (self.hub, self.continued)
    }
}

/// What runs on a thread.
struct Thread {
    /// The innermost last.
    entered: Vec<Entered>,
    /// As that of the units, outside of them.
    continued: Option<SpanId>,
}

impl Thread {
    /// The span of the `sentry` crate that the current trace continues: it is around isohub's.
    fn continued(&mut self) -> &mut Option<SpanId> {
        self.entered.last_mut().map_or(&mut self.continued, |entered| &mut entered.continued)
    }
}

thread_local! {
    static THREAD: RefCell<Thread> = RefCell::new({
        // So that the hub of the thread is there before this, and at its end goes after it.
        Hub::current();
        Thread { entered: Vec::new(), continued: None }
    });
}

/// Looks at what is entered; `None` at the very end of a thread.
fn thread<R>(f: impl FnOnce(&mut Thread) -> R) -> Option<R> {
    THREAD.try_with(|thread| thread.try_borrow_mut().ok().map(|mut thread| f(&mut thread))).ok().flatten()
}

fn continued() -> Option<SpanId> {
    thread(|thread| *thread.continued()).flatten()
}

impl ForeignContext for Hubs {
    type Context = Kept;

    fn current(&self) -> Kept {
        match thread(|thread| *thread.continued()) {
            Some(continued) => Kept::new(Hub::new_from_top(Hub::current()), continued),
            None => self.base(),
        }
    }

    fn fork(&self, kept: &Kept) -> Kept {
        Kept::new(Hub::new_from_top(&kept.hub), kept.continued)
    }

    fn base(&self) -> Kept {
        let hub = Hub::new_from_top(Hub::main());
        if hub.client().is_none() {
            hub.bind_client(thread(|_| Hub::current().client()).flatten());
        }
        hub.configure_scope(|scope| {
            scope.set_span(None);
            scope.clear_breadcrumbs();
        });
        Kept::new(hub, None)
    }

    fn enter(&self, kept: &mut Kept) {
        thread(|thread| thread.entered.push(Entered::new(Arc::clone(&kept.hub), kept.continued)));
    }

    fn leave(&self, kept: &mut Kept) {
        thread(|thread| {
            let at = thread.entered.iter().rposition(|entered| Arc::ptr_eq(&entered.hub, &kept.hub))?;
            // Most often there is none inside it.
            let inside = thread.entered.split_off(at + 1);
            let inside: Vec<_> = inside.into_iter().rev().map(Entered::leave).collect();
            (_, kept.continued) = thread.entered.pop()?.leave();
            let again = inside.into_iter().rev().map(|(hub, continued)| Entered::new(hub, continued));
            thread.entered.extend(again);
            Some(())
        });
    }
}

/// The span in the scope of the current hub of the `sentry` crate.
struct Spans;

impl ForeignSpans for Spans {
    fn active(&self, active: Option<SpanContext>) -> Option<SpanContext> {
        // To look at a scope of the `sentry` crate is to clone it: only what begins a trace is worth that.
        if active.is_some() {
            return None;
        }
        thread(|_| ())?;
        let hub = Hub::current();
        let span = hub.configure_scope(|scope| scope.get_span())?;
        // Says whether it is recorded, or that the client records no traces: then isohub decides.
        let (_, header) = span.iter_headers().next()?;
        let context = Remote::extract(|name| (name == "sentry-trace").then_some(&header)).context()?;
        thread(|thread| *thread.continued() = Some(context.span_id()));
        Some(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number that a hub was given.
    fn kept(number: u64) -> Kept {
        let hub = Hub::new(None, Arc::default());
        hub.configure_scope(|scope| scope.set_extra("number", number.into()));
        Kept::new(hub, SpanId::from_bytes(number.to_be_bytes()))
    }

    fn current() -> (u64, u64) {
        let event = Hub::current().configure_scope(|scope| scope.apply_to_event(protocol::Event::default()));
        let number = event.and_then(|event| event.extra.get("number")?.as_u64());
        (number.unwrap_or_default(), continued().map_or(0, |id| u64::from_be_bytes(id.to_bytes())))
    }

    #[test]
    fn whichever_is_left_first_what_remains_is_current() {
        let (mut one, mut two, mut three) = (kept(1), kept(2), kept(3));
        for kept in [&mut one, &mut two, &mut three] {
            Hubs.enter(kept);
        }
        assert_eq!(current(), (3, 3));
        Hubs.leave(&mut two);
        assert_eq!(current(), (3, 3));
        Hubs.leave(&mut two);
        assert_eq!(current(), (3, 3), "it is not entered");
        Hubs.leave(&mut three);
        assert_eq!(current(), (1, 1));
        Hubs.enter(&mut two);
        Hubs.leave(&mut one);
        assert_eq!(current(), (2, 2));
        Hubs.leave(&mut two);
        assert_eq!(current(), (0, 0));
    }
}
