//! Arguments about what becomes of a unit's writes, and how long it waited.

use expect_test::expect;

use super::check;
use crate::attribute::Marker;
use crate::model::Mode;
use crate::taker::UnitMacro;
use crate::tests::{pretty, tokens};
use crate::unit;

#[test]
fn merging_hub() {
    check(
        Marker::IsolatedHub,
        "merge",
        "fn load(id: u64) -> Row { find(id) }",
        &expect![[r#"
        fn load(id: u64) -> Row {
            PRIVATE::hub_call(
                PRIVATE::Origin::cloned().merging(),
                move || -> Row {
                    let _ = &id;
                    find(id)
                },
            )
        }
    "#]],
    );
}

#[test]
fn merging_hub_if_it_failed() {
    check(
        Marker::IsolatedHub,
        "merge(err)",
        "fn load(id: u64) -> Result<Row> { find(id) }",
        &expect![[r#"
            fn load(id: u64) -> Result<Row> {
                PRIVATE::judged_call(
                    PRIVATE::Origin::cloned().merging_errors(),
                    move || -> Result<Row> {
                        let _ = &id;
                        find(id)
                    },
                    |__result: &_| PRIVATE::merge_if_error(
                        PRIVATE::error_returned(__result),
                    ),
                )
            }
        "#]],
    );
}

#[test]
fn merging_span_if_it_failed() {
    check(
        Marker::ParallelSpan,
        "err, merge(err)",
        "async fn load() -> Result<Row> { find() }",
        &expect![[r##"
            #[cfg(doc)]
            async fn load() -> Result<Row> {
                loop {}
            }
            #[cfg(not(doc))]
            fn load() -> impl PRIVATE::ReturnsIsolated + PRIVATE::core::future::Future<
                Output = Result<Row>,
            > {
                PRIVATE::parallel_future(
                    PRIVATE::Origin::cloned().merging_errors(),
                    {
                        static __CALLSITE: PRIVATE::Callsite = PRIVATE::Callsite::new(
                            "load",
                            PRIVATE::core::module_path!(),
                            PRIVATE::core::file!(),
                            PRIVATE::core::line!(),
                            PRIVATE::core::column!(),
                        );
                        &__CALLSITE
                    },
                    async move {
                        #[allow(
                            unreachable_code,
                            clippy::diverging_sub_expression,
                            clippy::empty_loop,
                            clippy::let_unit_value
                        )]
                        if false {
                            let __returned: Result<Row> = loop {};
                            return __returned;
                        }
                        find()
                    },
                    |__result: &_| {
                        PRIVATE::merge_if_error(
                            PRIVATE::error_display(__result),
                        )
                    },
                )
            }
        "##]],
    );
}

#[test]
fn queued_future() {
    check(
        Marker::Span,
        "queued",
        "async fn load() -> Row { find().await }",
        &expect![[r##"
            #[cfg(doc)]
            async fn load() -> Row {
                loop {}
            }
            #[cfg(not(doc))]
            fn load() -> impl PRIVATE::core::future::Future<Output = Row> {
                PRIVATE::span_future(
                    PRIVATE::Parent::active(),
                    {
                        static __CALLSITE: PRIVATE::Callsite = PRIVATE::Callsite::new(
                            "load",
                            PRIVATE::core::module_path!(),
                            PRIVATE::core::file!(),
                            PRIVATE::core::line!(),
                            PRIVATE::core::column!(),
                        );
                        &__CALLSITE
                    },
                    PRIVATE::Queued::now()
                        .future(async move {
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
                            find().await
                        }),
                    |__result: &_| {
                        {
                            #[allow(unused_imports)]
                            use PRIVATE::{OutcomeOfAny as _, OutcomeOfResult as _};
                            __result.__isohub_outcome()
                        }
                    },
                )
            }
        "##]],
    );
}

#[test]
fn queued_closures() {
    check(
        Marker::IsolatedHub,
        "",
        "fn f() { let a = #[span(queued)] move |x| x; let b = #[parallel_span(queued)] || 1; }",
        &expect![[r#"
            fn f() {
                PRIVATE::hub_call(
                    PRIVATE::Origin::cloned(),
                    move || -> () {
                        {
                            let a = {
                                let start_of_closure0 = PRIVATE::Queued::now();
                                move |x| PRIVATE::span_call(
                                    PRIVATE::Parent::active(),
                                    {
                                        static __CALLSITE: PRIVATE::Callsite = PRIVATE::Callsite::new(
                                            "f::{closure}",
                                            PRIVATE::core::module_path!(),
                                            PRIVATE::core::file!(),
                                            PRIVATE::core::line!(),
                                            PRIVATE::core::column!(),
                                        );
                                        &__CALLSITE
                                    },
                                    PRIVATE::Queued::closure0(
                                        PRIVATE::core::clone::Clone::clone(
                                            &start_of_closure0,
                                        ),
                                        || {
                                            let x = x;
                                            match () {
                                                () => x,
                                            }
                                        },
                                    ),
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
                            };
                            let hub_of_closure1 = PRIVATE::Origin::cloned();
                            let start_of_closure1 = PRIVATE::Queued::now();
                            let b = || PRIVATE::parallel_call(
                                PRIVATE::core::clone::Clone::clone(&hub_of_closure1),
                                {
                                    static __CALLSITE: PRIVATE::Callsite = PRIVATE::Callsite::new(
                                        "f::{closure}",
                                        PRIVATE::core::module_path!(),
                                        PRIVATE::core::file!(),
                                        PRIVATE::core::line!(),
                                        PRIVATE::core::column!(),
                                    );
                                    &__CALLSITE
                                },
                                PRIVATE::Queued::closure0(
                                    PRIVATE::core::clone::Clone::clone(
                                        &start_of_closure1,
                                    ),
                                    || 1,
                                ),
                                |__result: &_| {
                                    {
                                        #[allow(unused_imports)]
                                        use PRIVATE::{
                                            OutcomeOfAny as _, OutcomeOfResult as _,
                                        };
                                        __result.__isohub_outcome()
                                    }
                                },
                            );
                        }
                    },
                )
            }
        "#]],
    );
}

#[test]
fn queued_unit_of_any_kind() {
    let expansion = unit::expand(UnitMacro::Parallel, tokens("\"job\", queued, merge, job"), Mode::Enabled);
    expect![[r#"
        fn f() {
            {
                let __origin = PRIVATE::Origin::cloned().merging();
                match job {
                    __unit => {
                        let __kind = PRIVATE::unit_kind(&__unit);
                        __kind
                            .parallel(
                                __origin,
                                {
                                    static __CALLSITE: PRIVATE::Callsite = PRIVATE::Callsite::new(
                                        "job",
                                        PRIVATE::core::module_path!(),
                                        PRIVATE::core::file!(),
                                        PRIVATE::core::line!(),
                                        PRIVATE::core::column!(),
                                    );
                                    &__CALLSITE
                                },
                                __kind.queued(__unit),
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
    "#]]
    .assert_eq(&pretty(&tokens(&format!("fn f() {{ {expansion} }}"))));
}
