//! `start_span!`, `record!`, `breadcrumb!`, `join!` and `try_join!`: no unit, so no options.

use proc_macro2::{Span, TokenStream};
use syn::parse::{ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::{Expr, LitStr, Token};

use crate::attribute::Marker;
use crate::error::{self, here};
use crate::expand;
use crate::fields::{Field, comma};
use crate::model::{Mode, Place, Unit};
use crate::path::{self, Runtime};

/// `start_span!("name", fields..)`
pub(crate) fn start_span(tokens: TokenStream, mode: Mode) -> TokenStream {
    let read = |input: ParseStream<'_>| {
        let runtime = path::leading(input)?;
        let name: LitStr =
            input.parse().map_err(|error| named(&error, "a span", "start_span!(\"name\", ..)"))?;
        if name.value().trim().is_empty() {
            return Err(syn::Error::new(name.span(), "this name is empty: say what the span does"));
        }
        let place = Place { name: name.value(), at: name.span(), runtime };
        let mut unit = Unit::new(Marker::Span, crate::args::Args::default(), &place)?;
        unit.record(rest(input, "start_span!(\"name\", key = value)")?);
        Ok(unit)
    };
    finish(read.parse2(tokens), |unit| expand::start_span(&unit, mode))
}

/// `record!(fields..)`
pub(crate) fn record(tokens: TokenStream, mode: Mode) -> TokenStream {
    let read = |input: ParseStream<'_>| {
        let runtime = path::leading(input)?;
        if input.is_empty() {
            return Err(syn::Error::new(
                Span::call_site(),
                "nothing to record: write `record!(key = value)`",
            ));
        }
        Ok((Field::parse_open_list(input, "record!(key = value)")?, runtime))
    };
    finish(read.parse2(tokens), |(fields, runtime)| expand::record(&fields, &runtime, mode))
}

/// What `breadcrumb!` was given.
pub(crate) struct Breadcrumb {
    pub(crate) runtime: Runtime,
    pub(crate) category: Expr,
    pub(crate) message: Expr,
    pub(crate) fields: Vec<Field>,
}

/// `breadcrumb!("category", "message", fields..)`
pub(crate) fn breadcrumb(tokens: TokenStream, mode: Mode) -> TokenStream {
    let read = |input: ParseStream<'_>| {
        let help =
            "a breadcrumb has a category and a message: write `breadcrumb!(\"category\", \"message\", ..)`";
        let runtime = path::leading(input)?;
        if input.is_empty() {
            return Err(syn::Error::new(Span::call_site(), help));
        }
        let category = input.parse()?;
        if input.is_empty() {
            return Err(syn::Error::new_spanned(category, help));
        }
        comma(input)?;
        if input.is_empty() {
            return Err(syn::Error::new_spanned(category, help));
        }
        let message = input.parse()?;
        Ok(Breadcrumb {
            runtime,
            category,
            message,
            fields: rest(input, "breadcrumb!(\"category\", \"message\", key = value)")?,
        })
    };
    finish(read.parse2(tokens), |breadcrumb| expand::breadcrumb(&breadcrumb, mode))
}

/// How branches are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Join {
    /// All of them.
    All,
    /// Until the first error.
    Try,
}

/// `join!(futures..)` and `try_join!(futures..)`
pub(crate) fn join(tokens: TokenStream, join: Join) -> TokenStream {
    let read = |input: ParseStream<'_>| {
        let runtime = path::leading(input)?;
        let name = if join == Join::All { "join" } else { "try_join" };
        if input.is_empty() {
            let help = format!("nothing to join: write `{name}!(future, future)`");
            return Err(syn::Error::new(Span::call_site(), help));
        }
        if input.peek(syn::Ident) && input.peek2(Token![;]) {
            let help = format!("`{name}!` polls its branches in their order: remove this");
            return Err(here(input, help));
        }
        let branches = Punctuated::<Expr, Token![,]>::parse_terminated(input)?;
        Ok((branches.into_iter().collect::<Vec<_>>(), runtime))
    };
    finish(read.parse2(tokens), |(branches, runtime)| expand::join(&branches, &runtime, join))
}

/// The fields after what every call must have.
fn rest(input: ParseStream<'_>, called: &str) -> syn::Result<Vec<Field>> {
    if input.is_empty() {
        return Ok(Vec::new());
    }
    comma(input)?;
    Field::parse_open_list(input, called)
}

fn named(error: &syn::Error, what: &str, help: &str) -> syn::Error {
    syn::Error::new(error.span(), format!("{what} begins with its name, a text: write `{help}`"))
}

fn finish<T>(read: syn::Result<T>, expand: impl FnOnce(T) -> TokenStream) -> TokenStream {
    match read {
        Ok(read) => expand(read),
        Err(error) => error::as_expression(&error, TokenStream::new()),
    }
}
