//! Functions of every shape.

use expect_test::expect;

use super::{check, check_hub};
use crate::attribute::Marker;

#[test]
fn sync_function() {
    check(
        Marker::Span,
        "",
        "fn load(id: u64) -> Row { find(id) }",
        &expect![[r#"
            fn load(id: u64) -> Row {
                PRIVATE::span_call(
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
                    move || -> Row {
                        let _ = &id;
                        find(id)
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
fn async_function() {
    check(
        Marker::ParallelSpan,
        "",
        "pub async fn load(id: u64) -> Row { find(id).await }",
        &expect![[r##"
            #[cfg(doc)]
            pub async fn load(id: u64) -> Row {
                loop {}
            }
            #[cfg(not(doc))]
            pub fn load(
                id: u64,
            ) -> impl PRIVATE::ReturnsIsolated + PRIVATE::core::future::Future<
                Output = Row,
            > {
                PRIVATE::parallel_future(
                    PRIVATE::Origin::cloned(),
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
                            let __returned: Row = loop {};
                            return __returned;
                        }
                        let _ = &id;
                        find(id).await
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
        "##]],
    );
}

#[test]
fn every_argument() {
    let arguments = r#""load", op = "db", kind = client, level = warn, fields(id, %user, n = ?rows, "a.b" = 1),
        tags(tenant = id), err(Debug), ret(rows = r.len()), fresh, parent = remote, links = others, crate = lib"#;
    check(
        Marker::ParallelSpan,
        arguments,
        "async fn f() {}",
        &expect![[r##"
            #[cfg(doc)]
            async fn f() {
                loop {}
            }
            #[cfg(not(doc))]
            fn f() -> impl lib::__private::ReturnsIsolated + lib::__private::core::future::Future<
                Output = (),
            > {
                lib::__private::parallel_future(
                    lib::__private::Origin::fresh().parent(remote),
                    {
                        static __CALLSITE: lib::__private::Callsite = lib::__private::Callsite::new(
                                "load",
                                lib::__private::core::module_path!(),
                                lib::__private::core::file!(),
                                lib::__private::core::line!(),
                                lib::__private::core::column!(),
                            )
                            .with_op("db")
                            .with_kind(lib::__private::SpanKind::Client)
                            .with_level(lib::__private::Level::Warning)
                            .with_fields();
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
                            let __returned: () = loop {};
                            return __returned;
                        }
                        lib::__private::tag("tenant", || lib::__private::text(&(id)));
                        lib::__private::fields(|__fields| {
                            __fields.add("id", || lib::__private::value(&(id)));
                            __fields.add("user", || lib::__private::display(&(user)));
                            __fields.add("n", || lib::__private::debug(&(rows)));
                            __fields.add("a.b", || lib::__private::value(&(1)));
                        });
                        lib::__private::links(|| others);
                        {}
                    },
                    |__result: &_| {
                        #[allow(unused_variables)]
                        let r = __result;
                        lib::__private::fields(|__fields| {
                            __fields.add("rows", || lib::__private::value(&(r.len())));
                        });
                        lib::__private::error_debug(__result)
                    },
                )
            }
        "##]],
    );
}

#[test]
fn outcome_of_a_predicate() {
    check(
        Marker::Span,
        "error_if = |r| r.is_none(), ret",
        "fn f() -> Option<u8> { None }",
        &expect![[r#"
            fn f() -> Option<u8> {
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
                    move || -> Option<u8> { None },
                    |__result: &_| {
                        #[allow(unused_variables)]
                        let r = __result;
                        PRIVATE::fields(|__fields| {
                            __fields.add("return", || PRIVATE::returned(&(r)));
                        });
                        PRIVATE::outcome_if(
                            PRIVATE::core::option::Option::is_some_and(
                                PRIVATE::core::option::Option::Some(__result),
                                |r| r.is_none(),
                            ),
                        )
                    },
                )
            }
        "#]],
    );
}

#[test]
fn sources() {
    check(
        Marker::IsolatedHub,
        "fresh, detached",
        "fn f() {}",
        &expect![[r#"
            fn f() {
                PRIVATE::hub_call(
                    PRIVATE::Origin::fresh().detached(),
                    move || -> () { {} },
                )
            }
        "#]],
    );
    check(
        Marker::IsolatedHub,
        "parent = p",
        "fn f() {}",
        &expect![[r#"
            fn f() {
                PRIVATE::hub_call(
                    PRIVATE::Origin::cloned().parent(p),
                    move || -> () { {} },
                )
            }
        "#]],
    );
}

#[test]
fn parameters() {
    check_hub(
        "async fn f(&self, a: A, _: B, mut c: C, (d, _): D, e: E, ref mut g: G) { (a, c, d, e) }",
        &expect![[r#"
            #[cfg(doc)]
            async fn f(&self, a: A, _: B, mut c: C, (d, _): D, e: E, ref mut g: G) {
                loop {}
            }
            #[cfg(not(doc))]
            fn f(
                &self,
                a: A,
                __arg2: B,
                mut c: C,
                __arg4: D,
                e: E,
                __arg6: G,
            ) -> impl PRIVATE::core::future::Future<Output = ()> {
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
                        let _ = (&c, &__arg2, &a, &self);
                        let __arg4 = __arg4;
                        let (d, _) = __arg4;
                        let e = e;
                        let mut __arg6 = __arg6;
                        let ref mut g = __arg6;
                        match () {
                            () => (a, c, d, e),
                        }
                    },
                )
            }
        "#]],
    );
    check_hub(
        "fn f(self, a: A, #[cfg(x)] b: B, _c: C) { a; }",
        &expect![[r#"
            #[cfg(doc)]
            fn f(self, a: A, #[cfg(x)] b: B, _c: C) {
                loop {}
            }
            #[cfg(not(doc))]
            fn f(self, a: A, #[cfg(x)] b: B, __arg3: C) {
                PRIVATE::hub_call(
                    PRIVATE::Origin::cloned(),
                    move || -> () {
                        let _ = (&a, &self);
                        #[cfg(x)]
                        let b = b;
                        let __arg3 = __arg3;
                        match () {
                            () => {
                                a;
                            }
                        }
                    },
                )
            }
        "#]],
    );
}

#[test]
fn return_types() {
    check_hub(
        "async fn f() -> ! { loop {} }",
        &expect![[r#"
            #[cfg(doc)]
            async fn f() -> ! {
                loop {}
            }
            #[cfg(not(doc))]
            fn f() -> impl PRIVATE::ReturnsIsolated + PRIVATE::core::future::Future<
                Output = <fn() -> ! as PRIVATE::ReturnType>::Output,
            > {
                PRIVATE::hub_future(
                    PRIVATE::Origin::cloned(),
                    async move { loop {} },
                )
            }
        "#]],
    );
    check_hub(
        "async fn f(x: u8) -> impl Display { let y = x; y }",
        &expect![[r#"
            #[cfg(doc)]
            async fn f(x: u8) -> impl Display {
                let y = x;
                y
            }
            #[cfg(not(doc))]
            fn f(
                x: u8,
            ) -> impl PRIVATE::ReturnsIsolated + PRIVATE::core::future::Future<
                Output = impl Display,
            > {
                PRIVATE::hub_future(
                    PRIVATE::Origin::cloned(),
                    async move {
                        let _ = &x;
                        {
                            let y = x;
                            y
                        }
                    },
                )
            }
        "#]],
    );
}

#[test]
fn inner_attributes_of_the_body() {
    check_hub(
        "fn f() { #![allow(unused)] g(); }",
        &expect![[r#"
            fn f() {
                #![allow(unused)]
                PRIVATE::hub_call(
                    PRIVATE::Origin::cloned(),
                    move || -> () {
                        {
                            g();
                        }
                    },
                )
            }
        "#]],
    );
}

#[test]
fn returned_futures() {
    check_hub(
        "fn f(x: u8) -> impl Future<Output = u8> + Send { g(x); async move { x } }",
        &expect![[r#"
            #[cfg(doc)]
            fn f(x: u8) -> impl Future<Output = u8> + Send {
                g(x);
                async move { x }
            }
            #[cfg(not(doc))]
            fn f(x: u8) -> impl PRIVATE::ReturnsIsolated + Future<Output = u8> + Send {
                let __source = PRIVATE::Origin::cloned();
                let mut __source = __source;
                let __making = __source.making();
                g(x);
                PRIVATE::core::mem::drop(__making);
                PRIVATE::hub_future(__source, async move { x })
            }
        "#]],
    );
    check_hub(
        "fn f() -> BoxFuture<'static, u8> { Box::pin(async move { 1 }) }",
        &expect![[r#"
        fn f() -> BoxFuture<'static, u8> {
            let __source = PRIVATE::Origin::cloned();
            Box::pin(PRIVATE::hub_future(__source, async move { 1 }))
        }
    "#]],
    );
    check_hub(
        "fn f() -> Pin<Box<dyn Future<Output = u8>>> { if a { return b(); } c() }",
        &expect![[r#"
            fn f() -> Pin<Box<dyn Future<Output = u8>>> {
                let __source = PRIVATE::Origin::cloned();
                let mut __source = __source;
                let __making = __source.making();
                #[allow(unused_braces)]
                let __later: Pin<Box<dyn Future<Output = u8>>> = (move || -> Pin<
                    Box<dyn Future<Output = u8>>,
                > {
                    if a {
                        return b();
                    }
                    c()
                })();
                PRIVATE::core::mem::drop(__making);
                PRIVATE::std::boxed::Box::pin(
                    PRIVATE::hub_future(__source, __later),
                )
            }
        "#]],
    );
    check(
        Marker::IsolatedHub,
        "tags(x = 1)",
        "fn f() -> impl Future<Output = u8> { g() }",
        &expect![[r##"
            #[cfg(doc)]
            fn f() -> impl Future<Output = u8> {
                g()
            }
            #[cfg(not(doc))]
            fn f() -> impl PRIVATE::ReturnsIsolated + Future<Output = u8> {
                let __source = PRIVATE::Origin::cloned();
                let mut __source = __source;
                let __making = __source.making();
                #[allow(unused_braces)]
                let __later = { g() };
                PRIVATE::core::mem::drop(__making);
                PRIVATE::hub_future(
                    __source,
                    async move {
                        PRIVATE::tag("x", || PRIVATE::text(&(1)));
                        __later.await
                    },
                )
            }
        "##]],
    );
}

#[test]
fn arguments_that_async_trait_takes_apart() {
    check(
        Marker::IsolatedHub,
        "tags(last = b), parent = None",
        "fn f(__arg1: (u8, u8)) -> Pin<Box<dyn Future<Output = ()>>> {
             Box::pin(async move { let (a, b) = { let __arg1 = __arg1; __arg1 }; work(a).await })
         }",
        &expect![[r#"
            fn f(__arg1: (u8, u8)) -> Pin<Box<dyn Future<Output = ()>>> {
                let __source = PRIVATE::Origin::cloned()
                    .parent(PRIVATE::NO_PARENT);
                Box::pin(
                    PRIVATE::hub_future(
                        __source,
                        async move {
                            let (a, b) = {
                                let __arg1 = __arg1;
                                __arg1
                            };
                            PRIVATE::tag("last", || PRIVATE::text(&(b)));
                            work(a).await
                        },
                    ),
                )
            }
        "#]],
    );
}
