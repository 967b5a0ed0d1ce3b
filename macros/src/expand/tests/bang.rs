//! The `!` macros.

use expect_test::{Expect, expect};

use crate::model::Mode;
use crate::record::{self, Join};
use crate::taker::UnitMacro;
use crate::tests::{pretty, tokens};
use crate::unit;

fn check_unit(macro_: UnitMacro, text: &str, expected: &Expect) {
    let expansion = unit::expand(macro_, tokens(text), Mode::Enabled);
    expected.assert_eq(&pretty(&tokens(&format!("fn f() {{ {expansion} }}"))));
}

#[test]
fn isolated_units() {
    check_unit(
        UnitMacro::Isolated,
        "async move { 1 }",
        &expect![[r#"
        fn f() {
            {
                let __origin = PRIVATE::Origin::cloned();
                PRIVATE::hub_future(__origin, async move { 1 })
            }
        }
    "#]],
    );
    check_unit(
        UnitMacro::Isolated,
        "tags(a = 1), move |x| x",
        &expect![[r#"
            fn f() {
                {
                    let hub_of_closure0 = PRIVATE::ClosureHub::of(
                        PRIVATE::Origin::cloned(),
                    );
                    let end_of_closure0 = PRIVATE::ClosureEnd;
                    move |x| PRIVATE::and_last(
                        PRIVATE::hub_call(
                            PRIVATE::ClosureHub::origin(&hub_of_closure0),
                            || {
                                let x = x;
                                PRIVATE::tag("a", || PRIVATE::text(&(1)));
                                match () {
                                    () => x,
                                }
                            },
                        ),
                        &end_of_closure0,
                    )
                }
            }
        "#]],
    );
    check_unit(
        UnitMacro::Isolated,
        "|| x",
        &expect![[r#"
        fn f() {
            {
                let __origin = PRIVATE::Origin::cloned();
                PRIVATE::hub_closure0(__origin, || x)
            }
        }
    "#]],
    );
    check_unit(
        UnitMacro::Isolated,
        "work()",
        &expect![[r#"
            fn f() {
                {
                    let __origin = PRIVATE::Origin::cloned();
                    match work() {
                        __unit => {
                            let __kind = PRIVATE::unit_kind(&__unit);
                            __kind.isolate(__origin, __unit)
                        }
                    }
                }
            }
        "#]],
    );
    check_unit(
        UnitMacro::Isolated,
        "tags(a = 1), work()",
        &expect![[r#"
            fn f() {
                {
                    let __origin = PRIVATE::Origin::cloned();
                    match work() {
                        __unit => {
                            let __kind = PRIVATE::unit_kind(&__unit);
                            let __unit = __kind
                                .after(
                                    move || {
                                        PRIVATE::tag(
                                            "a",
                                            || PRIVATE::text(&(1)),
                                        );
                                    },
                                    __unit,
                                );
                            __kind.isolate(__origin, __unit)
                        }
                    }
                }
            }
        "#]],
    );
}

#[test]
fn parallel_units() {
    check_unit(
        UnitMacro::Parallel,
        r#""name", work()"#,
        &expect![[r#"
            fn f() {
                {
                    let __origin = PRIVATE::Origin::cloned();
                    match work() {
                        __unit => {
                            let __kind = PRIVATE::unit_kind(&__unit);
                            __kind
                                .parallel(
                                    __origin,
                                    {
                                        static __CALLSITE: PRIVATE::Callsite = PRIVATE::Callsite::new(
                                            "name",
                                            PRIVATE::core::module_path!(),
                                            PRIVATE::core::file!(),
                                            PRIVATE::core::line!(),
                                            PRIVATE::core::column!(),
                                        );
                                        &__CALLSITE
                                    },
                                    __unit,
                                    |__result: &_| {
                                        {
                                            #[allow(unused_imports)]
                                            use PRIVATE::{
                                                OutcomeOfAny as _, OutcomeOfResult as _,
                                            };
                                            __result.__isohub_outcome()
                                        }
                                    },
                                )
                        }
                    }
                }
            }
        "#]],
    );
    check_unit(
        UnitMacro::Parallel,
        r#"err, "name", work()"#,
        &expect![[r#"
            fn f() {
                {
                    let __origin = PRIVATE::Origin::cloned();
                    match work() {
                        __unit => {
                            let __kind = PRIVATE::unit_kind(&__unit);
                            __kind
                                .parallel(
                                    __origin,
                                    {
                                        static __CALLSITE: PRIVATE::Callsite = PRIVATE::Callsite::new(
                                            "name",
                                            PRIVATE::core::module_path!(),
                                            PRIVATE::core::file!(),
                                            PRIVATE::core::line!(),
                                            PRIVATE::core::column!(),
                                        );
                                        &__CALLSITE
                                    },
                                    __unit,
                                    |__result: &_| { PRIVATE::error_display(__result) },
                                )
                        }
                    }
                }
            }
        "#]],
    );
}

#[test]
fn spawned_units() {
    check_unit(
        UnitMacro::SpawnIsolated,
        "async move { 1 }",
        &expect![[r#"
        fn f() {
            {
                let __origin = PRIVATE::Origin::cloned();
                PRIVATE::tokio::task::spawn(
                    PRIVATE::hub_future(__origin, async move { 1 }),
                )
            }
        }
    "#]],
    );
    check_unit(
        UnitMacro::SpawnIsolated,
        r#"local, "name", work()"#,
        &expect![[r#"
            fn f() {
                {
                    let __origin = PRIVATE::Origin::cloned();
                    PRIVATE::tokio::task::spawn_local(
                        PRIVATE::parallel_future(
                            __origin,
                            {
                                static __CALLSITE: PRIVATE::Callsite = PRIVATE::Callsite::new(
                                    "name",
                                    PRIVATE::core::module_path!(),
                                    PRIVATE::core::file!(),
                                    PRIVATE::core::line!(),
                                    PRIVATE::core::column!(),
                                );
                                &__CALLSITE
                            },
                            PRIVATE::future(work()),
                            |__result: &_| {
                                {
                                    #[allow(unused_imports)]
                                    use PRIVATE::{
                                        OutcomeOfAny as _, OutcomeOfResult as _,
                                    };
                                    __result.__isohub_outcome()
                                }
                            },
                        ),
                    )
                }
            }
        "#]],
    );
    check_unit(
        UnitMacro::SpawnIsolated,
        "blocking, tags(a = 1), move || x",
        &expect![[r#"
            fn f() {
                {
                    let __origin = PRIVATE::Origin::cloned();
                    PRIVATE::tokio::task::spawn_blocking(
                        PRIVATE::hub_closure0(
                            __origin,
                            move || {
                                PRIVATE::tag("a", || PRIVATE::text(&(1)));
                                x
                            },
                        ),
                    )
                }
            }
        "#]],
    );
    check_unit(
        UnitMacro::SpawnIsolated,
        "thread, work",
        &expect![[r#"
            fn f() {
                {
                    let __origin = PRIVATE::Origin::cloned();
                    PRIVATE::std::thread::spawn(
                        PRIVATE::hub_closure0(
                            __origin,
                            PRIVATE::closure(work),
                        ),
                    )
                }
            }
        "#]],
    );
    check_unit(
        UnitMacro::SpawnIsolated,
        "in scope, move |scope| x",
        &expect![[r#"
            fn f() {
                {
                    let __origin = PRIVATE::Origin::cloned();
                    (scope)
                        .spawn(move |scope| PRIVATE::hub_call(
                            __origin,
                            move || {
                                let scope = scope;
                                match () {
                                    () => x,
                                }
                            },
                        ))
                }
            }
        "#]],
    );
    check_unit(
        UnitMacro::SpawnIsolated,
        "in set, work()",
        &expect![[r#"
            fn f() {
                {
                    let __origin = PRIVATE::Origin::cloned();
                    (set)
                        .spawn(
                            match work() {
                                __unit => {
                                    let __kind = PRIVATE::unit_kind(&__unit);
                                    __kind.isolate(__origin, __unit)
                                }
                            },
                        )
                }
            }
        "#]],
    );
}

#[test]
fn disabled_units() {
    let expansion =
        unit::expand(UnitMacro::SpawnIsolated, tokens("in set, err, \"a\", work()"), Mode::Disabled);
    expect!["(set) . spawn (match work () { __unit => { let _ = :: isohub :: __private :: unit_kind (& __unit) ; __unit } })"].assert_eq(&expansion.to_string());
    let expansion = unit::expand(UnitMacro::Isolated, tokens("fresh, || 1"), Mode::Disabled);
    expect!["| | 1"].assert_eq(&expansion.to_string());
}

#[test]
fn records() {
    let shown = |expansion| pretty(&tokens(&format!("fn f() {{ {expansion} }}")));
    expect![[r#"
        fn f() {
            PRIVATE::start_span(
                PRIVATE::Parent::active(),
                {
                    static __CALLSITE: PRIVATE::Callsite = PRIVATE::Callsite::new(
                            "load",
                            PRIVATE::core::module_path!(),
                            PRIVATE::core::file!(),
                            PRIVATE::core::line!(),
                            PRIVATE::core::column!(),
                        )
                        .with_fields();
                    &__CALLSITE
                },
                |__fields| {
                    __fields.add("id", || PRIVATE::value(&(id)));
                },
            )
        }
    "#]]
    .assert_eq(&shown(record::start_span(tokens(r#""load", id"#), Mode::Enabled)));
    expect![[r#"
        fn f() {
            {
                if false {
                    PRIVATE::fields(|__fields| {
                        __fields.add("id", || PRIVATE::value(&(id)));
                    });
                }
                PRIVATE::disabled_span()
            }
        }
    "#]]
    .assert_eq(&shown(record::start_span(tokens(r#""load", id"#), Mode::Disabled)));
    expect![[r#"
        fn f() {
            {
                lib::__private::fields(|__fields| {
                    __fields.add("id", || lib::__private::display(&(id)));
                });
            }
        }
    "#]]
    .assert_eq(&shown(record::record(tokens("crate = lib, %id"), Mode::Enabled)));
    expect![[r#"
        fn f() {
            {
                if false {
                    PRIVATE::fields(|__fields| {
                        __fields.add("id", || PRIVATE::value(&(id)));
                    });
                }
            }
        }
    "#]]
    .assert_eq(&shown(record::record(tokens("id"), Mode::Disabled)));
    expect![[r#"
        fn f() {
            {
                PRIVATE::breadcrumb(|__fields| {
                    __fields.category(|| PRIVATE::text(&("a")));
                    __fields.message(|| PRIVATE::text(&("b")));
                    __fields.add("id", || PRIVATE::value(&(id)));
                });
            }
        }
    "#]]
    .assert_eq(&shown(record::breadcrumb(tokens(r#""a", "b", id"#), Mode::Enabled)));
    expect![[r#"
        fn f() {
            {
                let mut __branch0 = PRIVATE::core::pin::pin!(
                    PRIVATE::branch(a)
                );
                let mut __branch1 = PRIVATE::core::pin::pin!(
                    PRIVATE::branch(b)
                );
                let mut __turns = PRIVATE::Turns::of(2usize);
                PRIVATE::core::future::poll_fn(|__cx| {
                        let __ready = __turns
                            .all(|__at| match __at {
                                0usize => {
                                    PRIVATE::core::pin::Pin::as_mut(&mut __branch0)
                                        .poll_branch(__cx)
                                }
                                _ => {
                                    PRIVATE::core::pin::Pin::as_mut(&mut __branch1)
                                        .poll_branch(__cx)
                                }
                            });
                        if __ready {
                            PRIVATE::core::task::Poll::Ready((
                                PRIVATE::core::pin::Pin::as_mut(&mut __branch0)
                                    .take_output(),
                                PRIVATE::core::pin::Pin::as_mut(&mut __branch1)
                                    .take_output(),
                            ))
                        } else {
                            PRIVATE::core::task::Poll::Pending
                        }
                    })
                    .await
            }
        }
    "#]]
    .assert_eq(&shown(record::join(tokens("a, b"), Join::All)));
    expect![[r#"
        fn f() {
            {
                let mut __branch0 = PRIVATE::core::pin::pin!(
                    PRIVATE::branch(a)
                );
                let mut __branch1 = PRIVATE::core::pin::pin!(
                    PRIVATE::branch(b)
                );
                let mut __turns = PRIVATE::Turns::of(2usize);
                PRIVATE::core::future::poll_fn(|__cx| {
                        let __ready = match __turns
                            .try_all(|__at| match __at {
                                0usize => {
                                    PRIVATE::core::pin::Pin::as_mut(&mut __branch0)
                                        .poll_try_branch(__cx)
                                }
                                _ => {
                                    PRIVATE::core::pin::Pin::as_mut(&mut __branch1)
                                        .poll_try_branch(__cx)
                                }
                            })
                        {
                            PRIVATE::core::result::Result::Ok(__ready) => __ready,
                            PRIVATE::core::result::Result::Err(__error) => {
                                return PRIVATE::core::task::Poll::Ready(
                                    PRIVATE::core::result::Result::Err(__error),
                                );
                            }
                        };
                        if __ready {
                            PRIVATE::core::task::Poll::Ready(
                                PRIVATE::core::result::Result::Ok((
                                    PRIVATE::core::pin::Pin::as_mut(&mut __branch0)
                                        .take_ok(),
                                    PRIVATE::core::pin::Pin::as_mut(&mut __branch1)
                                        .take_ok(),
                                )),
                            )
                        } else {
                            PRIVATE::core::task::Poll::Pending
                        }
                    })
                    .await
            }
        }
    "#]]
    .assert_eq(&shown(record::join(tokens("a, b,"), Join::Try)));
}
