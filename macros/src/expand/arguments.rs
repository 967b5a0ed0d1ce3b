//! What was given as arguments, compiled where it is never run.

use proc_macro2::TokenStream;
use syn::{Expr, ReturnType, Type};

use super::{judgement, mixed, outcome, prologue, source};
use crate::args::MergeForm;
use crate::function::is_opaque;
use crate::model::{Outcome, Trace, Unit};

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
