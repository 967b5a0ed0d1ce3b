//! Units that are expressions.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, format_ident};
use syn::{Expr, ExprAsync, ExprClosure, ReturnType, Stmt};

use super::function::dead_return;
use super::{body, enter, mixed, prologue, source, verbatim, wrapped_call, wrapped_future};
use crate::model::{Unit, UnitKind};
use crate::params::Params;

/// ```text
/// Input   #[isolated_hub] async move { work().await }
/// Output  PRIVATE::hub_future(PRIVATE::Origin::cloned(), async move { work().await })
/// ```
pub(crate) fn async_block(unit: &Unit, block: &ExprAsync) -> Expr {
    verbatim(wrapped_future(unit, &source(unit), &with_prologue(block, &prologue(unit))))
}

/// The async block with something to run first; the user's own if there is nothing.
pub(super) fn with_prologue(block: &ExprAsync, prologue: &TokenStream) -> TokenStream {
    if prologue.is_empty() {
        return block.to_token_stream();
    }
    let ExprAsync { attrs, async_token, capture, block, .. } = block;
    let body = body(block.to_token_stream());
    mixed! { #(#attrs)* #async_token #capture { #prologue #body } }
}

/// A closure whose every call is a unit, and what must stand before the statement it is in.
///
/// A `move` closure owns its snapshot. Another one cannot: the snapshot would have to be moved in and
/// the rest not, so it is borrowed from a variable before the statement.
///
/// ```text
/// Input   #[isolated_hub] move |x| f(x)
/// Output  { let __origin0 = PRIVATE::Origin::cloned();
///           move |x| PRIVATE::hub_call(Clone::clone(&__origin0), || { let x = x; f(x) }) }
///
/// Input   #[isolated_hub] async |x| f(x).await
/// Before  let __origin0 = PRIVATE::Origin::cloned();
/// Output  async |x| PRIVATE::hub_future(Clone::clone(&__origin0), async { let x = x; f(x).await }).await
/// ```
pub(crate) fn closure(unit: &Unit, closure: &ExprClosure, number: usize) -> (Expr, Option<Stmt>) {
    let private = unit.runtime.private();
    let kept = |name: &str, made: TokenStream| {
        let name = format_ident!("{}{}", name, number, span = Span::mixed_site());
        (mixed! { let #name = #made; }, mixed! { #private::core::clone::Clone::clone(&#name) })
    };
    let (origin, source) = match unit.kind {
        // The parent of a span is what is active at each call.
        UnitKind::Span { .. } => (TokenStream::new(), source(unit)),
        UnitKind::Hub { .. } | UnitKind::Parallel { .. } => kept("__origin", source(unit)),
    };
    // An async closure waits between its call and the first poll, any other until it is called.
    let (made_at, queued) = match unit.kind.is_queued() && closure.asyncness.is_none() {
        true => kept("__queued", mixed! { #private::Queued::now() }),
        false => Default::default(),
    };
    let converted = calling(unit, closure, [&source, &queued], false);
    let snapshot = mixed! { #origin #made_at };
    if snapshot.is_empty() {
        return (verbatim(converted), None);
    }
    match closure.capture {
        Some(_) => (verbatim(mixed! { { #snapshot #converted } }), None),
        None => (verbatim(converted), Some(Stmt::Expr(verbatim(snapshot), None))),
    }
}

/// The closure with its body in a unit, given where the unit comes from and since when it waits, if that is
/// recorded; one that runs only `once` moves into it what it owns.
pub(super) fn calling(
    unit: &Unit,
    closure: &ExprClosure,
    [source, queued]: [&TokenStream; 2],
    once: bool,
) -> TokenStream {
    let ExprClosure { attrs, lifetimes, constness, asyncness, capture, output, body: statements, .. } =
        closure;
    let mut inputs = closure.inputs.clone();
    let prologue = prologue(unit);
    let mut mentioned = statements.to_token_stream();
    mentioned.extend(prologue.clone());
    let enter = enter(&Params::of_closure(&mut inputs, &mentioned));
    let inner_capture = capture.filter(|_| once);
    let called = if asyncness.is_some() {
        let dead_return = match output {
            ReturnType::Default => TokenStream::new(),
            ReturnType::Type(..) => dead_return(output),
        };
        let body = body(statements.to_token_stream());
        let block = mixed! { async #inner_capture { #dead_return #enter #prologue #body } };
        let wrapped = wrapped_future(unit, source, &block);
        mixed! { #wrapped.await }
    } else {
        let block = match enter.is_empty() && prologue.is_empty() && matches!(output, ReturnType::Default) {
            true => statements.to_token_stream(),
            false => {
                let body = body(statements.to_token_stream());
                mixed! { { #enter #prologue #body } }
            }
        };
        let called = mixed! { #inner_capture || #output #block };
        let private = unit.runtime.private();
        wrapped_call(
            unit,
            source,
            &match queued.is_empty() {
                true => called,
                false => mixed! { #private::Queued::closure0(#queued, #called) },
            },
        )
    };
    let called = match output {
        ReturnType::Default => called,
        ReturnType::Type(..) => mixed! { { #called } },
    };
    mixed! { #(#attrs)* #lifetimes #constness #asyncness #capture |#inputs| #output #called }
}

/// An expression with statements before it.
pub(crate) fn block(before: &[Stmt], last: &Expr) -> Expr {
    verbatim(mixed! { { #(#before)* #last } })
}
