//! Tokens: the only stage that quotes, and it cannot fail.
//!
//! Whatever is not the user's has mixed-site spans: its locals cannot meet the user's, and `impl`
//! captures as in this crate's edition, whatever the user's is.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote_spanned};
use syn::parse::Parser as _;
use syn::{Block, Expr, Ident};

use crate::args::ErrorForm;
use crate::fields::{Field, Form};
use crate::model::{Outcome, Prologue, Scope, SpanSpec, Trace, Unit, UnitKind};
use crate::params::{Binding, Params};
use crate::path::Runtime;

mod bang;
mod block;
pub(crate) mod checked;
mod function;
mod inner;
#[cfg(test)]
mod tests;

pub(crate) use bang::{breadcrumb, join, plain_unit, record, start_span, unit};
pub(crate) use block::{
    Inside, block_expression, block_statement, frame_of_block, frame_of_closure, leave, statement,
};
pub(crate) use function::function;
pub(crate) use inner::{async_block, block, closure};

/// `quote!` with mixed-site spans.
macro_rules! mixed {
    ($($tokens:tt)*) => { ::quote::quote_spanned! { ::proc_macro2::Span::mixed_site() => $($tokens)* } };
}
use mixed;

/// Where the unit's hub or parent comes from; evaluated at the call.
///
/// ```text
/// Input   #[isolated_hub(fresh, parent = remote)]
/// Output  PRIVATE::Origin::fresh().parent(remote)
/// ```
fn source(unit: &Unit) -> TokenStream {
    let private = unit.runtime.private();
    match &unit.kind {
        UnitKind::Span { trace, .. } => match trace {
            Trace::Inherited => mixed! { #private::Parent::active() },
            Trace::Detached => mixed! { #private::Parent::detached() },
            Trace::Parent(parent) => mixed! { #private::Parent::of(#parent) },
        },
        UnitKind::Hub { scope, trace } | UnitKind::Parallel { scope, trace, .. } => {
            let origin = match scope {
                Scope::Cloned => mixed! { #private::Origin::cloned() },
                Scope::Fresh => mixed! { #private::Origin::fresh() },
            };
            match trace {
                Trace::Inherited => origin,
                Trace::Detached => mixed! { #origin.detached() },
                Trace::Parent(parent) => mixed! { #origin.parent(#parent) },
            }
        }
    }
}

/// The `static` of a span, in a block of its own so that the user's code never sees its name.
///
/// ```text
/// Input   #[span("load", op = "db", fields(id))]
/// Output  { static __CALLSITE: PRIVATE::Callsite = PRIVATE::Callsite::new("load", ..).with_op("db")
///               .with_fields(); &__CALLSITE }
/// ```
fn callsite(span: &SpanSpec, runtime: &Runtime) -> TokenStream {
    let private = runtime.private();
    let SpanSpec { name, at, op, kind, level, has_fields, .. } = span;
    // `line!` and `column!` tell where the first of their own tokens stands.
    let here = private_at(runtime, *at);
    let place = quote_spanned! { *at =>
        #here::core::module_path!(), #here::core::file!(), #here::core::line!(), #here::core::column!()
    };
    let op = op.iter().map(|op| mixed! { .with_op(#op) });
    let kind = kind.iter().map(|kind| mixed! { .with_kind(#private::SpanKind::#kind) });
    let level = level.iter().map(|level| mixed! { .with_level(#private::Level::#level) });
    let fields = has_fields.then(|| mixed! { .with_fields() });
    mixed! {
        {
            static __CALLSITE: #private::Callsite =
                #private::Callsite::new(#name, #place) #(#op)* #(#kind)* #(#level)* #fields;
            &__CALLSITE
        }
    }
}

/// Reads the outcome from what the body returned.
///
/// ```text
/// Input   #[span(err, ret(rows = r.len()))]
/// Output  |__result: &_| {
///             PRIVATE::fields(|__fields| { .. });
///             PRIVATE::error_display(__result)
///         }
/// ```
fn outcome(span: &SpanSpec, runtime: &Runtime) -> TokenStream {
    let private = runtime.private();
    let returned = (!span.returned.is_empty()).then(|| {
        // The name that the user's expressions use, so it must be where the user's names are.
        let r = Ident::new("r", Span::call_site());
        let recorded = fields(&span.returned, runtime);
        mixed! {
            #[allow(unused_variables)]
            let #r = __result;
            #recorded
        }
    });
    let outcome = match &span.outcome {
        Outcome::ByType => mixed! {
            {
                #[allow(unused_imports)]
                use #private::{OutcomeOfAny as _, OutcomeOfResult as _};
                (&#private::Returned(__result)).__isohub_outcome()
            }
        },
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
        Outcome::Predicate(predicate) => outcome_if(predicate, runtime),
    };
    mixed! { |__result: &_| { #returned #outcome } }
}

/// What the user's predicate says of `__result`.
fn outcome_if(predicate: &Expr, runtime: &Runtime) -> TokenStream {
    let private = runtime.private();
    // An immediately called closure would not know the type of its argument.
    mixed! {
        #private::outcome_if(#private::core::option::Option::is_some_and(
            #private::core::option::Option::Some(__result),
            #predicate,
        ))
    }
}

/// `PRIVATE::fields(|__fields| ..);`, or nothing.
fn fields(list: &[Field], runtime: &Runtime) -> TokenStream {
    if list.is_empty() {
        return TokenStream::new();
    }
    let private = runtime.private();
    let each = added(list, runtime);
    mixed! { #private::fields(|__fields| { #each }); }
}

/// One `__fields.add(key, || value);` for each field.
fn added(list: &[Field], runtime: &Runtime) -> TokenStream {
    let each = list.iter().map(|Field { key, form, value }| {
        let turned = match form {
            Form::Value => "value",
            Form::Display => "display",
            Form::Debug => "debug",
        };
        // A value of a wrong type is reported at the value.
        let at = located(value);
        let (private, turned) = (private_at(runtime, at), Ident::new(turned, at));
        let turned = quote_spanned! { at => #private::#turned(&(#value)) };
        mixed! { __fields.add(#key, || #turned); }
    });
    mixed! { #(#each)* }
}

/// What runs inside the unit before the user's statements.
fn prologue(unit: &Unit) -> TokenStream {
    let Prologue { tags, links, fields: list } = &unit.prologue;
    let tags = tags.iter().map(|Field { key, value, .. }| {
        let at = located(value);
        let private = private_at(&unit.runtime, at);
        quote_spanned! { at => #private::tag(#key, || #private::text(&(#value))); }
    });
    let links = links.iter().map(|links| {
        let at = located(links);
        let private = private_at(&unit.runtime, at);
        quote_spanned! { at => #private::links(|| #links); }
    });
    let fields = fields(list, &unit.runtime);
    // Fields come before links: a sampler that asks for them decides whether there is a span to link.
    mixed! { #(#tags)* #fields #(#links)* }
}

/// The wrapper around a future.
fn wrapped_future(unit: &Unit, source: &TokenStream, future: &TokenStream) -> TokenStream {
    let private = unit.runtime.private();
    let framed = unit.is_framed.then(|| mixed! { #private::framed(#future) });
    let future = framed.as_ref().unwrap_or(future);
    match &unit.kind {
        UnitKind::Span { span, .. } => {
            let (callsite, outcome) = (callsite(span, &unit.runtime), outcome(span, &unit.runtime));
            mixed! { #private::span_future(#source, #callsite, #future, #outcome) }
        }
        UnitKind::Hub { .. } => mixed! { #private::hub_future(#source, #future) },
        UnitKind::Parallel { span, .. } => {
            let (callsite, outcome) = (callsite(span, &unit.runtime), outcome(span, &unit.runtime));
            mixed! { #private::parallel_future(#source, #callsite, #future, #outcome) }
        }
    }
}

/// The call that runs a closure as a unit.
fn wrapped_call(unit: &Unit, source: &TokenStream, body: &TokenStream) -> TokenStream {
    let private = unit.runtime.private();
    match &unit.kind {
        UnitKind::Span { span, .. } => {
            let (callsite, outcome) = (callsite(span, &unit.runtime), outcome(span, &unit.runtime));
            mixed! { #private::span_call(#source, #callsite, #body, #outcome) }
        }
        UnitKind::Hub { .. } => mixed! { #private::hub_call(#source, #body) },
        UnitKind::Parallel { span, .. } => {
            let (callsite, outcome) = (callsite(span, &unit.runtime), outcome(span, &unit.runtime));
            mixed! { #private::parallel_call(#source, #callsite, #body, #outcome) }
        }
    }
}

/// Moves the parameters into the unit; see `params`.
///
/// ```text
/// Input   (&self, (a, b): (u8, u8))
/// Output  let _ = &self;
///         let __arg1 = __arg1;
///         let (a, b) = __arg1;
/// ```
fn enter(params: &Params) -> TokenStream {
    let captured = match &params.captured[..] {
        [] => TokenStream::new(),
        [one] => mixed! { let _ = &#one; },
        several => mixed! { let _ = (#(&#several),*); },
    };
    let rebound = params.rebound.iter().map(|rebound| {
        let (attributes, name) = (&rebound.attributes, &rebound.name);
        match &rebound.binding {
            Binding::Name { mutable } => mixed! { #(#attributes)* let #mutable #name = #name; },
            Binding::Pattern { pattern, by_ref_mut } => {
                let mutable = by_ref_mut.then(|| mixed! { mut });
                mixed! { let #mutable #name = #name; #(#attributes)* let #pattern = #name; }
            }
        }
    });
    mixed! { #captured #(#rebound)* }
}

/// A type in a position that gives coercions and early returns their target.
fn typed_dead_return(ty: &syn::Type) -> TokenStream {
    let at = located(ty);
    quote_spanned! { at =>
        #[allow(unreachable_code, clippy::diverging_sub_expression, clippy::empty_loop, clippy::let_unit_value)]
        if false {
            let __returned: #ty = loop {};
            return __returned;
        }
    }
}

/// The user's statements at the end of a block of ours.
///
/// Their own braces stay, since they decide when the tail's temporaries drop. Only without any `;` there
/// is no local that this could matter to, and braces around one expression would be linted. Around what
/// is half typed they stay too: the compiler reports an error that it has reported at this place only once.
fn body(tokens: TokenStream) -> TokenStream {
    let mut trees = tokens.clone().into_iter();
    let (Some(TokenTree::Group(group)), None) = (trees.next(), trees.next()) else { return tokens };
    let statement = |tree: TokenTree| matches!(tree, TokenTree::Punct(punct) if punct.as_char() == ';');
    let braced = group.delimiter() == Delimiter::Brace && !group.stream().is_empty();
    let is_expression = braced
        && !group.stream().into_iter().any(statement)
        && Block::parse_within.parse2(group.stream()).is_ok();
    if is_expression { group.stream() } else { tokens }
}

/// The path at another place. A `$crate` in it means nothing there, so it stays where it is.
fn private_at(runtime: &Runtime, at: Span) -> TokenStream {
    let moved = |mut tree: TokenTree| {
        if tree.to_string() != "$crate" {
            tree.set_span(at);
        }
        tree
    };
    runtime.private().to_token_stream().into_iter().map(moved).collect()
}

/// Where the user's tokens begin, with the hygiene of ours: an error there is reported there.
fn located(tokens: &impl quote::ToTokens) -> Span {
    use syn::spanned::Spanned as _;
    tokens.span().resolved_at(Span::mixed_site())
}

/// An expression made of tokens.
fn verbatim(tokens: TokenStream) -> Expr {
    Expr::Verbatim(tokens)
}
