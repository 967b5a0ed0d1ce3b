//! Attributes on expressions inside an annotated item: found, turned into units, and taken away.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::parse::{ParseStream, Parser as _};
use syn::visit_mut::{self, VisitMut};
use syn::{Arm, Attribute, Block, Expr, ExprClosure, ExprWhile, Ident, Item, Macro, Stmt};

use crate::args::Args;
use crate::attribute::{self, Marker};
use crate::error::Errors;
use crate::expand;
use crate::flow;
use crate::function::rebraced;
use crate::misuse;
use crate::model::{Mode, Place, Unit};
use crate::path::Runtime;

/// The body with its inner attributes turned into units, or the user's own group if it has none.
pub(crate) fn expand_body(body: &Group, place: &Place, mode: Mode) -> syn::Result<Group> {
    if !attribute::marks_expression(&body.stream(), &place.runtime) {
        return Ok(body.clone());
    }
    let mut statements = Block::parse_within.parse2(body.stream())?;
    let mut units = InnerUnits { place, mode, errors: Errors::default(), hoisted: Vec::new(), count: 0 };
    units.visit_statements(&mut statements);
    let mut tokens = TokenStream::new();
    statements.iter().for_each(|statement| statement.to_tokens(&mut tokens));
    units.errors.finish(rebraced(body, tokens))
}

struct InnerUnits<'a> {
    /// The item around, whose name and `crate = path` its inner units take on.
    place: &'a Place,
    mode: Mode,
    errors: Errors,
    /// Snapshots that must stand before the statement that is being visited.
    hoisted: Vec<Stmt>,
    /// How many snapshots were named so far.
    count: usize,
}

impl InnerUnits<'_> {
    fn runtime(&self) -> &Runtime {
        &self.place.runtime
    }

    /// Visits a block's statements, each with what it hoists before it.
    fn visit_statements(&mut self, statements: &mut Vec<Stmt>) {
        let outer = std::mem::take(&mut self.hoisted);
        for mut statement in std::mem::take(statements) {
            self.visit_stmt_mut(&mut statement);
            statements.append(&mut self.hoisted);
            statements.push(statement);
        }
        self.hoisted = outer;
    }

    /// Visits an expression that may run many times or later: what it hoists stays inside it.
    fn visit_apart(&mut self, expression: &mut Expr) {
        let outer = std::mem::take(&mut self.hoisted);
        self.visit_expr_mut(expression);
        let hoisted = std::mem::replace(&mut self.hoisted, outer);
        if !hoisted.is_empty() {
            *expression = expand::block(&hoisted, expression);
        }
    }

    /// Turns an expression with one of our attributes into a unit.
    fn convert(&mut self, expression: &mut Expr, found: &Attribute, marker: Marker) {
        let arguments = attribute::arguments(found).and_then(|tokens| Args::parse(tokens, marker));
        let Some(args) = self.errors.keep(arguments) else { return };
        let Some((base, what)) = base(expression) else {
            self.errors.push(misuse::no_literal_unit(found, marker));
            return;
        };
        let place = Place {
            name: format!("{}::{{{what}}}", self.place.name),
            at: found.path().segments.last().map_or(self.place.at, |segment| segment.ident.span()),
            runtime: self.runtime().clone(),
        };
        let Some(unit) = self.errors.keep(Unit::new(marker, args, &place)) else { return };
        if self.mode == Mode::Disabled {
            match base {
                Expr::Async(block) => *base = expand::checked::async_block(&unit, block),
                Expr::Closure(closure) => *base = expand::checked::closure(&unit, closure),
                _ => {}
            }
            return;
        }
        let unit = if flow::never_returns(base) { unit.never_returning() } else { unit };
        match base {
            Expr::Async(block) => *base = expand::async_block(&unit, block),
            Expr::Closure(closure) => {
                let (converted, hoisted) = expand::closure(&unit, closure, self.count);
                self.count += 1;
                self.hoisted.extend(hoisted);
                *base = converted;
            }
            _ => {}
        }
    }
}

impl VisitMut for InnerUnits<'_> {
    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        let mut taken = TakeMarkers { runtime: self.runtime(), found: None };
        taken.take_from(expression);
        let found = taken.found.unwrap_or_default();
        visit_mut::visit_expr_mut(self, expression);
        if let [(_, first), (attribute, second), ..] = &found[..] {
            let message = misuse::twice(*first, *second, "expression");
            self.errors.push(syn::Error::new_spanned(attribute, message));
        } else if let Some((attribute, marker)) = found.first() {
            self.convert(expression, attribute, *marker);
        }
    }

    fn visit_expr_closure_mut(&mut self, closure: &mut ExprClosure) {
        self.visit_attributes_mut(&mut closure.attrs);
        closure.inputs.iter_mut().for_each(|input| self.visit_pat_mut(input));
        self.visit_apart(&mut closure.body);
    }

    /// The condition is evaluated anew each time, and so are the snapshots in it.
    fn visit_expr_while_mut(&mut self, looped: &mut ExprWhile) {
        self.visit_attributes_mut(&mut looped.attrs);
        if has_let(&looped.cond) {
            let outer = std::mem::take(&mut self.hoisted);
            self.visit_expr_mut(&mut looped.cond);
            let hoisted = std::mem::replace(&mut self.hoisted, outer);
            if !hoisted.is_empty() {
                let message = "the condition of this `while let` makes a closure that cannot own its hub: \
                               write `move` before the closure";
                self.errors.push(syn::Error::new_spanned(&looped.cond, message));
            }
        } else {
            self.visit_apart(&mut looped.cond);
        }
        self.visit_block_mut(&mut looped.body);
    }

    fn visit_arm_mut(&mut self, arm: &mut Arm) {
        self.visit_attributes_mut(&mut arm.attrs);
        self.visit_pat_mut(&mut arm.pat);
        self.visit_apart(&mut arm.body);
    }

    fn visit_block_mut(&mut self, block: &mut Block) {
        self.visit_statements(&mut block.stmts);
    }

    fn visit_macro_mut(&mut self, invocation: &mut Macro) {
        invocation.tokens = self.visit_tokens(std::mem::take(&mut invocation.tokens));
    }

    /// Any of our attributes that is still there when its list is visited stands on nothing we know.
    fn visit_attributes_mut(&mut self, attributes: &mut Vec<Attribute>) {
        attributes.retain(|attribute| {
            let ours = Marker::of(attribute, &self.place.runtime).is_some();
            if ours {
                self.errors.push(misuse::misplaced(attribute, "a statement, an arm or a field"));
            }
            !ours
        });
    }

    /// Nested items expand their own attributes.
    fn visit_item_mut(&mut self, _: &mut Item) {}
}

impl InnerUnits<'_> {
    /// A macro's input need not be Rust: only what follows one of our attributes is read as such.
    fn visit_tokens(&mut self, tokens: TokenStream) -> TokenStream {
        if !attribute::marks_expression(&tokens, self.runtime()) {
            return tokens;
        }
        let mut trees: Vec<TokenTree> = tokens.into_iter().collect();
        let mut visited = TokenStream::new();
        let mut at = 0;
        while let Some(tree) = trees.get(at) {
            if attribute::marker_at(&trees[at..], self.runtime()) && !attribute::precedes_item(&trees[at..]) {
                let marked = trees[at..].iter().take(2).cloned().collect::<TokenStream>();
                let read =
                    |input: ParseStream<'_>| Ok((input.parse::<Expr>()?, input.parse::<TokenStream>()?));
                let Ok((mut expression, rest)) = read.parse2(trees.drain(at..).collect()) else {
                    let message = "cannot read what this attribute stands on inside a macro's input: \
                                   bind it with `let` before the macro";
                    self.errors.push(syn::Error::new_spanned(marked, message));
                    return visited;
                };
                self.visit_expr_mut(&mut expression);
                expression.to_tokens(&mut visited);
                (trees, at) = (rest.into_iter().collect(), 0);
                continue;
            }
            match tree {
                TokenTree::Group(group) => {
                    let inside = self.visit_tokens(group.stream());
                    visited.extend([TokenTree::Group(attribute::with_stream(group, inside))]);
                }
                other => visited.extend([other.clone()]),
            }
            at += 1;
        }
        visited
    }
}

/// Takes our attributes from the attributes of one expression, whichever variant it is.
struct TakeMarkers<'a> {
    runtime: &'a Runtime,
    found: Option<Vec<(Attribute, Marker)>>,
}

impl TakeMarkers<'_> {
    fn take_from(&mut self, expression: &mut Expr) {
        visit_mut::visit_expr_mut(self, expression);
    }
}

impl VisitMut for TakeMarkers<'_> {
    /// Called first for the expression's own attributes, since they are its first field.
    fn visit_attributes_mut(&mut self, attributes: &mut Vec<Attribute>) {
        if self.found.is_some() {
            return;
        }
        let mut found = Vec::new();
        attributes.retain(|attribute| match Marker::of(attribute, self.runtime) {
            Some(marker) => {
                found.push((attribute.clone(), marker));
                false
            }
            None => true,
        });
        self.found = Some(found);
    }

    // What is inside has attributes of its own, which are not asked for here.
    fn visit_expr_mut(&mut self, _: &mut Expr) {}
    fn visit_block_mut(&mut self, _: &mut Block) {}
    fn visit_pat_mut(&mut self, _: &mut syn::Pat) {}
    fn visit_arm_mut(&mut self, _: &mut Arm) {}
    fn visit_type_mut(&mut self, _: &mut syn::Type) {}
    fn visit_ident_mut(&mut self, _: &mut Ident) {}
    fn visit_macro_mut(&mut self, _: &mut Macro) {}
}

/// Whether a condition binds names, so that it cannot be put into a block.
fn has_let(condition: &Expr) -> bool {
    match condition {
        Expr::Let(_) => true,
        Expr::Binary(both) => has_let(&both.left) || has_let(&both.right),
        _ => false,
    }
}

/// The unit that an attribute means: `#[span] async {}.await` stands on the whole expression.
fn base(expression: &mut Expr) -> Option<(&mut Expr, &'static str)> {
    match expression {
        Expr::Async(_) => Some((expression, "async")),
        Expr::Closure(_) => Some((expression, "closure")),
        Expr::Await(outer) => base(&mut outer.base),
        Expr::MethodCall(outer) => base(&mut outer.receiver),
        Expr::Try(outer) => base(&mut outer.expr),
        Expr::Field(outer) => base(&mut outer.base),
        Expr::Call(outer) => base(&mut outer.func),
        Expr::Paren(outer) => base(&mut outer.expr),
        Expr::Group(outer) => base(&mut outer.expr),
        _ => None,
    }
}
