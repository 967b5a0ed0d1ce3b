//! Attributes on blocks and statements inside an annotated function.

use crate::observe::*;

async fn gives(loud: Loud) -> Result<Loud, String> {
    pause().await;
    if loud.0 == "bad" { Err("bad".to_owned()) } else { Ok(loud) }
}

/// The outer attribute is what makes the inner ones known.
pub mod statements {
    use super::*;

    #[unit]
    fn locals(a: Loud) -> usize {
        let _before = Loud("before");
        #[unit]
        {
            let _b = Loud("b");
            let _c = Loud("c");
            say("inside");
        }
        #[unit]
        let d = Loud("d").lend().len();
        let e = #[unit]
        {
            let moved = a;
            moved.0.len()
        };
        d + e
    }

    #[cfg(since2024)]
    #[unit]
    async fn borrowed_tails(a: Loud, b: Loud) -> usize {
        let n = #[unit]
        {
            let moved = a;
            moved.lend().len()
        };
        n + #[unit]
        {
            let moved = b;
            pause().await;
            moved.lend().len()
        }
    }

    #[unit]
    fn temporaries(a: Loud) -> usize {
        #[unit]
        let kept = &Loud("kept");
        let n = #[unit]
        {
            let _local = Loud("local");
            Loud("tail").lend().len()
        } + Loud("other").lend().len();
        say("between");
        #[unit]
        match Loud("matched").lend().len() {
            0 => say("none"),
            _ => say("some"),
        }
        #[unit]
        Loud("statement").lend().len();
        n + kept.0.len() + a.0.len()
    }

    #[unit]
    fn borrows(mut list: Vec<u8>) -> (Vec<u8>, usize) {
        #[unit]
        let first = list.first_mut();
        if let Some(first) = first {
            #[unit]
            { *first += 1; }
        }
        let longest: &mut Vec<u8> = #[unit] { &mut list };
        longest.push(7);
        let n = #[unit] if longest.len() > 2 { longest.len() } else { 0 };
        (list, n)
    }

    #[unit]
    fn coercions(n: usize) -> Result<Box<dyn std::fmt::Display>, Box<dyn std::error::Error>> {
        let shown: Box<dyn std::fmt::Display> = #[unit] { Box::new(n) };
        let f: fn(usize) -> usize = #[unit] { |n| n + 1 };
        #[unit]
        {
            if n == 1 { return Err(Box::new(std::fmt::Error)); }
            if n == 2 { Err("two")?; }
        }
        #[unit]
        if f(n) == 5 { Ok(Box::new("four")) } else { Ok(shown) }
    }

    #[unit]
    async fn waiting(a: Loud, b: Loud) -> Result<usize, String> {
        let _local = Loud("local");
        #[unit]
        let a = gives(a).await?;
        let n = #[unit]
        {
            let _inner = Loud("inner");
            let b = gives(b).await?;
            pause().await;
            b.0.len()
        };
        #[unit]
        for n in 0..2 {
            let _looped = Loud("looped");
            pause().await;
            if n == 1 { break; }
        }
        Ok(n + #[unit] gives(a).await?.lend().len())
    }

    #[unit]
    async fn panics(a: Loud) -> usize {
        #[unit]
        {
            let _b = Loud("b");
            pause().await;
            let _c = Loud("c");
            assert!(a.0.len() > 1, "too short");
        }
        1
    }

    #[unit]
    async fn branches(a: Loud) -> usize {
        let one = async {
            let _one = Loud("one");
            #[unit]
            { let _in_it = Loud("in it"); pause().await; }
            a.0.len()
        };
        let two = async move |b: Loud| {
            #[unit]
            { pause().await; b.lend().len() }
        };
        let (n, m) = ::futures::join!(one, two(Loud("argument")));
        n + m
    }

    pub const SHAPES: &[Shape] = &[
        ("locals", || called!(locals(Loud("a")))),
        #[cfg(since2024)]
        ("borrowed_tails", || lived!(borrowed_tails(Loud("a"), Loud("b")))),
        ("temporaries", || called!(temporaries(Loud("a")))),
        ("borrows", || called!(borrows(vec![1, 2]))),
        ("coercions", || {
            called!([1, 2, 3, 4].map(|n| coercions(n).map_or_else(|it| it.to_string(), |it| it.to_string())))
        }),
        ("waiting", || lived!(waiting(Loud("a"), Loud("b")))),
        ("waiting, first", || lived!(waiting(Loud("bad"), Loud("b")))),
        ("waiting, second", || lived!(waiting(Loud("a"), Loud("bad")))),
        ("panics", || lived!(panics(Loud("a")))),
        ("branches", || lived!(branches(Loud("a")))),
    ];
}

/// Ways to leave, inside and out of annotated blocks.
pub mod control {
    use super::*;

    #[unit]
    fn labelled(list: &[u8]) -> u8 {
        let mut sum = 0;
        #[unit]
        'outer: for n in list {
            #[unit]
            for m in 0..*n {
                let _turn = Loud("turn");
                #[unit]
                if m == 2 {
                    continue 'outer;
                }
                if sum > 4 {
                    #[unit]
                    break 'outer;
                }
                sum += 1;
            }
            say("through");
        }
        let found = #[unit]
        'found: {
            let _local = Loud("local");
            if sum > 3 {
                break 'found 100;
            }
            sum
        };
        found + sum
    }

    #[unit]
    fn let_else(text: &str) -> Option<u8> {
        #[unit]
        let Some(first) = text.chars().next() else {
            let _early = Loud("early");
            return None;
        };
        #[unit]
        let Ok(n) = text.parse::<u8>() else { panic!("{first} is none") };
        Some(n)
    }

    #[unit]
    async fn let_else_later(a: Loud) -> u8 {
        #[unit]
        let Ok(a) = gives(a).await else {
            pause().await;
            return 0;
        };
        pause().await;
        a.0.len() as u8
    }

    #[unit]
    fn nested_questions(texts: [&str; 2]) -> Result<u8, Box<dyn std::error::Error>> {
        let _local = Loud("local");
        let sum = #[unit]
        {
            let _outer = Loud("outer");
            let first: u8 = texts[0].parse()?;
            #[unit]
            let second = #[unit]
            {
                let _inner = Loud("inner");
                texts[1].parse::<u8>()?
            };
            first.checked_add(second).ok_or("too much")?
        };
        #[unit]
        Some(sum).filter(|sum| *sum > 1).ok_or_else(|| "too little".to_owned())?;
        Ok(sum)
    }

    #[unit]
    async fn nested_questions_later(a: Loud, b: Loud) -> Result<usize, String> {
        let n = #[unit]
        {
            let _outer = Loud("outer");
            #[unit]
            gives(gives(a).await?).await?.0.len()
        };
        let m = #[unit]
        match gives(b).await {
            Ok(b) => gives(b).await?.0.len(),
            Err(_) => return Err("no b".to_owned()),
        };
        Ok(n + m)
    }

    #[unit]
    fn arms(a: Option<Loud>) -> usize {
        match a {
            Some(a) if a.0.is_empty() => #[unit]
            {
                say("empty");
                0
            },
            Some(Loud("one")) => #[unit]
            {
                return 1;
            },
            Some(a) => {
                #[unit]
                let n = a.lend().len();
                n
            }
            #[allow(unreachable_patterns)]
            None => #[unit]
            if Loud("condition").lend().len() > 100 {
                3
            } else {
                4
            },
        }
    }

    #[unit]
    fn unsafe_blocks(a: &mut [u8; 2]) -> u8 {
        let b = a.as_mut_ptr();
        // SAFETY: both places are in the array.
        #[unit]
        unsafe {
            *b = 5;
            *b.add(1) += 1;
        }
        // SAFETY: the same.
        let first = #[unit]
        unsafe { *b };
        first + a[1]
    }

    #[unit]
    fn loops(mut a: Vec<Loud>) -> usize {
        let mut n = 0;
        #[unit]
        while let Some(a) = a.pop() {
            n += #[unit]
            {
                let _turn = Loud("turn");
                a.0.len()
            };
        }
        let m = #[unit]
        loop {
            n += 1;
            #[unit]
            {
                if n % 7 == 0 {
                    break Loud("result").lend().len();
                }
            }
        };
        n + m
    }

    #[unit]
    fn statements_of_each_kind(a: Loud) -> (u8, usize) {
        let mut n = 1;
        #[unit]
        {
            n += 1;
        }
        #[unit]
        let (b, ref c) = (a.0.len(), Loud("c"));
        #[unit]
        let _ = Loud("ignored");
        let late;
        #[unit]
        {
            late = Loud("late");
        }
        // What is bound at the end of a block is no value of it.
        #[unit]
        {
            #[unit]
            let _last = Loud("last").lend().len();
        }
        #[unit]
        say(format!("{}{}", late.0, c.0));
        const N: u8 = 3;
        #[unit]
        return (n + N, b);
    }

    #[unit]
    fn in_closures(a: Loud) -> usize {
        let f = |n: usize| {
            #[unit]
            {
                let _inside = Loud("inside");
                if n == 0 {
                    return 0;
                }
                n + a.0.len()
            }
        };
        let g = #[unit]
        || #[unit]
        {
            f(2)
        };
        f(0) + g()
    }

    // What only seems never to end.
    #[unit]
    fn left_by_a_label(n: usize) -> usize {
        let f = #[unit]
        |n: usize| 'a: {
            if n > 1 {
                break 'a n + 1;
            }
            return 0;
        };
        let m = #[unit]
        'outer: loop {
            'inner: loop {
                if f(n) > 0 {
                    break 'outer n;
                }
                break 'inner;
            }
            break 7;
        };
        #[unit]
        'b: {
            if m > 2 {
                break 'b m;
            }
            return 1;
        }
    }

    #[unit]
    fn panics_in_a_block(a: Loud) -> usize {
        let _b = Loud("b");
        #[unit]
        {
            let _c = Loud("c");
            #[unit]
            assert_eq!(a.0, "other", "not the {}", "other");
        }
        1
    }

    #[unit]
    async fn branches(a: Loud, n: usize) -> usize {
        let m = #[unit]
        if n == 0 {
            pause().await;
            a.lend().len()
        } else {
            let _other = Loud("other");
            n
        };
        #[unit]
        'waits: loop {
            let _turn = Loud("turn");
            #[unit]
            pause().await;
            break 'waits;
        }
        m
    }

    pub const SHAPES: &[Shape] = &[
        ("labelled", || called!([labelled(&[1, 3, 1]), labelled(&[1, 1, 1, 1, 1, 1]), labelled(&[])])),
        ("let_else", || called!(let_else("12"))),
        ("let_else, returns", || called!(let_else(""))),
        ("let_else, panics", || called!(let_else("x"))),
        ("let_else_later", || lived!(let_else_later(Loud("a")))),
        ("let_else_later, returns", || lived!(let_else_later(Loud("bad")))),
        ("nested_questions", || {
            called!([["1", "1"], ["x", "1"], ["1", "x"], ["255", "1"], ["0", "0"]].map(|texts| {
                nested_questions(texts).map_err(|error| error.to_string())
            }))
        }),
        ("nested_questions_later", || lived!(nested_questions_later(Loud("a"), Loud("b")))),
        ("nested_questions_later, first", || lived!(nested_questions_later(Loud("bad"), Loud("b")))),
        ("nested_questions_later, second", || lived!(nested_questions_later(Loud("a"), Loud("bad")))),
        ("arms", || called!([Some(""), Some("one"), Some("some"), None].map(|it| arms(it.map(Loud))))),
        ("unsafe_blocks", || called!(unsafe_blocks(&mut [1, 2]))),
        ("loops", || called!(loops(vec![Loud("a"), Loud("b")]))),
        ("statements_of_each_kind", || called!(statements_of_each_kind(Loud("a")))),
        ("in_closures", || called!(in_closures(Loud("a")))),
        ("left_by_a_label", || called!([1, 2, 3].map(left_by_a_label))),
        ("panics_in_a_block", || called!(panics_in_a_block(Loud("a")))),
        ("branches", || lived!(branches(Loud("a"), 0))),
        ("branches, other", || lived!(branches(Loud("a"), 5))),
    ];
}
