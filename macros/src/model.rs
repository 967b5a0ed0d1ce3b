//! What is to be built, as values that cannot contradict: after this stage nothing fails.

use proc_macro2::Span;
use syn::{Expr, ExprLit, Ident, Lit, LitStr};

use crate::args::{Args, ErrorForm, MergeForm};
use crate::attribute::Marker;
use crate::error::Errors;
use crate::fields::Field;
use crate::path::Runtime;

/// Whether expansions record, as the crate's feature `enabled` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Enabled,
    Disabled,
}

impl Mode {
    pub(crate) const OF_BUILD: Mode = if cfg!(feature = "enabled") { Mode::Enabled } else { Mode::Disabled };
}

/// A concurrency unit, or a span inside one.
#[derive(Clone)]
pub(crate) struct Unit {
    pub(crate) runtime: Runtime,
    pub(crate) kind: UnitKind,
    pub(crate) prologue: Prologue,
    /// Annotated blocks wait in its body, so that the future of the body needs a frame.
    pub(crate) is_framed: bool,
}

/// What the wrapper of a unit is.
#[derive(Clone)]
pub(crate) enum UnitKind {
    Span { trace: Trace, span: SpanSpec },
    Hub { scope: Scope, trace: Trace, merge: Option<MergeForm> },
    Parallel { scope: Scope, trace: Trace, merge: Option<MergeForm>, span: SpanSpec },
}

impl UnitKind {
    pub(crate) fn span(&self) -> Option<&SpanSpec> {
        match self {
            UnitKind::Span { span, .. } | UnitKind::Parallel { span, .. } => Some(span),
            UnitKind::Hub { .. } => None,
        }
    }

    /// When what the unit wrote is applied to the hub of its creator.
    pub(crate) fn merge(&self) -> Option<MergeForm> {
        match self {
            UnitKind::Span { .. } => None,
            UnitKind::Hub { merge, .. } | UnitKind::Parallel { merge, .. } => *merge,
        }
    }

    /// Whether the time is recorded that passes before the body begins.
    pub(crate) fn is_queued(&self) -> bool {
        self.span().is_some_and(|span| span.queued)
    }

    pub(crate) fn trace(&self) -> &Trace {
        match self {
            UnitKind::Span { trace, .. } | UnitKind::Parallel { trace, .. } | UnitKind::Hub { trace, .. } => {
                trace
            }
        }
    }
}

/// What a new hub starts with.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scope {
    Cloned,
    Fresh,
}

/// Which trace a unit belongs to.
#[derive(Clone)]
pub(crate) enum Trace {
    /// Below the active span; what `fresh` starts from has none.
    Inherited,
    Detached,
    Parent(Expr),
}

/// The callsite of a span, and how its outcome is read.
#[derive(Clone)]
pub(crate) struct SpanSpec {
    pub(crate) name: Expr,
    /// The place that the callsite shows.
    pub(crate) at: Span,
    pub(crate) op: Option<Expr>,
    pub(crate) kind: Option<Ident>,
    pub(crate) level: Option<Ident>,
    pub(crate) has_fields: bool,
    /// Whether the time is recorded that passes before the body begins.
    pub(crate) queued: bool,
    pub(crate) outcome: Outcome,
    /// What is recorded of the returned value.
    pub(crate) returned: Vec<Field>,
}

/// Who decides whether a span failed.
#[derive(Clone)]
pub(crate) enum Outcome {
    /// A `Result` speaks for itself; anything else is success.
    ByType,
    /// The body never returns, so there is no type to ask.
    Never,
    Error(ErrorForm, Span),
    /// As `Error` where the type allows it, as `ByType` elsewhere: what `err` on a container means.
    Lenient(ErrorForm),
    Predicate(Expr),
}

/// What runs inside the unit, before the user's statements.
#[derive(Clone, Default)]
pub(crate) struct Prologue {
    pub(crate) tags: Vec<Field>,
    pub(crate) links: Option<Expr>,
    pub(crate) fields: Vec<Field>,
}

/// What a unit is called, and where it stands, unless its arguments say otherwise.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) name: String,
    pub(crate) at: Span,
    pub(crate) runtime: Runtime,
}

impl Unit {
    /// Turns arguments into a unit; contradictions end here.
    pub(crate) fn new(marker: Marker, mut args: Args, place: &Place) -> syn::Result<Unit> {
        let mut errors = Errors::default();
        errors.keep(at_most_one(
            ("detached", args.detached.at()),
            ("parent", args.parent.at()),
            "a detached unit has no parent",
        ));
        errors.keep(at_most_one(
            ("err", args.err.at()),
            ("error_if", args.error_if.at()),
            "both decide what an error is",
        ));
        if let Some(at) = args.skip.at() {
            errors.push(syn::Error::new(at, NOTHING_TO_SKIP));
        }
        if let Some(at) = args.pub_only.at() {
            let message = "`pub_only` is for an `impl` block, a trait or a module: remove it";
            errors.push(syn::Error::new(at, message));
        }
        errors.keep(at_most_one(
            ("fresh", args.fresh.at()),
            ("merge", args.merge.at()),
            "a fresh hub takes nothing from its creator and gives nothing back",
        ));
        errors.finish(())?;

        let fields = args.fields.take().unwrap_or_default();
        let trace = match (args.parent.take(), args.detached.take()) {
            (Some(parent), _) => Trace::Parent(parent),
            (None, Some(())) => Trace::Detached,
            (None, None) => Trace::Inherited,
        };
        let scope = if args.fresh.take().is_some() { Scope::Fresh } else { Scope::Cloned };
        let outcome = match (args.err.take_spanned(), args.error_if.take()) {
            (Some((at, form)), _) => Outcome::Error(form, at),
            (None, Some(predicate)) => Outcome::Predicate(predicate),
            (None, None) => Outcome::ByType,
        };
        let span = SpanSpec {
            name: args.name.take().unwrap_or_else(|| text(&place.name, place.at)),
            at: place.at,
            op: args.op.take(),
            kind: args.kind.take(),
            level: args.level.take(),
            has_fields: !fields.is_empty(),
            queued: args.queued.take().is_some(),
            outcome,
            returned: args.ret.take().unwrap_or_default(),
        };
        let merge = args.merge.take();
        let kind = match marker {
            Marker::Span => UnitKind::Span { trace, span },
            Marker::IsolatedHub => UnitKind::Hub { scope, trace, merge },
            Marker::ParallelSpan => UnitKind::Parallel { scope, trace, merge, span },
        };
        let prologue =
            Prologue { tags: args.tags.take().unwrap_or_default(), links: args.links.take(), fields };
        let runtime = args.runtime.take().map_or_else(|| place.runtime.clone(), Runtime::at);
        Ok(Unit { runtime, kind, prologue, is_framed: false })
    }
}

impl Unit {
    /// The unit of a function that takes its arguments from the container it is in.
    pub(crate) fn lenient(mut self) -> Unit {
        if let UnitKind::Span { span, .. } | UnitKind::Parallel { span, .. } = &mut self.kind
            && let Outcome::Error(form, _) = span.outcome
        {
            span.outcome = Outcome::Lenient(form);
        }
        if let UnitKind::Hub { merge, .. } | UnitKind::Parallel { merge, .. } = &mut self.kind
            && let Some(MergeForm::IfError(at)) = merge
        {
            *at = None;
        }
        self
    }

    /// The unit of a body that never returns.
    pub(crate) fn never_returning(mut self) -> Unit {
        // There is no moment at which it would be applied, and no type to ask.
        if let UnitKind::Hub { merge, .. } | UnitKind::Parallel { merge, .. } = &mut self.kind {
            *merge = None;
        }
        if let UnitKind::Span { span, .. } | UnitKind::Parallel { span, .. } = &mut self.kind
            && matches!(span.outcome, Outcome::ByType | Outcome::Lenient(_))
        {
            span.outcome = Outcome::Never;
        }
        self
    }

    /// The unit of a body in which annotated blocks wait.
    pub(crate) fn framed(self) -> Unit {
        Unit { is_framed: true, ..self }
    }

    /// The fields of a `!` macro that lists them without `fields(..)`.
    pub(crate) fn record(&mut self, fields: Vec<Field>) {
        if let UnitKind::Span { span, .. } | UnitKind::Parallel { span, .. } = &mut self.kind {
            span.has_fields = !fields.is_empty();
        }
        self.prologue.fields = fields;
    }
}

const NOTHING_TO_SKIP: &str = "`skip` leaves a function out of an `impl` block, trait or module that has an isohub attribute: remove it here";

/// A string literal as an expression.
fn text(text: &str, at: Span) -> Expr {
    Expr::Lit(ExprLit { attrs: Vec::new(), lit: Lit::Str(LitStr::new(text, at)) })
}

fn at_most_one(one: (&str, Option<Span>), other: (&str, Option<Span>), why: &str) -> syn::Result<()> {
    let (Some(first), Some(second)) = (one.1, other.1) else { return Ok(()) };
    let message = format!("`{}` and `{}` contradict, {why}: keep one", one.0, other.0);
    let mut error = syn::Error::new(first, &message);
    error.combine(syn::Error::new(second, message));
    Err(error)
}
