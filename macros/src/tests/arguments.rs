//! Arguments that are refused.

use expect_test::{Expect, expect};

use super::attribute;
use crate::attribute::Marker;

fn check_arguments(marker: Marker, arguments: &str, expected: &Expect) {
    expected.assert_eq(&attribute(marker, arguments, "fn f() {}"));
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
            unknown argument `everything`: `#[isolated_hub]` takes tags, fresh, detached, parent, merge, skip, pub_only, allow, crate
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
            unknown kind `servre`: did you mean `server`?
        "#]],
    );
    check_arguments(
        Marker::Span,
        r#"kind = "server""#,
        &expect![[r#"
            a kind is a bare word: write `kind = server`
        "#]],
    );
    check_arguments(
        Marker::Span,
        "level = loud",
        &expect![[r#"
            unknown level `loud`: write trace, debug, info, warning, error or fatal
        "#]],
    );
    check_arguments(
        Marker::Span,
        r#"level = "loud""#,
        &expect![[r#"
            unknown level `loud`: write trace, debug, info, warning, error or fatal
        "#]],
    );
    check_arguments(
        Marker::Span,
        "level = 3",
        &expect![[r#"
            a level is a bare word: write trace, debug, info, warning, error or fatal
        "#]],
    );
    check_arguments(
        Marker::Span,
        "err = true",
        &expect![[r#"
            `err` takes one of two words: write `err`, `err(Debug)` or `err(capture)`
        "#]],
    );
    check_arguments(
        Marker::Span,
        "err(Display)",
        &expect![[r#"
            `err` takes one of two words: write `err`, `err(Debug)` or `err(capture)`
        "#]],
    );
    check_arguments(
        Marker::Span,
        "ret = 1",
        &expect![[r#"
            `ret` is alone or has a list: write `ret` or `ret(key = value)`
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
            expected an argument: `#[span]` takes name, op, kind, level, fields, err, error_if, ret, detached, parent, links, queued, skip, pub_only, allow, crate
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
            `a` needs a value: write `a = value`
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
            this needs a key and a value: write `a = a`
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
fn merging_needs_a_creator() {
    check_arguments(
        Marker::ParallelSpan,
        "merge, fresh",
        &expect![[r#"
        `fresh` and `merge` contradict, a fresh hub takes nothing from its creator and gives nothing back: keep one
        `fresh` and `merge` contradict, a fresh hub takes nothing from its creator and gives nothing back: keep one
    "#]],
    );
    check_arguments(
        Marker::IsolatedHub,
        "merge(Err)",
        &expect![[r#"
            `merge` takes one word or none: write `merge` or `merge(err)`
        "#]],
    );
    check_arguments(
        Marker::Span,
        "merge",
        &expect![[r#"
        `merge` is not an argument of `#[span]`, which has no hub of its own: use `#[parallel_span]`
    "#]],
    );
}

#[test]
fn a_function_that_runs_at_once_is_not_queued() {
    check_arguments(
        Marker::Span,
        "queued",
        &expect![[r#"
        `queued` measures from the call to the first poll, but this function runs at once: leave it out, or put it on a future or a closure
    "#]],
    );
    check_arguments(
        Marker::IsolatedHub,
        "queued",
        &expect![[r#"
        `queued` is not an argument of `#[isolated_hub]`, which starts no span: use `#[parallel_span]`
    "#]],
    );
}
