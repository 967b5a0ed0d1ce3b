//! Ways through a body.

use crate::observe::*;

pub mod sync {
    use super::*;

    #[unit]
    fn while_let(mut list: Vec<Loud>) -> usize {
        let mut sum = 0;
        while let Some(last) = list.pop() {
            sum += last.lend().len();
            if sum > 2 {
                continue;
            }
            say("small");
        }
        sum
    }

    #[unit]
    fn if_let_else(a: Loud) -> usize {
        if let Some(n) = a.lend().some().filter(|n| *n > 5) {
            n
        } else {
            say("else");
            0
        }
    }

    #[unit]
    fn let_else(a: Option<Loud>, b: Loud) -> usize {
        let Some(a) = a else {
            say("none");
            return b.0.len();
        };
        a.0.len()
    }

    #[unit]
    fn match_guards(a: Loud, b: Loud) -> u8 {
        match a.lend().len() {
            n if b.lend().len() == n => 1,
            n if n > 3 => 2,
            _ => 3,
        }
    }

    #[unit]
    fn match_moves(a: Option<Loud>, b: Loud) -> &'static str {
        match a {
            Some(a) if a.0 == "x" => b.0,
            Some(Loud(name)) => name,
            None => "none",
        }
    }

    #[unit]
    fn loop_breaks_with_value(a: Loud) -> Loud {
        loop {
            let b = Loud("b");
            if a.0.len() < 5 {
                break b;
            }
        }
    }

    #[unit]
    fn labelled_continue(a: Loud) -> u8 {
        let mut n = 0;
        'outer: for x in 0..3 {
            let _x = Loud("x");
            for y in 0..3 {
                if x == y {
                    continue 'outer;
                }
                if x + y > 3 {
                    break 'outer;
                }
                n += a.0.len() as u8;
            }
        }
        n
    }

    #[unit]
    fn labelled_block(a: Loud) -> u8 {
        'done: {
            let _b = Loud("b");
            if a.0 == "a" {
                break 'done 1;
            }
            2
        }
    }

    #[unit]
    fn short_circuit(a: Loud, b: Loud) -> bool {
        a.lend().len() == 7 && b.lend().len() == 1 || b.lend().len() == 3
    }

    #[unit]
    fn return_in_closure(a: Loud) -> u8 {
        let f = |n: u8| {
            if n == 0 {
                return 7;
            }
            n
        };
        f(0) + f(a.0.len() as u8)
    }

    #[unit]
    fn return_of_return(a: Loud) -> u8 {
        let _n: u8 = if a.0 == "a" { return 1 } else { 2 };
        3
    }

    #[unit]
    fn question_mark_in_tail(a: Option<u8>, _b: Loud) -> Option<u8> {
        Some(a? + 1)
    }

    #[unit]
    fn question_mark_over_a_closure(list: Vec<&str>) -> Result<Vec<u8>, std::num::ParseIntError> {
        let all = list.into_iter().map(|it| it.parse()).collect::<Result<_, _>>()?;
        Ok(all)
    }

    #[unit]
    fn converts_errors(text: &str) -> Result<u8, String> {
        let number: i16 = text.parse().map_err(|_| "no number")?;
        let small = <u8 as std::convert::TryFrom<i16>>::try_from(number).map_err(|error| error.to_string())?;
        Ok(small)
    }

    #[unit]
    fn assigned_later(a: bool) -> Loud {
        let b;
        if a {
            b = Loud("then");
        } else {
            b = Loud("else");
        }
        b
    }

    #[unit]
    fn statics_inside() -> usize {
        use std::sync::atomic::{AtomicUsize, Ordering};
        static CALLS: AtomicUsize = AtomicUsize::new(5);
        thread_local! {
            static HERE: std::cell::Cell<usize> = const { std::cell::Cell::new(1) };
        }
        CALLS.load(Ordering::Relaxed) + HERE.with(|here| here.get())
    }

    #[unit]
    fn ranges(a: std::ops::Range<u8>, b: std::ops::RangeInclusive<u8>) -> (u8, Vec<u8>) {
        (a.sum(), b.rev().collect())
    }

    pub const SHAPES: &[Shape] = &[
        ("while_let", || called!(while_let(vec![Loud("a"), Loud("bb"), Loud("c")]))),
        ("if_let_else", || called!(if_let_else(Loud("a")))),
        ("if_let_else, some", || called!(if_let_else(Loud("abcdef")))),
        ("let_else", || called!(let_else(None, Loud("b")))),
        ("let_else, some", || called!(let_else(Some(Loud("a")), Loud("b")))),
        ("match_guards", || called!(match_guards(Loud("a"), Loud("b")))),
        ("match_guards, second", || called!(match_guards(Loud("abcd"), Loud("b")))),
        ("match_moves", || called!(match_moves(Some(Loud("a")), Loud("b")))),
        ("match_moves, guard", || called!(match_moves(Some(Loud("x")), Loud("b")))),
        ("match_moves, none", || called!(match_moves(None, Loud("b")))),
        ("loop_breaks_with_value", || called!(loop_breaks_with_value(Loud("a")))),
        ("labelled_continue", || called!(labelled_continue(Loud("a")))),
        ("labelled_block", || called!(labelled_block(Loud("a")))),
        ("labelled_block, end", || called!(labelled_block(Loud("b")))),
        ("short_circuit", || called!(short_circuit(Loud("a"), Loud("b")))),
        ("return_in_closure", || called!(return_in_closure(Loud("a")))),
        ("return_of_return", || called!(return_of_return(Loud("a")))),
        ("question_mark_in_tail", || called!(question_mark_in_tail(None, Loud("b")))),
        ("question_mark_over_a_closure", || called!(question_mark_over_a_closure(vec!["1", "x"]))),
        ("converts_errors", || called!(["x", "-1", "2"].map(|it| converts_errors(it)))),
        ("assigned_later", || called!(assigned_later(true))),
        ("statics_inside", || called!(statics_inside())),
        ("ranges", || called!(ranges(0..3, 1..=2))),
    ];
}

pub mod later {
    use super::*;

    #[unit]
    async fn while_let(mut list: Vec<Loud>) -> usize {
        let mut sum = 0;
        while let Some(last) = list.pop() {
            pause().await;
            sum += last.lend().len();
        }
        sum
    }

    #[unit]
    async fn if_let_else(a: Loud) -> usize {
        if let Some(n) = a.lend().some().filter(|n| *n > 5) {
            pause().await;
            n
        } else {
            say("else");
            pause().await;
            0
        }
    }

    #[unit]
    async fn match_over_await(a: Loud, b: Loud) -> usize {
        match (a.lend(), b.lend()) {
            (a, b) => {
                pause().await;
                a.len() + b.len()
            }
        }
    }

    #[unit]
    async fn await_in_condition(a: Loud) -> u8 {
        if async { a.lend().len() == 1 }.await && a.0 == "a" { 1 } else { 2 }
    }

    #[unit]
    async fn await_in_arguments(a: Loud) -> (usize, &'static str) {
        async fn two<T, U>(a: T, b: U) -> (T, U) {
            (a, b)
        }
        two(async { pause().await; a.0.len() }.await, { pause().await; "b" }).await
    }

    #[unit]
    async fn labelled(a: Loud) -> u8 {
        'outer: loop {
            let _b = Loud("b");
            loop {
                pause().await;
                if a.0 == "a" {
                    break 'outer 1;
                }
                continue 'outer;
            }
        }
    }

    #[unit]
    async fn returns_from_a_match(a: Loud) -> Result<u8, &'static str> {
        let n = match a.0 {
            "a" => return Err("is a"),
            "b" => Err("is b")?,
            other => other.len(),
        };
        pause().await;
        Ok(n as u8)
    }

    #[unit]
    async fn block_returns(a: Loud) -> u8 {
        let inner = async {
            if a.0 == "a" {
                return 1;
            }
            2
        };
        inner.await + 1
    }

    #[unit]
    async fn holds_a_borrow(mut a: Pair) -> usize {
        let left = &mut a.left;
        pause().await;
        *left = Loud("new");
        pause().await;
        a.left.0.len() + a.right.0.len()
    }

    #[unit]
    async fn selects(a: Loud, b: Loud) -> u8 {
        let left = Box::pin(async move { pause().await; a.0.len() });
        let right = Box::pin(async move { b.0.len() });
        match ::futures::future::select(left, right).await {
            ::futures::future::Either::Left((n, _)) => n as u8,
            ::futures::future::Either::Right((n, left)) => n as u8 + left.await as u8,
        }
    }

    #[unit]
    async fn joins(a: Loud, b: Loud) -> usize {
        let (a, b) = ::futures::future::join(async { pause().await; a.0.len() }, async { b.0.len() }).await;
        a + b
    }

    pub const SHAPES: &[Shape] = &[
        ("while_let", || lived!(while_let(vec![Loud("a"), Loud("b")]))),
        ("if_let_else", || lived!(if_let_else(Loud("a")))),
        ("if_let_else, some", || lived!(if_let_else(Loud("abcdef")))),
        ("match_over_await", || lived!(match_over_await(Loud("a"), Loud("b")))),
        ("await_in_condition", || lived!(await_in_condition(Loud("a")))),
        ("await_in_arguments", || lived!(await_in_arguments(Loud("a")))),
        ("labelled", || lived!(labelled(Loud("a")))),
        ("returns_from_a_match", || lived!(returns_from_a_match(Loud("a")))),
        ("returns_from_a_match, b", || lived!(returns_from_a_match(Loud("b")))),
        ("returns_from_a_match, c", || lived!(returns_from_a_match(Loud("c")))),
        ("block_returns", || lived!(block_returns(Loud("a")))),
        ("holds_a_borrow", || lived!(holds_a_borrow(pair("a", "b")))),
        ("selects", || lived!(selects(Loud("a"), Loud("b")))),
        ("joins", || lived!(joins(Loud("a"), Loud("b")))),
    ];
}
