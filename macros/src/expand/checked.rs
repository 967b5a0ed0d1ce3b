//! A build without recording: items stay as they are, and what the arguments say is compiled but never
//! run, so that such a build reports the same errors and lints.

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::{Expr, ExprAsync, ExprClosure, ReturnType, Type};

use super::function::{self, unchanged};
use super::inner::with_prologue;
use super::{body, judgement, mixed, outcome, prologue, source, verbatim};
use crate::args::MergeForm;
use crate::function::{Function, Shape, Tail, is_opaque, rebraced};
use crate::model::{Mode, Outcome, Trace, Unit};
use crate::path::Runtime;
use crate::unit::Work;

/// ```text
/// Input   #[span(fields(id), err)]
///         fn load(id: u64) -> Result<Row> { find(id) }
/// Output  fn load(id: u64) -> Result<Row> {
///             if false {
///                 PRIVATE::fields(|__fields| { .. });
///                 PRIVATE::check_outcome::<Result<Row>>(OUTCOME);
///             }
///             find(id)
///         }
/// ```
pub(crate) fn function(unit: &Unit, function: &Function, shape: Shape, runtime: &Runtime) -> TokenStream {
    if function::is_marked(unit, function, shape) {
        return function::function(unit, function, shape, runtime, Mode::Disabled);
    }
    let checked = match shape {
        Shape::Sync | Shape::Async => of_output(unit, &function.signature.output),
        Shape::ImplFuture | Shape::BoxedFuture | Shape::ImplStream | Shape::BoxedStream => {
            arguments(unit, None)
        }
    };
    if checked.is_empty() {
        return unchanged(function);
    }
    let with_checks = match Tail::of(&function.body, shape) {
        // There the arguments may name what only the block knows.
        Tail::Literal { before, boxing: Some(boxing), block } => {
            let block = with_prologue(&block, &checked);
            mixed! { #(#before)* #boxing(#block) }
        }
        _ => {
            let statements = function.body.stream();
            mixed! { #checked #statements }
        }
    };
    let mut function = function.clone();
    function.body = rebraced(&function.body, with_checks);
    unchanged(&function)
}

/// An async block whose arguments are checked inside it.
pub(crate) fn async_block(unit: &Unit, block: &ExprAsync) -> Expr {
    verbatim(with_prologue(block, &arguments(unit, None)))
}

/// A closure whose arguments are checked inside it.
pub(crate) fn closure(unit: &Unit, closure: &ExprClosure) -> Expr {
    let checked = arguments(unit, None);
    let mut closure = closure.clone();
    if !checked.is_empty() {
        let inside = body(closure.body.to_token_stream());
        *closure.body = verbatim(mixed! { { #checked #inside } });
    }
    Expr::Closure(closure)
}

/// A unit of a `!` macro; what `other` is checked to be, its caller says.
pub(super) fn work(unit: &Unit, work: Work, other: impl FnOnce(Expr) -> TokenStream) -> TokenStream {
    let checked = arguments(unit, None);
    match work {
        Work::Async(block) => with_prologue(&block, &checked),
        Work::Closure(literal) => closure(unit, &literal).to_token_stream(),
        Work::Other(work) => {
            let work = other(work);
            if checked.is_empty() {
                work
            } else {
                mixed! { { #checked #work } }
            }
        }
    }
}

/// The arguments of a function that returns what its body does.
pub(super) fn of_output(unit: &Unit, output: &ReturnType) -> TokenStream {
    match output {
        ReturnType::Type(_, ty) if !is_opaque(ty) => arguments(unit, Some(ty)),
        _ => arguments(unit, None),
    }
}

/// What the user wrote in the arguments, in a branch that is never taken; nothing if nothing was.
pub(super) fn arguments(unit: &Unit, output: Option<&Type>) -> TokenStream {
    let private = unit.runtime.private();
    let source = matches!(unit.kind.trace(), Trace::Parent(_)).then(|| {
        let source = source(unit);
        mixed! { let _ = #source; }
    });
    let span = unit.kind.span();
    let name = span.map(|span| &span.name).filter(|name| !matches!(name, Expr::Lit(_)));
    let name = name.map(|name| mixed! { const _: &#private::core::primitive::str = #name; });
    let outcome = output.and_then(|ty| {
        let outcome = asked_outcome(unit)?;
        Some(mixed! { #private::check_outcome::<#ty>(#outcome); })
    });
    let prologue = prologue(unit);
    let checked = mixed! { #name #source #prologue #outcome };
    if checked.is_empty() {
        checked
    } else {
        mixed! { if false { #checked } }
    }
}

/// What asks the returned type for more than whether it is a `Result`.
fn asked_outcome(unit: &Unit) -> Option<TokenStream> {
    let demands = matches!(unit.kind.merge(), Some(MergeForm::IfError(Some(_))));
    let Some(span) = unit.kind.span() else { return judgement(unit).filter(|_| demands) };
    let is_asked = !matches!(span.outcome, Outcome::ByType | Outcome::Lenient(_) | Outcome::Never);
    (is_asked || demands || !span.returned.is_empty()).then(|| outcome(span, unit))
}
