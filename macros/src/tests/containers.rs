//! What is refused on `impl` blocks, traits and modules, and what is left alone there.

use expect_test::{Expect, expect};

use super::{attribute, pretty, tokens};
use crate::attribute::Marker;
use crate::item;
use crate::model::Mode;

fn check(arguments: &str, item: &str, expected: &Expect) {
    expected.assert_eq(&attribute(Marker::Span, arguments, item));
}

#[test]
fn containers_in_which_nothing_is_reached() {
    check(
        "",
        "impl S {}",
        &expect![[r#"
        `#[span]` does nothing here, where no function has a body: remove it
    "#]],
    );
    check(
        "",
        "trait T { fn f(); type X; }",
        &expect![[r#"
            `#[span]` does nothing here, where no function has a body: put it on what implements the trait
        "#]],
    );
    check(
        "",
        "impl S { const fn f() {} extern \"C\" fn g() {} }",
        &expect![[r#"
        `#[span]` does nothing here, where each function is `const` or `extern`: remove it
    "#]],
    );
    check(
        "pub_only",
        "mod m { fn f() {} impl S { pub(crate) fn g() {} } pub const fn h() {} }",
        &expect![[r#"
            `#[span]` does nothing here, where no function is `pub`: remove `pub_only`
        "#]],
    );
    check("pub_only", "mod m { impl S for T { fn f() {} } }", &expect![""]);
    check("", "mod m { mod n { fn f() {} } }", &expect![""]);
    check("", "impl S { #[span(skip)] const fn f() {} }", &expect![""]);
    check(
        "",
        "impl S { made!(); }",
        &expect![[r#"
        `#[span]` does nothing here, where no function has a body: remove it
    "#]],
    );
}

#[test]
fn arguments_that_are_meant_for_one_function() {
    check(
        "\"name\", err",
        "impl S { fn f() {} }",
        &expect![[r#"
        `name` would name each function alike: put it on one of them
    "#]],
    );
    check(
        "ret",
        "impl S { fn f() {} }",
        &expect![[r#"
        `ret` is about what one function returns: put it on one of them
    "#]],
    );
    check(
        "nam = 1, name = NAME",
        "impl S { fn f() {} }",
        &expect![[r#"
        unknown argument `nam`: did you mean `name`?
    "#]],
    );
    check(
        "err, error_if = |r| r",
        "impl S { fn f() {} }",
        &expect![[r#"
        `err` and `error_if` contradict, both decide what an error is: keep one
        `err` and `error_if` contradict, both decide what an error is: keep one
    "#]],
    );
    check(
        "skip",
        "impl S { fn f() {} }",
        &expect![[r#"
            `skip` leaves a function out of an `impl` block, trait or module that has an isohub attribute: remove it here
        "#]],
    );
    check(
        "skip",
        "fn f() {}",
        &expect![[r#"
            `skip` leaves a function out of an `impl` block, trait or module that has an isohub attribute: remove it here
        "#]],
    );
    check(
        "skip, err",
        "fn f() {}",
        &expect![[r#"
        `skip` leaves out what it stands on, so it stands alone: remove it, or the others
    "#]],
    );
    check(
        "pub_only",
        "fn f() {}",
        &expect![[r#"
        `pub_only` is for an `impl` block, a trait or a module: remove it
    "#]],
    );
    check(
        "",
        "#[isolated_hub] impl S { fn f() {} }",
        &expect![[r#"
        `#[span]` and `#[isolated_hub]` on one item: write `#[parallel_span]`, which is both
    "#]],
    );
}

/// Each error once, beside the whole item, whose functions are still marked.
#[test]
fn a_wrong_container_is_still_there() {
    let expansion = item::expand(
        Marker::Span,
        tokens("nmae, crate = here"),
        tokens("impl S { const X: u8 = { 1 }; fn f() { half. } #[span(skip)] fn g() {} }"),
        Mode::Enabled,
    );
    expect![[r#":: core :: compile_error ! { "unknown argument `nmae`: did you mean `name`?" } impl S { const X : u8 = { 1 } ; # [here :: __private :: contained (span , "S" , (crate = here))] fn f () { half . } # [span (skip)] # [here :: __private :: contained (span , "S" , (crate = here))] fn g () { } }"#]].assert_eq(&expansion.to_string());
}

/// A skipped function loses both attributes, one with an attribute of its own the container's.
#[test]
fn attributes_of_their_own() {
    let mark = "#[::isohub::__private::contained(parallel_span, \"S\", (err))]";
    let expand = |arguments: &str, item: &str| {
        pretty(&item::expand(
            Marker::Span,
            tokens(arguments),
            tokens(&format!("{mark} {item}")),
            Mode::Enabled,
        ))
    };
    expect![[r#"
        #[inline]
        fn f() {}
    "#]]
    .assert_eq(&expand("skip", "#[inline] fn f() {}"));
    expect![[r#"
        impl X {
            #[PRIVATE::contained(span, "X", ())]
            fn f() {}
        }
    "#]]
    .assert_eq(&expand("", "impl X { fn f() {} }"));
    assert!(expand("", "fn f() {}").contains("\"S::f\""));
}
