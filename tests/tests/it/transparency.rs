//! An annotated function behaves like the plain one.
//!
//! Every shape is written once, in a macro that emits it plain and under each attribute; what it logs,
//! returns and drops, and when, must be the same, outside any unit and recorded. Known differences are
//! those in `differences`, each with its reason; there are no others.

#![allow(
    clippy::redundant_closure_call,
    clippy::toplevel_ref_arg,
    clippy::unnecessary_owned_empty_strings,
    reason = "the shapes are what somebody writes, not what one should write"
)]

mod auto_traits;
mod blocks;
mod differences;
mod functions;
mod futures;
mod inner;
mod methods;
mod observe;
mod returned;
mod traits;

/// Emits the shapes plain and under each attribute, and a test for each of them.
///
/// `$shapes` is a macro that puts the attribute it is given on functions, and lists in `SHAPES` the name
/// of each shape and how it is observed.
macro_rules! same_as_plain {
    ($shapes:ident) => {
        mod plain {
            #[allow(unused_imports)]
            use super::*;
            $shapes! {}
        }

        mod span {
            #[allow(unused_imports)]
            use super::*;
            $shapes! { #[isohub::span] }

            #[test]
            fn is_transparent() {
                crate::transparency::observe::compare(super::plain::SHAPES, SHAPES);
            }
        }

        mod isolated_hub {
            #[allow(unused_imports)]
            use super::*;
            $shapes! { #[isohub::isolated_hub] }

            #[test]
            fn is_transparent() {
                crate::transparency::observe::compare(super::plain::SHAPES, SHAPES);
            }
        }

        mod parallel_span {
            #[allow(unused_imports)]
            use super::*;
            $shapes! { #[isohub::parallel_span] }

            #[test]
            fn is_transparent() {
                crate::transparency::observe::compare(super::plain::SHAPES, SHAPES);
            }
        }
    };
}
use same_as_plain;
