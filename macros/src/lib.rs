//! The macros of `isohub`. Depend on that crate, which re-exports them.
//!
//! The stages, in the order in which tokens pass them: `item`, `unit` and `record` read what was
//! written, with `args` and `fields` for what stands in parentheses, `function` for the item under an
//! attribute, `container` and `members` for one that holds functions, `inner` for attributes inside a
//! body, `spawns` for what it spawns and `misuse` for what cannot be; `model` is the last that can fail;
//! `expand` writes the result, and names nothing but `isohub::__private`.

mod args;
mod attribute;
mod container;
mod error;
mod expand;
mod fields;
mod flow;
mod function;
mod inner;
mod item;
mod members;
mod misuse;
mod model;
mod order;
mod params;
mod path;
mod record;
mod spawns;
mod taker;
#[cfg(test)]
mod tests;
mod unit;
mod words;

use proc_macro::TokenStream;

use crate::attribute::Marker;
use crate::model::Mode;
use crate::record::Join;
use crate::unit::UnitMacro;

/// Records a span around each call, in the hub of the unit that calls.
///
/// It is the attribute for helpers: what the function writes to the hub stays written for its caller,
/// as with a plain call. The parent is the span that is active at the call. For a concurrency unit of
/// its own use [`parallel_span`](macro@parallel_span): a future of this one that another unit polls,
/// such as a task, runs in an empty hub.
///
/// ```
/// use isohub::span;
///
/// #[span(op = "db", fields(id), err)]
/// async fn load(id: u64) -> Result<Row, DbError> {
///     connection().await?.find(id).await
/// }
/// # type Row = u64;
/// # type DbError = String;
/// # struct Connection;
/// # impl Connection {
/// #     async fn find(&self, id: u64) -> Result<Row, DbError> {
/// #         if id == 1 { Ok(id) } else { Err(format!("no row {id}")) }
/// #     }
/// # }
/// # async fn connection() -> Result<Connection, DbError> {
/// #     Ok(Connection)
/// # }
/// # let recorder = isohub::testing::Recorder::new();
/// # futures::executor::block_on(recorder.run(async {
/// #     load(1).await.unwrap();
/// #     load(7).await.unwrap_err();
/// # }));
/// # assert_eq!(recorder.tree(), "load id=1\n\nload error id=7 error=\"no row 7\"\n");
/// # assert_eq!(recorder.spans()[0].callsite.op(), Some("db"));
/// ```
///
/// # Where it can stand
///
/// On functions and methods with a body: `fn`, `async fn`, those of trait impls and
/// `#[async_trait]` impls, and functions that return `impl Future`, `Pin<Box<dyn Future>>` or
/// `BoxFuture`; there the span is that of the future, not of making it. [Streams](#streams) likewise.
/// Other attributes that want to see `async fn`, like `#[tokio::test]`, stand above it.
///
/// On [`impl` blocks, traits and modules](#on-impl-blocks-traits-and-modules) it is on each function in them.
///
/// Inside such a function also on `async` blocks, closures and async closures, in any position an
/// expression can have, macros' arguments included:
///
/// ```
/// # use isohub::span;
/// #[span]
/// async fn both(a: Id, b: Id) -> (Row, Row) {
///     let first = #[span("first")] async { find(a).await };
///     isohub::join!(first, #[span("second")] async { find(b).await })
/// }
/// # type Id = u64;
/// # struct Row;
/// # async fn find(_: Id) -> Row {
/// #     tokio::task::yield_now().await;
/// #     Row
/// # }
/// #
/// # let recorder = isohub::testing::Recorder::new();
/// # futures::executor::block_on(recorder.run(async { both(1, 2).await }));
/// # assert_eq!(recorder.tree(), "both\n  first\n  second\n");
/// ```
///
/// Inside, write the attribute by its path, or without importing it: the attribute around takes it away, so
/// a `use` that only such places need is reported as unused.
///
/// On a closure each call is a span, and its parent is the span active at that call. In front of
/// `async {}.await` it means the block. Without a name they are called `both::{async}` and
/// `both::{closure}`.
///
/// # On blocks and statements
///
/// Inside such a function it also stands on blocks, `if`, `match`, loops, statements, and on any expression
/// in which something is awaited. These stay what they are: `?`, `return`, `break` and `.await` keep their
/// targets.
///
/// ```
/// # use isohub::span;
/// #[span]
/// async fn import(path: &str) -> Result<usize, Error> {
///     #[span("read", err)]
///     let text = read(path).await?;
///     let rows = #[span("parse")]
///     {
///         if text.is_empty() {
///             return Ok(0); // leaves the function
///         }
///         text.lines().count()
///     };
///     #[span("store", fields(rows))]
///     for row in text.lines() {
///         store(row).await?;
///     }
///     Ok(rows)
/// }
/// # type Error = String;
/// # async fn read(path: &str) -> Result<String, Error> {
/// #     if path == "none" { Err("no such file".to_owned()) } else { Ok(path.replace(' ', "\n")) }
/// # }
/// # async fn store(_: &str) -> Result<(), Error> {
/// #     tokio::task::yield_now().await;
/// #     Ok(())
/// # }
/// # let recorder = isohub::testing::Recorder::new();
/// # futures::executor::block_on(recorder.run(async {
/// #     assert_eq!(import("a b").await, Ok(2));
/// #     import("none").await.unwrap_err();
/// # }));
/// # let tree = "import\n  read\n  parse\n  store rows=2\n\n\
/// #             import error\n  read error error=\"no such file\"\n";
/// # assert_eq!(recorder.tree(), tree);
/// ```
///
/// Left by a `?` on an error, or by `return Err(..)`, the span is an error; left by any other `return` or
/// `break` it is ok; dropped with its future while it waits, cancelled. `err` records what the types allow.
/// Without a name it is called `import::{block}`. Inside a macro's input a block may wait only if the macro
/// is known to evaluate it in place: `select!`, `join!`, `vec!`, `println!` and their like.
///
/// # Arguments
///
/// In any order, each at most once:
///
/// | argument | meaning |
/// | --- | --- |
/// | `"name"`, `name = CONST` | what the span is called; otherwise the function's name |
/// | `op = "db.query"` | the kind of work, for grouping |
/// | `kind = server` | `internal`, `client`, `server`, `producer` or `consumer` |
/// | `level = debug` | `trace`, `debug`, `info`, `warning`, `error` or `fatal` |
/// | `fields(..)` | attributes of the span, see below |
/// | `err`, `err(Debug)`, `err(capture)` | also record a returned error's text, its `Debug` form, or capture it as an event |
/// | `error_if = \|r\| r.is_none()` | what counts as an error where the result is no `Result` |
/// | `ret`, `ret(rows = r.len())` | record the returned value, or fields of it, where `r` refers to it |
/// | `parent = context` | a parent of your own: a `SpanContext`, a `SpanRef` or an option of one; `None` begins a trace |
/// | `detached` | a trace of its own, linked to the span active at the call |
/// | `links = contexts` | other spans that this one belongs to: one as above, an option or a list |
/// | `allow(bare_spawn)` | what the body spawns may do without a hub, see [forgotten isolation](macro@isolated_hub#forgotten-isolation) |
/// | `skip`, `pub_only` | in and on `impl` blocks, traits and modules, see below |
/// | `queued` | record as `queued_us` how many microseconds passed between the call and the first poll |
/// | `crate = path` | where `isohub` is, if not at `::isohub` |
///
/// A returned `Err` gives the error outcome without any argument, but its text is recorded only if
/// asked for.
///
/// # Fields
///
/// `fields(id, %user, ?request, rows = rows.len(), http.route = %route, "a-b" = 1)`: a bare name
/// records that variable; `%` records by `Display` and `?` by `Debug`. They are evaluated inside the
/// unit before the body, and not at all if the span is not recorded, unless the sampler asks for them.
/// `None` records nothing.
///
/// # On `impl` blocks, traits and modules
///
/// There it is as on each function in them that has a body, with the same arguments:
///
/// ```
/// # use isohub::{parallel_span, span};
/// # struct Shop;
/// # struct NoStock;
/// # impl std::fmt::Display for NoStock {
/// #     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
/// #         f.write_str("none")
/// #     }
/// # }
/// #[span(op = "shop", err)]
/// impl Shop {
///     pub fn open() -> Shop {
///         Shop
///     }
///
///     pub async fn order(&self, item: u64) -> Result<(), NoStock> {
///         self.reserve(item).await
///     }
///
///     #[parallel_span(fields(item))]
///     async fn reserve(&self, item: u64) -> Result<(), NoStock> {
///         if self.has(item) { Ok(()) } else { Err(NoStock) }
///     }
///
///     #[span(skip)]
///     fn has(&self, item: u64) -> bool {
///         item == 1
///     }
/// }
/// # let recorder = isohub::testing::Recorder::new();
/// # futures::executor::block_on(recorder.run(async {
/// # let _ = Shop::open().order(7).await;
/// # }));
/// # let tree = "Shop::open\n\nShop::order error error=none\n  Shop::reserve error item=7\n";
/// # assert_eq!(recorder.tree(), tree);
/// ```
///
/// - The spans are called `Type::method`, in a trait `Trait::method`, in a module as the function.
/// - A function's own isohub attribute replaces the one around it, arguments included; `#[span(skip)]`
///   leaves it out. Inside a module both can stand on an `impl` block, a trait or a module, too.
/// - With `pub_only` it is on `pub` functions only, not on `pub(crate)` ones. Those of a trait and of its
///   implementations count as `pub`.
/// - `const` and `extern` functions are left out, and so is what macros make. Tests are functions as any
///   other.
/// - `err` records errors where a function returns a `Result` whose error it can record, and changes
///   nothing elsewhere. `name` and `ret` are for one function. All else is evaluated in each, so a variable
///   that only one of them has is an error.
/// - The order with `#[async_trait]` does not matter, here. A module must be inline.
///
/// # Streams
///
/// A function that returns `impl Stream`, `Pin<Box<dyn Stream>>` or `BoxStream` makes each item in the span,
/// which begins with the first poll and ends with the stream:
///
/// ```
/// use futures::stream::{Stream, StreamExt, iter};
///
/// # #[derive(Debug, PartialEq)]
/// # struct Row(u64);
/// # async fn load(id: u64) -> Result<Row, String> {
/// #     if id < 3 { Ok(Row(id)) } else { Err(format!("no row {id}")) }
/// # }
/// #[isohub::parallel_span(fields(first), err)]
/// fn rows(first: u64) -> impl Stream<Item = Result<Row, String>> {
///     iter(first..).then(load)
/// }
/// # let recorder = isohub::testing::Recorder::new();
/// # futures::executor::block_on(recorder.run(async {
/// # let mut rows = Box::pin(rows(2));
/// # assert_eq!(rows.next().await, Some(Ok(Row(2))));
/// # assert!(rows.next().await.unwrap().is_err());
/// # }));
/// # assert_eq!(recorder.tree(), "rows error first=2 error=\"no row 3\"\n");
/// ```
///
/// It is active only while an item is made. An `Err` among the items gives the error outcome, and `err`
/// records the first one; `error_if` is asked for each item. Dropped before its end, and without an error,
/// the stream is cancelled. `ret` has nothing to look at. What the body moves into the stream is no longer
/// there for `fields` and `tags`, which are evaluated at the first poll.
///
/// Iterators are refused: they would run in whatever unit asks for the next item.
///
/// # Queued
///
/// A span begins at the first poll. With `queued` it also says how long its future waited for that, or,
/// on a closure, how long it was from the making of the closure to this call. A function that is no
/// future runs at once, so it does not take the argument.
///
/// ```
/// #[isohub::span(queued)]
/// async fn job() {}
///
/// # let recorder = isohub::testing::Recorder::new();
/// # futures::executor::block_on(recorder.run(async {
/// let waiting = job();
/// // .. other work ..
/// waiting.await; // job queued_us=1804
/// # }));
/// # assert!(recorder.tree().starts_with("job queued_us="), "{}", recorder.tree());
/// ```
///
/// # When things are evaluated
///
/// The parent is taken when the function is called, not when its future is first polled, so
/// `tokio::spawn(load(1))` has the right parent, and `parent` is evaluated there. `fields` and `links`
/// are evaluated at the first poll.
#[proc_macro_attribute]
pub fn span(arguments: TokenStream, item: TokenStream) -> TokenStream {
    item::expand(Marker::Span, arguments.into(), item.into(), Mode::OF_BUILD).into()
}

/// Gives each call a hub of its own: a clone of the current one, taken at the call.
///
/// What the function writes, its tags, user and breadcrumbs, is seen neither by its caller nor by
/// whatever runs beside it. Put it on what runs concurrently: request handlers, tasks, jobs. To record
/// a span too use [`parallel_span`](macro@parallel_span).
///
/// ```
/// use isohub::isolated_hub;
///
/// #[isolated_hub(tags(tenant = tenant.name()))]
/// async fn handle(tenant: Tenant) {
///     isohub::set_tag("step", "started"); // seen in this call only
/// #   assert_eq!(tags(), "app=shop step=started tenant=acme");
/// }
///
/// # struct Tenant;
/// # impl Tenant {
/// #     fn name(&self) -> &str {
/// #         "acme"
/// #     }
/// # }
/// # fn tags() -> String {
/// #     let hub = isohub::Hub::current();
/// #     hub.scope().tags().iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(" ")
/// # }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # let recorder = isohub::testing::Recorder::new();
/// # recorder.run(async {
/// # let tenant = Tenant;
/// # isohub::set_tag("app", "shop");
/// # let task =
/// tokio::spawn(handle(tenant)); // the hub is cloned here
/// # isohub::set_tag("app", "later");
/// # task.await.unwrap();
/// # assert_eq!(tags(), "app=later");
/// # }).await;
/// # }
/// ```
///
/// It can stand wherever [`span`](macro@span) can. On a closure the clone is taken when the closure is
/// made, and each call is a unit that starts from it:
///
/// ```
/// #[isohub::span]
/// fn sums(rows: &[Row], pool: &Pool) -> Vec<u64> {
///     pool.map(rows, #[isolated_hub] move |row| row.sum())
/// }
/// #
/// # struct Row(u64);
/// # impl Row {
/// #     fn sum(&self) -> u64 {
/// #         assert_eq!(isohub::Hub::current().scope().tag("row"), None);
/// #         isohub::set_tag("row", self.0);
/// #         self.0
/// #     }
/// # }
/// # struct Pool;
/// # impl Pool {
/// #     fn map<T: Sync, R: Send>(&self, items: &[T], f: impl Fn(&T) -> R + Sync) -> Vec<R> {
/// #         let f = &f;
/// #         std::thread::scope(|scope| {
/// #             let jobs: Vec<_> = items.iter().map(|item| scope.spawn(move || f(item))).collect();
/// #             jobs.into_iter().map(|job| job.join().unwrap()).collect()
/// #         })
/// #     }
/// # }
/// # let recorder = isohub::testing::Recorder::new();
/// # let sums = recorder.run_sync(|| sums(&[Row(1), Row(2), Row(3)], &Pool));
/// # assert_eq!((sums, recorder.tree()), (vec![1, 2, 3], "sums\n".to_owned()));
/// ```
///
/// A closure without `move` borrows the clone from a variable that the attribute puts before the
/// statement around it, so it is taken there. Write `move` if the closure leaves the function, or if the
/// same statement writes to the hub before.
///
/// On a block or a statement, see [`span`](macro@span#on-blocks-and-statements), what is written inside
/// vanishes at its end, and nobody else sees it, also while the block waits:
///
/// ```
/// # use isohub::isolated_hub;
/// #[isolated_hub]
/// async fn pay(order: u64) {
///     #[isolated_hub(tags(order = order))]
///     {
///         charge().await; // in the hub of the block
///     }
///     assert_eq!(isohub::Hub::current().scope().tag("order"), None);
/// }
/// # async fn charge() {
/// #     tokio::task::yield_now().await;
/// #     assert_eq!(isohub::Hub::current().scope().tag("order"), Some("7"));
/// # }
/// # futures::executor::block_on(pay(7));
/// ```
///
/// # Arguments
///
/// In any order, each at most once:
///
/// | argument | meaning |
/// | --- | --- |
/// | `tags(key = value, "a.b" = value)` | tags set on the new hub by `Display`, inside the unit, before the body |
/// | `fresh` | start from an empty scope and no trace instead of a clone |
/// | `parent = context` | continue this trace: a `SpanContext`, a `SpanRef` or an option of one; `None` begins one |
/// | `detached` | leave the trace of the caller |
/// | `allow(bare_spawn)` | what the body spawns may do without a hub, see below |
/// | `skip`, `pub_only` | in and on `impl` blocks, traits and modules, as for [`span`](macro@span#on-impl-blocks-traits-and-modules) |
/// | `merge`, `merge(err)` | apply what it wrote to its creator's hub when it completes, or only if it fails, see below |
/// | `crate = path` | where `isohub` is, if not at `::isohub` |
///
/// # Merging
///
/// What a unit writes ends with it. With `merge` it is applied to the hub of the unit that created it, if
/// that polls or calls it when it completes: tags, user, contexts and whatever else a scope holds, removals
/// and clearing included, and the last event's id. What the unit only inherited is not written back, so two
/// units that write different tags both keep theirs; of two that write the same, the last one to complete
/// wins. Breadcrumbs are merged in the order of time. Nothing is applied if it is cancelled or panics, or
/// completes in another unit, such as a task; values of `hub_local!` are never merged. `merge(err)` applies
/// it only if an `Err` is returned, so that the story of the failure outlives the unit.
///
/// ```
/// #[isohub::isolated_hub(merge(err))]
/// async fn upload(file: &str) -> Result<(), &'static str> {
///     isohub::set_tag("file", file);
///     Err("disk full")
/// }
///
/// # let hub = isohub::Hub::base();
/// # futures::executor::block_on(isohub::HubFutureExt::bind_hub(async {
/// let (a, b) = isohub::join!(upload("a.csv"), upload("b.csv"));
/// assert_eq!((a, b), (Err("disk full"), Err("disk full")));
/// assert_eq!(isohub::Hub::current().scope().tag("file"), Some("b.csv"));
/// # }, hub));
/// ```
///
/// `fresh` and `merge` exclude each other. To decide by yourself what is merged, and of tasks, use
/// `work.returning_hub()`, which gives the hub beside the output, and `isohub::merge(hub)`.
///
/// # Forgotten isolation
///
/// In the body of a function with this attribute, [`span`](macro@span) or
/// [`parallel_span`](macro@parallel_span), a task, thread or job that would not inherit the hub is an error:
///
/// ```compile_fail
/// #[isohub::isolated_hub]
/// async fn handle(order: u64) {
///     tokio::spawn(async move { ship(order).await });
/// }
/// # async fn ship(_: u64) {}
/// ```
///
/// ```text
/// error: this task would not inherit the hub: use `isohub::spawn_isolated!(..)`, or write `allow(bare_spawn)` in
///        the attribute if it is meant
/// ```
///
/// | what is given | to | |
/// | --- | --- | --- |
/// | an `async` block or a closure without `#[isolated_hub]` or `#[parallel_span]` | a function that is known to spawn, by its path: tokio's, `std::thread::spawn`, rayon's, `smol::spawn`, .. | error |
/// | the same | a method `spawn`, `spawn_blocking`, `spawn_local` or `spawn_on` | error |
/// | an `async` block without them | a `join!` or `try_join!` that is written with its path, unless it is ours | error |
/// | a call of a function that has neither attribute | a function that is known to spawn a future | error, by type |
/// | a call of a function that has one of them, anything that [`isolated!`](macro@isolated) or `.isolated()` made | any | right |
/// | a boxed future, a variable, a call of a method or of a closure | any | accepted: it cannot be told |
///
/// Parentheses, blocks, `Box::pin(..)`, `timeout(..)` and `unconstrained(..)` are looked through. A bare
/// `spawn(..)` may be anyone's, and is accepted. The arguments of other macros are looked at where they are
/// expressions, for blocks and closures alone. `allow(bare_spawn)` on the function, or on an inner block or
/// closure, says that what is spawned inside is meant to be without the hub.
///
/// The futures of an annotated function say by their type that they have a hub. Those of methods do not, for
/// a trait's would demand it of each implementation. A function of a trait that has a body and neither `self`
/// nor `Self` in its signature cannot be told from others: each implementation of it needs the attribute too.
///
/// In such a body `let _ = start_span!(..)`, whose span would end at once, is an error too, and so is `let _ =`
/// of a hub on which something was set, or of the guard of `install()`.
#[proc_macro_attribute]
pub fn isolated_hub(arguments: TokenStream, item: TokenStream) -> TokenStream {
    item::expand(Marker::IsolatedHub, arguments.into(), item.into(), Mode::OF_BUILD).into()
}

/// Gives each call a hub of its own, as [`isolated_hub`](macro@isolated_hub), and a span, as
/// [`span`](macro@span).
///
/// Hub and parent are taken at the call, so concurrent calls are siblings, whatever the order in which
/// they are polled:
///
/// ```
/// use isohub::parallel_span;
///
/// #[parallel_span(fields(%url), err)]
/// async fn fetch(url: Url) -> Result<Page, FetchError> {
///     client().get(url).await
/// }
///
/// # type Url = &'static str;
/// # struct Page;
/// # type FetchError = std::fmt::Error;
/// # struct Client;
/// # impl Client {
/// #     async fn get(&self, _: Url) -> Result<Page, FetchError> {
/// #         tokio::task::yield_now().await;
/// #         Ok(Page)
/// #     }
/// # }
/// # fn client() -> Client {
/// #     Client
/// # }
/// # #[isohub::span]
/// # async fn pages(first: Url, second: Url) {
/// let (a, b) = tokio::join!(fetch(first), fetch(second)); // two spans side by side
/// # assert!(a.is_ok() && b.is_ok());
/// # }
/// # let recorder = isohub::testing::Recorder::new();
/// # futures::executor::block_on(recorder.run(async { pages("/a", "/b").await }));
/// # assert_eq!(recorder.tree(), "pages\n  fetch url=/a\n  fetch url=/b\n");
/// ```
///
/// It can stand wherever [`span`](macro@span) can, on inner `async` blocks and closures too, and takes
/// the arguments of both. On a closure hub and parent are taken when the closure is made.
///
/// On a [block or a statement](macro@span#on-blocks-and-statements) it gives that a hub and a span of its
/// own, in the order in which the function runs; for what is to run concurrently write
/// `#[parallel_span] async { .. }`, or `parallel!("name", future)` for a future that is not awaited there.
///
/// Futures of such a function can be spawned as they are: see
/// [forgotten isolation](macro@isolated_hub#forgotten-isolation).
#[proc_macro_attribute]
pub fn parallel_span(arguments: TokenStream, item: TokenStream) -> TokenStream {
    item::expand(Marker::ParallelSpan, arguments.into(), item.into(), Mode::OF_BUILD).into()
}

/// What an annotated `impl` block, trait or module puts on the functions in it.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn contained(arguments: TokenStream, item: TokenStream) -> TokenStream {
    item::expand_contained(arguments.into(), item.into(), Mode::OF_BUILD).into()
}

/// Makes an async block, another future or a closure a concurrency unit, with a clone of the hub that
/// is current here.
///
/// ```
/// # async fn fetch(url: &str) {
/// #     isohub::set_tag("url", url);
/// #     tokio::task::yield_now().await;
/// #     assert_eq!(isohub::Hub::current().scope().tag("url"), Some(url));
/// # }
/// # struct Row;
/// # impl Row {
/// #     fn check(&self) {
/// #         assert_eq!(isohub::Hub::current().scope().tag("job"), Some("check"));
/// #     }
/// # }
/// # let (urls, rows) = (["/a", "/b"], [Row, Row]);
/// # futures::executor::block_on(async {
/// let jobs = urls.into_iter().map(|url| isohub::isolated!(async move { fetch(url).await }));
/// futures::future::join_all(jobs).await;
///
/// let check = isohub::isolated!(tags(job = "check"), move |row: &Row| row.check());
/// rows.iter().for_each(check); // each call is a unit
/// # });
/// # let scope = isohub::Hub::current();
/// # assert_eq!((scope.scope().tag("url"), scope.scope().tag("job")), (None, None));
/// ```
///
/// The options stand before the unit and are the arguments of [`isolated_hub`](macro@isolated_hub).
/// A closure takes at most one argument. A `move` closure keeps its kind, `Fn`, `FnMut` or `FnOnce`, and
/// each call starts from the clone; any other closure can be called once. One that is not written here
/// but comes from a variable takes no argument.
#[proc_macro]
pub fn isolated(tokens: TokenStream) -> TokenStream {
    unit::expand(UnitMacro::Isolated, tokens.into(), Mode::OF_BUILD).into()
}

/// As [`isolated!`](macro@isolated), and records a span too, which needs a name.
///
/// ```
/// # async fn load(id: u64) -> Result<u64, &'static str> {
/// #     tokio::task::yield_now().await;
/// #     if id == 1 { Ok(id) } else { Err("not found") }
/// # }
/// # let recorder = isohub::testing::Recorder::new();
/// # futures::executor::block_on(recorder.run(async {
/// let first = isohub::parallel!("first", err, async { load(1).await });
/// let second = isohub::parallel!("second", err, load(2));
/// let (first, second) = tokio::join!(first, second);
/// # assert!(first.is_ok() && second.is_err());
/// # }));
/// # assert_eq!(recorder.tree(), "first\n\nsecond error error=\"not found\"\n");
/// ```
///
/// The options stand before the unit, in any order, and are the arguments of
/// [`parallel_span`](macro@parallel_span). As there, a `move` closure keeps its kind, and each call is a
/// span; any other closure can be called once.
#[proc_macro]
pub fn parallel(tokens: TokenStream) -> TokenStream {
    unit::expand(UnitMacro::Parallel, tokens.into(), Mode::OF_BUILD).into()
}

/// Spawns a unit with a clone of the hub that is current here; with a name it is a span too.
///
/// ```
/// use isohub::spawn_isolated;
///
/// # fn check() {
/// #     assert_eq!(isohub::Hub::current().scope().tag("app"), Some("shop"));
/// # }
/// # async fn handle(_: &str) {
/// #     check();
/// # }
/// # fn watch(_: &str) {
/// #     check();
/// # }
/// # async fn load(id: u64) -> u64 {
/// #     check();
/// #     id
/// # }
/// # #[tokio::main]
/// # async fn main() {
/// # let recorder = isohub::testing::Recorder::new();
/// # recorder.run(async {
/// # isohub::set_tag("app", "shop");
/// # let (request, path, rows, mut set) = ("/", "/etc", vec![1, 2], tokio::task::JoinSet::new());
/// # let task =
/// spawn_isolated!(async move { handle(request).await });               // a tokio task
/// # task.await.unwrap();
/// # let sum =
/// spawn_isolated!("sum", blocking, move || rows.iter().sum::<u64>());  // `spawn_blocking`, in a span
/// # assert_eq!(sum.await.unwrap(), 3);
/// # let thread =
/// spawn_isolated!(thread, move || watch(path));                        // a thread
/// # thread.join().unwrap();
/// spawn_isolated!(in set, load(1));                                    // whatever has `.spawn(..)`
/// # assert_eq!(set.join_next().await.unwrap().unwrap(), 1);
/// # }).await;
/// # assert_eq!(recorder.tree(), "sum {app=shop}\n");
/// # }
/// ```
///
/// Options stand before the unit, in any order: where it runs, `blocking`, `local`, `thread` or
/// `in place` for anything with a method `spawn` (a `JoinSet`, a runtime's handle, a scope of threads);
/// and the arguments of [`isolated_hub`](macro@isolated_hub) or, with a name, of
/// [`parallel_span`](macro@parallel_span). The hub is cloned before anything else is evaluated. The
/// macro's value is what the spawning function returns.
#[proc_macro]
pub fn spawn_isolated(tokens: TokenStream) -> TokenStream {
    unit::expand(UnitMacro::SpawnIsolated, tokens.into(), Mode::OF_BUILD).into()
}

/// Starts a span below the active one, and gives it as a value, which ends it when it is dropped.
///
/// A span started by hand is active only in what is given to it: there are no guards that could be held
/// over an await.
///
/// ```
/// # let recorder = isohub::testing::Recorder::new();
/// # recorder.run_sync(|| {
/// # let input = "a b";
/// # fn parse(input: &str) -> usize {
/// #     isohub::start_span!("words").in_scope(|| input.split(' ').count())
/// # }
/// let span = isohub::start_span!("parse", size = input.len());
/// let parsed = span.in_scope(|| parse(&input));
/// # assert_eq!(parsed, 2);
/// # });
/// # assert_eq!(recorder.tree(), "parse size=3\n  words\n");
/// ```
///
/// After the name stand fields, in the grammar of [`span`](macro@span)'s `fields(..)`.
#[proc_macro]
pub fn start_span(tokens: TokenStream) -> TokenStream {
    record::start_span(tokens.into(), Mode::OF_BUILD).into()
}

/// Records attributes of the active span, in the grammar of [`span`](macro@span)'s `fields(..)`.
///
/// ```
/// # #[isohub::span]
/// # fn select(rows: &[u64], filter: Option<u64>) {
/// isohub::record!(rows = rows.len(), ?filter);
/// # }
/// # let recorder = isohub::testing::Recorder::new();
/// # recorder.run_sync(|| select(&[1, 2], Some(3)));
/// # assert_eq!(recorder.tree(), "select rows=2 filter=Some(3)\n");
/// ```
///
/// Nothing is evaluated if the active span is not recorded, unless its sampler asks for the fields.
#[proc_macro]
pub fn record(tokens: TokenStream) -> TokenStream {
    record::record(tokens.into(), Mode::OF_BUILD).into()
}

/// Leaves a breadcrumb in the current hub: a category, a message, and fields in the grammar of
/// [`span`](macro@span)'s `fields(..)`.
///
/// ```
/// # struct Shard;
/// # impl Shard {
/// #     fn id(&self) -> u32 {
/// #         7
/// #     }
/// # }
/// # let (key, shard) = ("user", Shard);
/// # isohub::testing::Recorder::new().run_sync(|| {
/// isohub::breadcrumb!("cache", format!("miss for {key}"), shard = shard.id());
/// # let hub = isohub::Hub::current();
/// # let breadcrumbs = hub.scope().breadcrumbs();
/// # assert_eq!(breadcrumbs[0].message.as_deref(), Some("miss for user"));
/// # assert_eq!(breadcrumbs[0].category.as_deref(), Some("cache"));
/// # assert_eq!(breadcrumbs[0].data[0].key, "shard");
/// # });
/// ```
///
/// Where nothing is installed that would record it, it leaves none and evaluates nothing.
#[proc_macro]
pub fn breadcrumb(tokens: TokenStream) -> TokenStream {
    record::breadcrumb(tokens.into(), Mode::OF_BUILD).into()
}

/// Waits for all futures at once, each in a clone of the hub that is current here.
///
/// ```
/// # async fn load_user(id: u64) -> u64 {
/// #     isohub::set_tag("user", id);
/// #     tokio::task::yield_now().await;
/// #     id
/// # }
/// # async fn load_rights(_: u64) -> &'static str {
/// #     assert_eq!(isohub::Hub::current().scope().tag("user"), None);
/// #     "all"
/// # }
/// # let id = 7;
/// # futures::executor::block_on(async {
/// let (user, rights) = isohub::join!(load_user(id), load_rights(id));
/// # assert_eq!((user, rights), (7, "all"));
/// # assert_eq!(isohub::Hub::current().scope().tag("user"), None);
/// # });
/// ```
///
/// As the macro of the same name in the `futures` crate, but what a branch writes to its hub is seen in
/// no other branch, nor after the macro.
#[proc_macro]
pub fn join(tokens: TokenStream) -> TokenStream {
    record::join(tokens.into(), Join::All).into()
}

/// As [`join!`](macro@join) for futures of `Result`: ends with the first error, and drops the others.
///
/// ```
/// # async fn load_user(_: u64) -> Result<u64, &'static str> {
/// #     std::future::pending().await
/// # }
/// # async fn load_rights(_: u64) -> Result<u64, &'static str> {
/// #     Err("no rights")
/// # }
/// # let id = 7;
/// # let result: Result<_, &str> = futures::executor::block_on(async {
/// let (user, rights) = isohub::try_join!(load_user(id), load_rights(id))?;
/// # Ok((user, rights))
/// # });
/// # assert_eq!(result, Err("no rights"));
/// ```
#[proc_macro]
pub fn try_join(tokens: TokenStream) -> TokenStream {
    record::join(tokens.into(), Join::Try).into()
}
