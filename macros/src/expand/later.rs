//! What is polled later than the call that makes it: it becomes a unit where it stands.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::spanned::Spanned as _;
use syn::{Expr, ReturnType, Type};

use super::{located, mixed, wrapped_future_at};
use crate::function::{is_opaque, later_output};
use crate::model::{Mode, Unit, UnitKind};

/// A future that is written at the end, in its unit; and in its box, if it has one.
pub(super) fn literal(
    unit: &Unit,
    from: &TokenStream,
    boxing: Option<&Expr>,
    future: &TokenStream,
    output: Option<&Type>,
    mode: Mode,
) -> TokenStream {
    let later = quote_spanned! { located(future) => __later };
    let (bound, future) = match output.map(|ty| expected(unit, ty, &later)) {
        Some(expected) => (mixed! { let __later = #future; #expected }, &later),
        None => (TokenStream::new(), future),
    };
    let wrapped = wrapped(unit, from, future, mode);
    let wrapped = mixed! { #bound #wrapped };
    match boxing {
        Some(boxing) if bound.is_empty() => quote_spanned! { boxing.span() => #boxing(#wrapped) },
        Some(boxing) => quote_spanned! { boxing.span() => #boxing({ #wrapped }) },
        None => wrapped,
    }
}

/// What the outcome of a future is read from has a type that may be told by the returned type only.
pub(super) fn told_output<'a>(unit: &Unit, output: &'a ReturnType) -> Option<&'a Type> {
    let ReturnType::Type(_, ty) = output else { return None };
    let is_read = unit.kind.span().is_some();
    later_output(ty).filter(|ty| is_read && !is_opaque(ty))
}

/// What makes a future or a stream runs in the hub of that, too: what it writes is the unit's.
pub(super) fn made_in_hub(unit: &Unit, made: &TokenStream) -> TokenStream {
    if matches!(unit.kind, UnitKind::Span { .. }) {
        return made.clone();
    }
    let private = unit.runtime.private();
    mixed! {
        let mut __source = __source;
        let __making = __source.making();
        #made
        #private::core::mem::drop(__making);
    }
}

/// Gives what a future returns or a stream gives its type, if it can be that one: if it cannot, only the
/// returned type is to say so.
///
/// ```text
/// Input   -> impl Stream<Item = Row>
/// Output  { use PRIVATE::{AnyOutput as _, ExpectedItem as _, ExpectedOutput as _};
///           (&&PRIVATE::expected::<Row, _>(&__later)).__isohub_expected(); }
/// ```
pub(super) fn expected(unit: &Unit, output: &Type, later: &TokenStream) -> TokenStream {
    let private = unit.runtime.private();
    mixed! {
        {
            #[allow(unused_imports)]
            use #private::{AnyOutput as _, ExpectedItem as _, ExpectedOutput as _};
            (&&#private::expected::<#output, _>(&#later)).__isohub_expected();
        }
    }
}

/// The wrapped future; in a build that does not record only its type says so.
pub(super) fn wrapped(unit: &Unit, source: &TokenStream, future: &TokenStream, mode: Mode) -> TokenStream {
    wrapped_at(located(future), unit, source, future, mode)
}

pub(super) fn wrapped_at(
    at: Span,
    unit: &Unit,
    source: &TokenStream,
    future: &TokenStream,
    mode: Mode,
) -> TokenStream {
    let private = unit.runtime.private();
    match mode {
        Mode::Enabled => wrapped_future_at(at, unit, source, future),
        Mode::Disabled => mixed! { #private::marked_future(#future) },
    }
}
