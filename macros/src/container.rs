//! An attribute on an `impl` block, a trait or a module: each function in it gets the attribute.
//!
//! The functions are not expanded here. Each is marked with `contained`, below whatever else stands on
//! it, so that other attributes come first as they do with an attribute that the user wrote there. An
//! isohub attribute of its own finds that mark, takes the name from it, and otherwise replaces it.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Attribute, Ident, ItemImpl, ItemTrait, LitStr, Token, Type, TypeParamBound};

use crate::args::Args;
use crate::attribute::{Marker, with_stream};
use crate::error::{self, Errors};
use crate::expand;
use crate::members::{self, Container, Function, Kind, Member};
use crate::misuse;
use crate::model::{Place, Unit};
use crate::params::mentions;
use crate::path::Runtime;

/// What the container around a function or another container says about it.
#[derive(Clone)]
pub(crate) struct Around {
    /// Stands before the names of functions: `Type` of an `impl` block, nothing in a module.
    pub(crate) owner: String,
    /// Whether the arguments are the container's, and not of an attribute of its own.
    pub(crate) is_inherited: bool,
}

impl Around {
    /// The default name of a function.
    pub(crate) fn name(around: Option<&Around>, function: &Ident) -> String {
        let function = function.unraw().to_string();
        match around {
            Some(Around { owner, .. }) if !owner.is_empty() => format!("{owner}::{function}"),
            _ => function,
        }
    }
}

/// What `contained` is given.
pub(crate) struct Contained {
    pub(crate) marker: Marker,
    pub(crate) around: Around,
    pub(crate) arguments: TokenStream,
}

impl Contained {
    /// Reads `span, "Type", (arguments)`.
    pub(crate) fn parse(tokens: TokenStream) -> syn::Result<Contained> {
        let read = |input: ParseStream<'_>| {
            let word: Ident = input.parse()?;
            let marker = Marker::named(&word.to_string());
            let marker =
                marker.ok_or_else(|| syn::Error::new(word.span(), "expected an attribute of isohub"))?;
            input.parse::<Token![,]>()?;
            let owner = input.parse::<LitStr>()?.value();
            input.parse::<Token![,]>()?;
            let inside;
            syn::parenthesized!(inside in input);
            Ok(Contained { marker, around: Around { owner, is_inherited: true }, arguments: inside.parse()? })
        };
        read.parse2(tokens)
    }

    /// Takes the mark from an item's attributes, if the item is in a container.
    pub(crate) fn take(item: TokenStream) -> (TokenStream, Option<Around>) {
        // Most items are in none, and are left as they are.
        if !mentions(&item, "contained") {
            return (item, None);
        }
        let read =
            |input: ParseStream<'_>| Ok((input.call(Attribute::parse_outer)?, input.parse::<TokenStream>()?));
        let Ok((mut attributes, rest)) = read.parse2(item.clone()) else { return (item, None) };
        let mut around = None;
        attributes.retain(|attribute| match contained(attribute) {
            Some(found) => {
                around = Some(Around { is_inherited: false, ..found.around });
                false
            }
            None => true,
        });
        let mut item = TokenStream::new();
        attributes.iter().for_each(|attribute| attribute.to_tokens(&mut item));
        item.extend(rest);
        (item, around)
    }
}

/// What `#[isohub::__private::contained(..)]` says.
fn contained(attribute: &Attribute) -> Option<Contained> {
    let mut path = attribute.path().segments.iter().rev();
    let is_ours = path.next()?.ident == "contained" && path.next()?.ident == "__private";
    if !is_ours {
        return None;
    }
    Contained::parse(attribute.meta.require_list().ok()?.tokens.clone()).ok()
}

/// A container under an attribute.
struct Annotated {
    marker: Marker,
    runtime: Runtime,
    is_pub_only: bool,
    /// What the functions are given; nothing if that would only repeat an error in each of them.
    passed_on: Option<TokenStream>,
}

/// Expands the attribute on a container with braces; `None` for any other item.
pub(crate) fn expand(
    marker: Marker,
    arguments: &TokenStream,
    item: &TokenStream,
    around: Option<&Around>,
) -> Option<TokenStream> {
    let mut found = members::members(item.clone());
    let (Kind::Container(container), at) = found.first()?.kind() else { return None };
    let (Some(mut item), true) = (found.pop(), found.is_empty()) else { return None };
    let body = members::braces(&item.rest.pop()?)?;

    let mut errors = Errors::default();
    let annotated = Annotated::read(marker, arguments, &mut errors);
    errors.keep(misuse::check_attributes(marker, &item.parsed_attributes(), &annotated.runtime));
    let head = Head::read(container, &item.rest);
    let members = members::members(body.stream());
    if around.is_none_or(|around| !around.is_inherited) {
        errors.keep(annotated.reaches_something(&members, &head, at));
    }
    let mut inside = TokenStream::new();
    for member in members {
        let is_marked = annotated.marks(&member, &head);
        inside.extend(member.attributes);
        if is_marked {
            let Annotated { runtime, passed_on, .. } = &annotated;
            inside.extend(expand::contained(runtime, marker, &head.owner, passed_on.as_ref()));
        }
        inside.extend(member.rest);
    }
    let mut whole: TokenStream = item.attributes.into_iter().chain(item.rest).collect();
    whole.extend([TokenTree::Group(with_stream(&body, inside))]);
    Some(match errors.finish(()) {
        Ok(()) => whole,
        Err(error) => error::beside_item(&error, whole),
    })
}

impl Annotated {
    fn read(marker: Marker, arguments: &TokenStream, errors: &mut Errors) -> Annotated {
        let read = errors.keep(Args::parse(arguments.clone(), marker));
        let is_read = read.is_some();
        let mut args = read.unwrap_or_default();
        let runtime = Runtime::named_in(arguments);
        let is_pub_only = args.pub_only.take().is_some();
        let is_fine = errors.keep(check_arguments(marker, args, &runtime)).is_some();
        let passed_on = (is_read && is_fine).then(|| arguments.clone());
        Annotated { marker, runtime, is_pub_only, passed_on }
    }

    /// Whether a member gets the mark: if the attribute reaches it, or if it has one of its own.
    fn marks(&self, member: &Member, head: &Head) -> bool {
        match member.kind().0 {
            Kind::Container(_) => true,
            Kind::Other => false,
            Kind::Function(function) => self.reaches(function, head) || self.has_own(member),
        }
    }

    fn reaches(&self, function: Function, head: &Head) -> bool {
        let is_seen = function.is_pub || head.is_of_trait || !self.is_pub_only;
        function.has_body && !function.is_special && is_seen
    }

    fn has_own(&self, member: &Member) -> bool {
        member.parsed_attributes().iter().any(|one| Marker::of(one, &self.runtime).is_some())
    }

    /// An attribute that reaches nothing is a mistake.
    fn reaches_something(&self, members: &[Member], head: &Head, at: Span) -> syn::Result<()> {
        let mut functions = Vec::new();
        if self.search(members, head, &mut functions) {
            return Ok(());
        }
        functions.retain(|function| function.has_body);
        let (why, instead) = match &functions[..] {
            [] if head.container == Container::Trait => {
                ("no function has a body", "put it on what implements the trait")
            }
            [] => ("no function has a body", "remove it"),
            some if some.iter().all(|function| function.is_special) => {
                ("each function is `const` or `extern`", "remove it")
            }
            _ => ("no function is `pub`", "remove `pub_only`"),
        };
        let message = format!("`{}` does nothing here, where {why}: {instead}", self.marker.written());
        Err(syn::Error::new(at, message))
    }

    /// Whether the attribute reaches something in here; gathers what it does not reach.
    fn search(&self, members: &[Member], head: &Head, unreached: &mut Vec<Function>) -> bool {
        members.iter().any(|member| match member.kind().0 {
            Kind::Other => false,
            Kind::Function(function) => {
                unreached.push(function);
                self.reaches(function, head) || self.has_own(member)
            }
            Kind::Container(container) => {
                let Some((body, head)) = member.rest.split_last() else { return false };
                let inside = members::braces(body).map(|body| body.stream()).unwrap_or_default();
                let head = Head::read(container, head);
                self.search(&members::members(inside), &head, unreached) || self.has_own(member)
            }
        })
    }
}

/// Refuses what cannot be meant for each function.
fn check_arguments(marker: Marker, args: Args, runtime: &Runtime) -> syn::Result<()> {
    let mut errors = Errors::default();
    for (key, at, why) in [
        ("name", args.name.at(), "would name each function alike"),
        ("ret", args.ret.at(), "is about what one function returns"),
    ] {
        if let Some(at) = at {
            errors.push(syn::Error::new(at, format!("`{key}` {why}: put it on one of them")));
        }
    }
    let place = Place { name: String::new(), at: Span::call_site(), runtime: runtime.clone() };
    errors.keep(Unit::new(marker, args, &place));
    errors.finish(())
}

/// What stands before the braces.
struct Head {
    container: Container,
    /// `Type` of an `impl` block, `Trait` of a trait, nothing of a module.
    owner: String,
    /// Whether it is a trait or implements one, so that all its methods can be called.
    is_of_trait: bool,
}

impl Head {
    fn read(container: Container, head: &[TokenTree]) -> Head {
        let mut tokens: TokenStream = head.iter().cloned().collect();
        tokens.extend([TokenTree::Group(Group::new(Delimiter::Brace, TokenStream::new()))]);
        let (owner, is_of_trait) = match container {
            Container::Module => (None, false),
            Container::Trait => {
                (syn::parse2::<ItemTrait>(tokens).ok().map(|item| item.ident.unraw().to_string()), true)
            }
            Container::Impl => match syn::parse2::<ItemImpl>(tokens) {
                Ok(item) => (Some(type_name(&item.self_ty)), item.trait_.is_some()),
                Err(_) => (None, false),
            },
        };
        Head { container, owner: owner.unwrap_or_default(), is_of_trait }
    }
}

/// What a type is called without its path and its arguments.
fn type_name(ty: &Type) -> String {
    match ty {
        Type::Path(path) => {
            path.path.segments.last().map_or_else(String::new, |last| last.ident.unraw().to_string())
        }
        Type::Reference(inner) => type_name(&inner.elem),
        Type::Paren(inner) => type_name(&inner.elem),
        Type::Group(inner) => type_name(&inner.elem),
        Type::TraitObject(object) => {
            let named = object.bounds.iter().find_map(|bound| match bound {
                TypeParamBound::Trait(bound) => bound.path.segments.last(),
                _ => None,
            });
            named.map_or_else(String::new, |last| last.ident.unraw().to_string())
        }
        other => other.to_token_stream().to_string().split_whitespace().collect(),
    }
}
