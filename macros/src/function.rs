//! What a function is, decided from its signature.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::parse::discouraged::Speculative as _;
use syn::parse::{ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::{
    Attribute, Block, Expr, ExprAsync, GenericArgument, Ident, PathArguments, PathSegment, ReturnType,
    Signature, Stmt, Token, Type, TypeParamBound, Visibility,
};

use crate::attribute::{Marker, ending_like, with_stream};
use crate::error::here;
use crate::flow;
use crate::wrong_item;

/// A function whose body is still the user's tokens, so that a half-typed one expands too.
#[derive(Clone)]
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) defaultness: Option<Ident>,
    pub(crate) signature: Signature,
    /// `#![..]` at the top of the body, which must stay at the top of the new one.
    pub(crate) inner_attributes: Vec<Attribute>,
    pub(crate) body: Group,
}

/// What calling the function gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `fn`: the work is done when it returns.
    Sync,
    /// `async fn`
    Async,
    /// `fn .. -> impl Future`
    ImplFuture,
    /// `fn .. -> Pin<Box<dyn Future>>` or an alias of it.
    BoxedFuture,
    /// `fn .. -> impl Stream`
    ImplStream,
    /// `fn .. -> Pin<Box<dyn Stream>>` or an alias of it.
    BoxedStream,
}

impl Shape {
    /// Whether it gives several values, one after the other.
    pub(crate) fn is_stream(self) -> bool {
        matches!(self, Shape::ImplStream | Shape::BoxedStream)
    }

    /// Whether what it gives is boxed and pinned.
    pub(crate) fn is_boxed(self) -> bool {
        matches!(self, Shape::BoxedFuture | Shape::BoxedStream)
    }
}

/// The traits of streams.
const STREAMS: [&str; 3] = ["Stream", "FusedStream", "TryStream"];

/// Traits whose values work when their caller asks for an item.
const ITERATORS: [&str; 6] = [
    "Iterator",
    "DoubleEndedIterator",
    "ExactSizeIterator",
    "FusedIterator",
    "ParallelIterator",
    "IndexedParallelIterator",
];

impl Function {
    /// Reads the item under an attribute; anything but a function with a body is an error.
    pub(crate) fn parse(tokens: TokenStream, marker: Marker) -> syn::Result<Function> {
        let read = |input: ParseStream<'_>| {
            let attributes = input.call(Attribute::parse_outer)?;
            let visibility = input.parse()?;
            let defaultness = defaultness(input)?;
            if !begins_function(input) {
                let (found, at) = wrong_item::describe(&tokens);
                input.parse::<TokenStream>()?;
                return Err(wrong_item::in_wrong_order(marker, found, &attributes)
                    .unwrap_or_else(|| wrong_item::refused(marker, found, at)));
            }
            let signature: Signature = input.parse()?;
            if input.peek(Token![;]) {
                input.parse::<Token![;]>()?;
                return Err(wrong_item::refused(marker, "a function without a body", signature.ident.span()));
            }
            let (inner_attributes, body) = split_inner(braces(input)?)?;
            Ok(Function { attributes, visibility, defaultness, signature, inner_attributes, body })
        };
        read.parse2(tokens.clone())
    }

    /// Whether the return type is `!`.
    pub(crate) fn never_returns(&self) -> bool {
        matches!(&self.signature.output, ReturnType::Type(_, ty) if matches!(**ty, Type::Never(_)))
    }

    /// Decides from the signature. In an annotated container a function can be left out.
    pub(crate) fn shape(&self, is_contained: bool) -> syn::Result<Shape> {
        if self.signature.asyncness.is_some() {
            return Ok(Shape::Async);
        }
        let ReturnType::Type(_, returned) = &self.signature.output else { return Ok(Shape::Sync) };
        if let Some(mut message) = too_late(returned) {
            if is_contained {
                message.push_str(", or leave this function out with `#[span(skip)]`");
            }
            return Err(syn::Error::new_spanned(returned, message));
        }
        let is = |names: &[&'static str]| bounds_name(returned, names).is_some();
        let is_opaque = matches!(**returned, Type::ImplTrait(_));
        let alias = match &**returned {
            Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
            _ => None,
        };
        Ok(match alias.as_deref() {
            Some("BoxFuture" | "LocalBoxFuture") => Shape::BoxedFuture,
            Some("BoxStream" | "LocalBoxStream") => Shape::BoxedStream,
            _ if is(&["Future"]) && is_opaque => Shape::ImplFuture,
            _ if is(&["Future"]) => Shape::BoxedFuture,
            _ if is(&STREAMS) && is_opaque => Shape::ImplStream,
            _ if is(&STREAMS) => Shape::BoxedStream,
            _ => Shape::Sync,
        })
    }
}

fn defaultness(input: ParseStream<'_>) -> syn::Result<Option<Ident>> {
    let fork = input.fork();
    match fork.parse::<Ident>() {
        Ok(word) if word == "default" && begins_function(&fork) => {
            input.advance_to(&fork);
            Ok(Some(word))
        }
        _ => Ok(None),
    }
}

/// Whether `const`, `async`, `unsafe` and `extern ".."`, in this order, end in `fn`.
fn begins_function(input: ParseStream<'_>) -> bool {
    let fork = input.fork();
    let qualifiers = |fork: ParseStream<'_>| -> syn::Result<()> {
        fork.parse::<Option<Token![const]>>()?;
        fork.parse::<Option<Token![async]>>()?;
        fork.parse::<Option<Token![unsafe]>>()?;
        fork.parse::<Option<syn::Abi>>()?;
        fork.parse::<Token![fn]>().map(drop)
    };
    qualifiers(&fork).is_ok()
}

/// The body's own braces, which a `$body:block` of a macro comes in an invisible group of.
fn braces(input: ParseStream<'_>) -> syn::Result<Group> {
    let error = here(input, "expected the body of the function");
    let mut tree = input.parse::<TokenTree>().map_err(|_| error.clone())?;
    loop {
        tree = match tree {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => return Ok(group),
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                let mut inside = group.stream().into_iter();
                let (Some(only), None) = (inside.next(), inside.next()) else { return Err(error) };
                only
            }
            _ => return Err(error),
        };
    }
}

/// The body without its inner attributes; without any, the group is the user's own.
fn split_inner(body: Group) -> syn::Result<(Vec<Attribute>, Group)> {
    let trees: Vec<TokenTree> = body.stream().into_iter().take(2).collect();
    let inner = matches!(&trees[..], [TokenTree::Punct(hash), TokenTree::Punct(bang)]
        if hash.as_char() == '#' && bang.as_char() == '!');
    if !inner {
        return Ok((Vec::new(), body));
    }
    let read =
        |input: ParseStream<'_>| Ok((input.call(Attribute::parse_inner)?, input.parse::<TokenStream>()?));
    let (attributes, rest) = read.parse2(body.stream())?;
    let is_whole = Block::parse_within.parse2(rest.clone()).is_ok();
    Ok((attributes, if is_whole { with_stream(&body, rest) } else { ending_like(&body, rest) }))
}

/// Why what a function returns cannot be wrapped though it works after the call.
fn too_late(returned: &Type) -> Option<String> {
    let in_box = match returned {
        Type::Path(path) => path.path.segments.last().and_then(|last| inside(last, "Box")),
        _ => None,
    };
    if let Some(lazy) = bounds_name(in_box.unwrap_or(returned), &ITERATORS) {
        return Some(format!(
            "this `{lazy}` does its work after the function has returned: \
             put the attribute on what is called for each item"
        ));
    }
    let lazy = in_box.and_then(|inner| bounds_name(inner, &STREAMS))?;
    Some(format!(
        "this `{lazy}` does its work after the function has returned: \
         return `Pin<Box<dyn {lazy}>>` or `impl {lazy}`, which can be wrapped"
    ))
}

/// The `T` of `Pin<Box<T>>`.
fn boxed(segment: &PathSegment) -> Option<&Type> {
    let Type::Path(path) = inside(segment, "Pin")? else { return None };
    inside(path.path.segments.last()?, "Box")
}

/// The `T` of `name<T>`.
fn inside<'a>(segment: &'a PathSegment, name: &str) -> Option<&'a Type> {
    if segment.ident == name { only_type(segment) } else { None }
}

fn only_type(segment: &PathSegment) -> Option<&Type> {
    let PathArguments::AngleBracketed(list) = &segment.arguments else { return None };
    match list.args.first()? {
        GenericArgument::Type(inner) => Some(inner),
        _ => None,
    }
}

/// What a future returns or a stream gives, as far as the returned type says so: `T` of
/// `impl Future<Output = T>`, of `Pin<Box<dyn Stream<Item = T>>>` and of `BoxFuture<'_, T>`.
pub(crate) fn later_output(ty: &Type) -> Option<&Type> {
    if let Some(bounds) = bounds(ty) {
        return traits(bounds).flat_map(arguments).find_map(|argument| match argument {
            GenericArgument::AssocType(named) if named.ident == "Output" || named.ident == "Item" => {
                Some(&named.ty)
            }
            _ => None,
        });
    }
    let Type::Path(path) = ty else { return None };
    arguments(path.path.segments.last()?).find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// The first of these traits that bounds an `impl Trait` or `dyn Trait`.
fn bounds_name(ty: &Type, names: &[&'static str]) -> Option<&'static str> {
    let mut named = traits(bounds(ty)?);
    named.find_map(|last| names.iter().find(|name| last.ident == **name).copied())
}

/// The bounds of an `impl Trait` or `dyn Trait`, which may be in a box.
fn bounds(ty: &Type) -> Option<&Punctuated<TypeParamBound, Token![+]>> {
    match ty {
        Type::ImplTrait(opaque) => Some(&opaque.bounds),
        Type::TraitObject(object) => Some(&object.bounds),
        Type::Paren(inner) => bounds(&inner.elem),
        Type::Group(inner) => bounds(&inner.elem),
        Type::Path(path) => bounds(boxed(path.path.segments.last()?)?),
        _ => None,
    }
}

/// The last segments of the paths of the traits among bounds.
fn traits(bounds: &Punctuated<TypeParamBound, Token![+]>) -> impl Iterator<Item = &PathSegment> {
    bounds.iter().filter_map(|bound| match bound {
        TypeParamBound::Trait(bound) => bound.path.segments.last(),
        _ => None,
    })
}

fn arguments(segment: &PathSegment) -> impl Iterator<Item = &GenericArgument> {
    let arguments = match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => Some(&arguments.args),
        _ => None,
    };
    arguments.into_iter().flatten()
}

/// Where the future that a plain function returns comes from.
#[derive(Clone)]
pub(crate) enum Tail {
    /// The last expression is `async {..}` or `Box::pin(async {..})`, and nothing returns earlier.
    Literal { before: Vec<Stmt>, boxing: Option<Box<Expr>>, block: Box<ExprAsync> },
    /// Any other way; `returns` says whether something returns before the end.
    Opaque { returns: bool },
}

impl Tail {
    /// Looks at the end of the body of a function that returns a future.
    pub(crate) fn of(body: &Group, shape: Shape) -> Tail {
        let Ok(mut statements) = Block::parse_within.parse2(body.stream()) else {
            return Tail::Opaque { returns: true };
        };
        let returns = flow::returns(&statements);
        let Some(Stmt::Expr(last, None)) = statements.pop() else { return Tail::Opaque { returns } };
        match (last, shape) {
            (Expr::Async(block), Shape::ImplFuture) if !returns => {
                Tail::Literal { before: statements, boxing: None, block: Box::new(block) }
            }
            (Expr::Call(call), Shape::BoxedFuture) if !returns && is_box_pin(&call.func) => {
                let only = if call.args.len() == 1 { call.args.into_iter().next() } else { None };
                match only {
                    Some(Expr::Async(block)) => {
                        Tail::Literal { before: statements, boxing: Some(call.func), block: Box::new(block) }
                    }
                    _ => Tail::Opaque { returns },
                }
            }
            _ => Tail::Opaque { returns },
        }
    }
}

/// `Box::pin`, by its short or full path, and no one else's `pin`.
pub(crate) fn is_box_pin(function: &Expr) -> bool {
    let Expr::Path(path) = function else { return false };
    let names: Vec<String> = path.path.segments.iter().map(|one| one.ident.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    path.qself.is_none() && matches!(&names[..], ["Box", "pin"] | ["std" | "alloc", "boxed", "Box", "pin"])
}

/// Whether a type holds an `impl Trait`, which can be written nowhere but in a signature.
pub(crate) fn is_opaque(ty: &Type) -> bool {
    use quote::ToTokens as _;
    fn any_impl(tokens: TokenStream) -> bool {
        tokens.into_iter().any(|tree| match tree {
            TokenTree::Ident(word) => word == "impl",
            TokenTree::Group(group) => any_impl(group.stream()),
            _ => false,
        })
    }
    any_impl(ty.to_token_stream())
}

/// A brace group like the user's, with other statements.
pub(crate) fn rebraced(body: &Group, stream: TokenStream) -> Group {
    with_stream(body, stream)
}
