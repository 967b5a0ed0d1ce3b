//! Functions in an annotated `impl` block, trait or module.

use proc_macro2::{Ident, Span, TokenStream};

use super::mixed;
use crate::attribute::Marker;
use crate::path::Runtime;

/// What each of them gets. Without arguments that could be passed on, it is told only where `isohub` is.
///
/// ```text
/// Input   #[span(err)]
///         impl Shop { fn open(&self) {} }
/// Output  impl Shop { #[PRIVATE::contained(span, "Shop", (err))] fn open(&self) {} }
/// ```
pub(crate) fn contained(
    runtime: &Runtime,
    marker: Marker,
    owner: &str,
    arguments: Option<&TokenStream>,
) -> TokenStream {
    let private = runtime.private();
    let marker = Ident::new(marker.name(), Span::mixed_site());
    let path = runtime.path();
    let arguments = arguments.cloned().unwrap_or_else(|| mixed! { crate = #path });
    mixed! { #[#private::contained(#marker, #owner, (#arguments))] }
}
