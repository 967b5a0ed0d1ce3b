//! Generators of the crate async-stream: their bodies run in the hub and the span of the function.

use async_stream::{stream, try_stream};
use futures::{Stream, StreamExt as _, TryStreamExt as _};
use isohub::{HubStreamExt as _, isolated_hub, parallel_span, span, start_span};

use super::{Broken, run, step};
use crate::support::{Log, pause, settled_tree, tags, workers};

#[parallel_span(tags(unit = name), fields(count))]
fn counted(name: &'static str, count: u8) -> impl Stream<Item = String> {
    stream! {
        for n in 0..count {
            pause().await;
            isohub::set_tag("n", n);
            step().await;
            yield tags();
        }
    }
}

#[test]
fn interleaved_generators_keep_their_hubs_and_spans() {
    let tree = run(async {
        let zipped = counted("a", 2).zip(counted("b", 2)).map(|both| {
            assert_eq!(tags(), "");
            [both.0, both.1]
        });
        let seen: Vec<_> = zipped.collect().await;
        assert_eq!(seen.concat(), ["n=0 unit=a", "n=0 unit=b", "n=1 unit=a", "n=1 unit=b"]);
    });
    let of = |unit| format!("counted count=2 {{n=1 unit={unit}}}\n  step\n  step\n");
    assert_eq!(tree, of("a") + "\n" + &of("b"));
}

#[span(err)]
fn fallible(until: u8) -> impl Stream<Item = Result<u8, Broken>> {
    try_stream! {
        for n in 0..4 {
            if n == until {
                Err(Broken(n))?;
            }
            step().await;
            yield n;
        }
    }
}

#[test]
fn an_error_that_leaves_a_generator_is_its_outcome() {
    let tree = run(async {
        assert_eq!(fallible(9).try_collect::<Vec<_>>().await.expect("no error"), [0, 1, 2, 3]);
        assert_eq!(fallible(1).try_collect::<Vec<_>>().await.expect_err("broken").0, 1);
        assert_eq!(fallible(1).count().await, 2);
    });
    let all = "fallible\n".to_owned() + &"  step\n".repeat(4);
    let broken = "\nfallible error error=\"broken 1\"\n  step\n";
    assert_eq!(tree, all + broken + broken);
}

#[parallel_span(tags(outer = "yes"))]
fn outer() -> impl Stream<Item = String> {
    stream! {
        isohub::set_tag("before", "yes");
        for await item in inner() {
            isohub::set_tag("between", "yes");
            step().await;
            yield format!("{item} in {}", tags());
        }
        yield tags();
    }
}

#[isolated_hub(tags(inner = "yes"))]
fn inner() -> impl Stream<Item = String> {
    stream! {
        for n in 0..2 {
            pause().await;
            isohub::set_tag("n", n);
            step().await;
            yield tags();
        }
    }
}

#[test]
fn a_generator_in_a_generator_has_a_hub_of_its_own() {
    let tree = run(async {
        let seen: Vec<_> = outer().collect().await;
        let expected = [
            "before=yes inner=yes n=0 outer=yes in before=yes between=yes outer=yes",
            "before=yes inner=yes n=1 outer=yes in before=yes between=yes outer=yes",
            "before=yes between=yes outer=yes",
        ];
        assert_eq!(seen, expected);
        assert_eq!(tags(), "");
    });
    let steps = "  step\n".repeat(4);
    assert_eq!(tree, format!("outer {{before=yes between=yes outer=yes}}\n{steps}"));
}

#[test]
fn a_generator_that_is_dropped_half_way_drops_in_its_hub() {
    #[parallel_span(tags(unit = "half"))]
    fn half(log: Log) -> impl Stream<Item = u8> {
        stream! {
            let _held = log.witness("held");
            isohub::set_tag("began", "yes");
            yield 1;
            yield 2;
        }
    }
    let log = Log::default();
    let tree = run(async {
        let mut stream = Box::pin(half(log.clone()));
        assert_eq!(stream.next().await, Some(1));
        drop(stream);
        assert_eq!(tags(), "");
    });
    assert_eq!(tree, "half cancelled {began=yes unit=half}\n  - drop held\n");
    assert_eq!(log.lines(), ["held: began=yes unit=half"]);
}

/// Annotated blocks, async blocks and closures around a generator and, where they do not `yield`, in one.
#[span]
async fn blocks() -> Vec<String> {
    let mut seen = Vec::new();
    #[isolated_hub(tags(block = "around"))]
    {
        let mut items = std::pin::pin!(stream! {
            let branch = #[parallel_span("branch", tags(branch = "yes"))]
            async {
                pause().await;
                tags()
            };
            isohub::set_tag("generator", "yes");
            yield branch.await;
            let now = #[span("now")]
            {
                tags()
            };
            yield now;
        });
        while let Some(item) = items.next().await {
            seen.push(item);
        }
        seen.push(tags());
    }
    seen.push(tags());
    seen
}

#[test]
fn in_an_annotated_block_and_with_such_in_it() {
    let tree = run(async {
        let around = "block=around generator=yes";
        assert_eq!(blocks().await, ["block=around branch=yes", around, around, ""]);
    });
    assert_eq!(tree, "blocks\n  branch {block=around branch=yes}\n  now\n");
}

#[test]
fn by_hand_and_moved_between_threads() {
    let recorder = isohub::testing::Recorder::new();
    workers(2).block_on(recorder.run(async {
        let tasks = [1, 2, 3].map(|n| {
            let generator = stream! {
                for _ in 0..3 {
                    tokio::task::yield_now().await;
                    isohub::set_tag("n", n);
                    step().await;
                    yield tags();
                }
            };
            let spanned = generator.in_span(start_span!("generator")).isolated();
            tokio::spawn(spanned.collect::<Vec<_>>())
        });
        for (task, n) in tasks.into_iter().zip(1..) {
            assert_eq!(task.await.expect("no panic"), [(); 3].map(|()| format!("n={n}")));
        }
    }));
    assert_eq!(settled_tree(&recorder), ("generator\n".to_owned() + &"  step\n".repeat(3)).repeat(3));
}
