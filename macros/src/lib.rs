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
mod wrong_item;

use proc_macro::TokenStream;

use crate::attribute::Marker;
use crate::model::Mode;
use crate::record::Join;
use crate::taker::UnitMacro;

/// Records a span around each call, in the hub of the unit that calls.
///
#[doc = include_str!("../docs/span.md")]
#[doc = include_str!("../docs/span_table.md")]
#[doc = include_str!("../docs/span_arguments.md")]
#[doc = include_str!("../docs/trace_arguments.md")]
#[doc = include_str!("../docs/when.md")]
#[doc = include_str!("../docs/span_expansion.md")]
#[doc = include_str!("../docs/refused.md")]
#[proc_macro_attribute]
pub fn span(arguments: TokenStream, item: TokenStream) -> TokenStream {
    item::expand(Marker::Span, arguments.into(), item.into(), Mode::OF_BUILD).into()
}

/// Gives each call a hub of its own: a clone of the current one, taken at the call.
///
#[doc = include_str!("../docs/isolated_hub.md")]
#[doc = include_str!("../docs/isolated_hub_table.md")]
#[doc = include_str!("../docs/hub_arguments.md")]
#[doc = include_str!("../docs/trace_arguments.md")]
#[doc = include_str!("../docs/forgotten_isolation.md")]
#[doc = include_str!("../docs/isolated_hub_expansion.md")]
#[doc = include_str!("../docs/refused.md")]
#[proc_macro_attribute]
pub fn isolated_hub(arguments: TokenStream, item: TokenStream) -> TokenStream {
    item::expand(Marker::IsolatedHub, arguments.into(), item.into(), Mode::OF_BUILD).into()
}

/// Gives each call a hub of its own, as [`isolated_hub`](macro@isolated_hub), and a span, as
/// [`span`](macro@span).
///
#[doc = include_str!("../docs/parallel_span.md")]
#[doc = include_str!("../docs/parallel_span_table.md")]
#[doc = include_str!("../docs/span_arguments.md")]
#[doc = include_str!("../docs/hub_arguments.md")]
#[doc = include_str!("../docs/trace_arguments.md")]
#[doc = include_str!("../docs/parallel_span_expansion.md")]
#[doc = include_str!("../docs/refused.md")]
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

/// The error of a `macro_rules!` macro that stands before the tokens, at those.
#[doc(hidden)]
#[proc_macro]
pub fn refused(tokens: TokenStream) -> TokenStream {
    error::refused(tokens.into()).into()
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
/// each call starts from the clone; what it captured, and a call did not consume, is dropped with it, in that
/// clone, wherever that happens. Any other closure can be called once, and one that is never called drops what it
/// captured in whatever hub is current. One that is not written here but comes from a variable takes no argument. Of a
/// closure that ends in an async block, `|x| async { .. }`, that future is the unit, and not the call, which is long
/// over when it is polled.
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
///
/// # Threads
///
/// A plain thread starts from the base hub: it knows neither the scope nor the active span of whoever made
/// it, and what it writes ends with it. `thread` gives it a clone of the hub, and so does `in` for a thread
/// with a name or a stack of its own, or for one that borrows; what has no method `spawn` takes the closure
/// from [`isolated!`](macro@isolated) or [`parallel!`](macro@parallel). An annotated function takes its hub
/// when it is called, which a new thread does too late: `thread::spawn(work)` starts from the base hub, and
/// `spawn_isolated!(thread, work)` from this one.
///
/// ```
/// use std::thread::{self, Builder};
/// use isohub::{isolated, spawn_isolated};
///
/// # fn main() -> std::io::Result<()> {
/// let watcher = Builder::new().name("watcher".to_owned());
/// let watching = spawn_isolated!(in watcher, || { /* .. */ })?;
///
/// let mut rows = vec![2, 1];
/// thread::scope(|scope| {
///     spawn_isolated!(in scope, "sort", || rows.sort());
///     Builder::new().spawn_scoped(scope, isolated!(|| { /* .. */ }))?;
///     Ok::<_, std::io::Error>(())
/// })?;
/// # watching.join().unwrap();
/// # Ok(())
/// # }
/// ```
///
/// A thread that runs jobs for many is not a unit of the one who happened to start it: start it inside
/// `isohub::suppress(..)`, and give it jobs by an `isohub::IsolatedPool`, or by a channel of what
/// `isohub::carry(..)` makes.
///
/// # Other executors
///
/// `in place` calls `.spawn(..)` of any executor. What spawns by another name takes the unit of
/// [`isolated!`](macro@isolated), or the call of an annotated function:
///
/// | | |
/// | --- | --- |
/// | `Executor`, `LocalExecutor` of async-executor and smol | `spawn_isolated!(in executor, unit)` |
/// | smol's own functions | `smol::spawn(isolated!(unit))`, `smol::unblock(isolated!(move \|\| ..))` |
/// | `ThreadPool` and `LocalPool` of futures, with `SpawnExt` in scope | `spawn_isolated!(in pool, unit)?`, `spawn_isolated!(in pool.spawner(), unit)?`; `pool.spawner().spawn_local(isolated!(unit))?` |
/// | `JoinSet` by its other methods, `LocalSet`, `LocalRuntime` | `set.spawn_blocking(isolated!(move \|\| ..))`, `set.spawn_on(isolated!(unit), &handle)`, `local.spawn_local(isolated!(unit))` |
/// | an executor of your own | `spawn_isolated!(in executor, unit)` |
///
/// A task of tokio that has no hub is recognised, and what it writes goes nowhere. Tasks of other executors have no
/// identity by which they could be told apart: one that is spawned bare writes to the hub of the thread that polls it, or
/// of the unit in which the executor runs, and the next bare task there sees that.
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
/// no other branch, nor after the macro. A branch is whatever `.await` takes. As in tokio's, each time another branch
/// is polled first, so that none starves.
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
