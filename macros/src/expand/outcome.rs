//! How a body tells whether it failed, and what is recorded of what it returned.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::{Expr, Ident};

use super::{fields, mixed, private_at};
use crate::args::{ErrorForm, MergeForm};
use crate::model::{Outcome, SpanSpec, Unit};
use crate::path::Runtime;

/// Reads the outcome from what the body returned.
///
/// ```text
/// Input   #[span(err, ret(rows = r.len()))]
/// Output  |__result: &_| {
///             PRIVATE::fields(|__fields| { .. });
///             PRIVATE::error_display(__result)
///         }
///
/// Input   #[parallel_span(err, merge(err))]
/// Output  |__result: &_| { PRIVATE::merge_if_error(PRIVATE::error_display(__result)) }
/// ```
pub(super) fn outcome(span: &SpanSpec, unit: &Unit) -> TokenStream {
    let runtime = &unit.runtime;
    let private = runtime.private();
    let returned = returned(span, runtime);
    let outcome = match &span.outcome {
        Outcome::ByType => outcome_or_demand(unit),
        Outcome::Never => mixed! { #private::outcome_if(false) },
        Outcome::Error(form, at) => {
            let read = match form {
                ErrorForm::Display => "error_display",
                ErrorForm::Debug => "error_debug",
                ErrorForm::Captured => "error_captured",
            };
            // A returned type without an error is reported where it was asked for.
            let at = at.resolved_at(Span::mixed_site());
            let (private, read) = (private_at(runtime, at), Ident::new(read, at));
            quote_spanned! { at => #private::#read(__result) }
        }
        Outcome::Lenient(form) => {
            let left = left_by_type(Some(*form), runtime);
            mixed! { #left.recorded() }
        }
        Outcome::Predicate(predicate) => outcome_if(predicate, runtime),
    };
    let outcome = match unit.kind.merge() {
        Some(MergeForm::IfError(_)) => mixed! { #private::merge_if_error(#outcome) },
        _ => outcome,
    };
    mixed! { |__result: &_| { #returned #outcome } }
}

/// What is recorded of `__result` in the user's own words.
pub(super) fn returned(span: &SpanSpec, runtime: &Runtime) -> TokenStream {
    if span.returned.is_empty() {
        return TokenStream::new();
    }
    // The name that the user's expressions use, so it must be where the user's names are.
    let r = Ident::new("r", Span::call_site());
    let recorded = fields(&span.returned, runtime);
    mixed! {
        #[allow(unused_variables)]
        let #r = __result;
        #recorded
    }
}

/// What looks at a `__result` that may be a `Result`, as far as its type allows.
///
/// ```text
/// Input   #[span(err)] on a block, or on the `impl` block around
/// Output  { use PRIVATE::{LeftDisplayed as _, LeftFailed as _, LeftOk as _, LeftWith as _};
///           (&&&&PRIVATE::Leaving(__result.__isohub_known())).__isohub_left() }
/// ```
pub(super) fn left_by_type(form: Option<ErrorForm>, runtime: &Runtime) -> TokenStream {
    let private = runtime.private();
    let forms = match form {
        Some(ErrorForm::Display) => mixed! { LeftDisplayed as _, },
        Some(ErrorForm::Debug) => mixed! { LeftDebugged as _, },
        Some(ErrorForm::Captured) => mixed! { LeftCaptured as _, LeftCapturedBox as _, LeftDisplayed as _, },
        None => TokenStream::new(),
    };
    mixed! {
        {
            #[allow(unused_imports)]
            use #private::{#forms LeftFailed as _, LeftOk as _, LeftWith as _};
            (&&&&#private::Leaving(__result.__isohub_known())).__isohub_left()
        }
    }
}

pub(super) fn outcome_by_type(runtime: &Runtime) -> TokenStream {
    let private = runtime.private();
    mixed! {
        {
            #[allow(unused_imports)]
            use #private::{OutcomeOfAny as _, OutcomeOfResult as _};
            __result.__isohub_outcome()
        }
    }
}

/// The same, where `merge(err)` asks for an error; a returned type that has none is reported there.
fn outcome_or_demand(unit: &Unit) -> TokenStream {
    match unit.kind.merge() {
        Some(MergeForm::IfError(Some(at))) => {
            let at = at.resolved_at(Span::mixed_site());
            let private = private_at(&unit.runtime, at);
            quote_spanned! { at => #private::error_returned(__result) }
        }
        _ => outcome_by_type(&unit.runtime),
    }
}

/// How a hub without a span learns whether its body failed, if it has to.
///
/// ```text
/// Input   #[isolated_hub(merge(err))]
/// Output  |__result: &_| PRIVATE::merge_if_error(PRIVATE::error_returned(__result))
/// ```
pub(super) fn judgement(unit: &Unit) -> Option<TokenStream> {
    let asks = matches!(unit.kind.merge(), Some(MergeForm::IfError(_))) && unit.kind.span().is_none();
    let (private, outcome) = (unit.runtime.private(), outcome_or_demand(unit));
    asks.then(|| mixed! { |__result: &_| #private::merge_if_error(#outcome) })
}

/// What the user's predicate says of `__result`.
pub(super) fn outcome_if(predicate: &Expr, runtime: &Runtime) -> TokenStream {
    let private = runtime.private();
    // An immediately called closure would not know the type of its argument.
    mixed! {
        #private::outcome_if(#private::core::option::Option::is_some_and(
            #private::core::option::Option::Some(__result),
            #predicate,
        ))
    }
}
