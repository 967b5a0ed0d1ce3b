//! The macros of [`isohub`](https://docs.rs/isohub). Depend on that crate, which re-exports them.
//!
//! The stages, in the order in which tokens pass them: `item`, `unit` and `record` read what was
//! written, with `args` and `fields` for what stands in parentheses, `function` for the item under an
//! attribute, `inner` for attributes inside its body and `misuse` for what cannot be; `model` is the
//! last that can fail; `expand` writes the result, and names nothing but `isohub::__private`.

mod args;
mod attribute;
mod error;
mod expand;
mod fields;
mod flow;
mod function;
mod inner;
mod item;
mod misuse;
mod model;
mod params;
mod path;
mod record;
#[cfg(test)]
mod tests;
mod unit;

use proc_macro::TokenStream;

use crate::attribute::Marker;
use crate::model::Mode;
use crate::record::Join;
use crate::unit::UnitMacro;

/// Records a span around each call, in the hub of the unit that calls.
///
/// It is the attribute for helpers: what the function writes to the hub stays written for its caller,
/// as with a plain call. The parent is the span that is active at the call. For a concurrency unit of
/// its own use [`parallel_span`](macro@parallel_span).
///
/// ```ignore
/// use isohub::span;
///
/// #[span(op = "db", fields(id), err)]
/// async fn load(id: u64) -> Result<Row, DbError> {
///     connection().await?.find(id).await
/// }
/// ```
///
/// # Where it can stand
///
/// On functions and methods with a body: `fn`, `async fn`, those of trait impls and
/// `#[async_trait]` impls, and functions that return `impl Future`, `Pin<Box<dyn Future>>` or
/// `BoxFuture`; there the span is that of the future, not of making it. Other attributes that want to
/// see `async fn`, like `#[tokio::main]`, stand above it.
///
/// Inside such a function also on `async` blocks, closures and async closures, in any position an
/// expression can have, macros' arguments included:
///
/// ```ignore
/// #[span]
/// async fn both(a: Id, b: Id) -> (Row, Row) {
///     let first = #[span("first")] async { find(a).await };
///     tokio::join!(first, #[span("second")] async { find(b).await })
/// }
/// ```
///
/// On a closure each call is a span, and its parent is the span active at that call. In front of
/// `async {}.await` it means the block.
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
/// | `parent = context` | a parent of your own: a span context or an option of one |
/// | `detached` | a trace of its own, linked to the span active at the call |
/// | `links = contexts` | other spans that this one belongs to |
/// | `crate = path` | where `isohub` is, if not at `::isohub` |
///
/// A returned `Err` gives the error outcome without any argument, but its text is recorded only if
/// asked for.
///
/// # Fields
///
/// `fields(id, %user, ?request, rows = rows.len(), http.route = %route, "a-b" = 1)`: a bare name
/// records that variable; `%` records by `Display` and `?` by `Debug`. They are evaluated inside the
/// unit before the body, and not at all if the span is not recorded. `None` records nothing.
///
/// # When things are evaluated
///
/// The parent is taken when the function is called, not when its future is first polled, so
/// `tokio::spawn(load(1))` has the right parent. `fields` and `links` are evaluated at the first poll.
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
/// ```ignore
/// use isohub::isolated_hub;
///
/// #[isolated_hub(tags(tenant = tenant.name()))]
/// async fn handle(tenant: Tenant) {
///     isohub::set_tag("step", "started");  // seen in this call only
/// }
///
/// tokio::spawn(handle(tenant));            // the hub is cloned here
/// ```
///
/// It can stand wherever [`span`](macro@span) can. On a closure the clone is taken when the closure is
/// made, and each call is a unit that starts from it:
///
/// ```ignore
/// #[isohub::span]
/// fn sums(rows: &[Row]) -> Vec<u64> {
///     rows.par_iter().map(#[isolated_hub] move |row| row.sum()).collect()
/// }
/// ```
///
/// A closure without `move` borrows the clone from a variable that the attribute puts before the
/// statement around it; if the closure leaves the function, write `move`.
///
/// # Arguments
///
/// In any order, each at most once:
///
/// | argument | meaning |
/// | --- | --- |
/// | `tags(key = value, "a.b" = value)` | tags set on the new hub, inside the unit, before the body |
/// | `fresh` | start from an empty scope and no trace instead of a clone |
/// | `parent = context` | continue this trace: a span context or an option of one |
/// | `detached` | leave the trace of the caller |
/// | `crate = path` | where `isohub` is, if not at `::isohub` |
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
/// ```ignore
/// use isohub::parallel_span;
///
/// #[parallel_span(fields(%url), err)]
/// async fn fetch(url: Url) -> Result<Page, FetchError> {
///     client().get(url).await
/// }
///
/// let (a, b) = tokio::join!(fetch(first), fetch(second));  // two spans side by side
/// ```
///
/// It can stand wherever [`span`](macro@span) can, on inner `async` blocks and closures too, and takes
/// the arguments of both.
#[proc_macro_attribute]
pub fn parallel_span(arguments: TokenStream, item: TokenStream) -> TokenStream {
    item::expand(Marker::ParallelSpan, arguments.into(), item.into(), Mode::OF_BUILD).into()
}

/// Makes an async block, another future or a closure a concurrency unit, with a clone of the hub that
/// is current here.
///
/// ```ignore
/// let jobs = urls.into_iter().map(|url| isohub::isolated!(async move { fetch(url).await }));
/// futures::future::join_all(jobs).await;
///
/// rows.par_iter().for_each(isohub::isolated!(tags(job = "sum"), move |row| row.sum()));
/// ```
///
/// The options stand before the unit and are the arguments of [`isolated_hub`](macro@isolated_hub).
/// A closure takes at most one argument. A `move` closure keeps being `Fn` or `FnMut`; any other can
/// be called once.
#[proc_macro]
pub fn isolated(tokens: TokenStream) -> TokenStream {
    unit::expand(UnitMacro::Isolated, tokens.into(), Mode::OF_BUILD).into()
}

/// As [`isolated!`](macro@isolated), and records a span too; its name is the first thing it needs.
///
/// ```ignore
/// let first = isohub::parallel!("first", err, async { load(1).await });
/// let second = isohub::parallel!("second", err, load(2));
/// let (first, second) = tokio::join!(first, second);
/// ```
///
/// The options stand before the unit and are the arguments of
/// [`parallel_span`](macro@parallel_span).
#[proc_macro]
pub fn parallel(tokens: TokenStream) -> TokenStream {
    unit::expand(UnitMacro::Parallel, tokens.into(), Mode::OF_BUILD).into()
}

/// Spawns a unit with a clone of the hub that is current here; with a name it is a span too.
///
/// ```ignore
/// use isohub::spawn_isolated;
///
/// spawn_isolated!(async move { handle(request).await });           // a tokio task
/// spawn_isolated!("sum", blocking, move || rows.iter().sum());     // `spawn_blocking`, in a span
/// spawn_isolated!(thread, move || watch(path));                    // a thread
/// spawn_isolated!(in set, load(1));                                // whatever has `.spawn(..)`
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

/// Starts a span below the active one, and gives it as a value.
///
/// A span started by hand is active only in what is given to it: there are no guards that could be held
/// over an await.
///
/// ```ignore
/// let span = isohub::start_span!("parse", size = input.len());
/// let parsed = span.in_scope(|| parse(&input));
/// ```
///
/// After the name stand fields, in the grammar of [`span`](macro@span)'s `fields(..)`.
#[proc_macro]
pub fn start_span(tokens: TokenStream) -> TokenStream {
    record::start_span(tokens.into(), Mode::OF_BUILD).into()
}

/// Records attributes of the active span, in the grammar of [`span`](macro@span)'s `fields(..)`.
///
/// ```ignore
/// isohub::record!(rows = rows.len(), ?filter);
/// ```
///
/// Nothing is evaluated if the active span is not recorded.
#[proc_macro]
pub fn record(tokens: TokenStream) -> TokenStream {
    record::record(tokens.into(), Mode::OF_BUILD).into()
}

/// Leaves a breadcrumb in the current hub: a category, a message, and fields in the grammar of
/// [`span`](macro@span)'s `fields(..)`.
///
/// ```ignore
/// isohub::breadcrumb!("cache", format!("miss for {key}"), shard = shard.id());
/// ```
///
/// Nothing is evaluated if nothing is recorded.
#[proc_macro]
pub fn breadcrumb(tokens: TokenStream) -> TokenStream {
    record::breadcrumb(tokens.into(), Mode::OF_BUILD).into()
}

/// Waits for all futures at once, each in a clone of the hub that is current here.
///
/// ```ignore
/// let (user, rights) = isohub::join!(load_user(id), load_rights(id));
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
/// ```ignore
/// let (user, rights) = isohub::try_join!(load_user(id), load_rights(id))?;
/// ```
#[proc_macro]
pub fn try_join(tokens: TokenStream) -> TokenStream {
    record::join(tokens.into(), Join::Try).into()
}
