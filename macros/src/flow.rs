//! How control leaves a body, as far as its form tells.

use syn::visit_mut::{self, VisitMut};
use syn::{
    Expr, ExprAsync, ExprBreak, ExprClosure, ExprForLoop, ExprLoop, ExprReturn, ExprTry, ExprWhile, Item,
    Lifetime, Macro, Stmt,
};

use crate::params::mentions;

/// Whether the statements leave their function or async block before its end.
pub(crate) fn returns(statements: &[Stmt]) -> bool {
    let mut exits = Exits::default();
    statements.iter().cloned().for_each(|mut statement| exits.visit_stmt_mut(&mut statement));
    exits.returns
}

/// Whether a unit certainly never returns, so that nothing tells the type that it would return.
pub(crate) fn never_returns(unit: &Expr) -> bool {
    let (ends, statements) = match unit {
        Expr::Async(block) => (ends(&block.block.stmts), block.block.stmts.clone()),
        Expr::Closure(closure) => (never(&closure.body), vec![Stmt::Expr((*closure.body).clone(), None)]),
        _ => return false,
    };
    ends && !returns(&statements)
}

fn ends(statements: &[Stmt]) -> bool {
    match statements.last() {
        Some(Stmt::Expr(last, _)) => never(last),
        Some(Stmt::Macro(last)) => panics(&last.mac),
        _ => false,
    }
}

/// Whether an expression certainly has no value.
pub(crate) fn never(expression: &Expr) -> bool {
    match expression {
        Expr::Loop(looped) => {
            let label = looped.label.as_ref().map(|label| label.name.clone());
            let mut exits = Exits { label, ..Exits::default() };
            visit_mut::visit_block_mut(&mut exits, &mut looped.body.clone());
            !exits.breaks
        }
        Expr::Macro(invocation) => panics(&invocation.mac),
        Expr::Block(block) => block.label.is_none() && ends(&block.block.stmts),
        Expr::Unsafe(block) => ends(&block.block.stmts),
        Expr::Call(call) => never_called(&call.func),
        Expr::Return(_) | Expr::Break(_) | Expr::Continue(_) => true,
        Expr::If(found) => {
            ends(&found.then_branch.stmts)
                && found.else_branch.as_ref().is_some_and(|(_, other)| never(other))
        }
        Expr::Match(found) => !found.arms.is_empty() && found.arms.iter().all(|arm| never(&arm.body)),
        _ => false,
    }
}

/// Functions of the standard library that never return. Those of others cannot be told apart.
fn never_called(function: &Expr) -> bool {
    let Expr::Path(path) = function else { return false };
    let last = path.path.segments.last().map(|segment| segment.ident.to_string());
    matches!(
        last.as_deref(),
        Some("exit" | "abort" | "panic_any" | "resume_unwind" | "unreachable_unchecked")
    )
}

/// Whether a macro certainly panics.
pub(crate) fn panics(invocation: &Macro) -> bool {
    let last = invocation.path.segments.last().map(|segment| segment.ident.to_string());
    matches!(last.as_deref(), Some("panic" | "todo" | "unimplemented" | "unreachable"))
}

/// Finds the `return`, `?` and `break` that leave what is visited.
#[derive(Default)]
struct Exits {
    returns: bool,
    /// A loop is left for what follows it, and not for what follows a loop around it.
    breaks: bool,
    /// The loop's own label.
    label: Option<Lifetime>,
    /// How many loops inside are around the visitor: a plain `break` there leaves only those.
    loops: usize,
}

impl Exits {
    fn inside_loop(&mut self, visit: impl FnOnce(&mut Self)) {
        self.loops += 1;
        visit(self);
        self.loops -= 1;
    }
}

impl VisitMut for Exits {
    fn visit_expr_return_mut(&mut self, _: &mut ExprReturn) {
        self.returns = true;
    }

    fn visit_expr_try_mut(&mut self, _: &mut ExprTry) {
        self.returns = true;
    }

    fn visit_expr_break_mut(&mut self, found: &mut ExprBreak) {
        self.breaks |= match &found.label {
            None => self.loops == 0,
            Some(label) => self.label.as_ref().is_some_and(|own| own.ident == label.ident),
        };
        visit_mut::visit_expr_break_mut(self, found);
    }

    fn visit_macro_mut(&mut self, invocation: &mut Macro) {
        self.returns |= mentions(&invocation.tokens, "return");
        self.breaks |= mentions(&invocation.tokens, "break");
    }

    fn visit_expr_loop_mut(&mut self, found: &mut ExprLoop) {
        self.inside_loop(|exits| visit_mut::visit_expr_loop_mut(exits, found));
    }

    fn visit_expr_while_mut(&mut self, found: &mut ExprWhile) {
        self.inside_loop(|exits| visit_mut::visit_expr_while_mut(exits, found));
    }

    fn visit_expr_for_loop_mut(&mut self, found: &mut ExprForLoop) {
        self.inside_loop(|exits| visit_mut::visit_expr_for_loop_mut(exits, found));
    }

    // What leaves these leaves nothing else.
    fn visit_expr_closure_mut(&mut self, _: &mut ExprClosure) {}
    fn visit_expr_async_mut(&mut self, _: &mut ExprAsync) {}
    fn visit_item_mut(&mut self, _: &mut Item) {}
}
