//! An attribute on an item, from its tokens to its expansion.

use proc_macro2::TokenStream;
use syn::ext::IdentExt as _;

use crate::args::Args;
use crate::attribute::{self, Marker};
use crate::error::{self, Errors};
use crate::expand;
use crate::function::{Function, Shape};
use crate::inner;
use crate::misuse;
use crate::model::{Mode, Place, Unit};
use crate::path::Runtime;

/// Expands an attribute; on any error the item is still there, without what only we could have read.
pub(crate) fn expand(marker: Marker, arguments: TokenStream, item: TokenStream, mode: Mode) -> TokenStream {
    match read(marker, arguments, &item, mode) {
        Ok(read) => match mode {
            Mode::Enabled => expand::function(&read.unit, &read.function, read.shape, &read.runtime),
            Mode::Disabled => expand::checked::function(&read.unit, &read.function, read.shape),
        },
        Err(error) => {
            let is_expression = misuse::is_expression(&item);
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

fn read(marker: Marker, arguments: TokenStream, item: &TokenStream, mode: Mode) -> syn::Result<Read> {
    let mut errors = Errors::default();
    let args = errors.keep(Args::parse(arguments, marker));
    let function = errors.keep(Function::parse(item.clone(), marker));
    let runtime = args.as_ref().and_then(|args| args.runtime.get().cloned());
    let runtime = runtime.map_or_else(Runtime::default, Runtime::at);
    let Some(mut function) = function else { return errors.finish_some(None) };

    errors.keep(misuse::check(marker, &function.attributes, &function.signature, &runtime));
    let shape = errors.keep(function.shape());
    let ident = &function.signature.ident;
    let place = Place { name: ident.unraw().to_string(), at: ident.span(), runtime: runtime.clone() };
    let unit = args.and_then(|args| errors.keep(Unit::new(marker, args, &place)));
    let unit = unit.map(|unit| if function.never_returns() { unit.never_returning() } else { unit });
    let is_async = shape == Some(Shape::Async);
    let mut waits = false;
    if let Some(expanded) = errors.keep(inner::expand_body(&function.body, &place, is_async, mode)) {
        (function.body, waits) = expanded;
    }
    let unit = unit.map(|unit| if waits { unit.framed() } else { unit });
    let read = unit.zip(shape).map(|(unit, shape)| Read { unit, function, shape, runtime });
    errors.finish_some(read)
}
