//! Forgotten isolation: what an annotated body spawns that would not inherit its hub.
//!
//! An `async` block or a closure that stands in a known spawner is refused here; a call is wrapped, so
//! that its type answers. Whatever else could be isolated is accepted.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::parse::{ParseStream, Parser as _};
use syn::visit_mut::{self, VisitMut};
use syn::{
    Attribute, Block, Expr, ExprCall, ExprMethodCall, Ident, Item, Local, Macro, PatIdent, Stmt, Token,
};

use crate::args::Args;
use crate::attribute::{self, Marker};
use crate::error::Errors;
use crate::expand;
use crate::function::{Function, is_box_pin, rebraced};
use crate::path::Runtime;

mod spawner;
mod thrown_away;

use spawner::{Form, Spawner};

/// Checks what a function's body spawns. The body comes back with its spawned calls wrapped; one without
/// such calls, or one that is no Rust yet, comes back as it was.
pub(crate) fn check(function: &Function, runtime: &Runtime, allowed: bool) -> syn::Result<Group> {
    let body = &function.body;
    if !may_matter(&body.stream()) {
        return Ok(body.clone());
    }
    let Ok(mut statements) = Block::parse_within.parse2(body.stream()) else { return Ok(body.clone()) };
    let mut spawns = Spawns {
        runtime,
        allowed,
        in_macro: false,
        has_wrapped: false,
        variables: Vec::new(),
        errors: Errors::default(),
    };
    function.signature.inputs.iter().cloned().for_each(|mut input| spawns.visit_fn_arg_mut(&mut input));
    statements.iter_mut().for_each(|statement| spawns.visit_stmt_mut(statement));
    spawns.errors.finish(())?;
    if !spawns.has_wrapped {
        return Ok(body.clone());
    }
    let mut tokens = TokenStream::new();
    statements.iter().for_each(|statement| statement.to_tokens(&mut tokens));
    Ok(rebraced(body, tokens))
}

/// Whether a body holds a word that is looked for: most do not, and need not be read.
fn may_matter(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().any(|tree| match tree {
        TokenTree::Ident(word) => {
            let word = word.to_string();
            word.starts_with("spawn") || matches!(&*word, "unblock" | "join" | "try_join" | "broadcast" | "_")
        }
        TokenTree::Group(group) => may_matter(&group.stream()),
        _ => false,
    })
}

struct Spawns<'a> {
    runtime: &'a Runtime,
    /// Whether an attribute around says that bare spawns are meant.
    allowed: bool,
    /// Whether what is visited is a copy of what a macro was given.
    in_macro: bool,
    has_wrapped: bool,
    /// The names bound so far: what such a closure returns is not known.
    variables: Vec<Ident>,
    errors: Errors,
}

/// What is certain about the unit that a spawner was given.
enum Given<'a> {
    /// A literal that begins here.
    Literal(Form, Span),
    /// A call whose type answers.
    Call(&'a mut Expr),
    Unknown,
}

impl Spawns<'_> {
    fn call(&mut self, call: &mut ExprCall) {
        let Expr::Path(function) = &*call.func else { return };
        let Some(spawner) = Spawner::of_path(function, self.runtime) else { return };
        for argument in call.args.iter_mut().take(spawner.units()) {
            match self.given(argument) {
                Given::Literal(form, at) if form == spawner.form() => {
                    self.errors.push(syn::Error::new(at, spawner.message()));
                }
                Given::Call(called) if spawner.form() == Form::Future && !self.in_macro => {
                    *called = expand::checked_spawn(called, self.runtime);
                    self.has_wrapped = true;
                }
                _ => {}
            }
        }
    }

    fn method_call(&mut self, call: &mut ExprMethodCall) {
        let Some(message) = spawner::of_method(call) else { return };
        if let Some(argument) = call.args.first_mut()
            && let Given::Literal(_, at) = self.given(argument)
        {
            self.errors.push(syn::Error::new(at, message));
        }
    }

    /// Looks through what certainly changes nothing about isolation.
    fn given<'e>(&self, expression: &'e mut Expr) -> Given<'e> {
        if let Expr::Call(call) = expression
            && !is_adaptor(call)
        {
            return if self.is_function(&call.func) { Given::Call(expression) } else { Given::Unknown };
        }
        match expression {
            Expr::Paren(outer) if !self.isolates(&outer.attrs) => self.given(&mut outer.expr),
            Expr::Group(outer) if !self.isolates(&outer.attrs) => self.given(&mut outer.expr),
            Expr::Block(outer) if !self.isolates(&outer.attrs) => match outer.block.stmts.last_mut() {
                Some(Stmt::Expr(last, None)) => self.given(last),
                _ => Given::Unknown,
            },
            Expr::Async(block) if !self.isolates(&block.attrs) => {
                Given::Literal(Form::Future, block.async_token.span)
            }
            Expr::Closure(closure) if !self.isolates(&closure.attrs) => {
                let mut bare = closure.clone();
                bare.attrs.clear();
                let first = bare.to_token_stream().into_iter().next();
                Given::Literal(Form::Closure, first.map_or_else(Span::call_site, |first| first.span()))
            }
            Expr::Call(call) => call.args.last_mut().map_or(Given::Unknown, |inner| self.given(inner)),
            _ => Given::Unknown,
        }
    }

    /// Whether a function is called, and neither a variable nor a method by its path: the attributes
    /// cannot mark what a method returns, because it could be a trait's.
    fn is_function(&self, called: &Expr) -> bool {
        let Expr::Path(path) = called else { return false };
        let is_type = |name: String| name.starts_with(char::is_uppercase);
        let is_method =
            path.path.segments.iter().rev().nth(1).is_some_and(|it| is_type(it.ident.to_string()));
        let is_variable = path.path.get_ident().is_some_and(|name| self.variables.contains(name));
        path.qself.is_none() && !is_method && !is_variable
    }

    /// Whether one of these attributes gives a unit a hub of its own.
    fn isolates(&self, attributes: &[Attribute]) -> bool {
        attributes.iter().any(|one| Marker::of(one, self.runtime).is_some_and(Marker::has_hub))
    }

    /// The literal branches of a `join!` that is not ours poll side by side in one hub.
    fn join(&mut self, invocation: &Macro) {
        let Some(name) = spawner::foreign_join(&invocation.path, self.runtime) else { return };
        for mut branch in expressions(invocation.tokens.clone()) {
            if let Given::Literal(Form::Future, at) = self.given(&mut branch) {
                let message = format!(
                    "this branch would share its hub with the others: use `isohub::{name}!(..)`{}",
                    spawner::IF_MEANT
                );
                self.errors.push(syn::Error::new(at, message));
            }
        }
    }
}

impl VisitMut for Spawns<'_> {
    fn visit_stmt_mut(&mut self, statement: &mut Stmt) {
        let allowed = self.allowed;
        visit_mut::visit_stmt_mut(self, statement);
        self.allowed = allowed;
    }

    fn visit_local_mut(&mut self, local: &mut Local) {
        if let Some(error) = thrown_away::check(local, self.runtime) {
            self.errors.push(error);
        }
        visit_mut::visit_local_mut(self, local);
    }

    fn visit_pat_ident_mut(&mut self, name: &mut PatIdent) {
        self.variables.push(name.ident.clone());
        visit_mut::visit_pat_ident_mut(self, name);
    }

    /// What is inside comes first: what is wrapped is not looked into again.
    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        let allowed = self.allowed;
        visit_mut::visit_expr_mut(self, expression);
        if !self.allowed {
            match expression {
                Expr::Call(call) => self.call(call),
                Expr::MethodCall(call) => self.method_call(call),
                _ => {}
            }
        }
        self.allowed = allowed;
    }

    /// An expression's own attributes are visited before anything in it.
    fn visit_attributes_mut(&mut self, attributes: &mut Vec<Attribute>) {
        self.allowed |= attributes.iter().any(|one| {
            let marker = Marker::of(one, self.runtime);
            let arguments =
                marker.and_then(|marker| Args::parse(attribute::arguments(one).ok()?, marker).ok());
            arguments.is_some_and(|arguments| arguments.allows_bare_spawn())
        });
    }

    /// A macro's input need not be Rust: what reads as a list of expressions is looked at, and left.
    fn visit_macro_mut(&mut self, invocation: &mut Macro) {
        let quotes = ["stringify", "quote", "quote_spanned", "parse_quote"];
        if invocation.path.segments.last().is_some_and(|last| quotes.iter().any(|quote| last.ident == *quote))
        {
            return;
        }
        let (allowed, in_macro) = (self.allowed, std::mem::replace(&mut self.in_macro, true));
        let mut given = expressions(invocation.tokens.clone());
        self.allowed |=
            spawner::is_unit_macro(&invocation.path, self.runtime) && given.iter().any(spawner::is_allowance);
        if !self.allowed {
            self.join(invocation);
        }
        given.iter_mut().for_each(|expression| self.visit_expr_mut(expression));
        (self.allowed, self.in_macro) = (allowed, in_macro);
    }

    /// Nested items have attributes of their own, or none.
    fn visit_item_mut(&mut self, _: &mut Item) {}
}

/// A future given to one of these runs in the same task: its last argument is what is spawned.
fn is_adaptor(call: &ExprCall) -> bool {
    let Expr::Path(path) = &*call.func else { return false };
    let last = path.path.segments.last().map(|last| last.ident.to_string());
    match last.as_deref() {
        Some("timeout" | "timeout_at") => call.args.len() == 2,
        Some("unconstrained") => call.args.len() == 1,
        _ => call.args.len() == 1 && is_box_pin(&call.func),
    }
}

/// The expressions in a comma-separated list; what is none is passed over.
fn expressions(tokens: TokenStream) -> Vec<Expr> {
    let read = |input: ParseStream<'_>| {
        let mut found = Vec::new();
        while !input.is_empty() {
            let fork = input.fork();
            let complete = fork.parse::<Expr>().is_ok() && (fork.is_empty() || fork.peek(Token![,]));
            if complete {
                found.push(input.parse()?);
            } else {
                // Past this comma or, as in `biased;`, semicolon.
                while !input.is_empty() && !input.peek(Token![,]) && !input.peek(Token![;]) {
                    input.parse::<TokenTree>()?;
                }
            }
            if !input.is_empty() {
                input.parse::<TokenTree>()?;
            }
        }
        Ok(found)
    };
    read.parse2(tokens).unwrap_or_default()
}
