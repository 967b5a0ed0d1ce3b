//! Temporaries at the end of a body and of a condition: editions differ, and so must annotated functions.

use std::cell::RefCell;
use std::sync::Mutex;

use crate::observe::*;

pub mod tails {
    use super::*;

    #[unit]
    fn of_an_argument(a: Loud, _: Loud) -> usize {
        let _b = Loud("b");
        a.lend().len()
    }

    #[unit]
    async fn of_an_argument_later(a: Loud, _: Loud) -> usize {
        let _b = Loud("b");
        pause().await;
        a.lend().len()
    }

    #[unit]
    fn of_a_pattern((a, _): (Loud, Loud)) -> usize {
        let _b = Loud("b");
        a.lend().len()
    }

    #[unit]
    async fn of_a_pattern_later((a, _): (Loud, Loud), c: Loud) -> usize {
        let _b = Loud("b");
        a.lend().len() + c.lend().len()
    }

    #[unit]
    fn temporary_value(a: Loud) -> usize {
        let _b = Loud("b");
        Loud("temporary").lend().len() + a.0.len()
    }

    #[unit]
    async fn temporary_value_later(a: Loud) -> usize {
        let _b = Loud("b");
        pause().await;
        Loud("temporary").lend().len() + a.0.len()
    }

    #[unit]
    fn temporary_of_a_match(a: Loud) -> usize {
        let _b = Loud("b");
        match Loud("temporary").lend().len() {
            n => n + a.lend().len(),
        }
    }

    #[unit]
    fn temporary_of_a_condition(a: Loud) -> usize {
        let _b = Loud("b");
        if let Some(n) = Loud("temporary").lend().some().filter(|n| *n > 50) {
            n
        } else {
            say("else");
            a.0.len()
        }
    }

    #[unit]
    async fn temporary_of_a_condition_later(a: Loud) -> usize {
        if let Some(n) = Loud("temporary").lend().some().filter(|n| *n > 50) {
            n
        } else {
            pause().await;
            say("else");
            a.0.len()
        }
    }

    #[unit]
    fn temporary_of_a_loop(a: Loud) -> usize {
        for n in Loud("temporary").lend().some() {
            say(n.to_string());
        }
        while let Some(n) = Loud("turn").lend().some() {
            if n > 0 {
                break;
            }
        }
        a.0.len()
    }

    #[unit]
    fn temporary_of_a_statement(a: Loud) {
        let _b = Loud("b");
        let _ = Loud("ignored").lend().len();
        let _kept = &Loud("extended");
        say("before");
        Loud("statement").lend().len();
        a.lend();
    }

    #[unit]
    fn borrowed_cell(a: &RefCell<u8>) -> u8 {
        *a.borrow_mut() += 1;
        *a.borrow()
    }

    #[unit]
    async fn locked(a: &Mutex<u8>) -> u8 {
        *a.lock().unwrap() += 1;
        pause().await;
        *a.lock().unwrap()
    }

    #[unit]
    fn block_in_tail(a: Loud) -> usize {
        {
            let _b = Loud("b");
            { Loud("temporary").lend().len() + a.lend().len() }
        }
    }

    #[unit]
    fn returned_explicitly(a: Loud) -> usize {
        let _b = Loud("b");
        return Loud("temporary").lend().len() + a.lend().len();
    }

    #[unit]
    async fn returned_explicitly_later(a: Loud) -> usize {
        let _b = Loud("b");
        pause().await;
        return Loud("temporary").lend().len() + a.lend().len();
    }

    #[unit]
    fn result_with_drop(a: Loud) -> Loud {
        let _b = Loud("b");
        a.lend();
        Loud("result")
    }

    #[unit]
    fn one_expression(a: Loud, b: Loud) -> (Loud, usize) {
        (Loud("result"), a.lend().len() + b.lend().len())
    }

    #[unit]
    fn struct_in_tail(a: Loud) -> Pair {
        let _c = Loud("c");
        Pair { left: Loud(a.name().len().checked_sub(1).map_or("", |_| "left")), right: a }
    }

    pub const SHAPES: &[Shape] = &[
        ("of_an_argument", || called!(of_an_argument(Loud("a"), Loud("_")))),
        ("of_an_argument_later", || lived!(of_an_argument_later(Loud("a"), Loud("_")))),
        ("of_a_pattern", || called!(of_a_pattern((Loud("a"), Loud("_"))))),
        ("of_a_pattern_later", || lived!(of_a_pattern_later((Loud("a"), Loud("_")), Loud("c")))),
        ("temporary_value", || called!(temporary_value(Loud("a")))),
        ("temporary_value_later", || lived!(temporary_value_later(Loud("a")))),
        ("temporary_of_a_match", || called!(temporary_of_a_match(Loud("a")))),
        ("temporary_of_a_condition", || called!(temporary_of_a_condition(Loud("a")))),
        ("temporary_of_a_condition_later", || lived!(temporary_of_a_condition_later(Loud("a")))),
        ("temporary_of_a_loop", || called!(temporary_of_a_loop(Loud("a")))),
        ("temporary_of_a_statement", || called!(temporary_of_a_statement(Loud("a")))),
        ("borrowed_cell", || called!(borrowed_cell(&RefCell::new(1)))),
        ("locked", || lived(|| async { locked(&Mutex::new(1)).await })),
        ("block_in_tail", || called!(block_in_tail(Loud("a")))),
        ("returned_explicitly", || called!(returned_explicitly(Loud("a")))),
        ("returned_explicitly_later", || lived!(returned_explicitly_later(Loud("a")))),
        ("result_with_drop", || called!(result_with_drop(Loud("a")))),
        ("one_expression", || called!(one_expression(Loud("a"), Loud("b")))),
        ("struct_in_tail", || called!(struct_in_tail(Loud("a")))),
    ];
}
