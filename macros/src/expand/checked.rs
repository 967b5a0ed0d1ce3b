//! A build without recording: items stay as they are, and what the arguments say is compiled but never
//! run, so that such a build reports the same errors and lints.

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::{Expr, ExprAsync, ExprClosure};

use super::arguments::{arguments, of_output};
use super::function::{self, unchanged};
use super::inner::with_prologue;
use super::{body, mixed, verbatim};
use crate::function::{Function, Shape, Tail, rebraced};
use crate::model::{Mode, Unit};
use crate::path::Runtime;
use crate::unit::Work;

/// ```text
/// Input   #[span(fields(id), err)]
///         fn load(id: u64) -> Result<Row> { find(id) }
/// Output  fn load(id: u64) -> Result<Row> {
///             if false {
///                 PRIVATE::fields(|__fields| { .. });
///                 PRIVATE::check_outcome::<Result<Row>>(OUTCOME);
///             }
///             find(id)
///         }
/// ```
pub(crate) fn function(unit: &Unit, function: &Function, shape: Shape, runtime: &Runtime) -> TokenStream {
    if function::is_marked(unit, function, shape) {
        return function::function(unit, function, shape, runtime, Mode::Disabled);
    }
    let checked = match shape {
        Shape::Sync | Shape::Async => of_output(unit, &function.signature.output),
        Shape::ImplFuture | Shape::BoxedFuture | Shape::ImplStream | Shape::BoxedStream => {
            arguments(unit, None)
        }
    };
    if checked.is_empty() {
        return unchanged(function);
    }
    let with_checks = match Tail::of(&function.body, shape) {
        // There the arguments may name what only the block knows.
        Tail::Literal { before, boxing: Some(boxing), block } => {
            let block = with_prologue(&block, &checked);
            mixed! { #(#before)* #boxing(#block) }
        }
        _ => {
            let statements = function.body.stream();
            mixed! { #checked #statements }
        }
    };
    let mut function = function.clone();
    function.body = rebraced(&function.body, with_checks);
    unchanged(&function)
}

/// An async block whose arguments are checked inside it.
pub(crate) fn async_block(unit: &Unit, block: &ExprAsync) -> Expr {
    verbatim(with_prologue(block, &arguments(unit, None)))
}

/// A closure whose arguments are checked inside it.
pub(crate) fn closure(unit: &Unit, closure: &ExprClosure) -> Expr {
    let checked = arguments(unit, None);
    let mut closure = closure.clone();
    if !checked.is_empty() {
        let inside = body(closure.body.to_token_stream());
        *closure.body = verbatim(mixed! { { #checked #inside } });
    }
    Expr::Closure(closure)
}

/// A unit of a `!` macro; what `other` is checked to be, its caller says.
pub(super) fn work(unit: &Unit, work: Work, other: impl FnOnce(Expr) -> TokenStream) -> TokenStream {
    let checked = arguments(unit, None);
    match work {
        Work::Async(block) => with_prologue(&block, &checked),
        Work::Closure(literal) => closure(unit, &literal).to_token_stream(),
        Work::Other(work) => {
            let work = other(work);
            if checked.is_empty() {
                work
            } else {
                mixed! { { #checked #work } }
            }
        }
    }
}
