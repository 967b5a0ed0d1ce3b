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
    "above_tokio.rs": above_tokio,
    "allow.rs": allow,
    "block_arguments.rs": block_arguments,
    "breadcrumb.rs": breadcrumb,
    "const_fn.rs": const_fn,
    "container.rs": container,
    "crate.rs": crate_,
    "detached.rs": detached,
    "err.rs": err,
    "error_if.rs": error_if,
    "fields.rs": fields,
    "forgotten_isolation.rs": forgotten_isolation,
    "forgotten_isolation_elsewhere.rs": forgotten_isolation_elsewhere,
    "forgotten_isolation_join.rs": forgotten_isolation_join,
    "forgotten_isolation_methods.rs": forgotten_isolation_methods,
    "forgotten_isolation_rayon.rs": forgotten_isolation_rayon,
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
    "merge.rs": merge,
    "name.rs": name,
    "no_body.rs": no_body,
    "on_main.rs": on_main,
    "op.rs": op,
    "parallel.rs": parallel,
    "parameter.rs": parameter,
    "parent.rs": parent,
    "pub_only.rs": pub_only,
    "punctuation.rs": punctuation,
    "queued.rs": queued,
    "record.rs": record,
    "ret.rs": ret,
    "several_at_once.rs": several_at_once,
    "skip.rs": skip,
    "spawn_isolated.rs": spawn_isolated,
    "start_span.rs": start_span,
    "tags.rs": tags,
    "thrown_away.rs": thrown_away,
    "twice.rs": twice,
    "unknown_argument.rs": unknown_argument,
    "wrong_item.rs": wrong_item,
}
