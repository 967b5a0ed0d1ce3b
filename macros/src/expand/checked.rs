//! A build without recording: items stay as they are, and what the arguments say is compiled but never
//! run, so that such a build reports the same errors and lints.

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::{Expr, ExprAsync, ExprClosure, ReturnType, Type};

use super::function::unchanged;
use super::inner::with_prologue;
use super::{body, mixed, outcome, prologue, source, verbatim};
use crate::function::{Function, Shape, is_opaque, rebraced};
use crate::model::{Outcome, Trace, Unit};
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
pub(crate) fn function(unit: &Unit, function: &Function, shape: Shape) -> TokenStream {
    let output = match (&function.signature.output, shape) {
        (ReturnType::Type(_, ty), Shape::Sync | Shape::Async) if !is_opaque(ty) => Some(&**ty),
        _ => None,
    };
    let checked = arguments(unit, output);
    if checked.is_empty() {
        return unchanged(function);
    }
    let statements = function.body.stream();
    let mut function = function.clone();
    function.body = rebraced(&function.body, mixed! { #checked #statements });
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

/// A unit of a `!` macro.
pub(super) fn work(unit: &Unit, work: Work) -> TokenStream {
    let checked = arguments(unit, None);
    match work {
        Work::Async(block) => with_prologue(&block, &checked),
        Work::Closure(literal) => closure(unit, &literal).to_token_stream(),
        Work::Other(other) if checked.is_empty() => other.to_token_stream(),
        Work::Other(other) => mixed! { { #checked #other } },
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
    let outcome = span.zip(output).and_then(|(span, ty)| {
        let is_asked = !matches!(span.outcome, Outcome::ByType | Outcome::Never) || !span.returned.is_empty();
        let outcome = is_asked.then(|| outcome(span, &unit.runtime))?;
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
