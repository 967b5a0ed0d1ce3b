//! An attribute on an `impl` block, a trait or a module is as one on each function in it.

mod err;

use std::fmt;

use isohub::testing::Recorder;
use isohub::{isolated_hub, parallel_span, span};

use crate::support::{pause, poll_to_end, tags};

fn run(body: impl FnOnce()) -> String {
    let recorder = Recorder::new();
    recorder.run_sync(body);
    recorder.tree()
}

fn run_async(body: impl Future<Output = ()>) -> String {
    let recorder = Recorder::new();
    poll_to_end(recorder.run(body));
    recorder.tree()
}

struct Shop<T> {
    stock: Vec<T>,
}

#[span(op = "shop")]
impl<T: Clone> Shop<T> {
    const LIMIT: usize = { 2 };

    const fn limit() -> usize {
        Self::LIMIT
    }

    extern "C" fn close() {}

    fn new() -> Self {
        Shop { stock: Vec::new() }
    }

    pub fn add(&mut self, item: T) -> usize {
        self.stock.push(item);
        Self::close();
        self.stock.len().min(Self::limit())
    }

    async fn first(&self) -> Option<T> {
        pause().await;
        self.peek()
    }

    #[span(skip)]
    fn peek(&self) -> Option<T> {
        self.stock.first().cloned()
    }

    #[parallel_span(tags(kind = "order"))]
    async fn order(&self) {
        self.pay().await;
    }

    #[isolated_hub]
    async fn pay(&self) {
        let paying = #[span]
        async {
            pause().await;
        };
        paying.await;
    }

    #[span("named")]
    fn named(&self) {}

    fn boxed(&self) -> std::pin::Pin<Box<dyn Future<Output = usize> + '_>> {
        Box::pin(async move { self.stock.len() })
    }
}

#[test]
fn of_an_impl_block() {
    let tree = run_async(async {
        let mut shop = Shop::new();
        assert_eq!((shop.add(1), shop.add(2), shop.add(3)), (1, 2, 2));
        assert_eq!(shop.first().await, Some(1));
        shop.order().await;
        shop.named();
        assert_eq!(shop.boxed().await, 3);
        assert_eq!(tags(), "");
    });
    let expected = "Shop::new|Shop::add|Shop::add|Shop::add|Shop::first|\
         Shop::order {kind=order}\n  Shop::pay::{async}|named|Shop::boxed";
    assert_eq!(tree, expected.replace('|', "\n\n") + "\n");
}

trait Greet {
    fn hello(&self) -> String;

    fn twice(&self) -> String {
        self.hello() + &self.hello()
    }
}

#[parallel_span(pub_only)]
impl<T: fmt::Debug> Greet for Shop<T> {
    fn hello(&self) -> String {
        isohub::set_tag("said", "hello");
        format!("{:?}", self.stock)
    }
}

#[parallel_span(pub_only)]
impl Shop<u8> {
    pub fn seen(&self) {
        self.hidden();
        self.of_crate();
    }

    pub(crate) fn of_crate(&self) {}

    fn hidden(&self) {}
}

#[test]
fn of_an_implementation_of_a_trait_and_of_public_functions_only() {
    let tree = run(|| {
        let shop = Shop { stock: vec![1_u8] };
        assert_eq!(shop.twice(), "[1][1]");
        shop.seen();
        assert_eq!(tags(), "");
    });
    assert_eq!(tree, "Shop::hello {said=hello}\n\nShop::hello {said=hello}\n\nShop::seen\n");
}

#[span]
trait Walk {
    type Step;

    fn step(&self) -> Self::Step;

    fn walk(&self, steps: usize) -> Vec<Self::Step> {
        (0..steps).map(|_| self.step()).collect()
    }

    #[allow(async_fn_in_trait)]
    async fn stroll(&self) -> Self::Step {
        pause().await;
        self.step()
    }
}

struct Feet;

impl Walk for Feet {
    type Step = u8;

    #[span]
    fn step(&self) -> u8 {
        1
    }
}

#[test]
fn of_a_trait_with_default_bodies() {
    let tree = run_async(async {
        assert_eq!(Feet.walk(2), [1, 1]);
        assert_eq!(Feet.stroll().await, 1);
    });
    assert_eq!(tree, "Walk::walk\n  step\n  step\n\nWalk::stroll\n  step\n");
}

#[span]
mod store {
    use super::pause;

    #[derive(Default)]
    pub(super) struct Row {
        size: usize,
    }

    impl Row {
        pub(super) async fn load(&self) -> usize {
            pause().await;
            nested::deep(self.size)
        }
    }

    #[isohub::span(skip)]
    impl Row {
        pub(super) fn plain(&self) {}
    }

    #[isohub::isolated_hub]
    impl Drop for Row {
        fn drop(&mut self) {
            isohub::set_tag("dropped", true);
        }
    }

    macro_rules! untouched {
        ($name:ident) => {
            pub(super) fn $name() {}
        };
    }

    untouched!(made);

    mod nested {
        pub(super) fn deep(size: usize) -> usize {
            fn inside() {}
            inside();
            size
        }
    }

    pub(super) fn main() {}

    #[span(skip)]
    pub(super) mod left_out {
        pub(in super::super) fn function() {}
    }

    use isohub::span;
}

#[test]
fn of_a_module() {
    isohub::doctor::allow(isohub::doctor::Kind::DeadWrite);
    let tree = run_async(async {
        let row = store::Row::default();
        assert_eq!(row.load().await, 0);
        row.plain();
        drop(row);
        store::made();
        store::main();
        store::left_out::function();
        assert_eq!(tags(), "");
    });
    assert_eq!(tree, "Row::load\n  deep\n\nmain\n");
}

#[async_trait::async_trait]
trait Job {
    async fn work(&self) -> u8;

    async fn rest(&self) -> u8 {
        0
    }
}

struct Below;
struct Above;

#[async_trait::async_trait]
#[parallel_span(err)]
impl Job for Below {
    async fn work(&self) -> u8 {
        pause().await;
        isohub::set_tag("worked", "below");
        1
    }
}

#[parallel_span(err)]
#[async_trait::async_trait]
impl Job for Above {
    async fn work(&self) -> u8 {
        pause().await;
        isohub::set_tag("worked", "above");
        2
    }

    #[span(skip)]
    async fn rest(&self) -> u8 {
        3
    }
}

#[async_trait::async_trait]
#[span]
trait Task: Sync {
    async fn run(&self) -> u8;

    async fn again(&self) -> u8 {
        self.run().await + self.run().await
    }
}

#[async_trait::async_trait]
impl Task for Below {
    async fn run(&self) -> u8 {
        self.work().await
    }
}

#[test]
fn beside_async_trait_in_either_order() {
    let tree = run_async(async {
        assert_eq!(Below.again().await, 2);
        assert_eq!((Above.work().await, Above.rest().await, Below.rest().await), (2, 3, 0));
        assert_eq!(tags(), "");
    });
    let expected = "\
Task::again
  Below::work {worked=below}
  Below::work {worked=below}

Above::work {worked=above}
";
    assert_eq!(tree, expected);
}

macro_rules! made {
    ($(#[$attribute:meta])* $shop:ident { $($method:item)* } $vis:vis $last:ident $body:block) => {
        $(#[$attribute])*
        impl $shop {
            $($method)*
            $vis fn $last() $body
        }
    };
}

struct Made;

made! {
    #[span(pub_only)]
    Made {
        pub fn one() {
            Made::two()
        }
        fn two() {}
    }
    pub three {
        Made::one()
    }
}

#[test]
fn of_items_that_a_macro_passes_on() {
    assert_eq!(run(Made::three), "Made::three\n  Made::one\n");
}

struct Odd<const N: usize, F>(F);

#[span(fields(n = N))]
impl<const N: usize, F: Fn() -> [u8; 1 + 1]> Odd<{ N }, F> {
    fn call(&self) -> Result<[u8; 2], std::convert::Infallible> {
        Ok((self.0)())
    }
}

#[span]
impl Greet for [u8] {
    fn hello(&self) -> String {
        String::new()
    }
}

#[span]
impl Greet for &'_ (dyn fmt::Debug + Send) {
    fn hello(&self) -> String {
        String::new()
    }
}

#[test]
fn of_odd_types() {
    let tree = run(|| {
        let _ = Odd::<3, _>(|| [1, 2]).call();
        let _ = [1_u8][..].hello();
        let _ = (&1_u8 as &(dyn fmt::Debug + Send)).hello();
    });
    assert_eq!(tree, "Odd::call n=3\n\n[u8]::hello\n\nDebug::hello\n");
}

#[span]
mod with_other_attributes {
    #[cfg_attr(all(), isohub::span(skip))]
    pub(super) fn skipped() {}

    #[cfg_attr(all(), isohub::parallel_span(tags(a = 1)))]
    pub(super) fn replaced() {}

    #[cfg(any())]
    pub(super) fn skipped() -> Missing {}

    #[tokio::test]
    async fn a_test_of_tokio() {
        assert!(isohub::current_span().context().is_none());
    }

    #[test]
    fn a_test() {}

    /// Documented.
    #[inline]
    #[must_use]
    pub(super) fn kept() -> u8 {
        #![allow(unused)]
        1
    }
}

#[test]
fn with_other_attributes_on_the_functions() {
    let tree = run(|| {
        with_other_attributes::skipped();
        with_other_attributes::replaced();
        let _ = with_other_attributes::kept();
    });
    assert_eq!(tree, "replaced {a=1}\n\nkept\n");
}
