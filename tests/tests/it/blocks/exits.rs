//! Every way out of a block, in functions that wait and in those that do not.

use std::panic::{AssertUnwindSafe, catch_unwind};

use futures::FutureExt as _;
use isohub::span;
use isohub::testing::Recorder;

use crate::support::{crash, pause, poll_to_end, tags};

fn even(n: u8) -> Result<u8, String> {
    if n.is_multiple_of(2) { Ok(n) } else { Err(format!("{n} is odd")) }
}

/// The same body with and without waiting, and what it records.
macro_rules! exits {
    ($wait:ident: $($name:ident($($arg:ident: $ty:ty),*) -> $returned:ty $body:block)*) => {
        mod sync {
            use super::*;
            macro_rules! $wait { () => { () } }
            $(#[span] pub(super) fn $name($($arg: $ty),*) -> $returned $body)*
        }
        mod later {
            use super::*;
            macro_rules! $wait { () => { pause().await } }
            $(#[span] pub(super) async fn $name($($arg: $ty),*) -> $returned $body)*
        }
    };
}

exits! { wait:
    by_its_value(n: u8) -> u8 {
        let m = #[span] { isohub::record!(n); wait!(); n + 1 };
        m * 2
    }
    by_an_error_as_value(n: u8) -> Result<u8, String> {
        let result = #[span("it", err)] { wait!(); even(n) };
        result.or(Ok(0))
    }
    by_question_mark(n: u8) -> Result<u8, String> {
        let m = #[span("it")] {
            let m = even(n)?;
            wait!();
            even(m / 2)? + 1
        };
        Ok(m)
    }
    by_question_mark_on_none(list: &[u8]) -> Option<u8> {
        let first = #[span("it")] { wait!(); *list.first()? };
        Some(first)
    }
    through_two_blocks(n: u8) -> Result<u8, String> {
        #[span("outer", err)]
        {
            wait!();
            #[span("inner", err(Debug))]
            let m = { wait!(); even(n)? };
            #[span("never")] { even(m) }
        }
    }
    by_return(n: u8) -> u8 {
        #[span("it")]
        {
            wait!();
            if n > 3 { return 3; }
        }
        n
    }
    by_return_of_an_error(n: u8) -> Result<u8, Box<dyn std::error::Error>> {
        #[span("it", err)]
        {
            wait!();
            if n > 3 { return Err(Box::new(std::fmt::Error)); }
        }
        Ok(n)
    }
    by_break(n: u8) -> u8 {
        let mut sum = 0;
        'all: for m in 0..n {
            #[span("it", fields(m))]
            {
                if m == 1 { continue; }
                loop {
                    wait!();
                    if m == 3 { break 'all; }
                    sum += m;
                    break;
                }
            }
        }
        sum
    }
    by_break_with_a_value(n: u8) -> u8 {
        let a = 'a: {
            #[span("it")]
            {
                wait!();
                if n > 3 { break 'a 3; }
            }
            n
        };
        let b = #[span("labelled")] 'b: {
            if n > 3 { break 'b 1; }
            wait!();
            2
        };
        let c = #[span("looped")] loop { wait!(); break n; };
        a + b + c
    }
    by_a_panic(n: u8) -> u8 {
        #[span("it")]
        {
            wait!();
            if n > 3 { crash() }
        }
        #[span("it")]
        let m = if n > 2 { wait!(); crash() } else { n };
        m
    }
}

fn recorded<T>(call: impl FnOnce() -> T) -> (T, String) {
    let recorder = Recorder::new();
    let result = recorder.run_sync(|| {
        isohub::set_tag("from", "outside");
        let result = call();
        assert_eq!(tags(), "from=outside");
        assert!(isohub::current_span().context().is_none(), "no span is left");
        result
    });
    (result, recorder.tree().replace(" {from=outside}", ""))
}

/// Calls both, and compares.
macro_rules! both {
    ($name:ident($($arg:expr),*)) => {{
        let sync = recorded(|| sync::$name($($arg),*));
        let later = recorded(|| poll_to_end(async { pause().await; later::$name($($arg),*).await }));
        assert_eq!(format!("{sync:?}"), format!("{later:?}"));
        sync
    }};
}

#[test]
fn the_value_is_the_value_of_the_block() {
    assert_eq!(both!(by_its_value(2)), (6, "by_its_value\n  by_its_value::{block} n=2\n".to_owned()));
    let (value, tree) = both!(by_an_error_as_value(3));
    assert_eq!(value, Ok(0));
    assert_eq!(tree, "by_an_error_as_value\n  it error error=\"3 is odd\"\n");
}

#[test]
fn a_question_mark_leaves_the_function() {
    let (value, tree) = both!(by_question_mark(4));
    assert_eq!((value, &*tree), (Ok(3), "by_question_mark\n  it\n"));
    let (value, tree) = both!(by_question_mark(6));
    assert_eq!((value, &*tree), (Err("3 is odd".to_owned()), "by_question_mark error\n  it error\n"));
    let (value, tree) = both!(by_question_mark_on_none(&[]));
    assert_eq!((value, &*tree), (None, "by_question_mark_on_none\n  it\n"));
}

#[test]
fn a_question_mark_is_an_error_of_all_the_blocks_that_it_leaves() {
    let (_, tree) = both!(through_two_blocks(1));
    let expected = "through_two_blocks error\n  outer error error=\"1 is odd\"\n    inner error error=\"\\\"1 is odd\\\"\"\n";
    assert_eq!(tree, expected);
    let (_, tree) = both!(through_two_blocks(2));
    assert_eq!(tree, "through_two_blocks\n  outer\n    inner\n    never\n");
}

#[test]
fn return_leaves_the_function() {
    assert_eq!(both!(by_return(7)), (3, "by_return\n  it\n".to_owned()));
    let (value, tree) = recorded(|| sync::by_return_of_an_error(4).map_err(|error| error.to_string()));
    assert!(value.is_err());
    assert!(tree.starts_with("by_return_of_an_error error\n  it error error="), "{tree}");
    let later = recorded(|| poll_to_end(later::by_return_of_an_error(4)).map_err(|error| error.to_string()));
    assert_eq!(later, (value, tree));
}

#[test]
fn break_and_continue_keep_their_loops() {
    let tree = "by_break\n  it m=0\n  it m=1\n  it m=2\n  it m=3\n";
    assert_eq!(both!(by_break(9)), (2, tree.to_owned()));
    let tree = "by_break_with_a_value\n  it\n  labelled\n  looped\n";
    assert_eq!(both!(by_break_with_a_value(9)), (13, tree.to_owned()));
}

#[test]
fn a_panic_that_is_caught_outside_leaves_nothing() {
    for n in [3, 4] {
        let (_, tree) = recorded(|| catch_unwind(|| sync::by_a_panic(n)).unwrap_err());
        let spans = if n == 4 { "  it panicked\n" } else { "  it\n  it panicked\n" };
        assert_eq!(tree, format!("by_a_panic panicked\n{spans}"));
        let (_, later) =
            recorded(|| poll_to_end(AssertUnwindSafe(later::by_a_panic(n)).catch_unwind()).unwrap_err());
        assert_eq!(later, tree);
    }
}

struct Leaves;

impl Drop for Leaves {
    #[span("dropped")]
    fn drop(&mut self) {
        let n = #[span("while unwinding")]
        {
            1
        };
        assert_eq!(n, 1);
    }
}

#[test]
fn a_block_that_runs_while_the_thread_unwinds_has_not_panicked() {
    let (_, tree) = recorded(|| {
        catch_unwind(|| {
            let _leaves = Leaves;
            crash()
        })
        .unwrap_err()
    });
    assert_eq!(tree, "dropped\n  while unwinding\n");
}
