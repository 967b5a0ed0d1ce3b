//! How parameters get into a unit, so that they drop there and in the order of a plain function.
//!
//! A plain function drops its locals, then its parameters, the last first. A unit's body is a closure
//! or async block, whose captures drop after its locals in the order in which they are first
//! mentioned: so the captures are mentioned last to first. What must be bound again, patterns and
//! parameters that the body never mentions, becomes a local, and so does each parameter after it.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::{Attribute, FnArg, Ident, Meta, Pat, PatIdent, Signature, Token};

/// The parameters of a function or closure, and what stands at the top of its unit.
#[derive(Default)]
pub(crate) struct Params {
    /// Mentioned in this order, to be moved in without being stored twice.
    pub(crate) captured: Vec<Ident>,
    /// Bound again, in this order.
    pub(crate) rebound: Vec<Rebound>,
}

/// `let pattern = name;` inside the unit.
pub(crate) struct Rebound {
    pub(crate) attributes: Vec<Attribute>,
    /// What the parameter is called in the signature.
    pub(crate) name: Ident,
    pub(crate) binding: Binding,
}

/// How a parameter is bound again.
pub(crate) enum Binding {
    /// `let name = name;`
    Name { mutable: Option<Token![mut]> },
    /// `let name = name; let pattern = name;`: what the pattern leaves in place drops after it.
    Pattern { pattern: Pat, by_ref_mut: bool },
}

impl Params {
    /// Moves the patterns of a signature into the unit.
    pub(crate) fn of_function(signature: &mut Signature, body: &TokenStream) -> Params {
        let mut params = Params::default();
        for (index, input) in signature.inputs.iter_mut().enumerate() {
            match input {
                FnArg::Receiver(receiver) => {
                    params.captured.push(Ident::new("self", receiver.self_token.span));
                }
                FnArg::Typed(typed) => {
                    let attributes = typed.attrs.clone();
                    typed.attrs.iter_mut().for_each(expect_nothing);
                    params.add(index, &mut typed.pat, attributes, body, true);
                }
            }
        }
        params.captured.reverse();
        params
    }

    /// Moves the patterns of a closure into the unit that each call is.
    pub(crate) fn of_closure(inputs: &mut Punctuated<Pat, Token![,]>, body: &TokenStream) -> Params {
        let mut params = Params::default();
        for (index, input) in inputs.iter_mut().enumerate() {
            let pattern = match input {
                Pat::Type(typed) => &mut *typed.pat,
                other => other,
            };
            // Nothing is captured: a closure that is not `move` would take parameters by reference.
            params.add(index, pattern, Vec::new(), body, false);
        }
        params
    }

    /// Takes one parameter in: captured if it may be and the body mentions it, bound again otherwise.
    fn add(
        &mut self,
        index: usize,
        pattern: &mut Pat,
        attributes: Vec<Attribute>,
        body: &TokenStream,
        may_capture: bool,
    ) {
        let fresh = || Ident::new(&format!("__arg{index}"), Span::mixed_site());
        let captures = may_capture && self.rebound.is_empty() && attributes.is_empty();
        let (name, binding) = match pattern {
            Pat::Ident(PatIdent { by_ref: None, subpat: None, ident, mutability, .. })
                if !is_ignored(ident, body) =>
            {
                if captures && mentions(body, &ident.to_string()) {
                    self.captured.push(ident.clone());
                    return;
                }
                (ident.clone(), Binding::Name { mutable: mutability.take() })
            }
            Pat::Wild(_) | Pat::Ident(PatIdent { by_ref: None, subpat: None, .. }) => {
                let name = fresh();
                *pattern = plain(name.clone());
                if captures {
                    self.captured.push(name);
                    return;
                }
                (name, Binding::Name { mutable: None })
            }
            other => {
                // What the pattern may not take is reported at the pattern.
                let at = other.span().resolved_at(Span::mixed_site());
                let name = Ident::new(&fresh().to_string(), at);
                let pattern = std::mem::replace(other, plain(name.clone()));
                let by_ref_mut = binds_by_ref_mut(&pattern);
                (name, Binding::Pattern { pattern, by_ref_mut })
            }
        };
        self.rebound.push(Rebound { attributes, name, binding });
    }
}

/// What is expected of a parameter is expected where it is bound again; in the signature it is allowed.
fn expect_nothing(attribute: &mut Attribute) {
    if let Meta::List(list) = &mut attribute.meta
        && list.path.is_ident("expect")
    {
        list.path = Ident::new("allow", list.path.span()).into();
    }
}

/// Whether a parameter is like `_`: named for the reader only.
fn is_ignored(name: &Ident, body: &TokenStream) -> bool {
    let name = name.to_string();
    name.starts_with('_') && !mentions(body, &name)
}

fn plain(ident: Ident) -> Pat {
    Pat::Ident(PatIdent { attrs: Vec::new(), by_ref: None, mutability: None, ident, subpat: None })
}

/// Whether a pattern borrows mutably from what it matches.
fn binds_by_ref_mut(pattern: &Pat) -> bool {
    fn search(tokens: TokenStream) -> bool {
        let trees: Vec<TokenTree> = tokens.into_iter().collect();
        trees.windows(2).any(|pair| pair[0].to_string() == "ref" && pair[1].to_string() == "mut")
            || trees.into_iter().any(|tree| match tree {
                TokenTree::Group(group) => search(group.stream()),
                _ => false,
            })
    }
    search(pattern.to_token_stream())
}

/// Whether a name stands anywhere in the tokens.
pub(crate) fn mentions(tokens: &TokenStream, name: &str) -> bool {
    tokens.clone().into_iter().any(|tree| match tree {
        TokenTree::Ident(word) => word == name,
        TokenTree::Group(group) => mentions(&group.stream(), name),
        _ => false,
    })
}
