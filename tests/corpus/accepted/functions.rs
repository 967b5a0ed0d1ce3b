//! Plain functions.

use std::error::Error;
use std::fmt::{Debug, Display};

use crate::observe::*;

pub mod arguments {
    use super::*;

    #[unit]
    fn in_order(a: Loud, b: Loud) -> u8 {
        let _c = Loud("c");
        let _d = Loud("d");
        say(format!("{}{}", a.0, b.0));
        1
    }

    #[unit]
    fn not_mentioned(_: Loud, _b: Loud, c: Loud, _: Loud) {
        let _d = Loud("d");
        say(c.0);
    }

    #[unit]
    fn nothing_mentioned(_: Loud, (): (), _b: Loud) {}

    #[unit]
    fn destructured(before: Loud, (a, _): (Loud, Loud), Pair { left, .. }: Pair, after: Loud) {
        let _local = Loud("local");
        say(format!("{}{}{}{}", before.0, a.0, left.0, after.0));
    }

    #[unit]
    fn nested([(a, _), (_, b)]: [(Loud, Loud); 2], &c: &u8) -> u8 {
        say(format!("{}{}", a.0, b.0));
        c
    }

    #[unit]
    fn bound_whole(whole @ (_, _): (u8, u8), ref a @ Loud(name): Loud) -> (u8, u8) {
        say(format!("{} {name}", a.0));
        whole
    }

    #[unit]
    fn by_reference(ref a: Loud, ref mut b: Pair, (ref c, _): (Loud, Loud)) {
        b.left = Loud("new left");
        say(format!("{}{}{}", a.0, b.right.0, c.0));
    }

    #[unit]
    fn mutable(mut a: Loud, mut b: u8) -> u8 {
        say(a.0);
        a = Loud("a again");
        say(a.0);
        b += 1;
        b
    }

    #[unit]
    fn moved_on(a: Loud, b: Loud, c: Pair) -> Loud {
        drop(a);
        say("after a");
        let Pair { left, .. } = c;
        say(left.0);
        b
    }

    #[unit]
    fn moved_sometimes(a: Loud, b: Loud, both: bool) {
        let _kept = Loud("kept");
        if both {
            drop(b);
        }
        say(a.0);
    }

    #[unit]
    fn shadowed(a: Loud) -> usize {
        let a = (Loud("second a"), a);
        let a = a.0.0.len() + a.1.0.len();
        a
    }

    #[unit]
    fn in_a_text_only(a: u8, b: Loud, c: &str) {
        say(format!("{a} {b:?} {c:>3}"));
    }

    #[unit]
    fn with_attributes(#[cfg(all())] a: Loud, #[cfg(any())] b: Loud, #[allow(unused_variables)] c: Loud) {
        say(a.0);
    }

    #[unit]
    fn named_like_ours(__arg0: Loud, __origin: Loud, __result: Loud, __fields: Loud, r: Loud) -> String {
        let __callsite = (__arg0.0, __origin.0, __result.0, __fields.0);
        say(format!("{__callsite:?}"));
        r.0.to_owned()
    }

    #[unit]
    fn r#match(r#type: Loud) -> &'static str {
        r#type.0
    }

    fn two() -> (Loud, Loud) {
        (Loud("1"), Loud("2"))
    }

    pub const SHAPES: &[Shape] = &[
        ("in_order", || called!(in_order(Loud("a"), Loud("b")))),
        ("not_mentioned", || called!(not_mentioned(Loud("a"), Loud("b"), Loud("c"), Loud("d")))),
        ("nothing_mentioned", || called!(nothing_mentioned(Loud("a"), (), Loud("b")))),
        ("destructured", || {
            called!(destructured(Loud("before"), two(), pair("left", "right"), Loud("after")))
        }),
        ("nested", || called!(nested([two(), (Loud("3"), Loud("4"))], &5))),
        ("bound_whole", || called!(bound_whole((1, 2), Loud("a")))),
        ("by_reference", || called!(by_reference(Loud("a"), pair("left", "right"), two()))),
        ("mutable", || called!(mutable(Loud("a"), 1))),
        ("moved_on", || called!(moved_on(Loud("a"), Loud("b"), pair("left", "right")))),
        ("moved_sometimes", || called!(moved_sometimes(Loud("a"), Loud("b"), false))),
        ("moved_sometimes, both", || called!(moved_sometimes(Loud("a"), Loud("b"), true))),
        ("shadowed", || called!(shadowed(Loud("a")))),
        ("in_a_text_only", || called!(in_a_text_only(1, Loud("b"), "c"))),
        ("with_attributes", || called!(with_attributes(Loud("a"), Loud("c")))),
        ("named_like_ours", || {
            called!(named_like_ours(Loud("1"), Loud("2"), Loud("3"), Loud("4"), Loud("5")))
        }),
        ("r#match", || called!(r#match(Loud("a")))),
    ];
}

pub mod bodies {
    use super::*;

    #[cfg(since2024)]
    #[unit]
    fn temporary_in_tail(a: Loud) -> usize {
        let b = Loud("bb");
        a.lend().len() + b.lend().len()
    }

    #[unit]
    fn temporary_as_body(a: Loud, _: Loud) -> usize {
        a.lend().len()
    }

    #[unit]
    fn temporary_in_match(a: Loud) -> usize {
        match (a.lend(), Loud("b").name().len()) {
            (lent, length) => lent.len() + length,
        }
    }

    #[unit]
    fn early_return(a: Loud, when: u8) -> Result<u8, String> {
        let _b = Loud("b");
        for step in 0..3 {
            let _inner = Loud("inner");
            if step == when {
                return Ok(step);
            }
        }
        let Some(rest) = when.checked_sub(5) else {
            return Err(a.0.into());
        };
        Ok(rest)
    }

    #[unit]
    fn question_mark(text: &str, a: Loud) -> Result<u8, Box<dyn Error>> {
        let _b = Loud("b");
        let number: u8 = text.parse()?;
        if number == 0 {
            return Err(format!("{}: zero", a.0).into());
        }
        Err("not zero")?
    }

    #[unit]
    fn question_mark_of_option(list: &[u8], _a: Loud) -> Option<u8> {
        let first = list.first()?;
        Some(first + 1)
    }

    #[unit]
    fn labelled(a: Loud) -> u32 {
        let found = 'outer: loop {
            for x in 0.. {
                let _inner = Loud("inner");
                if x == 1 {
                    break 'outer x;
                }
            }
        };
        let block = 'block: {
            if found == 1 {
                break 'block found;
            }
            a.0.len() as u32
        };
        found + block
    }

    #[unit]
    fn panics(a: Loud, _: Loud) -> u8 {
        let _c = Loud("c");
        if a.0 == "a" {
            panic!("on {}", a.0);
        }
        1
    }

    #[unit]
    fn panics_in_tail(a: Loud) -> usize {
        a.lend().len().checked_sub(5).expect("too short")
    }

    #[unit]
    fn never(a: Loud) -> ! {
        let _b = Loud("b");
        panic!("never {}", a.0)
    }

    #[unit]
    fn has_items(a: u8) -> u8 {
        const ADDED: u8 = 1;
        #[derive(Debug, Clone, Copy)]
        struct Wrapped(u8);
        impl Wrapped {
            fn added(self) -> u8 {
                self.0 + ADDED
            }
        }
        macro_rules! twice {
            ($e:expr) => { $e + $e };
        }
        use Wrapped as W;
        twice!(W(a).added())
    }

    #[unit]
    fn recursive(n: u8, a: Loud) -> u8 {
        if n == 0 { 0 } else { 1 + recursive(n - 1, Loud("deeper")) + a.0.len() as u8 }
    }

    #[unit]
    fn empty(_a: Loud) {}

    #[unit]
    fn a_statement_last(a: Loud) {
        let _b = Loud("b");
        a.lend();
    }

    #[cfg(since2024)]
    #[unit]
    fn braces_in_braces(a: Loud) -> usize {{
        let b = Loud("b");
        { a.lend().len() + b.lend().len() }
    }}

    pub const SHAPES: &[Shape] = &[
        #[cfg(since2024)]
        ("temporary_in_tail", || called!(temporary_in_tail(Loud("a")))),
        ("temporary_as_body", || called!(temporary_as_body(Loud("a"), Loud("b")))),
        ("temporary_in_match", || called!(temporary_in_match(Loud("a")))),
        ("early_return", || called!(early_return(Loud("a"), 1))),
        ("early_return, later", || called!(early_return(Loud("a"), 4))),
        ("early_return, not", || called!(early_return(Loud("a"), 7))),
        ("question_mark", || called!(question_mark("x", Loud("a")))),
        ("question_mark, zero", || called!(question_mark("0", Loud("a")))),
        ("question_mark, one", || called!(question_mark("1", Loud("a")))),
        ("question_mark_of_option", || called!(question_mark_of_option(&[], Loud("a")))),
        ("question_mark_of_option, some", || called!(question_mark_of_option(&[1], Loud("a")))),
        ("labelled", || called!(labelled(Loud("a")))),
        ("panics", || called!(panics(Loud("a"), Loud("b")))),
        ("panics, not", || called!(panics(Loud("x"), Loud("b")))),
        ("panics_in_tail", || called!(panics_in_tail(Loud("a")))),
        // A value of type `!` has no other use.
        ("never", || called!(if true { never(Loud("a")) })),
        ("has_items", || called!(has_items(1))),
        ("recursive", || called!(recursive(2, Loud("a")))),
        ("empty", || called!(empty(Loud("a")))),
        ("a_statement_last", || called!(a_statement_last(Loud("a")))),
        #[cfg(since2024)]
        ("braces_in_braces", || called!(braces_in_braces(Loud("a")))),
    ];
}

pub mod types {
    use super::*;

    #[unit]
    fn longer<'a>(a: &'a str, b: &'a str) -> &'a str {
        if b.len() > a.len() { b } else { a }
    }

    #[unit]
    fn first_mutable(list: &mut Vec<u8>) -> Option<&mut u8> {
        list.push(1);
        list.first_mut()
    }

    #[unit]
    fn two_lifetimes<'long: 'short, 'short>(a: &'long str, _: &'short str) -> &'short str
    where
        'static: 'long,
    {
        a
    }

    #[unit]
    fn generic<T: Display, U>(a: T, b: U, _: Loud) -> (String, U)
    where
        U: Debug + Clone,
    {
        (a.to_string(), b.clone())
    }

    #[unit]
    fn const_generic<const N: usize, const UP: bool>(list: [u8; N]) -> [usize; N] {
        list.map(|it| if UP { usize::from(it) + N } else { 0 })
    }

    #[unit]
    fn impl_argument(a: impl Display, f: impl Fn(u8) -> u8, list: impl Iterator<Item = u8>) -> String {
        let sum: u8 = list.map(f).sum();
        format!("{a} {sum}")
    }

    #[unit]
    fn impl_return(a: &str) -> impl Display + Clone + '_ {
        let _b = Loud("b");
        a.trim()
    }

    #[unit]
    fn returns_closure(a: Loud) -> impl Fn(u8) -> (u8, &'static str) {
        move |x| (x + 1, a.0)
    }

    #[unit]
    fn coerced_box(up: bool) -> Box<dyn Fn(u8) -> u8> {
        if up {
            return Box::new(|x| x + 1);
        }
        Box::new(move |x| x - u8::from(up))
    }

    #[unit]
    fn coerced_inside(some: bool) -> Option<Box<dyn Debug>> {
        if some { Some(Box::new([1, 2])) } else { None }
    }

    #[unit]
    fn coerced_reference(a: &Loud) -> &dyn Debug {
        a
    }

    #[unit]
    fn coerced_slice() -> &'static [u8] {
        &[1, 2, 3]
    }

    #[unit]
    fn coerced_fn(add: bool) -> fn(u8) -> u8 {
        if add { |x| x + 1 } else { |x| x }
    }

    #[unit]
    fn inferred_from_return() -> Vec<u16> {
        "1 2".split(' ').map(|it| it.parse().unwrap_or_default()).collect()
    }

    #[unit]
    fn trait_objects(a: &mut dyn FnMut(u8), b: Box<dyn FnOnce() -> u8 + '_>) {
        a(b());
    }

    #[unit]
    extern "C" fn of_another_abi(a: u8, b: u8) -> u8 {
        a + b
    }

    #[unit]
    #[inline(always)]
    #[must_use]
    #[allow(clippy::all)]
    /// Documented.
    pub(in crate::functions) fn with_attributes() -> u8 {
        return 1;
    }

    pub const SHAPES: &[Shape] = &[
        ("longer", || called!(longer("a", "bb").to_owned())),
        ("first_mutable", || {
            called!({
                let mut list = vec![];
                *first_mutable(&mut list).unwrap() += 1;
                list
            })
        }),
        ("two_lifetimes", || called!(two_lifetimes("a", &String::from("b")).to_owned())),
        ("generic", || called!(generic("a", 'b', Loud("c")))),
        ("generic, turbofish", || called!(generic::<_, Option<u8>>(1.5, None, Loud("c")))),
        ("const_generic", || called!(const_generic::<_, true>([1, 2, 3]))),
        ("impl_argument", || called!(impl_argument("a", |x| x * 2, vec![1, 2].into_iter()))),
        ("impl_return", || called!(impl_return(" a ").clone().to_string())),
        ("returns_closure", || {
            called!({
                let f = returns_closure(Loud("a"));
                say("returned");
                f(f(1).0)
            })
        }),
        ("coerced_box", || called!((coerced_box(true)(1), coerced_box(false)(1)))),
        ("coerced_inside", || called!((coerced_inside(true), coerced_inside(false)))),
        ("coerced_reference", || called!(format!("{:?}", coerced_reference(&Loud("a"))))),
        ("coerced_slice", || called!(coerced_slice())),
        ("coerced_fn", || called!((coerced_fn(true)(1), coerced_fn(false)(1)))),
        ("inferred_from_return", || called!(inferred_from_return())),
        ("trait_objects", || {
            called!({
                let (one, mut sum) = (1, 0);
                trait_objects(&mut |x| sum += x, Box::new(|| one));
                sum
            })
        }),
        ("of_another_abi", || {
            called!({
                let f: extern "C" fn(u8, u8) -> u8 = of_another_abi;
                f(1, 2)
            })
        }),
        ("with_attributes", || called!(with_attributes())),
        // A function's name is a value.
        ("as values", || {
            called!({
                let f: for<'a> fn(&'a mut Vec<u8>) -> Option<&'a mut u8> = first_mutable;
                let g: fn([u8; 2]) -> [usize; 2] = const_generic::<2, false>;
                (f(&mut vec![]).copied(), ["a", "b"].map(|it| generic(it, 1, Loud("c"))), g([1, 2]))
            })
        }),
    ];
}
