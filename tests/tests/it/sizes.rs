//! The size of annotated futures: at most so many bytes more than the plain ones.

use std::future::{Future, ready};
use std::mem::size_of_val;

/// Suspends with something to keep that is as wide as a word.
async fn wait(word: u64) -> u64 {
    tokio::task::yield_now().await;
    word
}

/// Every shape, under an attribute or none.
macro_rules! shapes {
    ($(#[$span:meta])?) => {
        $(#[$span])?
        async fn function() -> u64 {
            wait(1).await
        }

        struct Job;

        impl Job {
            $(#[$span])?
            async fn method(&self) -> Result<u64, ()> {
                Ok(wait(2).await)
            }
        }

        $(#[$span])?
        fn returned() -> impl Future<Output = u64> {
            async { wait(3).await }
        }

        $(#[$span])?
        async fn large<const N: usize>(bytes: [u8; N]) -> usize {
            wait(4).await;
            bytes.len()
        }

        pub(super) mod nested {
            use super::*;

            $(#[$span])?
            pub(crate) async fn one(bytes: [u8; 256]) -> usize {
                wait(5).await;
                bytes.len()
            }
            $(#[$span])?
            pub(crate) async fn two(bytes: [u8; 256]) -> usize {
                one(bytes).await
            }
            $(#[$span])?
            pub(crate) async fn three(bytes: [u8; 256]) -> usize {
                two(bytes).await
            }
            $(#[$span])?
            pub(crate) async fn four(bytes: [u8; 256]) -> usize {
                three(bytes).await
            }
            $(#[$span])?
            pub(crate) async fn five(bytes: [u8; 256]) -> usize {
                four(bytes).await
            }
            $(#[$span])?
            pub(crate) async fn six(bytes: [u8; 256]) -> usize {
                five(bytes).await
            }
        }

        /// How deep the shape is nested, its name, and its size.
        pub(super) fn sizes() -> Vec<(usize, &'static str, usize)> {
            vec![
                (1, "function", size_of_val(&function())),
                (1, "method", size_of_val(&Job.method())),
                (1, "impl Future", size_of_val(&returned())),
                (1, "256 bytes", size_of_val(&large([0; 256]))),
                (1, "1000 bytes", size_of_val(&large([0; 1000]))),
                (6, "six deep", size_of_val(&nested::six([0; 256]))),
                (1, "async block", block()),
                (1, "async closure", closure()),
            ]
        }

        #[isohub::span]
        fn block() -> usize {
            size_of_val(&$(#[$span])? async { wait(6).await })
        }

        #[isohub::span]
        fn closure() -> usize {
            let closure = $(#[$span])? async || wait(7).await;
            size_of_val(&closure())
        }
    };
}

mod plain {
    use super::*;
    shapes! {}
}

macro_rules! at_most {
    ($attribute:ident, $more:literal) => {
        #[test]
        fn $attribute() {
            mod annotated {
                use super::super::*;
                shapes! { #[isohub::$attribute] }
            }
            for ((levels, shape, plain), (.., annotated)) in
                plain::sizes().into_iter().zip(annotated::sizes())
            {
                // The future of an async closure awaits the annotated one, for which it needs a word.
                let word = if shape == "async closure" { 8 } else { 0 };
                let bound = plain.next_multiple_of(align_of::<u64>()) + levels * $more + word;
                assert!(annotated <= bound, "{shape}: {annotated} bytes, plain {plain}");
            }
        }
    };
}

mod each {
    use super::plain;

    at_most!(span, 64);
    at_most!(isolated_hub, 64);
    at_most!(parallel_span, 96);
}

/// What there is to await decides nothing: a body that never waits is as small.
#[test]
fn bodies_that_never_wait() {
    #[isohub::span]
    async fn span() {}
    #[isohub::isolated_hub]
    async fn isolated_hub() {}
    #[isohub::parallel_span]
    async fn parallel_span() {}
    #[isohub::span]
    fn returned() -> impl Future<Output = u8> {
        ready(1)
    }
    assert!(size_of_val(&span()) <= 72);
    assert!(size_of_val(&isolated_hub()) <= 24);
    assert!(size_of_val(&parallel_span()) <= 96);
    assert!(size_of_val(&returned()) <= 72);
}
