//! Tokens: the only stage that quotes, and it cannot fail.
//!
//! Whatever is not the user's has mixed-site spans: its locals cannot meet the user's, and `impl`
//! captures as in this crate's edition, whatever the user's is.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote_spanned};
use syn::{Expr, Ident};

use crate::args::MergeForm;
use crate::fields::{Field, Form};
use crate::model::{Prologue, Scope, SpanSpec, Trace, Unit, UnitKind};
use crate::params::{Binding, Params};
use crate::path::Runtime;

mod arguments;
mod bang;
mod block;
pub(crate) mod checked;
mod container;
mod dead_return;
mod function;
mod inner;
mod later;
mod outcome;
mod spawn;
#[cfg(test)]
mod tests;

pub(crate) use bang::{breadcrumb, join, plain_unit, record, start_span, unit};
pub(crate) use block::{
    Inside, block_expression, block_statement, frame_of_block, frame_of_closure, leave, statement,
};
pub(crate) use container::contained;
pub(crate) use function::function;
pub(crate) use inner::{async_block, block, closure};
pub(crate) use spawn::checked_spawn;

/// `quote!` with mixed-site spans.
macro_rules! mixed {
    ($($tokens:tt)*) => { ::quote::quote_spanned! { ::proc_macro2::Span::mixed_site() => $($tokens)* } };
}
use mixed;
use outcome::{judgement, left_by_type, outcome, outcome_if, returned};

/// Where the unit's hub or parent comes from; evaluated at the call.
///
/// ```text
/// Input   #[isolated_hub(fresh, parent = remote)]
/// Output  PRIVATE::Origin::fresh().parent(remote)
///
/// Input   #[isolated_hub(merge(err))]
/// Output  PRIVATE::Origin::cloned().merging_errors()
/// ```
fn source(unit: &Unit) -> TokenStream {
    let private = unit.runtime.private();
    match &unit.kind {
        UnitKind::Span { trace, .. } => match trace {
            Trace::Inherited => mixed! { #private::Parent::active() },
            Trace::Detached => mixed! { #private::Parent::detached() },
            Trace::Parent(parent) => {
                let parent = typed_parent(parent, &unit.runtime);
                mixed! { #private::Parent::of(#parent) }
            }
        },
        UnitKind::Hub { scope, trace, merge } | UnitKind::Parallel { scope, trace, merge, .. } => {
            let origin = match scope {
                Scope::Cloned => mixed! { #private::Origin::cloned() },
                Scope::Fresh => mixed! { #private::Origin::fresh() },
            };
            let origin = match trace {
                Trace::Inherited => origin,
                Trace::Detached => mixed! { #origin.detached() },
                Trace::Parent(parent) => {
                    let parent = typed_parent(parent, &unit.runtime);
                    mixed! { #origin.parent(#parent) }
                }
            };
            match merge {
                None => origin,
                Some(MergeForm::Always) => mixed! { #origin.merging() },
                Some(MergeForm::IfError(_)) => mixed! { #origin.merging_errors() },
            }
        }
    }
}

/// A `None` that is written as the parent, of which nothing else would tell the type.
fn typed_parent(parent: &Expr, runtime: &Runtime) -> TokenStream {
    match parent {
        Expr::Path(path) if path.path.is_ident("None") => {
            let at = located(parent);
            let private = private_at(runtime, at);
            quote_spanned! { at => #private::NO_PARENT }
        }
        _ => parent.to_token_stream(),
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
            Form::Returned => "returned",
        };
        // A value of a wrong type is reported at the value.
        let at = located(value);
        let (private, turned) = (private_at(runtime, at), Ident::new(turned, at));
        let turned = quote_spanned! { at => #private::#turned(&(#value)) };
        mixed! { __fields.add(#key, || #turned); }
    });
    mixed! { #(#each)* }
}

/// A value by its `Display`. One that has none is reported at the value.
fn text(value: &Expr, runtime: &Runtime) -> TokenStream {
    let at = located(value);
    let private = private_at(runtime, at);
    quote_spanned! { at => #private::text(&(#value)) }
}

/// What runs inside the unit before the user's statements.
fn prologue(unit: &Unit) -> TokenStream {
    let Prologue { tags, links, fields: list } = &unit.prologue;
    let tags = tags.iter().map(|Field { key, value, .. }| {
        let private = private_at(&unit.runtime, located(value));
        let text = text(value, &unit.runtime);
        quote_spanned! { located(value) => #private::tag(#key, || #text); }
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
///
/// ```text
/// Input   #[span(queued)]
/// Output  PRIVATE::span_future(PARENT, CALLSITE, PRIVATE::Queued::now().future(FUTURE), OUTCOME)
/// ```
fn wrapped_future(unit: &Unit, source: &TokenStream, future: &TokenStream) -> TokenStream {
    wrapped_future_at(located(future), unit, source, future)
}

/// The wrapper around a future, which stands where the compiler is to report what is wrong with the
/// value that is returned.
fn wrapped_future_at(at: Span, unit: &Unit, source: &TokenStream, future: &TokenStream) -> TokenStream {
    let private = private_at(&unit.runtime, at);
    let framed = unit.is_framed.then(|| quote_spanned! { at => #private::framed(#future) });
    let future = framed.as_ref().unwrap_or(future);
    let queued =
        unit.kind.is_queued().then(|| quote_spanned! { at => #private::Queued::now().future(#future) });
    let future = queued.as_ref().unwrap_or(future);
    in_unit(at, unit, source, "future", future)
}

/// The wrapper around a stream, which does what the attribute asks for first when it is first polled.
fn wrapped_stream(
    at: Span,
    unit: &Unit,
    source: &TokenStream,
    stream: &TokenStream,
    prologue: &TokenStream,
) -> TokenStream {
    let private = private_at(&unit.runtime, at);
    let first = match (unit.kind.is_queued(), prologue.is_empty()) {
        (true, _) => Some(mixed! { #private::Queued::now().closure0(move || { #prologue }) }),
        (false, false) => Some(mixed! { move || { #prologue } }),
        (false, true) => None,
    };
    let stream = match first {
        Some(first) => mixed! { #private::prefaced(#stream, #first) },
        None => stream.clone(),
    };
    in_unit(at, unit, source, "stream", &stream)
}

/// The call that makes work of some form a unit.
///
/// ```text
/// Input   #[isolated_hub], "future"
/// Output  PRIVATE::hub_future(SOURCE, WORK)
///
/// Input   #[isolated_hub(merge(err))], "call"
/// Output  PRIVATE::judged_call(SOURCE, WORK, JUDGEMENT)
///
/// Input   #[span], "stream"
/// Output  PRIVATE::span_stream(SOURCE, CALLSITE, WORK, OUTCOME)
/// ```
fn in_unit(at: Span, unit: &Unit, source: &TokenStream, form: &str, work: &TokenStream) -> TokenStream {
    let private = private_at(&unit.runtime, at);
    let judgement = judgement(unit);
    let kind = match (&unit.kind, &judgement) {
        (UnitKind::Span { .. }, _) => "span",
        (UnitKind::Parallel { .. }, _) => "parallel",
        (UnitKind::Hub { .. }, None) => "hub",
        (UnitKind::Hub { .. }, Some(_)) => "judged",
    };
    let made = Ident::new(&format!("{kind}_{form}"), at);
    match unit.kind.span() {
        Some(span) => {
            let (callsite, outcome) = (callsite(span, &unit.runtime), outcome(span, unit));
            quote_spanned! { at => #private::#made(#source, #callsite, #work, #outcome) }
        }
        None => {
            let judgement = judgement.iter();
            quote_spanned! { at => #private::#made(#source, #work #(, #judgement)*) }
        }
    }
}

/// The call that runs a closure as a unit; it stands where the closure begins.
fn wrapped_call(unit: &Unit, source: &TokenStream, body: &TokenStream) -> TokenStream {
    in_unit(located(body), unit, source, "call", body)
}

/// Where the value of a body stands, as far as its form tells: after the last statement's end.
fn tail(body: &Group) -> Span {
    let mut tail = None;
    for tree in body.stream() {
        match &tree {
            TokenTree::Punct(punct) if punct.as_char() == ';' => tail = None,
            _ => tail = tail.or(Some(tree.span())),
        }
    }
    tail.unwrap_or_else(|| body.span_close()).resolved_at(Span::mixed_site())
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

/// The user's statements at the end of a block of ours.
///
/// Their own braces stay, since they decide when the tail's temporaries drop, and an item in them stands
/// before all statements. Neither matters to one expression, and braces around that would be linted. Around
/// what is half typed they stay too: the compiler reports an error that it has reported at this place only once.
fn body(tokens: TokenStream) -> TokenStream {
    let mut trees = tokens.clone().into_iter();
    let (Some(TokenTree::Group(group)), None) = (trees.next(), trees.next()) else { return tokens };
    let statement = |tree: TokenTree| matches!(tree, TokenTree::Punct(punct) if punct.as_char() == ';');
    let braced = group.delimiter() == Delimiter::Brace && !group.stream().is_empty();
    let one_expression =
        braced && !group.stream().into_iter().any(statement) && syn::parse2::<Expr>(group.stream()).is_ok();
    if one_expression || is_block(&group.stream()) { group.stream() } else { tokens }
}

/// Whether braces are all there is, whatever is half typed in them.
fn is_block(tokens: &TokenStream) -> bool {
    let mut trees = tokens.clone().into_iter();
    matches!(
        (trees.next(), trees.next()),
        (Some(TokenTree::Group(group)), None) if group.delimiter() == Delimiter::Brace
    )
}

/// The user's statements behind parameters that were bound again. What the tail borrows from these it
/// must give back before they drop: the arm of a `match` ends its temporaries, and leaves it its type.
fn body_after(params: &Params, tokens: TokenStream) -> TokenStream {
    match params.rebound.is_empty() {
        true => body(tokens),
        false => mixed! { match () { () => #tokens } },
    }
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
