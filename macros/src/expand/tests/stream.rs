//! Functions that return streams.

use expect_test::expect;

use super::{check, check_hub};
use crate::attribute::Marker;

#[test]
fn returned_streams() {
    check_hub(
        "fn f() -> BoxStream<'static, u8> { g().boxed() }",
        &expect![[r#"
            fn f() -> BoxStream<'static, u8> {
                let __source = PRIVATE::Origin::cloned();
                let mut __source = __source;
                let __making = __source.making();
                #[allow(unused_braces)]
                let __later: BoxStream<'static, u8> = { g().boxed() };
                PRIVATE::core::mem::drop(__making);
                PRIVATE::std::boxed::Box::pin(
                    PRIVATE::hub_stream(__source, __later),
                )
            }
        "#]],
    );
    check(
        Marker::ParallelSpan,
        "tags(x = 1)",
        "fn f(x: u8) -> impl Stream<Item = u8> + Send { check(x); stream! { yield x; } }",
        &expect![[r#"
            fn f(x: u8) -> impl Stream<Item = u8> + Send {
                let __source = PRIVATE::Origin::cloned();
                let mut __source = __source;
                let __making = __source.making();
                #[allow(unused_braces)]
                let __later = {
                    check(x);
                    stream! {
                        yield x;
                    }
                };
                PRIVATE::core::mem::drop(__making);
                {
                    #[allow(unused_imports)]
                    use PRIVATE::{
                        AnyOutput as _, ExpectedItem as _, ExpectedOutput as _,
                    };
                    (&&PRIVATE::expected::<u8, _>(&__later)).__isohub_expected();
                }
                PRIVATE::parallel_stream(
                    __source,
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
                    PRIVATE::prefaced(
                        __later,
                        move || {
                            PRIVATE::tag("x", || PRIVATE::text(&(1)));
                        },
                    ),
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
