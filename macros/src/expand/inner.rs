//! Units that are expressions.

use proc_macro2::{Delimiter, Group, TokenStream};
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::{Expr, ExprAsync, ExprBlock, ExprClosure, LocalInit, ReturnType, Stmt};

use super::dead_return::dead_return;
use super::later::{literal, made_in_hub, told_output};
use super::{
    body, body_after, enter, located, mixed, private_at, prologue, source, verbatim, wrapped_call,
    wrapped_future,
};
use crate::function::{Shape, Tail};
use crate::model::{Mode, Unit, UnitKind};
use crate::params::Params;

/// ```text
/// Input   #[isolated_hub] async move { work().await }
/// Output  PRIVATE::hub_future(PRIVATE::Origin::cloned(), async move { work().await })
/// ```
pub(crate) fn async_block(unit: &Unit, block: &ExprAsync) -> Expr {
    verbatim(wrapped_future(unit, &source(unit), &with_prologue(block, &prologue(unit))))
}

/// The async block with something to run first; the user's own if there is nothing.
///
/// What `#[async_trait]` takes apart in the block, in `let (a, b) = { .. __arg1 };`, was an argument of the user's:
/// the prologue may name it, and so comes after.
pub(super) fn with_prologue(block: &ExprAsync, prologue: &TokenStream) -> TokenStream {
    if prologue.is_empty() {
        return block.to_token_stream();
    }
    if let Some(last) = block.block.stmts.iter().rposition(takes_argument_apart) {
        let mut block = block.clone();
        let prologue = Stmt::Expr(verbatim(prologue.clone()), None);
        block.block.stmts.insert(last + 1, prologue);
        return block.to_token_stream();
    }
    let ExprAsync { attrs, async_token, capture, block, .. } = block;
    let body = body(block.to_token_stream());
    mixed! { #(#attrs)* #async_token #capture { #prologue #body } }
}

fn takes_argument_apart(statement: &Stmt) -> bool {
    let Stmt::Local(local) = statement else { return false };
    let Some(LocalInit { expr, .. }) = &local.init else { return false };
    let value = match &**expr {
        Expr::Block(moved) => match moved.block.stmts.last() {
            Some(Stmt::Expr(value, None)) => value,
            _ => return false,
        },
        value => value,
    };
    let Expr::Path(path) = value else { return false };
    path.path.get_ident().is_some_and(|name| name.to_string().starts_with("__arg"))
}

/// A closure whose every call is a unit, and what must stand before the statement it is in.
///
/// A `move` closure owns its snapshot. Another one cannot: the snapshot would have to be moved in and
/// the rest not, so it is borrowed from a variable before the statement.
///
/// What a closure captured is dropped in the order in which its body mentions it. So a `move` closure mentions its
/// hub before all else and the end after it: what the user's code captured is dropped in between, in the hub.
///
/// ```text
/// Input   #[isolated_hub] move |x| f(x)
/// Output  { let hub_of_closure0 = PRIVATE::ClosureHub::of(PRIVATE::Origin::cloned());
///           let end_of_closure0 = PRIVATE::ClosureEnd;
///           move |x| PRIVATE::and_last(
///               PRIVATE::hub_call(PRIVATE::ClosureHub::origin(&hub_of_closure0), || { let x = x; f(x) }),
///               &end_of_closure0) }
///
/// Input   #[isolated_hub] async |x| f(x).await
/// Before  let hub_of_closure0 = PRIVATE::Origin::cloned();
/// Output  async |x| PRIVATE::hub_future(Clone::clone(&hub_of_closure0), async { let x = x; f(x).await }).await
/// ```
pub(crate) fn closure(unit: &Unit, closure: &ExprClosure, number: usize) -> (Expr, Option<Stmt>) {
    let private = unit.runtime.private();
    // At the user's own place: a closure that leaves its function is reported by this name.
    let at = closure.inputs_begin.span;
    let named = |name: &str| format_ident!("{}{}", name, number, span = at);
    let kept = |name: &str, made: TokenStream| {
        let name = named(name);
        (mixed! { let #name = #made; }, mixed! { #private::core::clone::Clone::clone(&#name) })
    };
    let mut last = TokenStream::new();
    let (origin, source) = match (&unit.kind, &closure.capture) {
        // The parent of a span is what is active at each call.
        (UnitKind::Span { .. }, _) => (TokenStream::new(), source(unit)),
        (_, None) => kept("hub_of_closure", source(unit)),
        (_, Some(_)) => {
            let (hub, end, made) = (named("hub_of_closure"), named("end_of_closure"), source(unit));
            last = mixed! { &#end };
            let kept =
                mixed! { let #hub = #private::ClosureHub::of(#made); let #end = #private::ClosureEnd; };
            (kept, mixed! { #private::ClosureHub::origin(&#hub) })
        }
    };
    // A future waits between the call and its first poll, anything else until it is called.
    let is_future = closure.asyncness.is_some() || future_of(closure).is_some();
    let (made_at, queued) = match unit.kind.is_queued() && !is_future {
        true => kept("start_of_closure", mixed! { #private::Queued::now() }),
        false => Default::default(),
    };
    let converted = calling(unit, closure, [&source, &queued, &last], false);
    let snapshot = mixed! { #origin #made_at };
    if snapshot.is_empty() {
        return (verbatim(converted), None);
    }
    match closure.capture {
        Some(_) => (verbatim(mixed! { { #snapshot #converted } }), None),
        None => (verbatim(converted), Some(Stmt::Expr(verbatim(snapshot), None))),
    }
}

/// The end of a closure that returns a future which is written there. As in a function that returns one, what
/// stands before it is done at the call, and the future is the unit: it is polled when the call is long over.
///
/// ```text
/// Input   #[isolated_hub] move |x| async move { f(x).await }
/// Output  { let hub_of_closure0 = PRIVATE::ClosureHub::of(PRIVATE::Origin::cloned());
///           let end_of_closure0 = PRIVATE::ClosureEnd;
///           move |x| PRIVATE::and_last(
///               { let __source = PRIVATE::ClosureHub::origin(&hub_of_closure0);
///                 PRIVATE::hub_future(__source, async move { f(x).await }) },
///               &end_of_closure0) }
/// ```
pub(super) fn future_of(closure: &ExprClosure) -> Option<Tail> {
    if closure.asyncness.is_some() {
        return None;
    }
    let statements = match &*closure.body {
        Expr::Block(ExprBlock { attrs, label: None, block }) if attrs.is_empty() => {
            let stmts = &block.stmts;
            quote! { #(#stmts)* }
        }
        other => other.to_token_stream(),
    };
    let body = Group::new(Delimiter::Brace, statements);
    let tail = |shape| Some(Tail::of(&body, shape)).filter(|tail| matches!(tail, Tail::Literal { .. }));
    tail(Shape::ImplFuture).or_else(|| tail(Shape::BoxedFuture))
}

/// The call of such a closure, which makes its future.
fn made(unit: &Unit, closure: &ExprClosure, source: &TokenStream) -> Option<TokenStream> {
    let Some(Tail::Literal { before, boxing, block }) = future_of(closure) else { return None };
    let future = with_prologue(&block, &prologue(unit));
    let told = told_output(unit, &closure.output);
    let last = literal(unit, &mixed! { __source }, boxing.as_deref(), &future, told, Mode::Enabled);
    let before = match before.is_empty() {
        true => TokenStream::new(),
        false => made_in_hub(unit, &mixed! { #(#before)* }),
    };
    Some(mixed! { { let __source = #source; #before #last } })
}

/// The closure with its body in a unit, given where the unit comes from, since when it waits, if that is
/// recorded, and what it is to mention last, if anything; one that runs only `once` moves into it what it owns.
pub(super) fn calling(
    unit: &Unit,
    closure: &ExprClosure,
    [source, queued, last]: [&TokenStream; 3],
    once: bool,
) -> TokenStream {
    let ExprClosure { attrs, lifetimes, constness, asyncness, capture, .. } = closure;
    let ExprClosure { inputs_begin, inputs_end, output, body: statements, .. } = closure;
    let mut inputs = closure.inputs.clone();
    let prologue = prologue(unit);
    let mut mentioned = statements.to_token_stream();
    mentioned.extend(prologue.clone());
    let made = made(unit, closure, source);
    let mut params = || Params::of_closure(&mut inputs, &mentioned);
    let inner_capture = capture.filter(|_| once);
    let called = if let Some(made) = made {
        made
    } else if asyncness.is_some() {
        let params = params();
        let enter = enter(&params);
        let dead_return = match output {
            ReturnType::Default => TokenStream::new(),
            ReturnType::Type(..) => dead_return(output),
        };
        let body = body_after(&params, statements.to_token_stream());
        let block = mixed! { async #inner_capture { #dead_return #enter #prologue #body } };
        let wrapped = wrapped_future(unit, source, &block);
        mixed! { #wrapped.await }
    } else {
        let params = params();
        let enter = enter(&params);
        let block = match enter.is_empty() && prologue.is_empty() && matches!(output, ReturnType::Default) {
            true => statements.to_token_stream(),
            false => {
                let body = body_after(&params, statements.to_token_stream());
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
    let called = match last.is_empty() {
        true => called,
        false => {
            let at = located(statements);
            let private = private_at(&unit.runtime, at);
            quote_spanned! { at => #private::and_last(#called, #last) }
        }
    };
    let called = match output {
        ReturnType::Default => called,
        ReturnType::Type(..) => mixed! { { #called } },
    };
    mixed! { #(#attrs)* #lifetimes #constness #asyncness #capture #inputs_begin #inputs #inputs_end #output #called }
}

/// An expression with statements before it.
pub(crate) fn block(before: &[Stmt], last: &Expr) -> Expr {
    verbatim(mixed! { { #(#before)* #last } })
}
