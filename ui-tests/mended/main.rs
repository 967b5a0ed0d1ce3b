//! What the messages in `reject/` say to write instead, in items of the same names: it compiles without a
//! warning, and runs.

#![deny(warnings)]
#![allow(clippy::all, clippy::unwrap_used, missing_docs, reason = "as small and as odd as what they mend")]

macro_rules! mended {
    ($($file:literal: $name:ident,)+) => {$(
        #[path = $file]
        mod $name;

        #[test]
        fn $name() {
            $name::main();
        }
    )+};
}

mended! {
    "above_async_trait.rs": above_async_trait,
    "above_tokio.rs": above_tokio,
    "breadcrumb.rs": breadcrumb,
    "const_fn.rs": const_fn,
    "crate.rs": crate_,
    "detached.rs": detached,
    "err.rs": err,
    "error_if.rs": error_if,
    "fields.rs": fields,
    "fresh.rs": fresh,
    "inner_arguments.rs": inner_arguments,
    "inner_in_macro.rs": inner_in_macro,
    "inner_places.rs": inner_places,
    "inner_twice.rs": inner_twice,
    "isolated.rs": isolated,
    "join.rs": join,
    "kind.rs": kind,
    "lazy_return.rs": lazy_return,
    "level.rs": level,
    "links.rs": links,
    "name.rs": name,
    "no_body.rs": no_body,
    "on_main.rs": on_main,
    "op.rs": op,
    "parallel.rs": parallel,
    "parameter.rs": parameter,
    "parent.rs": parent,
    "punctuation.rs": punctuation,
    "record.rs": record,
    "ret.rs": ret,
    "several_at_once.rs": several_at_once,
    "spawn_isolated.rs": spawn_isolated,
    "start_span.rs": start_span,
    "tags.rs": tags,
    "twice.rs": twice,
    "unknown_argument.rs": unknown_argument,
    "wrong_container.rs": wrong_container,
    "wrong_item.rs": wrong_item,
}
