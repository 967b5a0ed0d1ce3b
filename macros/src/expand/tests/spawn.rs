//! What is spawned, and functions whose futures say by their type that they have a hub.

use expect_test::{Expect, expect};

use super::{check, check_hub};
use crate::attribute::Marker;
use crate::item;
use crate::model::Mode;
use crate::tests::{pretty, tokens};

fn check_disabled(marker: Marker, arguments: &str, item: &str, expected: &Expect) {
    let expansion = item::expand(marker, tokens(arguments), tokens(item), Mode::Disabled);
    expected.assert_eq(&pretty(&expansion));
}

#[test]
fn spawned_calls_are_checked_by_type() {
    check_hub(
        "fn f() {
            tokio::spawn(g(1));
            task::spawn(Box::pin(timeout(second, a::g())));
            tokio::spawn(tokio::spawn(g()));
            tokio::spawn({ let x = 1; g(x) });
            tokio::spawn(x.g());
            tokio::spawn(Self::g());
            tokio::spawn(g!());
            tokio::spawn(x);
            spawn(g());
            thread::spawn(g());
        }",
        &expect![[r#"
            fn f() {
                PRIVATE::hub_call(
                    PRIVATE::Origin::cloned(),
                    move || -> () {
                        {
                            tokio::spawn(PRIVATE::Isolated::__isohub_isolated(g(1)));
                            task::spawn(
                                Box::pin(
                                    timeout(
                                        second,
                                        PRIVATE::Isolated::__isohub_isolated(a::g()),
                                    ),
                                ),
                            );
                            tokio::spawn(
                                PRIVATE::Isolated::__isohub_isolated(
                                    tokio::spawn(
                                        PRIVATE::Isolated::__isohub_isolated(g()),
                                    ),
                                ),
                            );
                            tokio::spawn({
                                let x = 1;
                                PRIVATE::Isolated::__isohub_isolated(g(x))
                            });
                            tokio::spawn(x.g());
                            tokio::spawn(Self::g());
                            tokio::spawn(g!());
                            tokio::spawn(x);
                            spawn(g());
                            thread::spawn(g());
                        }
                    },
                )
            }
        "#]],
    );
}

#[test]
fn the_check_names_the_runtime_where_it_is() {
    check(
        Marker::IsolatedHub,
        "crate = lib",
        "fn f() { tokio::spawn(g()); }",
        &expect![[r#"
        fn f() {
            lib::__private::hub_call(
                lib::__private::Origin::cloned(),
                move || -> () {
                    {
                        tokio::spawn(lib::__private::Isolated::__isohub_isolated(g()));
                    }
                },
            )
        }
    "#]],
    );
}

#[test]
fn what_is_allowed_stays_as_it_is() {
    check(
        Marker::IsolatedHub,
        "allow(bare_spawn)",
        "fn f() { tokio::spawn(g()); tokio::spawn(async {}); }",
        &expect![[r#"
            fn f() {
                PRIVATE::hub_call(
                    PRIVATE::Origin::cloned(),
                    move || -> () {
                        {
                            tokio::spawn(g());
                            tokio::spawn(async {});
                        }
                    },
                )
            }
        "#]],
    );
}

#[test]
fn methods_say_nothing_by_type() {
    check_hub(
        "async fn f(&self) { 1 }",
        &expect![[r#"
            #[cfg(doc)]
            async fn f(&self) {
                loop {}
            }
            #[cfg(not(doc))]
            fn f(&self) -> impl PRIVATE::core::future::Future<Output = ()> {
                PRIVATE::hub_future(
                    PRIVATE::Origin::cloned(),
                    async move {
                        #[allow(
                            unreachable_code,
                            clippy::diverging_sub_expression,
                            clippy::empty_loop,
                            clippy::let_unit_value
                        )]
                        if false {
                            let __returned: () = loop {};
                            return __returned;
                        }
                        let _ = &self;
                        1
                    },
                )
            }
        "#]],
    );
    check_hub(
        "async fn f() -> Option<Self> { None }",
        &expect![[r#"
            #[cfg(doc)]
            async fn f() -> Option<Self> {
                loop {}
            }
            #[cfg(not(doc))]
            fn f() -> impl PRIVATE::core::future::Future<Output = Option<Self>> {
                PRIVATE::hub_future(
                    PRIVATE::Origin::cloned(),
                    async move {
                        #[allow(
                            unreachable_code,
                            clippy::diverging_sub_expression,
                            clippy::empty_loop,
                            clippy::let_unit_value
                        )]
                        if false {
                            let __returned: Option<Self> = loop {};
                            return __returned;
                        }
                        None
                    },
                )
            }
        "#]],
    );
}

#[test]
fn marked_functions_of_a_build_that_does_not_record() {
    check_disabled(
        Marker::ParallelSpan,
        "fields(id)",
        "async fn f(id: u64, _: u8) -> Row { g(id).await }",
        &expect![[r##"
            #[cfg(doc)]
            async fn f(id: u64, _: u8) -> Row {
                loop {}
            }
            #[cfg(not(doc))]
            fn f(
                id: u64,
                __arg1: u8,
            ) -> impl PRIVATE::ReturnsIsolated + PRIVATE::core::future::Future<
                Output = Row,
            > {
                PRIVATE::marked_future(async move {
                    #[allow(
                        unreachable_code,
                        clippy::diverging_sub_expression,
                        clippy::empty_loop,
                        clippy::let_unit_value
                    )]
                    if false {
                        let __returned: Row = loop {};
                        return __returned;
                    }
                    let _ = (&__arg1, &id);
                    if false {
                        PRIVATE::fields(|__fields| {
                            __fields.add("id", || PRIVATE::value(&(id)));
                        });
                    }
                    g(id).await
                })
            }
        "##]],
    );
    check_disabled(
        Marker::IsolatedHub,
        "",
        "fn f(x: u8) -> impl Future<Output = u8> + Send { g(x); async move { x } }",
        &expect![[r#"
            #[cfg(doc)]
            fn f(x: u8) -> impl Future<Output = u8> + Send {
                g(x);
                async move { x }
            }
            #[cfg(not(doc))]
            fn f(x: u8) -> impl PRIVATE::ReturnsIsolated + Future<Output = u8> + Send {
                g(x);
                PRIVATE::marked_future(async move { x })
            }
        "#]],
    );
    check_disabled(
        Marker::IsolatedHub,
        "",
        "async fn f(&self) {}",
        &expect![[r#"
        async fn f(&self) {}
    "#]],
    );
    check_disabled(
        Marker::Span,
        "",
        "async fn f() {}",
        &expect![[r#"
        async fn f() {}
    "#]],
    );
    check_disabled(
        Marker::IsolatedHub,
        "",
        "fn f() { tokio::spawn(g()); }",
        &expect![[r#"
        fn f() {
            tokio::spawn(PRIVATE::Isolated::__isohub_isolated(g()));
        }
    "#]],
    );
}
