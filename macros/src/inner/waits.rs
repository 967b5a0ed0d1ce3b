//! Whether a block may wait, and where a macro evaluates its input.

use proc_macro2::{TokenStream, TokenTree};
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, ExprAsync, ExprAwait, ExprClosure, ExprYield, Item, Macro, Stmt};

use crate::params::mentions;

/// Macros that wait only where their input does, which they evaluate where they stand.
const NEVER_WAIT: [&str; 35] = [
    "anyhow",
    "assert",
    "assert_eq",
    "assert_ne",
    "bail",
    "breadcrumb",
    "concat",
    "dbg",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "ensure",
    "env",
    "eprint",
    "eprintln",
    "format",
    "format_args",
    "json",
    "line",
    "matches",
    "module_path",
    "option_env",
    "panic",
    "pin",
    "print",
    "println",
    "record",
    "start_span",
    "stringify",
    "todo",
    "unimplemented",
    "unreachable",
    "vec",
    "write",
    "writeln",
];

/// Macros that wait, and evaluate where they stand what is not in a branch's own `async` block.
const WAIT: [&str; 4] = ["join", "select", "select_biased", "try_join"];

/// What is known of the macro whose input is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// It is evaluated where the macro stands.
    Here,
    /// As well, but in branches: `select!`.
    Branches,
    /// Maybe in an async block or a closure of the macro's own.
    Unknown,
}

impl Input {
    pub(super) fn of(invocation: &Macro) -> Input {
        let name = name(invocation);
        match name.as_str() {
            "select" | "select_biased" => Input::Branches,
            name if NEVER_WAIT.contains(&name) || WAIT.contains(&name) => Input::Here,
            _ => Input::Unknown,
        }
    }

    /// What is known of the input of a macro in the input of another.
    pub(super) fn inside(self, inner: Input) -> Input {
        if self == Input::Unknown { self } else { inner }
    }
}

fn name(invocation: &Macro) -> String {
    invocation.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default()
}

/// Whether a macro is one of those that certainly wait.
pub(super) fn is_waiting_macro(invocation: &Macro) -> bool {
    WAIT.contains(&name(invocation).as_str())
}

/// How an expression or a statement may be suspended.
#[derive(Default)]
pub(super) struct Waits {
    /// By an `.await` that is written in it.
    pub(super) awaits: bool,
    /// By a macro of which nobody knows whether it waits, or which does.
    pub(super) in_macro: bool,
    /// By a `yield`, if only in a macro that evaluates its input in place.
    pub(super) yields: bool,
}

impl Waits {
    pub(super) fn of_expression(expression: &Expr) -> Waits {
        let mut waits = Waits::default();
        waits.visit_expr_mut(&mut expression.clone());
        waits
    }

    pub(super) fn of_statement(statement: &Stmt) -> Waits {
        let mut waits = Waits::default();
        waits.visit_stmt_mut(&mut statement.clone());
        waits
    }

    pub(super) fn any(&self) -> bool {
        self.awaits || self.in_macro || self.yields
    }
}

impl VisitMut for Waits {
    fn visit_expr_await_mut(&mut self, awaited: &mut ExprAwait) {
        self.awaits = true;
        visit_mut::visit_expr_await_mut(self, awaited);
    }

    fn visit_expr_yield_mut(&mut self, _: &mut ExprYield) {
        self.yields = true;
    }

    fn visit_macro_mut(&mut self, invocation: &mut Macro) {
        let is_known = NEVER_WAIT.contains(&name(invocation).as_str());
        self.in_macro |= !is_known || mentions(&invocation.tokens, "await");
        self.yields |= Input::of(invocation) != Input::Unknown && yields(&invocation.tokens);
    }

    // What waits in these does so when they are polled or called.
    fn visit_expr_closure_mut(&mut self, _: &mut ExprClosure) {}
    fn visit_expr_async_mut(&mut self, _: &mut ExprAsync) {}
    fn visit_item_mut(&mut self, _: &mut Item) {}
}

/// Whether something in the tokens yields here, and not in a generator that a macro like `stream!` makes of it.
fn yields(tokens: &TokenStream) -> bool {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    trees.iter().enumerate().any(|(at, tree)| match (tree, &trees[..at]) {
        (TokenTree::Ident(word), _) => word == "yield",
        (TokenTree::Group(group), [.., TokenTree::Ident(name), TokenTree::Punct(bang)])
            if bang.as_char() == '!' =>
        {
            let name = name.to_string();
            let is_known = NEVER_WAIT.contains(&name.as_str()) || WAIT.contains(&name.as_str());
            is_known && yields(&group.stream())
        }
        (TokenTree::Group(group), _) => yields(&group.stream()),
        _ => false,
    })
}

/// Whether a `?` stands anywhere in the tokens.
pub(super) fn has_question_mark(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().any(|tree| match tree {
        TokenTree::Punct(punct) => punct.as_char() == '?',
        TokenTree::Group(group) => has_question_mark(&group.stream()),
        _ => false,
    })
}
