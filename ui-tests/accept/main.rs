//! What one would not expect to work: it compiles without a warning, and runs.
//!
//! One program, since each program takes a second to link; what needs attributes of a crate is in `alone/`.

#![allow(clippy::all, clippy::pedantic, clippy::restriction, reason = "as odd as can be")]
#![allow(break_with_label_and_loop, reason = "a lint of the parser, which asks the program alone")]
#![allow(unreachable_pub, missing_docs, reason = "not a library")]

macro_rules! accepted {
    ($($file:literal: $name:ident,)+) => {$(
        #[deny(warnings)]
        #[path = $file]
        mod $name;

        #[test]
        fn $name() {
            $name::main();
        }
    )+};
}

accepted! {
    "above_async_trait.rs": above_async_trait,
    "arguments_in_any_order.rs": arguments_in_any_order,
    "async_closures.rs": async_closures,
    "async_trait_arguments.rs": async_trait_arguments,
    "bare_spawns_that_are_right.rs": bare_spawns_that_are_right,
    "block_macros.rs": block_macros,
    "blocks.rs": blocks,
    "coercions.rs": coercions,
    "conditional.rs": conditional,
    "containers.rs": containers,
    "function_pointers.rs": function_pointers,
    "generic_const.rs": generic_const,
    "higher_ranked.rs": higher_ranked,
    "in_macros.rs": in_macros,
    "joins.rs": joins,
    "labelled_breaks.rs": labelled_breaks,
    "lifetimes.rs": lifetimes,
    "main_that_is_none.rs": main_that_is_none,
    "merging.rs": merging,
    "nested_functions.rs": nested_functions,
    "never.rs": never,
    "odd_arguments.rs": odd_arguments,
    "other_attributes.rs": other_attributes,
    "patterns.rs": patterns,
    "question_marks.rs": question_marks,
    "raw_names.rs": raw_names,
    "receivers.rs": receivers,
    "recursion.rs": recursion,
    "renamed.rs": renamed,
    "scoped_threads.rs": scoped_threads,
    "selects.rs": selects,
    "shadowed_names.rs": shadowed_names,
    "spawn_places.rs": spawn_places,
    "streams.rs": streams,
    "tests_of_tokio.rs": tests_of_tokio,
    "traits.rs": traits,
    "units_from_variables.rs": units_from_variables,
    "ways_to_return_futures.rs": ways_to_return_futures,
    "weird_bodies.rs": weird_bodies,
}
