//! Attributes on expressions inside an annotated item: found, turned into units, and taken away.

use proc_macro2::{Group, Span};
use syn::parse::Parser as _;
use syn::visit_mut::{self, VisitMut};
use syn::{
    Arm, Attribute, Block, Expr, ExprAsync, ExprClosure, ExprReturn, ExprTry, ExprWhile, Ident, Item, Macro,
    Stmt,
};

use crate::args::Args;
use crate::attribute::{self, Marker};
use crate::error::Errors;
use crate::expand::{self, Inside};
use crate::flow;
use crate::function::rebraced;
use crate::misuse;
use crate::model::{Mode, Place, Unit};
use crate::path::Runtime;
use waits::Input;

mod blocks;
mod tokens;
mod waits;

/// The body with its inner attributes turned into units, or the user's own group if it has none; and
/// whether annotated blocks wait in it, so that its future needs a frame.
///
/// What cannot be parsed stays as it is, without the attributes: then the compiler reports what is wrong
/// with it, and only that.
pub(crate) fn expand_body(
    body: &Group,
    place: &Place,
    is_async: bool,
    mode: Mode,
) -> syn::Result<(Group, bool)> {
    if !attribute::marks_expression(&body.stream(), &place.runtime) {
        return Ok((body.clone(), false));
    }
    let Ok(mut statements) = Block::parse_within.parse2(body.stream()) else {
        return Ok((attribute::strip_half_typed(body, &place.runtime), false));
    };
    let mut units = InnerUnits {
        place,
        mode,
        errors: Errors::default(),
        hoisted: Vec::new(),
        snapshots: 0,
        blocks: 0,
        body: Body::new(is_async),
    };
    units.visit_statements(&mut statements);
    let expanded = rebraced(body, tokens::printed(&statements));
    units.errors.finish((expanded, units.body.waits))
}

/// A function, an async block or a closure: what a `?`, a `return` or an `.await` in it belongs to.
struct Body {
    is_async: bool,
    /// Whether an annotated block waits in it.
    waits: bool,
    /// The annotated blocks around what is visited, the outermost first.
    around: Vec<Inside>,
    /// In which macro's input what is visited stands.
    input: Input,
}

impl Body {
    fn new(is_async: bool) -> Self {
        Body { is_async, waits: false, around: Vec::new(), input: Input::Here }
    }
}

struct InnerUnits<'a> {
    /// The item around, whose name and `crate = path` its inner units take on.
    place: &'a Place,
    mode: Mode,
    errors: Errors,
    /// Snapshots that must stand before the statement that is being visited.
    hoisted: Vec<Stmt>,
    /// How many snapshots and blocks were named so far.
    snapshots: usize,
    blocks: usize,
    body: Body,
}

impl InnerUnits<'_> {
    fn runtime(&self) -> &Runtime {
        &self.place.runtime
    }

    /// Visits a block's statements, each with what it hoists before it.
    fn visit_statements(&mut self, statements: &mut Vec<Stmt>) {
        let outer = std::mem::take(&mut self.hoisted);
        let mut left = statements.len();
        for statement in std::mem::take(statements) {
            left -= 1;
            let visited = self.visit_statement(statement, left == 0);
            statements.append(&mut self.hoisted);
            statements.extend(visited);
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

    /// The unit that an attribute means, unless its arguments are wrong.
    fn unit(&mut self, found: &Attribute, marker: Marker, what: &str) -> Option<Unit> {
        let arguments = attribute::arguments(found).and_then(|tokens| Args::parse(tokens, marker));
        let args = self.errors.keep(arguments)?;
        if what == "block" {
            self.errors.keep(misuse::check_block(&args))?;
        }
        let place = Place {
            name: format!("{}::{{{what}}}", self.place.name),
            at: found.path().segments.last().map_or(self.place.at, |segment| segment.ident.span()),
            runtime: self.runtime().clone(),
        };
        self.errors.keep(Unit::new(marker, args, &place))
    }

    /// Turns an async block or a closure with one of our attributes into a unit.
    fn convert(&mut self, literal: &mut Expr, found: &Attribute, marker: Marker, never_returns: bool) {
        let what = if matches!(literal, Expr::Async(_)) { "async" } else { "closure" };
        let Some(unit) = self.unit(found, marker, what) else { return };
        let unit = if never_returns && self.mode == Mode::Enabled { unit.never_returning() } else { unit };
        match (&mut *literal, self.mode) {
            (Expr::Async(block), Mode::Enabled) => *literal = expand::async_block(&unit, block),
            (Expr::Async(block), Mode::Disabled) => *literal = expand::checked::async_block(&unit, block),
            (Expr::Closure(closure), Mode::Enabled) => {
                let (converted, hoisted) = expand::closure(&unit, closure, self.snapshots);
                self.snapshots += 1;
                self.hoisted.extend(hoisted);
                *literal = converted;
            }
            (Expr::Closure(closure), Mode::Disabled) => *literal = expand::checked::closure(&unit, closure),
            _ => {}
        }
    }

    /// The one of our attributes in a list, which is taken out of it.
    fn take_marker(&mut self, attributes: &mut Vec<Attribute>) -> Option<(Attribute, Marker)> {
        let mut found = Vec::new();
        attributes.retain(|attribute| match Marker::of(attribute, &self.place.runtime) {
            Some(marker) => {
                found.push((attribute.clone(), marker));
                false
            }
            None => true,
        });
        if let [(_, first), (attribute, second), ..] = &found[..] {
            let message = misuse::twice(*first, *second, "expression");
            self.errors.push(syn::Error::new_spanned(attribute, message));
            return None;
        }
        found.pop()
    }

    fn take_marker_of(&mut self, expression: &mut Expr) -> Option<(Attribute, Marker)> {
        let mut own = OwnAttributes::default();
        visit_mut::visit_expr_mut(&mut own, expression);
        let mut attributes = own.taken.unwrap_or_default();
        let marker = self.take_marker(&mut attributes);
        own = OwnAttributes { taken: None, put: attributes };
        visit_mut::visit_expr_mut(&mut own, expression);
        marker
    }
}

impl VisitMut for InnerUnits<'_> {
    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        let Some((attribute, marker)) = self.take_marker_of(expression) else {
            return visit_mut::visit_expr_mut(self, expression);
        };
        let is_literal = matches!(expression, Expr::Async(_) | Expr::Closure(_));
        match base(expression) {
            None => self.visit_marked(expression, &attribute, marker),
            // In front of `async {}.await` the attribute means the block.
            Some(Expr::Async(ExprAsync { attrs, .. }) | Expr::Closure(ExprClosure { attrs, .. }))
                if !is_literal =>
            {
                attrs.push(attribute);
                visit_mut::visit_expr_mut(self, expression);
            }
            Some(_) => {
                let never_returns = flow::never_returns(expression);
                visit_mut::visit_expr_mut(self, expression);
                self.convert(expression, &attribute, marker, never_returns);
            }
        }
    }

    fn visit_expr_async_mut(&mut self, block: &mut ExprAsync) {
        self.visit_attributes_mut(&mut block.attrs);
        if self.visit_body(true, |inside| inside.visit_block_mut(&mut block.block)) {
            expand::frame_of_block(block, self.runtime());
        }
    }

    fn visit_expr_try_mut(&mut self, tried: &mut ExprTry) {
        visit_mut::visit_expr_try_mut(self, tried);
        if self.leave(&mut tried.expr) {
            // With the hygiene of what it stands behind now it is where the compiler reports an error.
            tried.question_token.span = tried.question_token.span.resolved_at(Span::mixed_site());
        }
    }

    fn visit_expr_return_mut(&mut self, returned: &mut ExprReturn) {
        visit_mut::visit_expr_return_mut(self, returned);
        if let Some(value) = returned.expr.as_mut().filter(|value| blocks::is_error(value)) {
            self.leave(value);
        }
    }

    fn visit_expr_closure_mut(&mut self, closure: &mut ExprClosure) {
        self.visit_attributes_mut(&mut closure.attrs);
        closure.inputs.iter_mut().for_each(|input| self.visit_pat_mut(input));
        let is_async = closure.asyncness.is_some();
        if self.visit_body(is_async, |inside| inside.visit_apart(&mut closure.body)) {
            expand::frame_of_closure(closure, self.runtime());
        }
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
        self.visit_input(invocation);
    }

    /// Any of our attributes that is still there when its list is visited stands on nothing we know.
    fn visit_attributes_mut(&mut self, attributes: &mut Vec<Attribute>) {
        attributes.retain(|attribute| {
            let ours = Marker::of(attribute, &self.place.runtime).is_some();
            if ours {
                self.errors.push(misuse::misplaced(attribute, "an arm or a field"));
            }
            !ours
        });
    }

    /// Nested items expand their own attributes.
    fn visit_item_mut(&mut self, _: &mut Item) {}
}

/// Takes out the attributes of one expression, whichever variant it is, and puts others there.
#[derive(Default)]
struct OwnAttributes {
    taken: Option<Vec<Attribute>>,
    put: Vec<Attribute>,
}

impl VisitMut for OwnAttributes {
    /// Called first for the expression's own attributes, since they are its first field.
    fn visit_attributes_mut(&mut self, attributes: &mut Vec<Attribute>) {
        if self.taken.is_none() {
            self.taken = Some(std::mem::replace(attributes, std::mem::take(&mut self.put)));
        }
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
fn base(expression: &mut Expr) -> Option<&mut Expr> {
    match expression {
        Expr::Async(_) | Expr::Closure(_) => Some(expression),
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
