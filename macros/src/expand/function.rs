//! Functions of every shape.

use proc_macro2::{Group, Span, TokenStream};
use quote::{ToTokens as _, quote_spanned};
use syn::parse::Parser as _;
use syn::{Block, ReturnType, Signature, Type, parse_quote};

use super::{body, enter, mixed, prologue, source, typed_dead_return, wrapped_call, wrapped_future};
use crate::attribute::strip;
use crate::function::{Function, Shape, Tail, is_opaque, rebraced};
use crate::model::Unit;
use crate::params::{Params, mentions};
use crate::path::Runtime;

/// The function as a unit.
pub(crate) fn function(unit: &Unit, function: &Function, shape: Shape, runtime: &Runtime) -> TokenStream {
    let mut rewritten = function.clone();
    rewritten.body = match shape {
        Shape::Sync => synchronous(unit, &mut rewritten),
        Shape::Async => asynchronous(unit, &mut rewritten),
        Shape::ImplFuture | Shape::BoxedFuture => returning_future(unit, function, shape),
    };
    let changed = rewritten.signature.to_token_stream().to_string();
    if changed == function.signature.to_token_stream().to_string() {
        return unchanged(&rewritten);
    }
    // Documentation shows the signature that the user wrote.
    let mut documented = function.clone();
    documented.body = documented_body(function, runtime);
    let (documented, rewritten) = (unchanged(&documented), unchanged(&rewritten));
    mixed! {
        #[cfg(doc)]
        #documented
        #[cfg(not(doc))]
        #rewritten
    }
}

/// The body that documentation is made from: none, since a syntax error in the user's would be reported
/// twice, unless documentation sees something of it: an `impl` or a macro in it, or the returned type.
fn documented_body(function: &Function, runtime: &Runtime) -> Group {
    let statements = function.body.stream();
    let shows = mentions(&statements, "impl") || mentions(&statements, "macro_export");
    let opaque = matches!(&function.signature.output, ReturnType::Type(_, ty) if is_opaque(ty));
    if (shows || opaque) && Block::parse_within.parse2(statements.clone()).is_ok() {
        return rebraced(&function.body, strip(statements, runtime));
    }
    rebraced(&function.body, mixed! { loop {} })
}

/// The function as it is.
pub(super) fn unchanged(function: &Function) -> TokenStream {
    let Function { attributes, visibility, defaultness, signature, inner_attributes, body } = function;
    let body = if inner_attributes.is_empty() {
        body.clone()
    } else {
        let inside = body.stream();
        rebraced(body, mixed! { #(#inner_attributes)* #inside })
    };
    mixed! { #(#attributes)* #visibility #defaultness #signature #body }
}

/// ```text
/// Input   #[span]
///         fn load(id: u64) -> Row { find(id) }
/// Output  fn load(id: u64) -> Row {
///             PRIVATE::span_call(PRIVATE::Parent::active(), CALLSITE, move || -> Row {
///                 let _ = &id;
///                 { find(id) }
///             }, OUTCOME)
///         }
/// ```
fn synchronous(unit: &Unit, function: &mut Function) -> Group {
    let (source, prologue) = (source(unit), prologue(unit));
    let enter = enter(&params(&mut function.signature, &function.body, [&source, &prologue]));
    let output = closure_output(&function.signature.output);
    let body = body(function.body.to_token_stream());
    let body = mixed! { move || #output { #enter #prologue #body } };
    rebraced(&function.body, wrapped_call(unit, &source, &body))
}

/// ```text
/// Input   #[parallel_span]
///         async fn load(id: u64) -> Row { find(id).await }
/// Output  fn load(id: u64) -> impl PRIVATE::core::future::Future<Output = Row> {
///             PRIVATE::parallel_future(PRIVATE::Origin::cloned(), CALLSITE, async move {
///                 if false { let __returned: Row = loop {}; return __returned; }
///                 let _ = &id;
///                 { find(id).await }
///             }, OUTCOME)
///         }
/// ```
fn asynchronous(unit: &Unit, function: &mut Function) -> Group {
    let private = unit.runtime.private();
    let (source, prologue) = (source(unit), prologue(unit));
    let enter = enter(&params(&mut function.signature, &function.body, [&source, &prologue]));
    let signature = &mut function.signature;
    let asyncness = signature.asyncness.take().map_or_else(Span::mixed_site, |token| token.span);
    let dead_return = dead_return(&signature.output);
    let output: Type = match &signature.output {
        ReturnType::Default => parse_quote! { () },
        // `!` is a type in the return position of a function only.
        ReturnType::Type(_, ty) if matches!(**ty, Type::Never(_)) => {
            Type::Verbatim(mixed! { <fn() -> ! as #private::ReturnType>::Output })
        }
        ReturnType::Type(_, ty) => (**ty).clone(),
    };
    let future = Type::Verbatim(mixed! { impl #private::core::future::Future<Output = #output> });
    signature.output = ReturnType::Type(syn::Token![->](Span::mixed_site()), Box::new(future));
    let body = body(function.body.to_token_stream());
    let inside = mixed! { { #dead_return #enter #prologue #body } };
    let block = quote_spanned! { asyncness => async move #inside };
    rebraced(&function.body, wrapped_future(unit, &source, &block))
}

/// ```text
/// Input   #[isolated_hub]
///         fn load(&self) -> BoxFuture<'_, Row> { check(self); Box::pin(async move { find(self).await }) }
/// Output  fn load(&self) -> BoxFuture<'_, Row> {
///             let __source = PRIVATE::Origin::cloned();
///             check(self);
///             Box::pin(PRIVATE::hub_future(__source, async move { find(self).await }))
///         }
/// ```
fn returning_future(unit: &Unit, function: &Function, shape: Shape) -> Group {
    let source = source(unit);
    let from = mixed! { __source };
    let prologue = prologue(unit);
    let statements = &function.body;
    let tokens = match Tail::of(statements, shape) {
        Tail::Literal { before, boxing, block } => {
            let wrapped = wrapped_future(unit, &from, &super::inner::with_prologue(&block, &prologue));
            let last = match boxing {
                Some(boxing) => mixed! { #boxing(#wrapped) },
                None => wrapped,
            };
            mixed! { let __source = #source; #(#before)* #last }
        }
        Tail::Opaque { returns } => {
            let boxed = shape == Shape::BoxedFuture;
            let ty = match &function.signature.output {
                ReturnType::Type(_, ty) if boxed => Some(ty),
                _ => None,
            };
            let (of_binding, of_closure) = (ty.map(|ty| mixed! { : #ty }), ty.map(|ty| mixed! { -> #ty }));
            let made = match returns {
                true => mixed! { (move || #of_closure #statements)() },
                false => statements.to_token_stream(),
            };
            let future = match prologue.is_empty() {
                true => mixed! { __future },
                false => mixed! { async move { #prologue __future.await } },
            };
            let wrapped = wrapped_future(unit, &from, &future);
            let private = unit.runtime.private();
            let last = match boxed {
                true => mixed! { #private::std::boxed::Box::pin(#wrapped) },
                false => wrapped,
            };
            mixed! {
                let __source = #source;
                #[allow(unused_braces)]
                let __future #of_binding = #made;
                #last
            }
        }
    };
    rebraced(statements, tokens)
}

/// The parameters of a function, of which those are used that its body or an argument of the attribute
/// mentions.
fn params(signature: &mut Signature, body: &Group, arguments: [&TokenStream; 2]) -> Params {
    let mut mentioned = body.stream();
    mentioned.extend(arguments.into_iter().cloned());
    Params::of_function(signature, &mentioned)
}

/// The return type of the closure that the body becomes, where it can be written there. It is written
/// for `()`, too: a body that ends in a call that never returns would leave it open.
fn closure_output(output: &ReturnType) -> TokenStream {
    match output {
        ReturnType::Default => mixed! { -> () },
        ReturnType::Type(_, ty) if is_opaque(ty) => TokenStream::new(),
        ReturnType::Type(..) => output.to_token_stream(),
    }
}

/// Gives early returns and the tail their type, where it can be written in a body.
pub(super) fn dead_return(output: &ReturnType) -> TokenStream {
    match output {
        ReturnType::Default => typed_dead_return(&parse_quote! { () }),
        ReturnType::Type(_, ty) if matches!(**ty, Type::Never(_)) || is_opaque(ty) => TokenStream::new(),
        ReturnType::Type(_, ty) => typed_dead_return(ty),
    }
}
