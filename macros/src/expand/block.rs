//! Blocks and statements, which stay what they are: a value that lives as long as they run stands at
//! their beginning.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote_spanned};
use syn::{Block, Expr, ExprAsync, ExprBlock, ExprClosure, ExprUnsafe, Ident, Local, Stmt, token};

use super::arguments::arguments;
use super::{
    body, callsite, left_by_type, located, mixed, outcome_if, private_at, prologue, returned, source,
    verbatim,
};
use crate::model::{Outcome, SpanSpec, Unit, UnitKind};
use crate::path::Runtime;

/// An annotated block or statement.
#[derive(Clone)]
pub(crate) struct Inside {
    pub(crate) unit: Unit,
    /// Where it begins in the user's code, whatever is made of its first tokens.
    pub(crate) at: Span,
    /// What the value at its beginning is called.
    pub(crate) name: Ident,
    /// It waits, so that the frame of its future holds what it changes.
    pub(crate) is_held: bool,
    /// It certainly has no value.
    pub(crate) never_ends: bool,
    /// In a build without recording only its arguments are looked at.
    pub(crate) is_checked: bool,
}

impl Inside {
    /// The value at the beginning, and what runs in the block before the user's statements.
    ///
    /// ```text
    /// Input   #[parallel_span(fields(id))] { .. }
    /// Output  let __block0 = PRIVATE::parallel_block(PRIVATE::Origin::cloned(), CALLSITE);
    ///         PRIVATE::fields(|__fields| { .. });
    /// ```
    fn begin(&self) -> Stmt {
        let Inside { unit, name, .. } = self;
        if self.is_checked {
            return statement_of(arguments(unit, None));
        }
        let (private, source, prologue) = (unit.runtime.private(), source(unit), prologue(unit));
        let begin = |short: &str| {
            let held = if self.is_held { "held_" } else { "" };
            Ident::new(&format!("{held}{short}_block"), Span::mixed_site())
        };
        statement_of(match &unit.kind {
            UnitKind::Span { span, .. } => {
                let (begin, callsite) = (begin("span"), callsite(span, &unit.runtime));
                mixed! { let #name = #private::#begin(#source, #callsite); #prologue }
            }
            UnitKind::Hub { .. } => {
                let begin = begin("hub");
                mixed! { let #name = #private::#begin(#source); #prologue }
            }
            UnitKind::Parallel { span, .. } => {
                let (begin, callsite) = (begin("parallel"), callsite(span, &unit.runtime));
                mixed! { let #name = #private::#begin(#source, #callsite); #prologue }
            }
        })
    }

    /// The value of the block, looked at if it can say anything.
    fn value(&self, value: Expr) -> Expr {
        let Some(span) = self.unit.kind.span() else { return value };
        let looks = match &value {
            _ if self.never_ends || self.is_checked => false,
            _ if asks_for_value(span) => true,
            Expr::If(found) => found.else_branch.is_some(),
            Expr::While(_) | Expr::ForLoop(_) | Expr::Assign(_) | Expr::Reference(_) | Expr::Closure(_) => {
                false
            }
            _ => true,
        };
        if !looks {
            return value;
        }
        // A value of a wrong type has the right one behind a call, so that only it is reported.
        let (at, inner) = (located(&value), body(value.to_token_stream()));
        let private = private_at(&self.unit.runtime, at);
        let value = verbatim(quote_spanned! { at => #private::core::convert::identity(#inner) });
        self.looked_at(&value, &of_value(span, &self.unit.runtime))
    }

    fn looked_at(&self, value: &Expr, look: &TokenStream) -> Expr {
        let (at, name) = (located(value), &self.name);
        let private = private_at(&self.unit.runtime, at);
        let value = body(value.to_token_stream());
        verbatim(quote_spanned! { at => #private::leave(#value, &#name, #look) })
    }
}

/// Whether an argument is about the value itself, whatever it is.
fn asks_for_value(span: &SpanSpec) -> bool {
    !span.returned.is_empty() || matches!(span.outcome, Outcome::Predicate(_))
}

/// What looks at the block's value.
///
/// ```text
/// Input   #[span(ret(rows = r.len()))] { .. }
/// Output  |__result: &_| { PRIVATE::fields(|__fields| { .. }); LOOK }
/// ```
fn of_value(span: &SpanSpec, runtime: &Runtime) -> TokenStream {
    let (private, returned) = (runtime.private(), returned(span, runtime));
    let left = match &span.outcome {
        Outcome::Predicate(predicate) => {
            let outcome = outcome_if(predicate, runtime);
            mixed! { #private::Left::outcome(#outcome) }
        }
        _ => by_type(span, runtime),
    };
    mixed! { |__result: &_| { #returned #left } }
}

fn by_type(span: &SpanSpec, runtime: &Runtime) -> TokenStream {
    match &span.outcome {
        Outcome::Error(form, _) | Outcome::Lenient(form) => left_by_type(Some(*form), runtime),
        Outcome::ByType | Outcome::Never | Outcome::Predicate(_) => left_by_type(None, runtime),
    }
}

/// A value with which the block may be left before its end. Tells whether the block looks at it.
///
/// ```text
/// Input   find(id)?
/// Output  PRIVATE::leave(find(id), &__block0, |__result: &_| LOOK)?
/// ```
pub(crate) fn leave(inside: &Inside, value: &mut Expr) -> bool {
    let Some(span) = inside.unit.kind.span().filter(|_| !inside.is_checked) else { return false };
    let look = by_type(span, &inside.unit.runtime);
    *value = inside.looked_at(value, &mixed! { |__result: &_| #look });
    true
}

/// ```text
/// Input   #[span] { check(id); find(id) }
/// Output  { let __block0 = PRIVATE::span_block(PRIVATE::Parent::active(), CALLSITE);
///           check(id);
///           PRIVATE::leave(PRIVATE::core::convert::identity(find(id)), &__block0, |__result: &_| LOOK) }
///
/// Input   #[span] match id { .. }
/// Output  { let __block0 = ..; PRIVATE::leave(match id { .. }, &__block0, |__result: &_| LOOK) }
/// ```
pub(crate) fn block_expression(inside: &Inside, hoisted: Vec<Stmt>, mut expression: Expr) -> Expr {
    if inside.is_checked && is_nothing(&inside.begin()) {
        // Around a lone expression braces would be linted, but an attribute needs them.
        if let Expr::Block(ExprBlock { block, .. }) = &mut expression
            && let [Stmt::Expr(_, None)] = &block.stmts[..]
        {
            block.stmts.insert(0, statement_of(mixed! { const _: () = (); }));
        }
        return expression;
    }
    let mut stmts = vec![inside.begin()];
    match expression {
        Expr::Block(ExprBlock { attrs, label: None, block, .. }) => {
            stmts.extend(statements_of(inside, block.stmts));
            Expr::Block(ExprBlock { attrs, label: None, block: Block { stmts, ..block } })
        }
        Expr::Unsafe(ExprUnsafe { attrs, unsafe_token, block }) => {
            stmts.extend(statements_of(inside, block.stmts));
            Expr::Unsafe(ExprUnsafe { attrs, unsafe_token, block: Block { stmts, ..block } })
        }
        other => {
            stmts.extend(hoisted);
            stmts.push(Stmt::Expr(inside.value(other), None));
            braced(inside.at, stmts)
        }
    }
}

/// The block's own statements, of which the last may be its value.
fn statements_of(inside: &Inside, mut stmts: Vec<Stmt>) -> Vec<Stmt> {
    match stmts.pop() {
        Some(Stmt::Expr(tail, None)) => stmts.push(Stmt::Expr(inside.value(tail), None)),
        Some(Stmt::Macro(tail)) if tail.semi_token.is_none() => {
            let tail = Expr::Macro(syn::ExprMacro { attrs: tail.attrs, mac: tail.mac });
            stmts.push(Stmt::Expr(inside.value(tail), None));
        }
        Some(other) => stmts.push(other),
        None => {}
    }
    stmts
}

/// ```text
/// Input   #[span] store(row).await?;
/// Output  { let __block0 = ..; PRIVATE::leave(store(row).await, &__block0, ..)?; }
/// ```
pub(crate) fn block_statement(inside: &Inside, hoisted: Vec<Stmt>, statement: Stmt) -> Stmt {
    if inside.is_checked && is_nothing(&inside.begin()) {
        return statement;
    }
    let mut stmts = vec![inside.begin()];
    stmts.extend(hoisted);
    stmts.push(match statement {
        Stmt::Expr(value, semi) if inside.unit.kind.span().is_some_and(asks_for_value) => {
            Stmt::Expr(inside.value(value), semi)
        }
        other => other,
    });
    Stmt::Expr(braced(inside.at, stmts), None)
}

/// What a statement binds stays bound after it, so it gets no braces.
///
/// ```text
/// Input   #[span] let row = find(id)?;
/// Output  let __block0 = PRIVATE::span_block(PRIVATE::Parent::active(), CALLSITE);
///         let row = PRIVATE::leave(find(id), &__block0, |__result: &_| LOOK)?;
///         PRIVATE::end_block(__block0);
/// ```
pub(crate) fn statement(inside: &Inside, hoisted: Vec<Stmt>, mut statement: Stmt) -> Vec<Stmt> {
    if inside.is_checked {
        return vec![inside.begin(), statement];
    }
    if let Stmt::Local(Local { init: Some(init), .. }) = &mut statement
        && (gives_a_value(&init.expr) || inside.unit.kind.span().is_some_and(asks_for_value))
    {
        let value = std::mem::replace(&mut *init.expr, verbatim(TokenStream::new()));
        *init.expr = inside.value(value);
    }
    let (private, name) = (inside.unit.runtime.private(), &inside.name);
    // With its semicolon apart it is not taken for the value of a block that it is the last statement of.
    let end = (!inside.never_ends).then(|| {
        let call = verbatim(mixed! { #private::end_block(#name) });
        Stmt::Expr(call, Some(token::Semi(Span::mixed_site())))
    });
    let mut stmts = vec![inside.begin()];
    stmts.extend(hoisted);
    stmts.push(statement);
    stmts.extend(end);
    stmts
}

/// Whether what is bound is what a call returned: of anything else `let` may keep temporaries alive.
fn gives_a_value(value: &Expr) -> bool {
    match value {
        Expr::Await(_) | Expr::MethodCall(_) => true,
        // A call of a constructor is none.
        Expr::Call(call) => match &*call.func {
            Expr::Path(path) => path.path.segments.last().is_some_and(|last| {
                last.ident.to_string().chars().next().is_some_and(|first| !first.is_uppercase())
            }),
            _ => true,
        },
        _ => false,
    }
}

/// ```text
/// Input   async move { #[span] { .. .await } }
/// Output  async move { PRIVATE::framed(async move { .. }).await }
/// ```
pub(crate) fn frame_of_block(block: &mut ExprAsync, runtime: &Runtime) {
    let (private, capture, inside) = (runtime.private(), &block.capture, &block.block);
    let framed = mixed! { #private::framed(async #capture #inside).await };
    block.block.stmts = vec![Stmt::Expr(verbatim(framed), None)];
}

/// ```text
/// Input   async |id| { #[span] { .. .await } }
/// Output  async |id| { PRIVATE::framed(async { .. }).await }
/// ```
pub(crate) fn frame_of_closure(closure: &mut ExprClosure, runtime: &Runtime) {
    let (private, inside) = (runtime.private(), &closure.body);
    let inside = body(inside.to_token_stream());
    *closure.body = verbatim(mixed! { { #private::framed(async { #inside }).await } });
}

/// Braces where the user's tokens stand: their edition decides when the temporaries of a value drop.
fn braced(at: Span, stmts: Vec<Stmt>) -> Expr {
    let block = Block { brace_token: token::Brace(at), stmts };
    Expr::Block(ExprBlock { attrs: Vec::new(), label: None, block })
}

fn statement_of(tokens: TokenStream) -> Stmt {
    Stmt::Expr(verbatim(tokens), None)
}

fn is_nothing(statement: &Stmt) -> bool {
    statement.to_token_stream().is_empty()
}
