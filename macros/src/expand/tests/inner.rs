//! Units that are expressions.

use expect_test::expect;

use super::{check, check_hub};
use crate::attribute::Marker;
use crate::item;
use crate::model::Mode;
use crate::tests::{pretty, tokens};

#[test]
fn async_blocks_and_closures() {
    check_hub(
        "fn f() {
            let a = #[isolated_hub] async { 1 };
            let b = #[span(fields(id))] async move { g(id).await }.await;
            let c = #[isolated_hub] move |x| x + 1;
            let d = h(#[isolated_hub] |(x, y): (u8, u8)| -> u8 { x });
            let e = #[isolated_hub] async move |x| x;
            match x { 1 => i(#[isohub::isolated_hub] || 1), _ => j(|| #[isolated_hub] || 2) }
        }",
        &expect![[r#"
            fn f() {
                PRIVATE::hub_call(
                    PRIVATE::Origin::cloned(),
                    move || -> () {
                        {
                            let a = PRIVATE::hub_future(
                                PRIVATE::Origin::cloned(),
                                async { 1 },
                            );
                            let b = PRIVATE::span_future(
                                    PRIVATE::Parent::active(),
                                    {
                                        static __CALLSITE: PRIVATE::Callsite = PRIVATE::Callsite::new(
                                                "f::{async}",
                                                PRIVATE::core::module_path!(),
                                                PRIVATE::core::file!(),
                                                PRIVATE::core::line!(),
                                                PRIVATE::core::column!(),
                                            )
                                            .with_fields();
                                        &__CALLSITE
                                    },
                                    async move {
                                        PRIVATE::fields(|__fields| {
                                            __fields.add("id", || PRIVATE::value(&(id)));
                                        });
                                        g(id).await
                                    },
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
                                .await;
                            let c = {
                                let hub_of_closure0 = PRIVATE::ClosureHub::of(
                                    PRIVATE::Origin::cloned(),
                                );
                                let end_of_closure0 = PRIVATE::ClosureEnd;
                                move |x| PRIVATE::and_last(
                                    PRIVATE::hub_call(
                                        PRIVATE::ClosureHub::origin(&hub_of_closure0),
                                        || {
                                            let x = x;
                                            match () {
                                                () => x + 1,
                                            }
                                        },
                                    ),
                                    &end_of_closure0,
                                )
                            };
                            let hub_of_closure1 = PRIVATE::Origin::cloned();
                            let d = h(|__arg0: (u8, u8)| -> u8 {
                                PRIVATE::hub_call(
                                    PRIVATE::core::clone::Clone::clone(&hub_of_closure1),
                                    || -> u8 {
                                        let __arg0 = __arg0;
                                        let (x, y) = __arg0;
                                        match () {
                                            () => x,
                                        }
                                    },
                                )
                            });
                            let e = {
                                let hub_of_closure2 = PRIVATE::ClosureHub::of(
                                    PRIVATE::Origin::cloned(),
                                );
                                let end_of_closure2 = PRIVATE::ClosureEnd;
                                async move |x| PRIVATE::and_last(
                                    PRIVATE::hub_future(
                                            PRIVATE::ClosureHub::origin(&hub_of_closure2),
                                            async {
                                                let x = x;
                                                match () {
                                                    () => x,
                                                }
                                            },
                                        )
                                        .await,
                                    &end_of_closure2,
                                )
                            };
                            match x {
                                1 => {
                                    let hub_of_closure3 = PRIVATE::Origin::cloned();
                                    i(|| PRIVATE::hub_call(
                                        PRIVATE::core::clone::Clone::clone(
                                            &hub_of_closure3,
                                        ),
                                        || 1,
                                    ))
                                }
                                _ => {
                                    j(|| {
                                        let hub_of_closure4 = PRIVATE::Origin::cloned();
                                        || PRIVATE::hub_call(
                                            PRIVATE::core::clone::Clone::clone(
                                                &hub_of_closure4,
                                            ),
                                            || 2,
                                        )
                                    })
                                }
                            }
                        }
                    },
                )
            }
        "#]],
    );
}

#[test]
fn inside_macros() {
    check_hub(
        "fn f() {
            vec![#[isolated_hub] async { 1 }, 2];
            select! { x = #[isolated_hub] async { 1 } => { g(#[isolated_hub] || 3) } }
            m! { #[span] fn untouched() {} }
        }",
        &expect![[r#"
            fn f() {
                PRIVATE::hub_call(
                    PRIVATE::Origin::cloned(),
                    move || -> () {
                        {
                            vec![
                                PRIVATE::hub_future(PRIVATE::Origin::cloned(),
                                async { 1 }), 2
                            ];
                            select! {
                                x =
                                PRIVATE::hub_future(PRIVATE::Origin::cloned(),
                                async { 1 }) => { let hub_of_closure0 =
                                PRIVATE::Origin::cloned(); g(| |
                                PRIVATE::hub_call(PRIVATE::core::clone::Clone::clone(&
                                hub_of_closure0), || 3)) }
                            }
                            m! {
                                #[span] fn untouched() {}
                            }
                        }
                    },
                )
            }
        "#]],
    );
}

#[test]
fn bodies_without_end() {
    check(
        Marker::Span,
        "",
        "fn f() { spawn(#[span] async { loop { work().await; } }) }",
        &expect![[r#"
            fn f() {
                PRIVATE::span_call(
                    PRIVATE::Parent::active(),
                    {
                        static __CALLSITE: PRIVATE::Callsite = PRIVATE::Callsite::new(
                            "f",
                            PRIVATE::core::module_path!(),
                            PRIVATE::core::file!(),
                            PRIVATE::core::line!(),
                            PRIVATE::core::column!(),
                        );
                        &__CALLSITE
                    },
                    move || -> () {
                        spawn(
                            PRIVATE::span_future(
                                PRIVATE::Parent::active(),
                                {
                                    static __CALLSITE: PRIVATE::Callsite = PRIVATE::Callsite::new(
                                        "f::{async}",
                                        PRIVATE::core::module_path!(),
                                        PRIVATE::core::file!(),
                                        PRIVATE::core::line!(),
                                        PRIVATE::core::column!(),
                                    );
                                    &__CALLSITE
                                },
                                async {
                                    loop {
                                        work().await;
                                    }
                                },
                                |__result: &_| { PRIVATE::outcome_if(false) },
                            ),
                        )
                    },
                    |__result: &_| {
                        {
                            #[allow(unused_imports)]
                            use PRIVATE::{OutcomeOfAny as _, OutcomeOfResult as _};
                            __result.__isohub_outcome()
                        }
                    },
                )
            }
        "#]],
    );
}

#[test]
fn disabled_leaves_the_item() {
    let item = "async fn f(x: u8) -> u8 { let a = #[parallel_span] async { x }; m!(#[span] || 1); a.await }";
    let expansion = item::expand(Marker::Span, tokens("err"), tokens(item), Mode::Disabled);
    expect![[r#"
        async fn f(x: u8) -> u8 {
            if false {
                PRIVATE::check_outcome::<
                    u8,
                >(|__result: &_| { PRIVATE::error_display(__result) });
            }
            let a = async { x };
            m!(| | 1);
            a.await
        }
    "#]]
    .assert_eq(&pretty(&expansion));
}

#[test]
fn closures_that_return_futures() {
    check_hub(
        "fn f() {
            let a = #[isolated_hub] move |x| async move { x };
            let b = #[isolated_hub] |x| { let y = x; Box::pin(async move { y }) };
            let c = #[isolated_hub] move |x| { if x { return g(); } async move { h() } };
        }",
        &expect![[r#"
            fn f() {
                PRIVATE::hub_call(
                    PRIVATE::Origin::cloned(),
                    move || -> () {
                        {
                            let a = {
                                let hub_of_closure0 = PRIVATE::ClosureHub::of(
                                    PRIVATE::Origin::cloned(),
                                );
                                let end_of_closure0 = PRIVATE::ClosureEnd;
                                move |x| PRIVATE::and_last(
                                    {
                                        let __source = PRIVATE::ClosureHub::origin(
                                            &hub_of_closure0,
                                        );
                                        PRIVATE::hub_future(__source, async move { x })
                                    },
                                    &end_of_closure0,
                                )
                            };
                            let hub_of_closure1 = PRIVATE::Origin::cloned();
                            let b = |x| {
                                let __source = PRIVATE::core::clone::Clone::clone(
                                    &hub_of_closure1,
                                );
                                let mut __source = __source;
                                let __making = __source.making();
                                let y = x;
                                PRIVATE::core::mem::drop(__making);
                                Box::pin(PRIVATE::hub_future(__source, async move { y }))
                            };
                            let c = {
                                let hub_of_closure2 = PRIVATE::ClosureHub::of(
                                    PRIVATE::Origin::cloned(),
                                );
                                let end_of_closure2 = PRIVATE::ClosureEnd;
                                move |x| PRIVATE::and_last(
                                    PRIVATE::hub_call(
                                        PRIVATE::ClosureHub::origin(&hub_of_closure2),
                                        || {
                                            let x = x;
                                            match () {
                                                () => {
                                                    if x {
                                                        return g();
                                                    }
                                                    async move { h() }
                                                }
                                            }
                                        },
                                    ),
                                    &end_of_closure2,
                                )
                            };
                        }
                    },
                )
            }
        "#]],
    );
}
