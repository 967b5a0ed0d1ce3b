//! Functions in annotated `impl` blocks, traits and modules.

use expect_test::expect;

use super::check;
use crate::attribute::Marker;
use crate::item;
use crate::model::Mode;
use crate::tests::{pretty, tokens};

#[test]
fn impl_block() {
    check(
        Marker::Span,
        "err",
        "impl<T> Deref for store::Row<T> where T: Fn() -> u8 {
            type Target = T;
            const SIZE: Size = Size { bytes: 1 < 2 };
            /// Documented.
            fn deref(&self) -> &T { &self.0 }
            const fn special() {}
            extern \"C\" fn foreign() {}
            made! {}
            #[parallel_span] fn own() {}
        }",
        &expect![[r#"
            impl<T> Deref for store::Row<T>
            where
                T: Fn() -> u8,
            {
                type Target = T;
                const SIZE: Size = Size { bytes: 1 < 2 };
                /// Documented.
                #[PRIVATE::contained(span, "Row", (err))]
                fn deref(&self) -> &T {
                    &self.0
                }
                const fn special() {}
                extern "C" fn foreign() {}
                made! {}
                #[parallel_span]
                #[PRIVATE::contained(span, "Row", (err))]
                fn own() {}
            }
        "#]],
    );
}

#[test]
fn trait_with_default_bodies() {
    check(
        Marker::IsolatedHub,
        "tags(a = 1)",
        "pub unsafe trait Walk: Send { fn step(); fn walk() -> Row<{ N }> { rows() } }",
        &expect![[r#"
            pub unsafe trait Walk: Send {
                fn step();
                #[PRIVATE::contained(isolated_hub, "Walk", (tags(a = 1)))]
                fn walk() -> Row<{ N }> {
                    rows()
                }
            }
        "#]],
    );
}

#[test]
fn module() {
    check(
        Marker::ParallelSpan,
        "pub_only, crate = other",
        "mod m {
            #![allow(unused)]
            use a::{b, c};
            mod file;
            static S: T = T {};
            pub fn seen() {}
            pub(crate) fn hidden() {}
            #[async_trait] impl T for S { fn f() {} }
            mod inner {}
            macro_rules! made { () => {}; }
        }",
        &expect![[r#"
            mod m {
                #![allow(unused)]
                use a::{b, c};
                mod file;
                static S: T = T {};
                #[other::__private::contained(parallel_span, "", (pub_only, crate = other))]
                pub fn seen() {}
                pub(crate) fn hidden() {}
                #[async_trait]
                #[other::__private::contained(parallel_span, "", (pub_only, crate = other))]
                impl T for S {
                    fn f() {}
                }
                #[other::__private::contained(parallel_span, "", (pub_only, crate = other))]
                mod inner {}
                macro_rules! made {
                    () => {};
                }
            }
        "#]],
    );
}

/// What the mark becomes: `err` where there may be no error to record.
#[test]
fn function_in_a_container() {
    let expansion = item::expand_contained(
        tokens("span, \"Row\", (err, pub_only)"),
        tokens("pub fn load() -> Result<Row> { find() }"),
        Mode::Enabled,
    );
    expect![[r#"
        pub fn load() -> Result<Row> {
            PRIVATE::span_call(
                PRIVATE::Parent::active(),
                {
                    static __CALLSITE: PRIVATE::Callsite = PRIVATE::Callsite::new(
                        "Row::load",
                        PRIVATE::core::module_path!(),
                        PRIVATE::core::file!(),
                        PRIVATE::core::line!(),
                        PRIVATE::core::column!(),
                    );
                    &__CALLSITE
                },
                move || -> Result<Row> { find() },
                |__result: &_| {
                    {
                        #[allow(unused_imports)]
                        use PRIVATE::{
                            LeftDisplayed as _, LeftFailed as _, LeftOk as _, LeftWith as _,
                        };
                        (&&&&PRIVATE::Leaving(__result.__isohub_known()))
                            .__isohub_left()
                    }
                        .recorded()
                },
            )
        }
    "#]]
    .assert_eq(&pretty(&expansion));
}
