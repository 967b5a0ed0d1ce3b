//! An attribute on an item, from its tokens to its expansion.

use proc_macro2::TokenStream;

use crate::args::Args;
use crate::attribute::{self, Marker};
use crate::container::{self, Around, Contained};
use crate::error::{self, Errors};
use crate::expand;
use crate::function::{Function, Shape};
use crate::inner;
use crate::misuse;
use crate::model::{Mode, Place, Unit};
use crate::path::Runtime;
use crate::spawns;
use crate::wrong_item;

/// Expands an attribute; on any error the item is still there, without what only we could have read.
pub(crate) fn expand(marker: Marker, arguments: TokenStream, item: TokenStream, mode: Mode) -> TokenStream {
    let (item, around) = Contained::take(item);
    if around.is_some() && attribute::is_skip(&arguments) {
        return item;
    }
    annotated(marker, arguments, item, around.as_ref(), mode)
}

/// Expands what stands in a container that has an attribute.
pub(crate) fn expand_contained(given: TokenStream, item: TokenStream, mode: Mode) -> TokenStream {
    match Contained::parse(given) {
        Ok(Contained { marker, around, arguments }) => {
            annotated(marker, arguments, item, Some(&around), mode)
        }
        Err(error) => error::beside_item(&error, item),
    }
}

fn annotated(
    marker: Marker,
    arguments: TokenStream,
    item: TokenStream,
    around: Option<&Around>,
    mode: Mode,
) -> TokenStream {
    if let Some(expansion) = container::expand(marker, &arguments, &item, around) {
        return expansion;
    }
    match read(marker, arguments, &item, around, mode) {
        Ok(read) => match mode {
            Mode::Enabled => expand::function(&read.unit, &read.function, read.shape, &read.runtime, mode),
            Mode::Disabled => {
                expand::checked::function(&read.unit, &read.function, read.shape, &read.runtime)
            }
        },
        Err(error) => {
            let is_expression = wrong_item::is_expression(&item);
            let item = attribute::strip(item, &Runtime::default());
            if is_expression { error::as_expression(&error, item) } else { error::beside_item(&error, item) }
        }
    }
}

/// What was read of an item without any error.
struct Read {
    unit: Unit,
    function: Function,
    shape: Shape,
    runtime: Runtime,
}

fn read(
    marker: Marker,
    arguments: TokenStream,
    item: &TokenStream,
    around: Option<&Around>,
    mode: Mode,
) -> syn::Result<Read> {
    let mut errors = Errors::default();
    let is_inherited = around.is_some_and(|around| around.is_inherited);
    let mut args = errors.keep(Args::parse(arguments, marker));
    if let Some(args) = args.as_mut().filter(|_| is_inherited) {
        args.pub_only.take();
    }
    let function = errors.keep(Function::parse(item.clone(), marker));
    let runtime = args.as_ref().and_then(|args| args.runtime.get().cloned());
    let runtime = runtime.map_or_else(Runtime::default, Runtime::at);
    // Arguments that could not be read might have allowed it.
    let allowed = args.as_ref().is_none_or(Args::allows_bare_spawn);
    let Some(mut function) = function else { return errors.finish_some(None) };

    let is_begin = around.is_none() && errors.keep(misuse::check_main(marker, &function)).is_none();
    if !is_begin {
        errors.keep(misuse::check(marker, &function.attributes, &function.signature, &runtime));
    }
    let shape = errors.keep(function.shape(is_inherited));
    if let (Some(shape), Some(args)) = (shape, &args) {
        errors.keep(misuse::check_stream(shape, args));
    }
    let ident = &function.signature.ident;
    let place = Place { name: Around::name(around, ident), at: ident.span(), runtime: runtime.clone() };
    let queued = args.as_ref().and_then(|args| args.queued.at());
    if let (Some(at), Some(Shape::Sync)) = (queued, shape) {
        errors.push(misuse::queued_at_once(at));
    }
    let unit = args.and_then(|args| errors.keep(Unit::new(marker, args, &place)));
    let unit = unit.map(|unit| if is_inherited { unit.lenient() } else { unit });
    let unit = unit.map(|unit| if function.never_returns() { unit.never_returning() } else { unit });
    if let Some(body) = errors.keep(spawns::check(&function, &runtime, allowed)) {
        function.body = body;
    }
    let is_async = shape == Some(Shape::Async);
    let mut waits = false;
    if let Some(expanded) = errors.keep(inner::expand_body(&function.body, &place, is_async, mode)) {
        (function.body, waits) = expanded;
    }
    let unit = unit.map(|unit| if waits { unit.framed() } else { unit });
    let read = unit.zip(shape).map(|(unit, shape)| Read { unit, function, shape, runtime });
    errors.finish_some(read)
}
