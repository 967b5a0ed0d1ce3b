//! Annotated blocks and statements of every kind warn of nothing.
#![deny(warnings)]

use isohub::{isolated_hub, span};

#[span]
fn diverge(n: u8) -> u8 {
    #[span]
    if n == 0 {
        return 1;
    }
    #[span]
    {
        if n == 1 {
            return 2;
        }
    }
    #[isohub::parallel_span]
    match n {
        2 => return 3,
        3 => #[span] { return 4 },
        _ => {}
    }
    #[span]
    let m = if n == 4 { return 5 } else { n };
    #[span]
    loop {
        if m == 5 {
            #[span]
            return 6;
        }
        #[isolated_hub]
        break;
    }
    #[span(err)]
    {
        panic!("not so far")
    }
}

#[span]
fn ends(n: u8) -> ! {
    #[span]
    {
        if n == 9 {
            #[span]
            std::panic::resume_unwind(Box::new(n));
        }
        unreachable!()
    }
}

#[isolated_hub]
fn endless(stop: &dyn Fn() -> bool) -> u8 {
    #[span]
    loop {
        #[span]
        if stop() {
            #[span]
            {
                #[span]
                {
                    break 7;
                }
            }
        }
    }
}

#[span]
fn kinds(n: u8) -> u8 {
    #[span]
    let a = n;
    let b = #[span] { a };
    let c = #[span("labelled")] 'a: {
        if b == 1 {
            break 'a 2;
        }
        3
    };
    #[span]
    {}
    #[span]
    ();
    #[isolated_hub]
    {
        #![allow(unused_variables)]
        fn local() -> u8 {
            1
        }
        let unused = local();
    }
    #[span]
    let _ = c;
    let d;
    d = #[span] { c };
    #[span]
    vec![1_u8].clear();
    #[span(ret(r), error_if = |n| *n > 3)]
    {
        d + 1
    }
}

#[span]
fn twice(n: u8) -> Option<u8> {
    let found = #[span] { Some(n)? };
    #[span(err)]
    let Some(other) = Some(found) else { return None };
    #[span(err(Debug))]
    let (first, _) = (other, 1);
    #[span(err(capture))]
    { first.checked_add(1)?; }
    Some(first)
}

pub(crate) fn main() {
    assert_eq!((0..6).map(diverge).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    assert_eq!(endless(&|| true), 7);
    assert_eq!((kinds(1), twice(2)), (3, Some(2)));
    std::panic::catch_unwind(|| ends(9)).unwrap_err();
}
