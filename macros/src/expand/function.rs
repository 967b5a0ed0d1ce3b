//! Functions of every shape.

use proc_macro2::{Group, Span, TokenStream};
use quote::{ToTokens as _, quote_spanned};
use syn::parse::Parser as _;
use syn::spanned::Spanned as _;
use syn::{Block, ReturnType, Signature, Type, TypeParamBound, parse_quote};

use super::arguments::{arguments, of_output};
use super::dead_return::dead_return;
use super::later::{expected, literal, made_in_hub, told_output, wrapped, wrapped_at};
use super::{
    body_after, enter, located, mixed, private_at, prologue, source, tail, wrapped_call, wrapped_stream,
};
use crate::attribute::strip;
use crate::function::{Function, Shape, Tail, is_opaque, rebraced};
use crate::model::{Mode, Unit, UnitKind};
use crate::params::{Params, mentions};
use crate::path::Runtime;

/// The function as a unit.
pub(crate) fn function(
    unit: &Unit,
    function: &Function,
    shape: Shape,
    runtime: &Runtime,
    mode: Mode,
) -> TokenStream {
    let mut rewritten = function.clone();
    let marker = marker(unit, &function.signature);
    rewritten.body = match shape {
        Shape::Sync => synchronous(unit, &mut rewritten),
        Shape::Async => asynchronous(unit, &mut rewritten, &marker, mode),
        Shape::ImplFuture | Shape::BoxedFuture | Shape::ImplStream | Shape::BoxedStream => {
            returning_later(unit, function, shape, mode)
        }
    };
    if let (Shape::ImplFuture, ReturnType::Type(_, ty)) = (shape, &mut rewritten.signature.output) {
        promise(ty, marker.as_ref());
    }
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

/// Whether a function returns a future whose type says that it has a hub of its own.
pub(super) fn is_marked(unit: &Unit, function: &Function, shape: Shape) -> bool {
    matches!(shape, Shape::Async | Shape::ImplFuture) && marker(unit, &function.signature).is_some()
}

/// What the returned future's type says besides: that it has a hub of its own.
///
/// Methods do not say it. One in a trait would demand it of each implementation; and neither they nor
/// the trait can be told from others here.
fn marker(unit: &Unit, signature: &Signature) -> Option<TokenStream> {
    let has_hub = !matches!(unit.kind, UnitKind::Span { .. });
    let of_type = signature.receiver().is_some() || mentions(&signature.to_token_stream(), "Self");
    if !has_hub || of_type {
        return None;
    }
    let private = unit.runtime.private();
    Some(mixed! { #private::ReturnsIsolated })
}

/// Adds what else the returned future is, without a change of where its type stands.
fn promise(ty: &mut Type, marker: Option<&TokenStream>) {
    let at = located(ty);
    if let (Type::ImplTrait(opaque), Some(marker)) = (ty, marker) {
        let marker = marker.clone().into_iter().map(|mut tree| {
            tree.set_span(at);
            tree
        });
        opaque.bounds.insert(0, TypeParamBound::Verbatim(marker.collect()));
    }
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
    let params = params(&mut function.signature, &function.body, [&source, &prologue]);
    let enter = enter(&params);
    let output = closure_output(&function.signature.output);
    let body = body_after(&params, function.body.to_token_stream());
    let inside = rebraced(&function.body, mixed! { #enter #prologue #body });
    // Not with the hygiene of ours: the compiler does not name the variables that such a closure takes in.
    let at = tail(&function.body).resolved_at(function.signature.fn_token.span);
    let body = quote_spanned! { at => move || #output #inside };
    rebraced(&function.body, wrapped_call(unit, &source, &body))
}

/// ```text
/// Input   #[parallel_span]
///         async fn load(id: u64) -> Row { find(id).await }
/// Output  fn load(id: u64) -> impl PRIVATE::core::future::Future<Output = Row> + PRIVATE::ReturnsIsolated {
///             PRIVATE::parallel_future(PRIVATE::Origin::cloned(), CALLSITE, async move {
///                 if false { let __returned: Row = loop {}; return __returned; }
///                 let _ = &id;
///                 { find(id).await }
///             }, OUTCOME)
///         }
/// ```
///
/// In a build that does not record, where `PRIVATE::marked_future` is all that is around the body, only
/// a function whose future is marked is rewritten.
fn asynchronous(unit: &Unit, function: &mut Function, marker: &Option<TokenStream>, mode: Mode) -> Group {
    let private = unit.runtime.private();
    let (source, prologue) = match mode {
        Mode::Enabled => (source(unit), prologue(unit)),
        Mode::Disabled => (TokenStream::new(), of_output(unit, &function.signature.output)),
    };
    let params = params(&mut function.signature, &function.body, [&source, &prologue]);
    let enter = enter(&params);
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
    // Another type than a trait asks for is reported where the user wrote it.
    let (at, end) = match &signature.output {
        ReturnType::Default => (asyncness.resolved_at(Span::mixed_site()), asyncness),
        ReturnType::Type(_, ty) => (located(ty), ty.span()),
    };
    let private = private_at(&unit.runtime, at);
    let marker = marker.iter().map(|marker| quote_spanned! { at => #marker + });
    let mut future =
        quote_spanned! { at => impl #(#marker)* #private::core::future::Future<Output = #output };
    // The compiler takes what stands between two of the user's tokens for a signature of the user's.
    future.extend(quote_spanned! { end => > });
    signature.output = ReturnType::Type(syn::Token![->](at), Box::new(Type::Verbatim(future)));
    let body = body_after(&params, function.body.to_token_stream());
    let inside = quote_spanned! { asyncness => { #dead_return #enter #prologue #body } };
    let block = quote_spanned! { asyncness => async move #inside };
    rebraced(&function.body, wrapped_at(tail(&function.body), unit, &source, &block, mode))
}

/// ```text
/// Input   #[isolated_hub]
///         fn load(&self) -> BoxFuture<'_, Row> { check(self); Box::pin(async move { find(self).await }) }
/// Output  fn load(&self) -> BoxFuture<'_, Row> {
///             let __source = PRIVATE::Origin::cloned();
///             let mut __source = __source;
///             let __making = __source.making();
///             check(self);
///             PRIVATE::core::mem::drop(__making);
///             Box::pin(PRIVATE::hub_future(__source, async move { find(self).await }))
///         }
///
/// Input   #[isolated_hub(tags(id))]
///         fn rows(id: u64) -> impl Stream<Item = Row> { select(id) }
/// Output  fn rows(id: u64) -> impl Stream<Item = Row> {
///             let __source = PRIVATE::Origin::cloned();
///             let mut __source = __source;
///             let __making = __source.making();
///             let __later = { select(id) };
///             PRIVATE::core::mem::drop(__making);
///             PRIVATE::hub_stream(__source, PRIVATE::prefaced(__later, move || { .. }))
///         }
/// ```
fn returning_later(unit: &Unit, function: &Function, shape: Shape, mode: Mode) -> Group {
    let from = mixed! { __source };
    let (first, prologue) = match mode {
        Mode::Enabled => {
            let source = source(unit);
            (mixed! { let __source = #source; }, prologue(unit))
        }
        Mode::Disabled => (arguments(unit, None), TokenStream::new()),
    };
    let statements = &function.body;
    let in_hub = |made: TokenStream| match mode {
        Mode::Enabled => made_in_hub(unit, &made),
        Mode::Disabled => made,
    };
    let output = told_output(unit, &function.signature.output).filter(|_| mode == Mode::Enabled);
    let tokens = match Tail::of(statements, shape) {
        Tail::Literal { before, boxing, block } => {
            let future = super::inner::with_prologue(&block, &prologue);
            let last = literal(unit, &from, boxing.as_deref(), &future, output, mode);
            // Where nothing stands before, nothing runs.
            let before = if before.is_empty() { TokenStream::new() } else { in_hub(mixed! { #(#before)* }) };
            mixed! { #first #before #last }
        }
        Tail::Opaque { returns } => {
            let boxed = shape.is_boxed();
            let ty = match &function.signature.output {
                ReturnType::Type(_, ty) if boxed && !is_opaque(ty) => Some(ty),
                _ => None,
            };
            let (of_binding, of_closure) = (ty.map(|ty| mixed! { : #ty }), ty.map(|ty| mixed! { -> #ty }));
            let made = match returns {
                true => mixed! { (move || #of_closure #statements)() },
                false => statements.to_token_stream(),
            };
            let private = unit.runtime.private();
            // What is neither a future nor a stream is reported where it stands.
            let at = tail(statements);
            let later = quote_spanned! { at => __later };
            let wrapped = if shape.is_stream() {
                wrapped_stream(at, unit, &from, &later, &prologue)
            } else {
                let future = match prologue.is_empty() {
                    true => later.clone(),
                    false => quote_spanned! { at => async move { #prologue #later.await } },
                };
                wrapped(unit, &from, &future, mode)
            };
            let expected = output.filter(|_| !boxed).map(|ty| expected(unit, ty, &later));
            let last = match boxed {
                true => mixed! { #private::std::boxed::Box::pin(#wrapped) },
                false => wrapped,
            };
            let made = in_hub(mixed! {
                #[allow(unused_braces)]
                let __later #of_binding = #made;
            });
            mixed! { #first #made #expected #last }
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
