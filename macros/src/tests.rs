//! What is refused, in which words, and that nothing is lost on the way.

use expect_test::{Expect, expect};
use proc_macro2::TokenStream;

use crate::attribute::Marker;
use crate::model::Mode;
use crate::unit::UnitMacro;
use crate::{item, record, unit};

mod oddities;

/// Tokens of a test's text.
pub(crate) fn tokens(text: &str) -> TokenStream {
    text.parse().unwrap_or_else(|error| unreachable!("{text}: {error}"))
}

/// The expansion as formatted source, with the long path shortened.
pub(crate) fn pretty(expansion: &TokenStream) -> String {
    let file = syn::parse2::<syn::File>(expansion.clone())
        .unwrap_or_else(|error| unreachable!("{error} in {expansion}"));
    prettyplease::unparse(&file).replace("::isohub::__private::", "PRIVATE::")
}

/// The messages of every `compile_error!` in an expansion, a line each.
pub(crate) fn messages(expansion: TokenStream) -> String {
    fn collect(expansion: TokenStream, found: &mut Vec<String>) {
        let mut named = false;
        for tree in expansion {
            match tree {
                proc_macro2::TokenTree::Ident(word) => named = word == "compile_error",
                proc_macro2::TokenTree::Group(group) if named => {
                    found.extend(syn::parse2::<syn::LitStr>(group.stream()).map(|text| text.value() + "\n"));
                    named = false;
                }
                proc_macro2::TokenTree::Group(group) => collect(group.stream(), found),
                _ => {}
            }
        }
    }
    let mut found = Vec::new();
    collect(expansion, &mut found);
    found.concat()
}

/// Errors are the same whether the build records or not.
fn attribute(marker: Marker, arguments: &str, item: &str) -> String {
    let [enabled, disabled] = [Mode::Enabled, Mode::Disabled]
        .map(|mode| messages(item::expand(marker, tokens(arguments), tokens(item), mode)));
    assert_eq!(enabled, disabled);
    enabled
}

fn check_arguments(marker: Marker, arguments: &str, expected: &Expect) {
    expected.assert_eq(&attribute(marker, arguments, "fn f() {}"));
}

fn check_item(marker: Marker, item: &str, expected: &Expect) {
    expected.assert_eq(&attribute(marker, "", item));
}

#[test]
fn unknown_arguments_name_the_nearest() {
    check_arguments(
        Marker::Span,
        "feilds(id)",
        &expect![[r#"
        unknown argument `feilds`: did you mean `fields`?
    "#]],
    );
    check_arguments(
        Marker::Span,
        "Kind = server",
        &expect![[r#"
        unknown argument `Kind`: did you mean `kind`?
    "#]],
    );
    check_arguments(
        Marker::IsolatedHub,
        "everything",
        &expect![[r#"
        unknown argument `everything`: `#[isolated_hub]` takes tags, fresh, detached, parent, crate
    "#]],
    );
}

#[test]
fn arguments_are_given_once() {
    check_arguments(
        Marker::Span,
        r#"op = "a", err, op = "b""#,
        &expect![[r#"
        `op` is given twice: remove one
        `op` was given here first
    "#]],
    );
    check_arguments(
        Marker::Span,
        r#""a", name = "b""#,
        &expect![[r#"
        `name` is given twice: remove one
        `name` was given here first
    "#]],
    );
}

#[test]
fn attributes_take_what_they_can_use() {
    check_arguments(
        Marker::Span,
        "tags(a = 1), fresh",
        &expect![[r#"
        `tags` is not an argument of `#[span]`, which has no hub of its own: use `#[parallel_span]`
        `fresh` is not an argument of `#[span]`, which has no hub of its own: use `#[parallel_span]`
    "#]],
    );
    check_arguments(
        Marker::IsolatedHub,
        r#""name", err"#,
        &expect![[r#"
        `name` is not an argument of `#[isolated_hub]`, which starts no span: use `#[parallel_span]`
        `err` is not an argument of `#[isolated_hub]`, which starts no span: use `#[parallel_span]`
    "#]],
    );
}

#[test]
fn contradictions() {
    check_arguments(
        Marker::Span,
        "detached, parent = None",
        &expect![[r#"
        `detached` and `parent` contradict, a detached unit has no parent: keep one
        `detached` and `parent` contradict, a detached unit has no parent: keep one
    "#]],
    );
    check_arguments(
        Marker::Span,
        "err, error_if = |r| true",
        &expect![[r#"
        `err` and `error_if` contradict, both decide what an error is: keep one
        `err` and `error_if` contradict, both decide what an error is: keep one
    "#]],
    );
}

#[test]
fn wrong_values() {
    check_arguments(
        Marker::Span,
        r#""""#,
        &expect![[r#"
        this name is empty: say what the span does, or leave it out
    "#]],
    );
    check_arguments(
        Marker::Span,
        r#"name = " ""#,
        &expect![[r#"
        this name is empty: say what the span does, or leave it out
    "#]],
    );
    check_arguments(
        Marker::Span,
        "name",
        &expect![[r#"
            `name` needs a value: write `name = ..`
        "#]],
    );
    check_arguments(
        Marker::Span,
        "name = , err",
        &expect![[r#"
        `name` needs a value: write `name = ..`
    "#]],
    );
    check_arguments(
        Marker::Span,
        "kind = servre",
        &expect![[r#"
        unknown word: write internal, client, server, producer or consumer
    "#]],
    );
    check_arguments(
        Marker::Span,
        r#"kind = "server""#,
        &expect![[r#"
        a kind is a bare word: write internal, client, server, producer or consumer
    "#]],
    );
    check_arguments(
        Marker::Span,
        "level = loud",
        &expect![[r#"
        unknown word: write trace, debug, info, warning, error or fatal
    "#]],
    );
    check_arguments(
        Marker::Span,
        r#"level = "loud""#,
        &expect![[r#"
        unknown word: write trace, debug, info, warning, error or fatal
    "#]],
    );
    check_arguments(
        Marker::Span,
        "level = 3",
        &expect![[r#"
        a level is a word: write trace, debug, info, warning, error or fatal
    "#]],
    );
    check_arguments(
        Marker::Span,
        "err = true",
        &expect![[r#"
        write `err`, `err(Debug)` or `err(capture)`
    "#]],
    );
    check_arguments(
        Marker::Span,
        "err(Display)",
        &expect![[r#"
        write `err`, `err(Debug)` or `err(capture)`
    "#]],
    );
    check_arguments(
        Marker::Span,
        "ret = 1",
        &expect![[r#"
        `ret` takes no value: write only `ret`
    "#]],
    );
    check_arguments(
        Marker::Span,
        "fields",
        &expect![[r#"
            `fields` is a list: write `fields(key = value)`
        "#]],
    );
    check_arguments(
        Marker::Span,
        "fields()",
        &expect![[r#"
        `fields` is empty: write `fields(key = value)` or leave it out
    "#]],
    );
    check_arguments(
        Marker::IsolatedHub,
        "fresh = true",
        &expect![[r#"
        `fresh` takes no value: write only `fresh`
    "#]],
    );
    check_arguments(
        Marker::Span,
        "1",
        &expect![[r#"
        expected an argument: `#[span]` takes name, op, kind, level, fields, err, error_if, ret, detached, parent, links, crate
    "#]],
    );
    check_arguments(
        Marker::Span,
        "err ret",
        &expect![[r#"
        expected `,` before this
    "#]],
    );
    check_arguments(
        Marker::Span,
        "crate = 1",
        &expect![[r#"
            `crate` is where isohub is: write `crate = some::path`
        "#]],
    );
}

#[test]
fn fields_have_keys() {
    check_arguments(
        Marker::Span,
        "fields(self.id)",
        &expect![[r#"
        this needs a key and a value: write `id = self.id`
    "#]],
    );
    check_arguments(
        Marker::Span,
        "fields(%user.name)",
        &expect![[r#"
        this needs a key and a value: write `name = user.name`
    "#]],
    );
    check_arguments(
        Marker::Span,
        r#"fields("a b")"#,
        &expect![[r#"
        this needs a key and a value: write `"a b" = value`
    "#]],
    );
    check_arguments(
        Marker::Span,
        r#"fields("" = 1)"#,
        &expect![[r#"
        this key is empty: name what is recorded
    "#]],
    );
    check_arguments(
        Marker::Span,
        "fields(%a = b)",
        &expect![[r#"
        the sign stands before the value: write `a = %value`
    "#]],
    );
    check_arguments(
        Marker::Span,
        "fields(a = )",
        &expect![[r#"
            expected a value after `=`
        "#]],
    );
    check_arguments(
        Marker::Span,
        "fields(a b)",
        &expect![[r#"
        expected `,` before this
    "#]],
    );
    check_arguments(
        Marker::Span,
        "fields(1)",
        &expect![[r#"
        expected a name: write `key = value`, `name`, `%name` or `?name`
    "#]],
    );
    check_arguments(
        Marker::IsolatedHub,
        "tags(a)",
        &expect![[r#"
        expected `=`: write `a = a`
    "#]],
    );
    check_arguments(
        Marker::IsolatedHub,
        "tags(a = %b)",
        &expect![[r#"
        a tag is recorded by its Display: leave this sign out
    "#]],
    );
}

#[test]
fn several_errors_at_once() {
    let found = attribute(Marker::Span, "fresh, feilds(a), op = 1, op = 2", "const fn f() {}");
    expect![[r#"
        `fresh` is not an argument of `#[span]`, which has no hub of its own: use `#[parallel_span]`
        unknown argument `feilds`: did you mean `fields`?
        `op` is given twice: remove one
        `op` was given here first
        `#[span]` cannot be on a `const fn`, which may run in the compiler: remove one
    "#]]
    .assert_eq(&found);
}

#[test]
fn items_that_are_no_functions() {
    check_item(
        Marker::Span,
        "struct S;",
        &expect![[r#"
        `#[span]` cannot be on a struct: put it on a function
    "#]],
    );
    check_item(
        Marker::Span,
        "pub(crate) enum E {}",
        &expect![[r#"
        `#[span]` cannot be on an enum: put it on a function
    "#]],
    );
    check_item(
        Marker::Span,
        "trait T { fn f(); }",
        &expect![[r#"
        `#[span]` cannot be on a trait: put it on the functions in it
    "#]],
    );
    check_item(
        Marker::Span,
        "impl S { fn f() {} }",
        &expect![[r#"
        `#[span]` cannot be on an `impl` block: put it on the functions in it
    "#]],
    );
    check_item(
        Marker::Span,
        "mod file;",
        &expect![[r#"
        `#[span]` cannot be on a module: put it on the functions in it
    "#]],
    );
    check_item(
        Marker::Span,
        "extern \"C\" { fn f(); }",
        &expect![[r#"
        `#[span]` cannot be on an `extern` block: put it on the functions in it
    "#]],
    );
    check_item(
        Marker::Span,
        "static S: u8 = 0;",
        &expect![[r#"
        `#[span]` cannot be on a constant: put it on a function
    "#]],
    );
    check_item(
        Marker::Span,
        "let x = 1;",
        &expect![[r#"
        `#[span]` cannot be on a statement: put it on a function
    "#]],
    );
}

#[test]
fn functions_that_cannot_be_units() {
    check_item(
        Marker::Span,
        "const fn f() {}",
        &expect![[r#"
        `#[span]` cannot be on a `const fn`, which may run in the compiler: remove one
    "#]],
    );
    check_item(
        Marker::Span,
        "async fn f();",
        &expect![[r#"
        `#[span]` needs a body to wrap: put it on the function that has one
    "#]],
    );
    check_item(
        Marker::Span,
        "unsafe extern \"C\" fn f(a: u8, ...) {}",
        &expect![[r#"
        `#[span]` cannot be on a variadic function: wrap its body in a function
    "#]],
    );
    check_item(
        Marker::Span,
        "fn f() -> impl Iterator<Item = u8> { g() }",
        &expect![[r#"
        this `Iterator` does its work after the function has returned: put the attribute on what is called for each item
    "#]],
    );
    check_item(
        Marker::Span,
        "fn f() -> Pin<Box<dyn Stream<Item = u8>>> { g() }",
        &expect![[r#"
        this `Stream` does its work after the function has returned: put the attribute on what is called for each item
    "#]],
    );
}

#[test]
fn order_of_attributes() {
    check_item(
        Marker::Span,
        "#[tokio::main] async fn main() {}",
        &expect![[r#"
        `#[span]` stands above `#[tokio::main]`: put it below
    "#]],
    );
    check_item(
        Marker::Span,
        "#[span] fn f() {}",
        &expect![[r#"
        `#[span]` is given twice: remove one
    "#]],
    );
    check_item(
        Marker::Span,
        "#[isohub::isolated_hub] fn f() {}",
        &expect![[r#"
        `#[span]` and `#[isolated_hub]` on one function: write `#[parallel_span]`, which is both
    "#]],
    );
    check_item(
        Marker::Span,
        "#[parallel_span] fn f() {}",
        &expect![[r#"
        `#[span]` and `#[parallel_span]` on one function: keep `#[parallel_span]`, which is both
    "#]],
    );
}

#[test]
fn inner_attributes_out_of_place() {
    check_item(
        Marker::Span,
        "async { 1 }",
        &expect![[r#"
        `#[span]` works on an expression only inside a function that has an isohub attribute: put `#[span]` or `#[isolated_hub]` on the function around it
    "#]],
    );
    check_item(
        Marker::Span,
        "fn f() { #[span] let x = 1; }",
        &expect![[r#"
            this attribute cannot be on a statement, an arm or a field: put it on an `async` block, a closure or a function
        "#]],
    );
    check_item(
        Marker::Span,
        "fn f() { #[span] { 1 } }",
        &expect![[r#"
        this attribute is for an `async` block or a closure: for another future put it into an `async` block
    "#]],
    );
    check_item(
        Marker::Span,
        "async fn f() { #[parallel_span] g().await }",
        &expect![[r#"
        this attribute is for an `async` block or a closure: for another future write `isohub::parallel!("name", future)`
    "#]],
    );
    check_item(
        Marker::Span,
        "fn f() { #[span] #[isolated_hub] async {} }",
        &expect![[r#"
        `#[span]` and `#[isolated_hub]` on one expression: keep one
    "#]],
    );
    check_item(
        Marker::Span,
        "fn f() { g(#[span(nmae = 1)] async {}, #[span = 1] || 1) }",
        &expect![[r#"
        unknown argument `nmae`: did you mean `name`?
        arguments stand in parentheses: write `#[span("name")]`
    "#]],
    );
    check_item(
        Marker::Span,
        "fn f() { g!(a #[span] => b) }",
        &expect![[r#"
        cannot read what this attribute stands on inside a macro's input: bind it with `let` before the macro
    "#]],
    );
    check_item(
        Marker::Span,
        "fn f(#[span] x: u8) {}",
        &expect![[r#"
        this attribute cannot be on a parameter: put it on an `async` block, a closure or a function
    "#]],
    );
    check_item(
        Marker::Span,
        "fn f() { match x { #[span] _ => {} } }",
        &expect![[r#"
            this attribute cannot be on a statement, an arm or a field: put it on an `async` block, a closure or a function
        "#]],
    );
}

fn check_unit(macro_: UnitMacro, text: &str, expected: &Expect) {
    let [enabled, disabled] =
        [Mode::Enabled, Mode::Disabled].map(|mode| messages(unit::expand(macro_, tokens(text), mode)));
    assert_eq!(enabled, disabled);
    expected.assert_eq(&enabled);
}

#[test]
fn units_of_macros() {
    check_unit(
        UnitMacro::Isolated,
        "",
        &expect![[r#"
            expected the unit last: an async block, a future or a closure
        "#]],
    );
    check_unit(
        UnitMacro::Isolated,
        "fresh, tags(a = 1),",
        &expect![[r#"
        expected the unit last: an async block, a future or a closure
    "#]],
    );
    check_unit(
        UnitMacro::Isolated,
        "thread, || 1",
        &expect![[r#"
        `thread` spawns: use `spawn_isolated!`
    "#]],
    );
    check_unit(
        UnitMacro::Isolated,
        "frehs, async {}",
        &expect![[r#"
        unknown argument `frehs`: did you mean `fresh`?
    "#]],
    );
    check_unit(
        UnitMacro::Isolated,
        "async {}, fresh",
        &expect![[r#"
        the unit stands last: move this option before it
    "#]],
    );
    check_unit(
        UnitMacro::Isolated,
        "|a, b| 1",
        &expect![[r#"
        a unit takes at most one argument: take a tuple
    "#]],
    );
    check_unit(
        UnitMacro::Isolated,
        "async |a| 1",
        &expect![[r#"
        an async closure must own its hub: write `async move |..|`
    "#]],
    );
    check_unit(
        UnitMacro::Isolated,
        "op = 1, async {}",
        &expect![[r#"
        `op` is not an argument of `#[isolated_hub]`, which starts no span: use `#[parallel_span]`
    "#]],
    );
    check_unit(
        UnitMacro::Parallel,
        "async {}",
        &expect![[r#"
        a parallel span needs a name: write `parallel!("name", ..)`
    "#]],
    );
    check_unit(
        UnitMacro::SpawnIsolated,
        "err, async {}",
        &expect![[r#"
        `err` is about a span, which begins with a name: add `"name"`
    "#]],
    );
    check_unit(
        UnitMacro::SpawnIsolated,
        "|| 1",
        &expect![[r#"
        a task runs a future: write `async move { .. }`, or `blocking` or `thread` for a closure
    "#]],
    );
    check_unit(
        UnitMacro::SpawnIsolated,
        "thread, async {}",
        &expect![[r#"
        `thread` runs a closure: write `move || ..`, or leave `thread` out
    "#]],
    );
    check_unit(
        UnitMacro::SpawnIsolated,
        "blocking, |a| 1",
        &expect![[r#"
        this closure is called without arguments: remove these
    "#]],
    );
    check_unit(
        UnitMacro::SpawnIsolated,
        "blocking, in set, || 1",
        &expect![[r#"
        one of `blocking`, `local`, `thread` and `in` says where: remove the others
    "#]],
    );
    check_unit(
        UnitMacro::SpawnIsolated,
        "in set, async || 1",
        &expect![[r#"
        spawn a future or a closure: write `async move { .. }`
    "#]],
    );
}

#[test]
fn records_of_macros() {
    let start = |text: &str| messages(record::start_span(tokens(text), Mode::Enabled));
    expect![[r#"
        a span begins with its name, a text: write `start_span!("name", ..)`
    "#]]
    .assert_eq(&start("id"));
    expect![[r#"
        this name is empty: say what the span does
    "#]]
    .assert_eq(&start(r#""""#));
    let recorded = |text: &str| messages(record::record(tokens(text), Mode::Enabled));
    expect![[r#"
        nothing to record: write `record!(key = value)`
    "#]]
    .assert_eq(&recorded(""));
    expect![[r#"
        this needs a key and a value: write `id = self.id`
    "#]]
    .assert_eq(&recorded("self.id"));
    let breadcrumb = |text: &str| messages(record::breadcrumb(tokens(text), Mode::Enabled));
    expect![[r#"
        a breadcrumb has a category and a message: write `breadcrumb!("category", "message", ..)`
    "#]]
    .assert_eq(&breadcrumb(r#""category""#));
    let joined = |text: &str| messages(record::join(tokens(text), record::Join::All));
    expect![[r#"
        nothing to join: write `join!(future, future)`
    "#]]
    .assert_eq(&joined(""));
    expect![[r#"
        `join!` polls its branches in their order: remove this
    "#]]
    .assert_eq(&joined("biased; a"));
}

#[test]
fn a_wrong_item_is_still_there() {
    let expansion =
        item::expand(Marker::Span, tokens("nmae"), tokens("fn f() { #[span] async {} }"), Mode::Enabled);
    expect![[r#"
        ::core::compile_error! {
            "unknown argument `nmae`: did you mean `name`?"
        }
        fn f() {
            async {}
        }
    "#]]
    .assert_eq(&pretty(&expansion));
    for item in ["struct S ;", "async fn f () ;", "default unsafe fn f () ;", "pub const fn f () { }"] {
        let expansion = item::expand(Marker::Span, tokens(""), tokens(item), Mode::Enabled).to_string();
        assert!(expansion.ends_with(item), "{expansion}");
    }
    let expansion = item::expand(Marker::Span, tokens(""), tokens("async { 1 }"), Mode::Enabled);
    assert!(syn::parse2::<syn::Expr>(expansion).is_ok());
}
