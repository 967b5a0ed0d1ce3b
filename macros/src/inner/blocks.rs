//! Attributes on blocks and statements, which stay blocks and statements.

use quote::format_ident;
use syn::spanned::Spanned as _;
use syn::visit_mut::{self, VisitMut as _};
use syn::{Attribute, Expr, ExprCall, ExprMacro, Ident, Local, Stmt, StmtMacro};

use super::waits::{Input, Waits, is_waiting_macro};
use super::{Body, InnerUnits};
use crate::attribute::Marker;
use crate::expand::{self, Inside};
use crate::flow;
use crate::misuse;
use crate::model::Mode;

/// Whether control flow is all that an expression is, so that an attribute on it is on a block.
fn is_block(expression: &Expr) -> bool {
    match expression {
        Expr::Block(_) | Expr::Unsafe(_) | Expr::If(_) | Expr::Match(_) => true,
        Expr::Loop(_) | Expr::While(_) | Expr::ForLoop(_) => true,
        Expr::Macro(invocation) => is_waiting_macro(&invocation.mac),
        _ => false,
    }
}

/// The marked expression at the left of a statement: there an attribute on the whole statement is found.
fn leftmost(expression: &mut Expr) -> &mut Expr {
    match expression {
        Expr::Assign(outer) => leftmost(&mut outer.left),
        Expr::Binary(outer) => leftmost(&mut outer.left),
        Expr::Cast(outer) => leftmost(&mut outer.expr),
        other => other,
    }
}

impl InnerUnits<'_> {
    /// Visits one statement, which may become several, and if it is the last may be the block's value.
    pub(super) fn visit_statement(&mut self, statement: Stmt, is_last: bool) -> Vec<Stmt> {
        match statement {
            Stmt::Local(local) => self.visit_let(local),
            Stmt::Macro(invocation) => {
                let is_value = is_last && invocation.semi_token.is_none();
                self.visit_macro_statement(invocation, is_value)
            }
            Stmt::Expr(expression, semi) => self.visit_expression_statement(expression, semi),
            mut item @ Stmt::Item(_) => {
                self.visit_stmt_mut(&mut item);
                vec![item]
            }
        }
    }

    fn visit_let(&mut self, mut local: Local) -> Vec<Stmt> {
        let marked = self.take_marker(&mut local.attrs);
        let statement = |local| Stmt::Local(local);
        let Some((attribute, marker)) = marked else { return self.visit_unmarked(statement(local)) };
        if local.init.is_none() {
            self.errors.push(misuse::no_value(&attribute));
            return vec![statement(local)];
        }
        let waits = Waits::of_statement(&statement(local.clone()));
        self.visit_within(&attribute, marker, &waits, statement(local), |inside, hoisted, statement| {
            expand::statement(inside, hoisted, statement)
        })
    }

    fn visit_macro_statement(&mut self, mut invocation: StmtMacro, is_value: bool) -> Vec<Stmt> {
        let marked = self.take_marker(&mut invocation.attrs);
        let statement = Stmt::Macro(invocation);
        let Some((attribute, marker)) = marked else { return self.visit_unmarked(statement) };
        let waits = Waits::of_statement(&statement);
        self.visit_within(&attribute, marker, &waits, statement, |inside, hoisted, statement| match statement
        {
            Stmt::Macro(StmtMacro { attrs, mac, .. }) if is_value => {
                let value = Expr::Macro(ExprMacro { attrs, mac });
                vec![Stmt::Expr(expand::block_expression(inside, hoisted, value), None)]
            }
            statement => expand::statement(inside, hoisted, statement),
        })
    }

    fn visit_expression_statement(
        &mut self,
        mut expression: Expr,
        semi: Option<syn::Token![;]>,
    ) -> Vec<Stmt> {
        let first = leftmost(&mut expression);
        let is_whole = super::base(first).is_none();
        let marked = if is_whole { self.take_marker_of(first) } else { None };
        let Some((attribute, marker)) = marked else {
            return self.visit_unmarked(Stmt::Expr(expression, semi));
        };
        if semi.is_none() && !is_block(&expression) && !Waits::of_expression(&expression).any() {
            self.errors.push(misuse::no_literal_unit(&attribute, marker));
            return self.visit_unmarked(Stmt::Expr(expression, semi));
        }
        let waits = Waits::of_expression(&expression);
        let is_value = semi.is_none();
        self.visit_within(
            &attribute,
            marker,
            &waits,
            Stmt::Expr(expression, semi),
            |inside, hoisted, statement| match statement {
                Stmt::Expr(expression, _) if is_value => {
                    vec![Stmt::Expr(expand::block_expression(inside, hoisted, expression), None)]
                }
                statement => vec![expand::block_statement(inside, hoisted, statement)],
            },
        )
    }

    fn visit_unmarked(&mut self, mut statement: Stmt) -> Vec<Stmt> {
        self.visit_stmt_mut(&mut statement);
        vec![statement]
    }

    /// Visits a marked expression that is no statement.
    pub(super) fn visit_marked(&mut self, expression: &mut Expr, attribute: &Attribute, marker: Marker) {
        let waits = Waits::of_expression(expression);
        if !is_block(expression) && !waits.awaits {
            visit_mut::visit_expr_mut(self, expression);
            self.errors.push(misuse::no_literal_unit(attribute, marker));
            return;
        }
        let taken = std::mem::replace(expression, Expr::Verbatim(proc_macro2::TokenStream::new()));
        let built =
            self.visit_within(attribute, marker, &waits, Stmt::Expr(taken, None), |inside, hoisted, it| {
                match it {
                    Stmt::Expr(expression, _) => {
                        vec![Stmt::Expr(expand::block_expression(inside, hoisted, expression), None)]
                    }
                    other => vec![other],
                }
            });
        if let Some(Stmt::Expr(built, _)) = built.into_iter().next() {
            *expression = built;
        }
    }

    /// Visits what is inside an annotated block, and builds it.
    fn visit_within(
        &mut self,
        attribute: &Attribute,
        marker: Marker,
        waits: &Waits,
        mut statement: Stmt,
        build: impl FnOnce(&Inside, Vec<Stmt>, Stmt) -> Vec<Stmt>,
    ) -> Vec<Stmt> {
        let unit = self.unit(attribute, marker, "block");
        if waits.yields {
            self.errors.push(misuse::yields(attribute));
        } else if self.body.input == Input::Unknown && waits.any() {
            self.errors.push(misuse::waits_in_macro(attribute));
        }
        let Some(unit) = unit else { return self.visit_unmarked(statement) };
        let name: Ident = format_ident!("__block{}", self.blocks, span = proc_macro2::Span::mixed_site());
        self.blocks += 1;
        let is_held = self.body.is_async && waits.any() && self.mode == Mode::Enabled;
        self.body.waits |= is_held;
        let never_ends = match &statement {
            Stmt::Expr(expression, _) => flow::never(expression),
            Stmt::Macro(invocation) => flow::panics(&invocation.mac),
            Stmt::Local(_) | Stmt::Item(_) => false,
        };
        let (at, is_checked) = (statement.span(), self.mode == Mode::Disabled);
        let inside = Inside { unit, at, name, is_held, never_ends, is_checked };
        self.body.around.push(inside.clone());
        let outer = std::mem::take(&mut self.hoisted);
        self.visit_stmt_inside(&mut statement);
        let hoisted = std::mem::replace(&mut self.hoisted, outer);
        self.body.around.pop();
        build(&inside, hoisted, statement)
    }

    /// Visits the children of a statement whose own attribute was taken.
    fn visit_stmt_inside(&mut self, statement: &mut Stmt) {
        match statement {
            Stmt::Expr(expression, _) => visit_mut::visit_expr_mut(self, expression),
            other => self.visit_stmt_mut(other),
        }
    }

    /// A value with which the annotated blocks around may be left: the operand of a `?`. Tells whether any
    /// looks at it.
    pub(super) fn leave(&self, value: &mut Expr) -> bool {
        self.body.around.iter().rev().fold(false, |looked, inside| expand::leave(inside, value) | looked)
    }

    /// Visits the body of an async block, or of an async closure.
    pub(super) fn visit_body(&mut self, is_async: bool, visit: impl FnOnce(&mut Self)) -> bool {
        let outer = std::mem::replace(&mut self.body, Body::new(is_async));
        visit(self);
        std::mem::replace(&mut self.body, outer).waits
    }
}

/// Whether an error is written here: `Err(..)`.
pub(super) fn is_error(expression: &Expr) -> bool {
    let Expr::Call(ExprCall { func, .. }) = expression else { return false };
    let Expr::Path(path) = &**func else { return false };
    path.path.segments.last().is_some_and(|last| last.ident == "Err")
}
