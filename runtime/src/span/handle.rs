//! Spans that are started by hand.

#[cfg(feature = "body")]
mod body;
mod of_unit;
#[cfg(feature = "sink")]
pub(super) mod sink;

use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::{FusedStream, Stream};
use pin_project_lite::pin_project;

use crate::callsite::Callsite;
use crate::current;
use crate::doctor;
use crate::emit;
use crate::parked::Parked;
use crate::payload::Detail;
use crate::position::Position;
use crate::record::Outcome;
use crate::scope::Scope;
use crate::span::fields::Fields;
use crate::span::start::{self, Running};
use crate::span::{Parent, SpanRef};

/// A span that was started by [`start_span!`](crate::start_span) and ends when it is dropped.
///
/// It is active in [`in_scope`](Span::in_scope) and in
/// [`fut.in_span(span)`](crate::HubFutureExt::in_span), and only there: no guard exists that could be
/// held across an await and so corrupt the tree. What [`SpanRef`] offers it offers too.
///
/// ```
/// let span = isohub::start_span!("import", file = "a.csv");
/// let lines = span.in_scope(|| 3);
/// span.record("lines", lines);
/// ```
#[derive(Debug)]
#[must_use = "a span that is dropped at once measures nothing: use `.in_scope(..)` or `fut.in_span(span)`"]
pub struct Span {
    position: Position,
    running: Option<Running>,
    handle: SpanRef,
    outcome: Outcome,
}

/// Starts a span where `parent` says. Fields are evaluated outside it, and only if it is recorded or its
/// sampler asks for them.
pub fn start_span(parent: Parent, callsite: &'static Callsite, record: impl FnOnce(&mut Fields)) -> Span {
    let parent = parent.take();
    let at = parent.position();
    let (mut position, mut running) = start::start(callsite, at, parent.flags()).unwrap_or((at, None));
    let pipeline = position.flow.pipeline();
    let attributes = if running.is_some() { Fields::evaluate(record) } else { Vec::new() };
    if let Some(decided) = start::decided(position, &attributes) {
        position = decided;
        running = running.filter(|_| decided.active.recorded().is_some());
    }
    let context = position.flow.context(position.active);
    let handle = match (position.active.recorded().filter(|_| running.is_some()), context) {
        (Some(span), Some(context)) => {
            if !attributes.is_empty() {
                emit::detail(pipeline, span, Detail::Attributes(attributes));
            }
            SpanRef::recorded(pipeline, context)
        }
        _ => SpanRef::unrecorded(pipeline, context),
    };
    Span { position, running, handle, outcome: Outcome::Ok }
}

/// What guards of spans would need: implemented for nothing.
#[diagnostic::on_unimplemented(
    message = "span guards do not exist: one that is held across an await would corrupt the tree",
    label = "no guard",
    note = "for a block write `span.in_scope(|| ..)`, for a future `future.in_span(span)`; an annotated function \
            or block is a span without either"
)]
pub trait SpanGuards<'a> {}

/// What users of other crates try first, so that the compiler tells them what to write instead.
#[doc(hidden)]
impl Span {
    pub fn enter(&self)
    where
        for<'a> Span: SpanGuards<'a>,
    {
    }

    pub fn entered(self)
    where
        for<'a> Span: SpanGuards<'a>,
    {
    }

    pub fn set_local_parent(&self)
    where
        for<'a> Span: SpanGuards<'a>,
    {
    }
}

impl Span {
    /// A span that is none, for programs that are built without recording.
    #[doc(hidden)]
    pub fn disabled() -> Self {
        let position = Position::none(crate::pipeline_ref::PipelineRef::NONE);
        Span { position, running: None, handle: SpanRef::NONE, outcome: Outcome::Ok }
    }

    /// Runs `f` with this span active; may be called again. A panic that leaves `f` is the span's
    /// outcome.
    pub fn in_scope<T>(&self, f: impl FnOnce() -> T) -> T {
        let mut activation = Activation::new(self.position);
        activation.exchange();
        let mut entered = Entered { activation: &mut activation, span: self, panicked: true };
        let result = f();
        entered.panicked = false;
        result
    }

    /// The span as a value that can be copied.
    pub fn handle(&self) -> SpanRef {
        self.handle
    }

    fn finish(&mut self, outcome: Outcome) {
        if let Some(running) = self.running.take() {
            start::end(running, self.position, outcome, no_scope);
        }
    }
}

/// A span that is started by hand is not the span of a unit.
fn no_scope() -> Option<Scope> {
    None
}

impl Deref for Span {
    type Target = SpanRef;

    fn deref(&self) -> &SpanRef {
        &self.handle
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        self.finish(self.outcome);
    }
}

/// A position that is to be active for a while: in the current unit, or, where none is bound, in an
/// empty one.
#[derive(Debug)]
struct Activation {
    position: Position,
    own_unit: Option<Parked>,
}

impl Activation {
    fn new(position: Position) -> Self {
        Activation { position, own_unit: None }
    }

    fn exchange(&mut self) {
        if let Some(unit) = &mut self.own_unit {
            unit.bind();
            return unit.swap();
        }
        match current::set_position(self.position) {
            Some(before) => self.position = before,
            None => {
                let mut parked = Parked::empty(self.position);
                parked.bind();
                parked.swap();
                self.own_unit = Some(parked);
            }
        }
    }
}

struct Entered<'a> {
    activation: &'a mut Activation,
    span: &'a Span,
    panicked: bool,
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        self.activation.exchange();
        if self.panicked {
            self.span.set_outcome(Outcome::Panicked);
        }
    }
}

pin_project! {
    /// A future or stream that runs in a [`Span`]; made by [`in_span`](crate::HubFutureExt::in_span).
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Within<F> {
        #[pin]
        future: F,
        // Dropped after the future, which so is dropped inside the span.
        active: ActiveSpan,
    }

    impl<F> PinnedDrop for Within<F> {
        fn drop(this: Pin<&mut Self>) {
            this.project().active.enter();
        }
    }
}

#[derive(Debug)]
struct ActiveSpan {
    /// None when the span has ended.
    activation: Option<Activation>,
    entered: bool,
    span: Span,
}

impl ActiveSpan {
    fn enter(&mut self) {
        if let Some(activation) = &mut self.activation {
            activation.exchange();
            self.entered = true;
        }
    }

    fn leave(&mut self) {
        if std::mem::take(&mut self.entered)
            && let Some(activation) = &mut self.activation
        {
            activation.exchange();
        }
    }

    /// Polls with the span active. It ends with a panic, or with the outcome that `poll` gives it.
    fn polling<T>(&mut self, poll: impl FnOnce() -> (T, Option<Outcome>)) -> T {
        struct Polling<'a>(&'a mut ActiveSpan, Option<Outcome>);
        impl Drop for Polling<'_> {
            fn drop(&mut self) {
                self.0.leave();
                if let Some(outcome) = self.1 {
                    self.0.activation = None;
                    self.0.span.finish(outcome);
                }
            }
        }
        self.enter();
        let mut polling = Polling(self, Some(Outcome::Panicked));
        let (polled, outcome) = poll();
        polling.1 = outcome;
        polled
    }
}

impl Drop for ActiveSpan {
    fn drop(&mut self) {
        self.leave();
    }
}

impl<F> Within<F> {
    pub(crate) fn new(future: F, mut span: Span) -> Self {
        // Unless it completes.
        span.outcome = Outcome::Cancelled;
        let activation = Some(Activation::new(span.position));
        Within { future, active: ActiveSpan { activation, entered: false, span } }
    }
}

impl<F: Future> Future for Within<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        this.active.polling(|| {
            doctor::future_here();
            let poll = this.future.poll(cx);
            let ended = poll.is_ready().then_some(Outcome::Ok);
            (poll, ended)
        })
    }
}

impl<S: Stream> Stream for Within<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = self.project();
        this.active.polling(|| {
            doctor::future_here();
            let poll = this.future.poll_next(cx);
            let ended = matches!(poll, Poll::Ready(None)).then_some(Outcome::Ok);
            (poll, ended)
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.future.size_hint()
    }
}

impl<S: FusedStream> FusedStream for Within<S> {
    fn is_terminated(&self) -> bool {
        self.future.is_terminated()
    }
}
