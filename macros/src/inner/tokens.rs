//! Attributes inside the input of a macro, which need not be Rust.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::parse::{ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::visit_mut::VisitMut as _;
use syn::{Block, Expr, ExprAsync, Macro, Stmt, Token};

use super::InnerUnits;
use super::waits::{Input, has_question_mark};
use crate::attribute;

impl InnerUnits<'_> {
    /// Visits what a macro is given: as expressions or statements if it reads as such, otherwise only what
    /// follows one of our attributes.
    pub(super) fn visit_input(&mut self, invocation: &mut Macro) {
        let input = Input::of(invocation);
        if !self.concerns(&invocation.tokens, input) {
            return;
        }
        let outer = self.body.input;
        self.body.input = outer.inside(input);
        let tokens = std::mem::take(&mut invocation.tokens);
        invocation.tokens = match Punctuated::<Expr, Token![,]>::parse_terminated.parse2(tokens.clone()) {
            Ok(mut list) if input == Input::Here => {
                list.iter_mut().for_each(|one| self.visit_expr_mut(one));
                list.to_token_stream()
            }
            _ => self.visit_tokens(tokens, input),
        };
        self.body.input = outer;
    }

    /// Whether there is anything for us in the tokens: an attribute, or a `?` that leaves annotated blocks.
    fn concerns(&self, tokens: &TokenStream, input: Input) -> bool {
        let leaves = input != Input::Unknown && !self.body.around.is_empty();
        attribute::marks_expression(tokens, self.runtime()) || leaves && has_question_mark(tokens)
    }

    fn visit_tokens(&mut self, tokens: TokenStream, input: Input) -> TokenStream {
        if !self.concerns(&tokens, input) {
            return tokens;
        }
        let mut trees: Vec<TokenTree> = tokens.into_iter().collect();
        let mut visited = TokenStream::new();
        let mut at = 0;
        while let Some(tree) = trees.get(at) {
            let is_marked =
                attribute::marker_at(&trees[at..], self.runtime()) && !attribute::precedes_item(&trees[at..]);
            if is_marked {
                let marked = trees[at..].iter().take(2).cloned().collect::<TokenStream>();
                let read =
                    |input: ParseStream<'_>| Ok((input.parse::<Expr>()?, input.parse::<TokenStream>()?));
                let Ok((expression, rest)) = read.parse2(trees.drain(at..).collect()) else {
                    let message = "cannot read what this attribute stands on inside a macro's input: \
                                   bind it with `let` before the macro";
                    self.errors.push(syn::Error::new_spanned(marked, message));
                    return visited;
                };
                self.visit_alone(expression, &mut visited);
                (trees, at) = (rest.into_iter().collect(), 0);
                continue;
            }
            if self.begins_async_block(&trees[at..]) {
                let read =
                    |input: ParseStream<'_>| Ok((input.parse::<ExprAsync>()?, input.parse::<TokenStream>()?));
                if let Ok((block, rest)) = read.parse2(trees[at..].iter().cloned().collect()) {
                    self.visit_alone(Expr::Async(block), &mut visited);
                    (trees, at) = (rest.into_iter().collect(), 0);
                    continue;
                }
            }
            match tree {
                TokenTree::Group(group) => {
                    let is_handler = input == Input::Branches && follows_arrow(&trees[..at]);
                    visited.extend([TokenTree::Group(self.visit_group(&group.clone(), input, is_handler))]);
                }
                other => visited.extend([other.clone()]),
            }
            at += 1;
        }
        visited
    }

    /// Visits an expression of which nobody knows in what it stands.
    fn visit_alone(&mut self, mut expression: Expr, visited: &mut TokenStream) {
        let around = std::mem::take(&mut self.body.around);
        self.visit_expr_mut(&mut expression);
        self.body.around = around;
        expression.to_tokens(visited);
    }

    /// Visits a group: as statements if it reads as such.
    fn visit_group(&mut self, group: &Group, input: Input, is_handler: bool) -> Group {
        if !self.concerns(&group.stream(), input) {
            return group.clone();
        }
        let around = if is_handler { None } else { Some(std::mem::take(&mut self.body.around)) };
        let braced = group.delimiter() == Delimiter::Brace;
        let statements = braced.then(|| Block::parse_within.parse2(group.stream()).ok()).flatten();
        let inside = match statements {
            Some(mut statements) => {
                self.visit_statements(&mut statements);
                printed(&statements)
            }
            None => self.visit_tokens(group.stream(), input),
        };
        if let Some(around) = around {
            self.body.around = around;
        }
        attribute::with_stream(group, inside)
    }

    /// Whether an async block begins here that has one of our attributes in it.
    fn begins_async_block(&self, trees: &[TokenTree]) -> bool {
        let block = match trees {
            [TokenTree::Ident(word), TokenTree::Ident(capture), TokenTree::Group(block), ..]
                if word == "async" && capture == "move" =>
            {
                block
            }
            [TokenTree::Ident(word), TokenTree::Group(block), ..] if word == "async" => block,
            _ => return false,
        };
        block.delimiter() == Delimiter::Brace && attribute::marks_expression(&block.stream(), self.runtime())
    }
}

fn follows_arrow(before: &[TokenTree]) -> bool {
    matches!(before, [.., TokenTree::Punct(first), TokenTree::Punct(second)]
        if first.as_char() == '=' && second.as_char() == '>')
}

/// The statements as tokens.
pub(super) fn printed(statements: &[Stmt]) -> TokenStream {
    let mut tokens = TokenStream::new();
    statements.iter().for_each(|statement| statement.to_tokens(&mut tokens));
    tokens
}
