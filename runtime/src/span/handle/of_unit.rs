//! Spans of units that are neither function nor future, such as a request whose body goes on when its handler
//! has returned: what integrations are built of.

use super::{Span, start_span};
use crate::callsite::Callsite;
use crate::current;
use crate::emit;
use crate::hub::Hub;
use crate::payload::Detail;
use crate::record::Outcome;
use crate::span::start::{self, OF_UNIT};
use crate::span::{Parent, SpanRef};
use crate::value::Attribute;

impl Span {
    /// Starts a span of a callsite that was made by hand, below the active one: for crates that make spans of
    /// what they do not know when they are compiled, and [rename](crate::SpanRef::set_name) them. What
    /// [`start_span!`](crate::start_span) does suffices where name and fields can be written down.
    ///
    /// `attributes` is called if the span is recorded, or if a sampler asks; if it panics there are none. In a
    /// build without `enabled` nothing is done.
    ///
    /// ```
    /// use isohub::{Attribute, Callsite, Outcome, Span, SpanKind, Value};
    ///
    /// static QUERY: Callsite =
    ///     Callsite::new("query", module_path!(), file!(), line!(), column!()).with_kind(SpanKind::Client);
    ///
    /// # let recorder = isohub::testing::Recorder::new();
    /// # recorder.run_sync(|| {
    /// let span = Span::start(&QUERY, || vec![Attribute { key: "rows".into(), value: Value::I64(3) }]);
    /// span.in_scope(|| { /* ask */ });
    /// span.end(Outcome::Error);
    /// # });
    /// # assert_eq!(recorder.tree(), "query error rows=3\n");
    /// ```
    pub fn start(callsite: &'static Callsite, attributes: impl FnOnce() -> Vec<Attribute>) -> Self {
        if !crate::ENABLED {
            return Span::disabled();
        }
        start_span(Parent::active(), callsite, |fields| fields.extend(attributes))
    }

    /// As [`start`](Self::start), below a span that need not be active; `None` begins a trace. Where what runs has no
    /// hub of its own, the span is recorded where its parent is, and counts as no orphan.
    ///
    /// ```
    /// use isohub::{Callsite, Outcome, Span};
    ///
    /// static CHUNK: Callsite = Callsite::new("chunk", module_path!(), file!(), line!(), column!());
    ///
    /// # let recorder = isohub::testing::Recorder::new();
    /// # recorder.run_sync(|| {
    /// let file = isohub::start_span!("file");
    /// Span::start_below(Some(file.handle()), &CHUNK, Vec::new).end(Outcome::Ok);
    /// # });
    /// # assert_eq!(recorder.tree(), "file\n  chunk\n");
    /// ```
    pub fn start_below(
        parent: Option<SpanRef>,
        callsite: &'static Callsite,
        attributes: impl FnOnce() -> Vec<Attribute>,
    ) -> Self {
        if !crate::ENABLED {
            return Span::disabled();
        }
        start_span(Parent::of_span(parent), callsite, |fields| fields.extend(attributes))
    }

    /// Whether it is recorded, and its trace began with it, in this process.
    ///
    /// ```
    /// # let recorder = isohub::testing::Recorder::new();
    /// # recorder.run_sync(|| {
    /// let span = isohub::start_span!("import");
    /// assert!(span.is_local_root());
    /// span.in_scope(|| assert!(!isohub::start_span!("line").is_local_root()));
    /// # });
    /// ```
    pub fn is_local_root(&self) -> bool {
        self.running.is_some_and(|running| running.is_local_root())
    }

    /// Ends it with an outcome, which an earlier [`set_outcome`](crate::SpanRef::set_outcome) outweighs unless
    /// this is a cancellation or a panic.
    pub fn end(mut self, outcome: Outcome) {
        self.finish(outcome);
    }

    /// Ends it as the span of the unit whose hub this is: its record carries the scope of that, as the record of
    /// a `#[parallel_span]` does.
    pub fn end_in(mut self, mut hub: Hub, outcome: Outcome) {
        if let Some(mut running) = self.running.take() {
            running.flags |= OF_UNIT;
            // The rest of the hub, with values of the program's, is dropped when the record is written.
            let scope = hub.parked.unit.as_mut().map(|unit| std::mem::take(&mut unit.scope));
            start::end(running, self.position, outcome, || scope);
        }
    }
}

impl Hub {
    /// Starts the span of this hub's unit, of a callsite that was made by hand. It is active in the hub from now
    /// on: in what [runs](Hub::run) there, and in the clones that are made there. When the unit is over,
    /// [`Span::end_in`] ends it with the scope of the hub.
    ///
    /// It is for units that are neither function nor future; others are a `#[parallel_span]`. `attributes` as
    /// for [`Span::start`].
    ///
    /// ```
    /// use isohub::{Callsite, Hub, Outcome};
    ///
    /// static SESSION: Callsite = Callsite::new("session", module_path!(), file!(), line!(), column!());
    ///
    /// # let recorder = isohub::testing::Recorder::new();
    /// # recorder.run_sync(|| {
    /// let mut hub = Hub::base();
    /// let span = hub.start_span(&SESSION, Vec::new);
    /// hub.run(|| isohub::set_tag("player", 7));
    /// hub.run(|| isohub::start_span!("move").in_scope(|| { /* think */ }));
    /// span.end_in(hub, Outcome::Ok);
    /// # });
    /// # assert_eq!(recorder.tree(), "session {player=7}\n  move\n");
    /// ```
    pub fn start_span(
        &mut self,
        callsite: &'static Callsite,
        attributes: impl FnOnce() -> Vec<Attribute>,
    ) -> Span {
        if !crate::ENABLED {
            return Span::disabled();
        }
        let span = start_span(Parent::of_unit(&self.parked), callsite, |fields| fields.extend(attributes));
        self.parked.set_position(span.position);
        // The unit is not in its place, where a span that begins a trace looks for it.
        let propagated = self.parked.unit.as_ref().and_then(|unit| unit.propagated.as_ref());
        if let (Some(context), Some(propagated)) = (span.context(), propagated)
            && span.running.is_some_and(|it| it.is_local_root())
            && let Some(incoming) = propagated.incoming(context.trace_id())
        {
            emit::detail(span.position.flow.pipeline(), context.span_id(), Detail::Incoming(incoming));
        }
        span
    }

    /// The same hub in a trace that is not recorded, whatever the sampler would say: the trace in which it is, or
    /// a new one. It is passed on as such; what is captured there is captured all the same. For requests of which
    /// nobody wants a trace, such as health checks.
    ///
    /// ```
    /// # let recorder = isohub::testing::Recorder::new();
    /// # recorder.run_sync(|| {
    /// isohub::Hub::base().unrecorded().run(|| isohub::start_span!("ping").in_scope(|| { /* pong */ }));
    /// # });
    /// # assert_eq!(recorder.tree(), "");
    /// ```
    pub fn unrecorded(mut self) -> Self {
        self.parked.set_position(start::unrecorded(self.parked.position()));
        self
    }
}

impl SpanRef {
    /// A hub with an empty scope in which this span is active, and whose records go where those of the span go: for
    /// what is done on behalf of the span where no hub is, such as in a task that a library spawned. Costs one
    /// allocation.
    ///
    /// ```
    /// # let recorder = isohub::testing::Recorder::new();
    /// let span = recorder.run_sync(|| isohub::start_span!("import"));
    /// span.hub().run(|| isohub::capture_message("a line too many", isohub::Level::Warning));
    /// # assert_eq!(recorder.event().span, span.context());
    /// ```
    #[cfg_attr(any(debug_assertions, feature = "doctor"), track_caller)]
    pub fn hub(&self) -> Hub {
        let pipeline = self.live_pipeline().unwrap_or_else(current::pipeline);
        Hub::of_pipeline(pipeline).with_parent(*self)
    }
}
