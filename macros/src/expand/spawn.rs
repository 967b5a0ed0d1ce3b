//! What stands where a unit is spawned.

use proc_macro2::{Delimiter, Group, Span, TokenStream};
use quote::{ToTokens as _, quote_spanned};
use syn::Expr;

use super::{private_at, verbatim};
use crate::path::Runtime;

/// A call whose type must say that it has a hub of its own.
///
/// Nothing here is hygienic: only from a place that is the user's does the compiler show the call when
/// the spawner refuses it, for not being `Send` say, and not the attribute.
///
/// ```text
/// Input   tokio::spawn(work(id))
/// Output  tokio::spawn(PRIVATE::Isolated::__isohub_isolated(work(id)))
/// ```
pub(crate) fn checked_spawn(call: &Expr, runtime: &Runtime) -> Expr {
    let tokens = call.to_token_stream();
    let spans: Vec<Span> = tokens.clone().into_iter().map(|tree| tree.span()).collect();
    let first = spans.first().copied().unwrap_or_else(Span::mixed_site);
    let mut argument = Group::new(Delimiter::Parenthesis, tokens);
    argument.set_span(spans.last().copied().unwrap_or(first));
    let private: TokenStream = private_at(runtime, first);
    verbatim(quote_spanned! { first => #private::Isolated::__isohub_isolated #argument })
}
