//! A return that is never reached, by which a body has its type.

use proc_macro2::TokenStream;
use quote::quote_spanned;
use syn::{ReturnType, Type, parse_quote};

use super::located;
use crate::function::is_opaque;

/// Gives early returns and the tail their type, where it can be written in a body.
pub(super) fn dead_return(output: &ReturnType) -> TokenStream {
    match output {
        ReturnType::Default => typed_dead_return(&parse_quote! { () }),
        ReturnType::Type(_, ty) if matches!(**ty, Type::Never(_)) || is_opaque(ty) => TokenStream::new(),
        ReturnType::Type(_, ty) => typed_dead_return(ty),
    }
}

/// A type in a position that gives coercions and early returns their target.
fn typed_dead_return(ty: &Type) -> TokenStream {
    let at = located(ty);
    quote_spanned! { at =>
        #[allow(unreachable_code, clippy::diverging_sub_expression, clippy::empty_loop, clippy::let_unit_value)]
        if false {
            let __returned: #ty = loop {};
            return __returned;
        }
    }
}
