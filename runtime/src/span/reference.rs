//! References to spans, by which anybody adds to them.

use crate::current;
use crate::emit;
use crate::foreign;
use crate::ids::{SpanContext, SpanId};
use crate::payload::Detail;
use crate::pipeline_ref::PipelineRef;
use crate::record::{Link, Outcome};
use crate::report;
use crate::scope::cut_attributes;
use crate::value::{Attribute, MAX_TEXT, Text, ToValue, cut};

/// A span, by its ids: a value that can be kept, copied and sent to other threads.
///
/// What is recorded by it arrives if it was recorded before the span ended. A span that is not
/// recorded, and no span at all, take everything and do nothing.
///
/// ```
/// #[isohub::span]
/// fn import(lines: &[&str]) {
///     let span = isohub::current_span();
///     std::thread::scope(|scope| {
///         isohub::spawn_isolated!(in scope, move || span.record("lines", lines.len()));
///     });
/// }
/// # import(&["a"]);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SpanRef {
    pipeline: PipelineRef,
    context: Option<SpanContext>,
    recorded: Option<SpanId>,
}

/// The span that is active in the current unit. In one that the filter does not let through, it has the
/// ids of the nearest recorded ancestor, and records nothing.
pub fn current_span() -> SpanRef {
    let Some(at) = current::position().map(foreign::further_in) else { return SpanRef::NONE };
    SpanRef {
        pipeline: at.flow.pipeline(),
        context: at.flow.context(at.active),
        recorded: at.active.recorded(),
    }
}

/// The first span in this process of the trace of the current unit. It is not known in a span that was given
/// a parent, nor in the future of a `#[span]` that has begun in one unit and goes on in another.
pub fn root_span() -> SpanRef {
    let Some(at) = current::position() else { return SpanRef::NONE };
    match at.flow.root() {
        Some(root) => SpanRef::recorded(at.flow.pipeline(), root),
        None => SpanRef::NONE,
    }
}

impl SpanRef {
    pub(crate) const NONE: Self = SpanRef { pipeline: PipelineRef::NONE, context: None, recorded: None };

    pub(crate) fn recorded(pipeline: PipelineRef, context: SpanContext) -> Self {
        SpanRef { pipeline, context: Some(context), recorded: Some(context.span_id()) }
    }

    pub(crate) fn unrecorded(pipeline: PipelineRef, context: Option<SpanContext>) -> Self {
        SpanRef { pipeline, context, recorded: None }
    }

    /// The pipeline of the span, while it lives.
    pub(super) fn live_pipeline(&self) -> Option<PipelineRef> {
        self.pipeline.live().map(|_| self.pipeline)
    }

    /// Whether what is recorded by it goes anywhere: to skip what is costly to compute.
    pub fn is_recorded(&self) -> bool {
        self.recorded.is_some() && self.pipeline.live().is_some()
    }

    /// Its ids; `None` if there is no span. In a trace that is not recorded the span id is a new one
    /// each time.
    pub fn context(&self) -> Option<SpanContext> {
        self.context
    }

    /// Records an attribute; a later value of a key replaces the earlier, `None` records nothing.
    pub fn record(&self, key: impl Into<Text>, value: impl ToValue) {
        if self.is_recorded()
            && let Some(value) = report::caught(|| value.to_value()).flatten()
        {
            self.tell(Detail::Attributes(cut_all(vec![Attribute { key: key.into(), value }])));
        }
    }

    /// Records that something happened in the span, now.
    ///
    /// ```
    /// isohub::current_span().add_event("retry", [("attempt", 2)]);
    /// ```
    pub fn add_event<K: Into<Text>, V: ToValue>(
        &self,
        name: impl Into<Text>,
        attributes: impl IntoIterator<Item = (K, V)>,
    ) {
        if self.is_recorded() {
            let attribute =
                |(key, value): (K, V)| Some(Attribute { key: key.into(), value: value.to_value()? });
            let attributes = report::caught(|| attributes.into_iter().filter_map(attribute).collect());
            let attributes = cut_all(attributes.unwrap_or_default());
            self.tell(Detail::Event(cut(name.into(), MAX_TEXT), attributes));
        }
    }

    /// Links the span to another, which may be one of another trace: a [`SpanContext`], or a [`Link`] if more is known.
    ///
    /// ```
    /// use isohub::{Attribute, Link, ToValue};
    ///
    /// # let recorder = isohub::testing::Recorder::new();
    /// # recorder.run_sync(|| {
    /// # let first = isohub::start_span!("first");
    /// # let retry = isohub::start_span!("retry");
    /// let attempt = 2.to_value().map(|value| Attribute { key: "attempt".into(), value });
    /// if let Some(context) = first.context() {
    ///     retry.add_link(Link { context, attributes: attempt.into_iter().collect() });
    /// }
    /// # });
    /// # assert_eq!(recorder.span("retry").links[0].attributes[0].key, "attempt");
    /// ```
    pub fn add_link(&self, link: impl Into<Link>) {
        if self.is_recorded() {
            let Link { context, attributes } = link.into();
            self.tell(Detail::Link(Box::new(Link { context, attributes: cut_all(attributes) })));
        }
    }

    /// Gives the span another name; an empty one changes nothing.
    pub fn set_name(&self, name: impl Into<Text>) {
        let name = name.into();
        if self.is_recorded() && !name.is_empty() {
            self.tell(Detail::Name(cut(name, MAX_TEXT)));
        }
    }

    /// Says how the span ends, whatever it returns; a panic or a cancellation is shown all the same.
    pub fn set_outcome(&self, outcome: Outcome) {
        if self.is_recorded() {
            self.tell(Detail::Outcome(outcome));
        }
    }

    fn tell(&self, detail: Detail) {
        if let Some(span) = self.recorded {
            emit::detail(self.pipeline, span, detail);
        }
    }
}

impl From<SpanContext> for SpanRef {
    /// A span of which only the ids are known, such as one of another process: it can be a parent, and records nothing.
    fn from(context: SpanContext) -> Self {
        SpanRef::unrecorded(PipelineRef::NONE, Some(context))
    }
}

fn cut_all(mut attributes: Vec<Attribute>) -> Vec<Attribute> {
    cut_attributes(&mut attributes);
    attributes
}
