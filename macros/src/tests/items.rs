//! Items and places that are refused.

use expect_test::{Expect, expect};

use super::{attribute, pretty, tokens};
use crate::attribute::Marker;
use crate::item;
use crate::model::Mode;

fn check_item(marker: Marker, item: &str, expected: &Expect) {
    expected.assert_eq(&attribute(marker, "", item));
}

#[test]
fn items_that_are_no_functions() {
    check_item(
        Marker::Span,
        "struct S;",
        &expect![[r#"
            `#[span]` cannot be on a struct: put it on a function or an `impl` block
        "#]],
    );
    check_item(
        Marker::Span,
        "pub(crate) enum E {}",
        &expect![[r#"
            `#[span]` cannot be on an enum: put it on a function or an `impl` block
        "#]],
    );
    check_item(
        Marker::Span,
        "trait T { fn f(); }",
        &expect![[r#"
            `#[span]` does nothing here, where no function has a body: put it on what implements the trait
        "#]],
    );
    check_item(
        Marker::Span,
        "mod file;",
        &expect![[r#"
            `#[span]` cannot be on a module in another file: put it on the functions in it
        "#]],
    );
    check_item(
        Marker::Span,
        "extern \"C\" { fn f(); }",
        &expect![[r#"
            `#[span]` cannot be on an `extern` block: put it on a function that calls those in it
        "#]],
    );
    check_item(
        Marker::Span,
        "static S: u8 = 0;",
        &expect![[r#"
            `#[span]` cannot be on a static: put it on a function
        "#]],
    );
    check_item(
        Marker::Span,
        "let x = 1;",
        &expect![[r#"
            `#[span]` works on a statement only inside a function that has an isohub attribute: put `#[span]` or `#[isolated_hub]` on the function around it
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
        "fn f() -> Box<dyn Iterator<Item = u8>> { g() }",
        &expect![[r#"
        this `Iterator` does its work after the function has returned: put the attribute on what is called for each item
    "#]],
    );
    check_item(
        Marker::Span,
        "fn f() -> Box<dyn Stream<Item = u8> + Unpin> { g() }",
        &expect![[r#"
        this `Stream` does its work after the function has returned: return `Pin<Box<dyn Stream>>` or `impl Stream`, which can be wrapped
    "#]],
    );
    check_item(
        Marker::ParallelSpan,
        "async fn main() {}",
        &expect![[r#"
            `#[parallel_span]` on `main` would begin before anything is installed: put it on a function that `main` calls
        "#]],
    );
}

#[test]
fn main_begins_before_anything_is_installed() {
    check_item(
        Marker::ParallelSpan,
        "#[tokio::main] async fn main() {}",
        &expect![[r#"
        `#[parallel_span]` on `main` would begin before anything is installed: put it on a function that `main` calls
    "#]],
    );
    check_item(Marker::IsolatedHub, "fn main() {}", &expect![[r#""#]]);
    check_item(Marker::Span, "fn main(arguments: &[u8]) {}", &expect![[r#""#]]);
}

#[test]
fn order_of_attributes() {
    check_item(
        Marker::Span,
        "#[tokio::main] async fn f() {}",
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
            `#[span]` and `#[isolated_hub]` on one item: write `#[parallel_span]`, which is both
        "#]],
    );
    check_item(
        Marker::Span,
        "#[parallel_span] fn f() {}",
        &expect![[r#"
            `#[span]` and `#[parallel_span]` on one item: keep `#[parallel_span]`, which is both
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
    for (body, expected) in [
        (
            "#[span] let x;",
            expect![[r#"
            this `let` has no value, so nothing runs in it: put the attribute where the value is assigned
        "#]],
        ),
        (
            "let x = #[span] 1;",
            expect![[r#"
                this attribute is for a block, a closure or a whole statement: for a future that is not awaited here put the attribute on an `async` block around it
            "#]],
        ),
        (
            "h(#[parallel_span] g(1));",
            expect![[r#"
                this attribute is for a block, a closure or a whole statement: for a future that is not awaited here write `isohub::parallel!("name", future)`
            "#]],
        ),
        (
            "let x = #[isolated_hub] g(1);",
            expect![[r#"
                this attribute is for a block, a closure or a whole statement: for a future that is not awaited here write `isohub::isolated!(future)`
            "#]],
        ),
        (
            "match x { #[span] 1 => 2, _ => 3 }",
            expect![[r#"
            this attribute cannot be on an arm or a field: put it on a block, a statement, a closure or a function
        "#]],
        ),
        (
            "m!(#[span] { g().await });",
            expect![[r#"
            cannot tell in which future this block would wait, since it is in the input of a macro: put the attribute on an `async` block, or bind the value with `let` before the macro
        "#]],
        ),
        (
            "stream! { #[span] { yield 1; } }",
            expect![[r#"
                this block yields in the middle, so that its hub or span would be seen outside: put the attribute on what runs between the `yield`s
            "#]],
        ),
        (
            "m!(#[span] a => 1)",
            expect![[r#"
                this attribute is for a block, a closure or a whole statement: for a future that is not awaited here put the attribute on an `async` block around it
            "#]],
        ),
        (
            "#[span] #[isolated_hub] { 1 }",
            expect![[r#"
                `#[span]` and `#[isolated_hub]` on one expression: write `#[parallel_span]`, which is both
            "#]],
        ),
    ] {
        check_item(Marker::Span, &format!("async fn f() {{ {body} }}"), &expected);
    }
    check_item(
        Marker::Span,
        "fn f() { #[span] #[isolated_hub] async {} }",
        &expect![[r#"
            `#[span]` and `#[isolated_hub]` on one expression: write `#[parallel_span]`, which is both
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
            this attribute cannot be on a parameter: put it on a block, a statement, a closure or a function
        "#]],
    );
    check_item(
        Marker::Span,
        "fn f() { match x { #[span] _ => {} } }",
        &expect![[r#"
            this attribute cannot be on an arm or a field: put it on a block, a statement, a closure or a function
        "#]],
    );
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

#[test]
fn attributes_that_want_to_see_the_function_come_first() {
    let above = |path: &str| attribute(Marker::Span, "", &format!("#[{path}] async fn f() {{}}"));
    for path in [
        "tokio::main",
        "sqlx::test",
        "instrument",
        "tracing::instrument",
        "fastrace::trace",
        "debug_handler",
        "axum::debug_handler",
        "rstest",
        "rocket::get(\"/\")",
        "tauri::command",
        "async_recursion",
    ] {
        let written = path.split('(').next().unwrap_or_default();
        assert_eq!(above(path), format!("`#[span]` stands above `#[{written}]`: put it below\n"));
    }
    for path in ["inline", "must_use", "test", "main", "get", "command", "actix_web::get", "mine::main"] {
        assert_eq!(above(path), "", "{path}");
    }
}
