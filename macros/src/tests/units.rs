//! What the `!` macros refuse.

use expect_test::{Expect, expect};

use super::{messages, tokens};
use crate::model::Mode;
use crate::record;
use crate::taker::UnitMacro;
use crate::unit;

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
            expected the unit: an async block, a future or a closure
        "#]],
    );
    check_unit(
        UnitMacro::Isolated,
        "fresh, tags(a = 1),",
        &expect![[r#"
            expected the unit after this: an async block, a future or a closure
        "#]],
    );
    check_unit(
        UnitMacro::Isolated,
        "thread, || 1",
        &expect![[r#"
            `thread` spawns: use `isohub::spawn_isolated!(..)`
        "#]],
    );
    check_unit(
        UnitMacro::Isolated,
        "frehs, async {}",
        &expect![[r#"
            unknown option `frehs`: did you mean `fresh`?
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
            `op` is not an option of `isolated!`, which starts no span: use `isohub::parallel!("name", ..)`
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
