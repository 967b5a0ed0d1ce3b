//! Every attribute and every macro, in a caller of each edition that denies warnings and forbids unsafe
//! code. The packages beside this file compile it, each in its own edition.

#![deny(warnings)]
#![deny(rust_2018_idioms, rust_2021_compatibility, unused_qualifications)]
#![forbid(unsafe_code)]

use std::error::Error;
use std::fmt::Display;
use std::future::Future as StdFuture;
use std::pin::Pin;

use futures::executor::block_on;
use isohub::testing::Recorder;
use isohub::{
    breadcrumb, isolated, isolated_hub, parallel, parallel_span, record, span, spawn_isolated, start_span,
};

/// Recorded as a tree.
fn tree(f: impl FnOnce()) -> String {
    let recorder = Recorder::new();
    recorder.run_sync(|| start_span!("all").in_scope(f));
    recorder.tree()
}

#[span]
fn longer<'a>(a: &'a str, b: &'a str) -> &'a str {
    if a.len() > b.len() {
        return a;
    }
    b
}

#[span]
async fn borrows(a: &str, b: &mut u8, _: &u8) -> String {
    *b += 1;
    format!("{a}{b}")
}

#[parallel_span(fields(id, %name), err)]
async fn fails(id: u64, name: impl Display) -> Result<u8, Box<dyn Error + Send + Sync>> {
    let number: u8 = name.to_string().parse()?;
    if number == 0 {
        return Err("zero".into());
    }
    Ok(number)
}

#[isolated_hub(tags(step = n))]
fn counts(n: u8) -> u8 {
    isohub::set_tag("counted", n);
    n + 1
}

#[span]
fn returned<'a>(a: &'a str) -> impl StdFuture<Output = usize> + 'a {
    async move { a.len() }
}

#[parallel_span]
fn boxed<'a>(a: &'a str) -> Pin<Box<dyn StdFuture<Output = usize> + Send + 'a>> {
    let n = a.len();
    Box::pin(async move { n })
}

struct Shop {
    stock: u8,
}

impl Shop {
    #[span("Shop::look")]
    fn look(&self) -> &u8 {
        &self.stock
    }

    #[parallel_span]
    async fn sell(&mut self, n: u8) -> Option<&u8> {
        self.stock = self.stock.checked_sub(n)?;
        Some(&self.stock)
    }

    #[isolated_hub]
    async fn close(self) -> u8 {
        self.stock
    }
}

trait Greet {
    #[span]
    fn greet(&self, name: &str) -> String {
        format!("hello {name}")
    }
}

impl Greet for Shop {}

#[test]
fn functions_and_methods() {
    isohub::doctor::allow(isohub::doctor::Kind::DeadWrite);
    assert_eq!(
        tree(|| {
            assert_eq!(longer("a", "bb"), "bb");
            assert_eq!(block_on(borrows("a", &mut 1, &2)), "a2");
            assert!(block_on(fails(1, "x")).is_err());
            assert!(matches!(block_on(fails(2, 3)), Ok(3)));
            assert_eq!(counts(1), 2);
            assert_eq!(block_on(returned("abc")), 3);
            assert_eq!(block_on(boxed("abc")), 3);
            let mut shop = Shop { stock: 3 };
            assert_eq!(*shop.look(), 3);
            assert_eq!(block_on(shop.sell(2)), Some(&1));
            assert_eq!(shop.greet("you"), "hello you");
            assert_eq!(block_on(shop.close()), 1);
        }),
        "\
all
  longer
  borrows
  fails error id=1 name=x error=\"invalid digit found in string\"
  fails id=2 name=3
  returned
  boxed
  Shop::look
  sell
  greet
"
    );
}

#[span]
async fn inner_expressions(list: Vec<u8>) -> usize {
    let block = #[parallel_span("block")]
    async {
        list.len()
    };
    let closure = #[span("closure")]
    |n: usize| n + list.len();
    let moved = {
        let one = 1;
        #[isolated_hub]
        move |n: usize| n + one
    };
    let lending = #[parallel_span("lending")]
    async |n: usize| list.len() + n;
    let n = block.await + closure(1) + moved(1) + lending(1).await;
    let (a, b) = isohub::join!(
        #[span("left")]
        async {
            1
        },
        #[span("right")]
        async {
            2
        }
    );
    match n {
        0 => 0,
        n =>
        {
            #[span("arm")]
            async { n + a + b }.await
        }
    }
}

#[test]
fn inner_attributes() {
    assert_eq!(
        tree(|| assert_eq!(block_on(inner_expressions(vec![1])), 10)),
        "\
all
  inner_expressions
    block
    closure
    lending
    left
    right
    arm
"
    );
}

#[test]
fn macros() {
    assert_eq!(
        tree(|| {
            let made = start_span!("started", size = 3);
            let n = made.in_scope(|| {
                record!(more = "x", n = ?Some(1));
                breadcrumb!("shop", format!("sold {}", 1), rest = 2);
                let unit = isolated!(tags(unit = 1), move || 1);
                let span = parallel!("job", fields(n = 1), async { Ok::<u8, ()>(1) });
                let mapped: Vec<u8> = vec![1, 2].into_iter().map(isolated!(move |n: u8| n * 2)).collect();
                unit() + block_on(span).unwrap_or(0) + mapped.len() as u8
            });
            assert_eq!(n, 4);
        }),
        "\
all
  started size=3 more=x n=Some(1)
    job n=1
"
    );
}

#[test]
fn joins_and_spawns() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let recorder = Recorder::new();
    runtime.block_on(recorder.run(async {
        let joined = isohub::join!(async { 1 }, std::future::ready("b"));
        assert_eq!(joined, (1, "b"));
        let tried: Result<(u8, u8), &str> = isohub::try_join!(async { Ok(1) }, async { Err("no") });
        assert_eq!(tried, Err("no"));
        let task = spawn_isolated!("task", async { 1 });
        let blocking = spawn_isolated!("blocking", blocking, || 2);
        let thread = spawn_isolated!(thread, || 3);
        assert_eq!((task.await.unwrap(), blocking.await.unwrap(), thread.join().unwrap()), (1, 2, 3));
    }));
    let tree = recorder.tree();
    let mut traces: Vec<&str> = tree.split_whitespace().collect();
    traces.sort_unstable();
    assert_eq!(traces, ["blocking", "task"]);
}
