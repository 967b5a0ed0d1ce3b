//! Wrong items, wrong order and wrong places: what is wrong, and what to write instead.

use proc_macro2::Span;
use syn::{Attribute, FnArg, Signature, Visibility};

use crate::args::Args;
use crate::attribute::Marker;
use crate::error::Errors;
use crate::function::{Function, Shape};
use crate::order;
use crate::path::Runtime;

/// Refuses what needs one returned value, or one end, where there are many.
pub(crate) fn check_stream(shape: Shape, args: &Args) -> syn::Result<()> {
    if !shape.is_stream() {
        return Ok(());
    }
    none_of([
        (
            args.ret.at(),
            "`ret` needs one returned value, and a stream gives many: write `isohub::record!(..)` where it makes them",
        ),
        (
            args.merge.at(),
            "`merge` needs one end, and a stream may be left at any item: write `merge` on what is called for each item",
        ),
    ])
}

/// Refuses what a block cannot have: it runs where it stands, and what it writes ends with it.
pub(crate) fn check_block(args: &Args) -> syn::Result<()> {
    none_of([
        (
            args.queued.at(),
            "`queued` measures how long a future or a closure waits, but a block runs at once: leave it out",
        ),
        (
            args.merge.at(),
            "`merge` is for what runs beside its creator: write `#[span]`, whose block shares the hub around it",
        ),
    ])
}

/// Refuses each of these arguments that was given.
fn none_of<const N: usize>(arguments: [(Option<Span>, &str); N]) -> syn::Result<()> {
    let mut errors = Errors::default();
    for (at, message) in arguments {
        if let Some(at) = at {
            errors.push(syn::Error::new(at, message));
        }
    }
    errors.finish(())
}

/// Refuses a second attribute of ours on one item.
pub(crate) fn check_attributes(
    marker: Marker,
    attributes: &[Attribute],
    runtime: &Runtime,
) -> syn::Result<()> {
    let mut errors = Errors::default();
    for attribute in attributes {
        if let Some(other) = Marker::of(attribute, runtime) {
            errors.push(syn::Error::new_spanned(attribute, twice(marker, other, "item")));
        }
    }
    errors.finish(())
}

/// The function that a program begins with, unless what is called `main` is certainly another.
pub(crate) fn check_main(marker: Marker, function: &Function) -> syn::Result<()> {
    let Function { visibility, signature, .. } = function;
    let is_main = marker.has_span()
        && signature.ident == "main"
        && signature.inputs.is_empty()
        && signature.generics.params.is_empty()
        && matches!(visibility, Visibility::Inherited);
    if !is_main {
        return Ok(());
    }
    let message = format!(
        "`{}` on `main` would begin before anything is installed: put it on a function that `main` calls",
        marker.written()
    );
    Err(syn::Error::new(signature.ident.span(), message))
}

/// Checks what stands above and in a function's signature.
pub(crate) fn check(
    marker: Marker,
    attributes: &[Attribute],
    signature: &Signature,
    runtime: &Runtime,
) -> syn::Result<()> {
    let mut errors = Errors::default();
    let written = marker.written();
    errors.keep(check_attributes(marker, attributes, runtime));
    for attribute in attributes {
        errors.keep(order::check(attribute, marker, ""));
    }
    if let Some(constness) = &signature.constness {
        let message =
            format!("`{written}` cannot be on a `const fn`, which may run in the compiler: remove one");
        errors.push(syn::Error::new(constness.span, message));
    }
    if let Some(variadic) = &signature.variadic {
        let message = format!("`{written}` cannot be on a variadic function: wrap its body in a function");
        errors.push(syn::Error::new_spanned(variadic, message));
    }
    for input in &signature.inputs {
        let attributes = match input {
            FnArg::Receiver(receiver) => &receiver.attrs,
            FnArg::Typed(typed) => &typed.attrs,
        };
        for attribute in attributes {
            if Marker::of(attribute, runtime).is_some() {
                errors.push(misplaced(attribute, "a parameter"));
            }
        }
    }
    errors.finish(())
}

/// `queued` on a function that runs at the call.
pub(crate) fn queued_at_once(at: Span) -> syn::Error {
    let message = "`queued` measures from the call to the first poll, but this function runs at once: \
                   leave it out, or put it on a future or a closure";
    syn::Error::new(at, message)
}

/// Two of our attributes at one place.
pub(crate) fn twice(marker: Marker, other: Marker, place: &str) -> String {
    if marker == other {
        return format!("`{}` is given twice: remove one", marker.written());
    }
    let keep = match (marker, other) {
        (Marker::Span, Marker::IsolatedHub) | (Marker::IsolatedHub, Marker::Span) => {
            "write `#[parallel_span]`, which is both"
        }
        _ => "keep `#[parallel_span]`, which is both",
    };
    format!("`{}` and `{}` on one {place}: {keep}", marker.written(), other.written())
}

/// One of our attributes where it means nothing.
pub(crate) fn misplaced(attribute: &Attribute, place: &str) -> syn::Error {
    let message = format!(
        "this attribute cannot be on {place}: put it on a block, a statement, a closure or a function"
    );
    syn::Error::new_spanned(attribute, message)
}

/// One of our attributes on a call or another expression in which nothing waits: a block around it would
/// cover but the making of a future.
pub(crate) fn no_literal_unit(attribute: &Attribute, marker: Marker) -> syn::Error {
    let instead = match marker {
        Marker::ParallelSpan => {
            "for a future that is not awaited here write `isohub::parallel!(\"name\", future)`"
        }
        Marker::IsolatedHub => "for a future that is not awaited here write `isohub::isolated!(future)`",
        Marker::Span => {
            "for a future that is not awaited here put the attribute on an `async` block around it"
        }
    };
    let message = format!("this attribute is for a block, a closure or a whole statement: {instead}");
    syn::Error::new_spanned(attribute, message)
}

/// One of our attributes on a `let` that runs nothing.
pub(crate) fn no_value(attribute: &Attribute) -> syn::Error {
    let message =
        "this `let` has no value, so nothing runs in it: put the attribute where the value is assigned";
    syn::Error::new_spanned(attribute, message)
}

/// One of our attributes on a block that waits, inside a macro that may put it into another future.
pub(crate) fn waits_in_macro(attribute: &Attribute) -> syn::Error {
    let message = "cannot tell in which future this block would wait, since it is in the input of a macro: \
                   put the attribute on an `async` block, or bind the value with `let` before the macro";
    syn::Error::new_spanned(attribute, message)
}

/// One of our attributes on a block that yields.
pub(crate) fn yields(attribute: &Attribute) -> syn::Error {
    let message = "this block yields in the middle, so that its hub or span would be seen outside: \
                   put the attribute on what runs between the `yield`s";
    syn::Error::new_spanned(attribute, message)
}
