//! Prints what each shape shows, a line each: first outside any unit, then recorded. `#[unit]` stands for
//! the attribute; the tests beside this corpus put one in its place, or none.

#![forbid(unsafe_op_in_unsafe_fn)]

#[macro_use]
pub mod observe;

/// Declares the files, and lists the modules in them that hold shapes.
macro_rules! shapes {
    ($($file:ident: $($module:ident)*;)*) => {
        $(mod $file;)*

        const MODULES: &[(&str, &[observe::Shape])] =
            &[$($((concat!(stringify!($file), "::", stringify!($module)), $file::$module::SHAPES)),*),*];
    };
}

shapes! {
    auto_traits: futures expressions;
    blocks: statements control;
    containers: methods traits async_traits modules;
    functions: arguments bodies types;
    futures: arguments bodies types;
    control: sync later;
    inner: expressions;
    items: kinds generics macros;
    known: drops places;
    methods: methods;
    panics: sync later;
    returned: opaque boxed;
    streams: opaque boxed;
    tails: tails;
    traits: traits async_traits;
}

fn print(place: &str) {
    for (module, shapes) in MODULES {
        for (name, show) in *shapes {
            println!("{module}::{name}\t{place}\t{}", show());
        }
    }
}

fn main() {
    observe::say_panics();
    print("bare");
    isohub::testing::Recorder::new().run_sync(|| print("recorded"));
}
