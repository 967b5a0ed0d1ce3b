//! Several errors at once, reported beside the item that they are about.

use std::fmt::Display;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::LitStr;
use syn::parse::{ParseStream, Parser as _};

/// The errors found so far: one expansion reports all of them.
#[derive(Default)]
pub(crate) struct Errors(Option<syn::Error>);

impl Errors {
    /// Adds one error to those found so far.
    pub(crate) fn push(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(first) => first.combine(error),
            None => self.0 = Some(error),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The value, or its error kept for the end.
    pub(crate) fn keep<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    /// The value if nothing went wrong.
    pub(crate) fn finish<T>(self, value: T) -> syn::Result<T> {
        match self.0 {
            Some(error) => Err(error),
            None => Ok(value),
        }
    }

    /// Ends the stage that produced `value`: some errors may hide behind a missing value.
    pub(crate) fn finish_some<T>(self, value: Option<T>) -> syn::Result<T> {
        let missing = || syn::Error::new(proc_macro2::Span::call_site(), "nothing to expand");
        match (self.0, value) {
            (Some(error), _) => Err(error),
            (None, Some(value)) => Ok(value),
            (None, None) => Err(missing()),
        }
    }
}

/// An error at the next token, in our words alone.
pub(crate) fn here(input: ParseStream<'_>, message: impl Display) -> syn::Error {
    syn::Error::new(input.span(), message)
}

/// The errors, followed by the item as it was: whatever uses the item reports nothing further.
pub(crate) fn beside_item(error: &syn::Error, item: TokenStream) -> TokenStream {
    let mut tokens = error.to_compile_error();
    tokens.extend(item);
    tokens
}

/// The errors as one expression; a block, because several `compile_error!` are no expression.
pub(crate) fn as_expression(error: &syn::Error, expression: TokenStream) -> TokenStream {
    let block = Group::new(Delimiter::Brace, beside_item(error, expression));
    TokenTree::Group(block).into()
}

/// The message that stands before the tokens, as an error at those.
pub(crate) fn refused(tokens: TokenStream) -> TokenStream {
    let error = |input: ParseStream<'_>| {
        let message = input.parse::<LitStr>()?;
        Ok(syn::Error::new_spanned(input.parse::<TokenStream>()?, message.value()))
    };
    error.parse2(tokens).unwrap_or_else(|error| error).into_compile_error()
}
