//! What the compiler infers of the types: auto traits of futures and of closures.

use std::cell::{Cell, RefCell};
use std::fmt::Debug;
use std::rc::Rc;

use crate::observe::*;

pub mod futures {
    use super::*;

    #[unit]
    async fn nothing() {}

    #[unit]
    async fn sendable(a: Loud) -> usize {
        pause().await;
        a.0.len()
    }

    #[unit]
    async fn counted(_: Rc<u8>) {
        pause().await;
    }

    #[unit]
    async fn counted_inside() {
        let rc = Rc::new(1);
        pause().await;
        drop(rc);
    }

    #[unit]
    async fn counted_before_await() {
        drop(Rc::new(1));
        pause().await;
    }

    #[unit]
    async fn with_cell(a: Cell<u8>) -> u8 {
        pause().await;
        a.get()
    }

    #[unit]
    async fn with_cell_borrowed(a: &RefCell<u8>, _: &mut u8) -> u8 {
        pause().await;
        *a.borrow()
    }

    #[unit]
    async fn with_cell_inside() -> u8 {
        let a = Cell::new(1);
        pause().await;
        a.get()
    }

    #[unit]
    async fn mutable_borrow(a: &mut u8) {
        pause().await;
        *a += 1;
    }

    #[unit]
    async fn generic<T: Debug>(a: T, _: impl Sized) -> String {
        pause().await;
        format!("{a:?}")
    }

    #[unit]
    async fn object(a: Box<dyn Debug>) {
        pause().await;
        drop(a);
    }

    #[unit]
    async fn object_send(a: Box<dyn Debug + Send>) {
        pause().await;
        drop(a);
    }

    #[unit]
    async fn returns_counted() -> Rc<u8> {
        pause().await;
        Rc::new(1)
    }

    #[unit]
    async fn calls_counted() -> u8 {
        *returns_counted().await + 1
    }

    #[unit]
    async fn can_fail(a: &str) -> Result<u8, Box<dyn std::error::Error>> {
        pause().await;
        Ok(a.parse()?)
    }

    #[unit]
    fn ready(a: u8) -> impl Future<Output = u8> + Unpin {
        std::future::ready(a)
    }

    #[unit]
    fn block(a: Loud, _: Rc<u8>) -> impl Future<Output = usize> {
        async move { a.0.len() }
    }

    #[unit]
    fn boxed(a: Loud) -> std::pin::Pin<Box<dyn Future<Output = usize> + Send>> {
        Box::pin(async move { a.0.len() })
    }

    struct Thing(Cell<u8>);

    impl Thing {
        #[unit]
        async fn shared(&self) -> u8 {
            pause().await;
            self.0.get()
        }

        #[unit]
        async fn shared_unused(&self) {
            pause().await;
        }

        #[unit]
        async fn exclusive(&mut self) -> u8 {
            pause().await;
            self.0.get()
        }

        #[unit]
        async fn owned(self) -> u8 {
            pause().await;
            self.0.get()
        }
    }

    pub const SHAPES: &[Shape] = &[
        ("nothing", || auto_traits!(nothing())),
        ("sendable", || auto_traits!(sendable(Loud("a")))),
        ("counted", || auto_traits!(counted(Rc::new(1)))),
        ("counted_inside", || auto_traits!(counted_inside())),
        ("counted_before_await", || auto_traits!(counted_before_await())),
        ("with_cell", || auto_traits!(with_cell(Cell::new(1)))),
        ("with_cell_borrowed", || auto_traits!(with_cell_borrowed(&RefCell::new(1), &mut 1))),
        ("with_cell_inside", || auto_traits!(with_cell_inside())),
        ("mutable_borrow", || auto_traits!(mutable_borrow(&mut 1))),
        ("generic, u8", || auto_traits!(generic(1_u8, 2_u8))),
        ("generic, Rc", || auto_traits!(generic(1_u8, Rc::new(1)))),
        ("generic, Cell", || auto_traits!(generic(Cell::new(1), 1_u8))),
        ("object", || auto_traits!(object(Box::new(1)))),
        ("object_send", || auto_traits!(object_send(Box::new(1)))),
        ("returns_counted", || auto_traits!(returns_counted())),
        ("calls_counted", || auto_traits!(calls_counted())),
        ("can_fail", || auto_traits!(can_fail("1"))),
        ("block", || auto_traits!(block(Loud("a"), Rc::new(1)))),
        ("boxed", || auto_traits!(boxed(Loud("a")))),
        ("shared", || auto_traits!(Thing(Cell::new(1)).shared())),
        ("shared_unused", || auto_traits!(Thing(Cell::new(1)).shared_unused())),
        ("exclusive", || auto_traits!(Thing(Cell::new(1)).exclusive())),
        ("owned", || auto_traits!(Thing(Cell::new(1)).owned())),
        ("ready", || auto_traits!(ready(1))),
    ];
}

/// Blocks and closures inside, returned because their own function does not know yet what they hold.
pub mod expressions {
    use super::*;

    #[unit]
    fn owning(a: Loud) -> impl Sized {
        #[unit] move || a.0.len()
    }

    #[unit]
    fn borrowing(a: &Loud) -> impl Sized + use<'_> {
        #[unit] move |n: usize| a.0.len() + n
    }

    #[unit]
    fn counted(a: Rc<u8>) -> impl Sized {
        #[unit] move |n: u8| n + *a
    }

    #[unit]
    fn with_cell(a: &Cell<u8>) -> impl Sized + use<'_> {
        #[unit] move |n: u8| n + a.get()
    }

    #[unit]
    fn async_closure(a: Loud) -> impl Sized {
        #[unit] async move |n: usize| {
            pause().await;
            a.0.len() + n
        }
    }

    #[unit]
    fn block(a: Loud) -> impl Sized {
        #[unit] async move {
            pause().await;
            a.0.len()
        }
    }

    #[unit]
    fn block_with_rc(a: Rc<u8>) -> impl Sized {
        #[unit] async move {
            pause().await;
            *a
        }
    }

    #[unit]
    fn empty_block() -> impl Sized {
        #[unit] async {}
    }

    pub const SHAPES: &[Shape] = &[
        ("owning", || auto_traits!(owning(Loud("a")))),
        ("borrowing", || auto_traits!(borrowing(&Loud("a")))),
        ("counted", || auto_traits!(counted(Rc::new(1)))),
        ("with_cell", || auto_traits!(with_cell(&Cell::new(1)))),
        ("async_closure", || auto_traits!(async_closure(Loud("a")))),
        ("block", || auto_traits!(block(Loud("a")))),
        ("block_with_rc", || auto_traits!(block_with_rc(Rc::new(1)))),
        ("empty_block", || auto_traits!(empty_block())),
    ];
}
