//! Blocks and statements.

use expect_test::{Expect, expect};

use super::check_hub;
use crate::attribute::Marker;
use crate::item;
use crate::model::Mode;
use crate::tests::{pretty, tokens};

/// The expansion without what is told of a span, which is the same everywhere, and of functions.
fn check_body(body: &str, expected: &Expect) {
    let function = format!("async fn f() {{ {body} }}");
    let expansion = item::expand(Marker::IsolatedHub, tokens("fresh"), tokens(&function), Mode::Enabled);
    let text = pretty(&expansion);
    let body = text.split("#[cfg(not(doc))]").nth(1).unwrap_or(&text);
    let lines: Vec<&str> =
        body.lines().skip_while(|line| !line.contains("return __returned")).skip(2).collect();
    expected.assert_eq(&format!("{}\n", lines.join("\n")));
}

#[test]
fn hubs() {
    check_hub(
        "fn f() { #[isolated_hub(tags(a = 1))] { g(); h() } }",
        &expect![[r#"
        fn f() {
            PRIVATE::hub_call(
                PRIVATE::Origin::cloned(),
                move || -> () {
                    {
                        let __block0 = PRIVATE::hub_block(
                            PRIVATE::Origin::cloned(),
                        );
                        PRIVATE::tag("a", || PRIVATE::text(&(1)));
                        g();
                        h()
                    }
                },
            )
        }
    "#]],
    );
}

#[test]
fn spans() {
    check_body(
        "#[span(op = \"db\", err)] { let x = g()?; if x { return Err(1); } h(x) }",
        &expect![[r#"
                        {
                            let __block0 = PRIVATE::span_block(
                                PRIVATE::Parent::active(),
                                {
                                    static __CALLSITE: PRIVATE::Callsite = PRIVATE::Callsite::new(
                                            "f::{block}",
                                            PRIVATE::core::module_path!(),
                                            PRIVATE::core::file!(),
                                            PRIVATE::core::line!(),
                                            PRIVATE::core::column!(),
                                        )
                                        .with_op("db");
                                    &__CALLSITE
                                },
                            );
                            let x = PRIVATE::leave(
                                g(),
                                &__block0,
                                |__result: &_| {
                                    #[allow(unused_imports)]
                                    use PRIVATE::{
                                        LeftDisplayed as _, LeftFailed as _, LeftOk as _,
                                        LeftWith as _,
                                    };
                                    (&&&&PRIVATE::Leaving(__result.__isohub_known()))
                                        .__isohub_left()
                                },
                            )?;
                            if x {
                                return PRIVATE::leave(
                                    Err(1),
                                    &__block0,
                                    |__result: &_| {
                                        #[allow(unused_imports)]
                                        use PRIVATE::{
                                            LeftDisplayed as _, LeftFailed as _, LeftOk as _,
                                            LeftWith as _,
                                        };
                                        (&&&&PRIVATE::Leaving(__result.__isohub_known()))
                                            .__isohub_left()
                                    },
                                );
                            }
                            PRIVATE::leave(
                                PRIVATE::core::convert::identity(h(x)),
                                &__block0,
                                |__result: &_| {
                                    {
                                        #[allow(unused_imports)]
                                        use PRIVATE::{
                                            LeftDisplayed as _, LeftFailed as _, LeftOk as _,
                                            LeftWith as _,
                                        };
                                        (&&&&PRIVATE::Leaving(__result.__isohub_known()))
                                            .__isohub_left()
                                    }
                                },
                            )
                        }
                    },
                )
            }
        "#]],
    );
}

#[test]
fn statements() {
    check_body(
        "#[isolated_hub] let x = g(#[isolated_hub] || 1)?; #[isolated_hub] x.h(); #[isolated_hub] for y in x {} \
         #[isolated_hub] m!(x);",
        &expect![[r#"
                        {
                            let __block0 = PRIVATE::hub_block(
                                PRIVATE::Origin::cloned(),
                            );
                            let hub_of_closure0 = PRIVATE::Origin::cloned();
                            let x = g(|| PRIVATE::hub_call(
                                PRIVATE::core::clone::Clone::clone(&hub_of_closure0),
                                || 1,
                            ))?;
                            PRIVATE::end_block(__block0);
                            {
                                let __block1 = PRIVATE::hub_block(
                                    PRIVATE::Origin::cloned(),
                                );
                                x.h();
                            }
                            {
                                let __block2 = PRIVATE::hub_block(
                                    PRIVATE::Origin::cloned(),
                                );
                                for y in x {}
                            }
                            let __block3 = PRIVATE::held_hub_block(
                                PRIVATE::Origin::cloned(),
                            );
                            m!(x);
                            PRIVATE::end_block(__block3);
                        }
                    }),
                )
            }
        "#]],
    );
}

#[test]
fn what_waits_is_held_by_a_frame() {
    check_body(
        "#[isolated_hub] g().await; let h = async move { #[isolated_hub] { i().await } }; \
         let j = async |k| #[isolated_hub] k.await;",
        &expect![[r#"
                        {
                            {
                                let __block0 = PRIVATE::held_hub_block(
                                    PRIVATE::Origin::cloned(),
                                );
                                g().await;
                            }
                            let h = async move {
                                PRIVATE::framed(async move {
                                        {
                                            let __block1 = PRIVATE::held_hub_block(
                                                PRIVATE::Origin::cloned(),
                                            );
                                            i().await
                                        }
                                    })
                                    .await
                            };
                            let j = async |k| {
                                PRIVATE::framed(async {
                                        {
                                            let __block2 = PRIVATE::held_hub_block(
                                                PRIVATE::Origin::cloned(),
                                            );
                                            k.await
                                        }
                                    })
                                    .await
                            };
                        }
                    }),
                )
            }
        "#]],
    );
}

#[test]
fn handlers_of_select() {
    check_body(
        "select! { x = g() => { #[isolated_hub] let y = x?; y }, y = #[isolated_hub] async { 1 } => 2 }",
        &expect![[r#"
                        select! {
                            x = g() => { let __block0 =
                            PRIVATE::hub_block(PRIVATE::Origin::cloned());
                            let y = x ?; PRIVATE::end_block(__block0); y }, y =
                            PRIVATE::hub_future(PRIVATE::Origin::cloned(),
                            async { 1 }) => 2
                        }
                    },
                )
            }
        "#]],
    );
}

#[test]
fn disabled_leaves_the_body() {
    let item = "async fn f(id: u64) { #[span(fields(id))] { g().await?; h() } #[isolated_hub(tags(a = id))] let x = 1; \
                #[span] x.h(); let y = #[parallel_span] g().await?; #[span] for _ in y { return Err(1); } }";
    let expansion = item::expand(Marker::Span, tokens(""), tokens(item), Mode::Disabled);
    expect![[r#"
        async fn f(id: u64) {
            {
                if false {
                    PRIVATE::fields(|__fields| {
                        __fields.add("id", || PRIVATE::value(&(id)));
                    });
                }
                g().await?;
                h()
            }
            if false {
                PRIVATE::tag("a", || PRIVATE::text(&(id)));
            }
            let x = 1;
            x.h();
            let y = g().await?;
            for _ in y {
                return Err(1);
            }
        }
    "#]]
    .assert_eq(&pretty(&expansion));
}

/// A macro in braces is a statement to the parser also where it is the value of a block.
#[test]
fn macro_at_the_end() {
    check_body(
        "#[isolated_hub] select! { a => 1 }",
        &expect![[r#"
                    {
                        let __block0 = PRIVATE::held_hub_block(
                            PRIVATE::Origin::cloned(),
                        );
                        select! {
                            a => 1
                        }
                    }
                }),
            )
        }
    "#]],
    );
    check_body(
        "#[isolated_hub] select! { a => 1 } g()",
        &expect![[r#"
                    {
                        let __block0 = PRIVATE::held_hub_block(
                            PRIVATE::Origin::cloned(),
                        );
                        select! {
                            a => 1
                        }
                        PRIVATE::end_block(__block0);
                        g()
                    }
                }),
            )
        }
    "#]],
    );
}
