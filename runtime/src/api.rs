//! Functions that change and read the scope of the current unit.

use std::panic::Location;

use crate::callsite::Level;
use crate::current::{self, Current};
use crate::doctor;
use crate::future::keep_last_event;
use crate::hub::Hub;
use crate::ids::EventId;
use crate::parked::Parked;
use crate::record::Event;
use crate::report;
use crate::scope::{Attachment, Breadcrumb, Context, Scope, User, Write};
use crate::value::{Text, ToValue};

/// Writes to the scope of the current unit; what finds none is counted and named.
fn write_all<W: AsRef<[Write]> + IntoIterator<Item = Write>>(writes: W, place: &'static Location<'static>) {
    doctor::wrote(writes.as_ref(), place);
    // Dropped when the slot is whole: what is removed may have destructors of the user's.
    let before = current::with_unit(|unit| {
        let clears = writes.as_ref().iter().any(Write::clears_scope);
        let before = clears.then(|| unit.scope.clone());
        for write in writes {
            unit.scope.write(write);
        }
        before
    });
    if before.is_none() {
        doctor::lost_write(place);
    }
}

macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident $([$($generic:tt)*])? ($($arg:ident: $ty:ty),*) => $write:expr;)*) => {$(
        $(#[$doc])*
        #[track_caller]
        pub fn $name $(<$($generic)*>)? ($($arg: $ty),*) {
            // A `Display` or an iterator of the user's may panic.
            if crate::ENABLED && let Some(writes) = report::caught(|| $write) {
                write_all(writes, Location::caller());
            }
        }
    )*};
}

setters! {
    /// Sets a tag of the current unit.
    ///
    /// ```
    /// isohub::set_tag("tenant", "acme");
    /// assert_eq!(isohub::Hub::current().scope().tag("tenant"), Some("acme"));
    /// ```
    set_tag(key: impl Into<Text>, value: impl ToString) => [Write::tag(key, value)];

    /// Sets several tags of the current unit.
    set_tags[K: Into<Text>, V: ToString](tags: impl IntoIterator<Item = (K, V)>) =>
        tags.into_iter().map(|(key, value)| Write::tag(key, value)).collect::<Vec<_>>();

    /// Removes a tag of the current unit.
    remove_tag(key: &str) => [Write::remove_tag(key)];

    /// Says for whom the current unit works; `None` for nobody.
    set_user(user: impl Into<Option<User>>) => [Write::user(user)];

    /// Sets named values that belong together.
    set_context(key: impl Into<Text>, context: impl Into<Context>) => [Write::context(key, context)];

    /// Removes a context.
    remove_context(key: &str) => [Write::remove_context(key)];

    /// Sets a value that is sent with events and is no tag.
    set_extra(key: impl Into<Text>, value: impl ToValue) => [Write::extra(key, value)];

    /// Removes an extra value.
    remove_extra(key: &str) => [Write::remove_extra(key)];

    /// Sets the level of the events that the current unit captures, in place of their own.
    set_level(level: impl Into<Option<Level>>) => [Write::level(level)];

    /// Sets what the events of the current unit are grouped by.
    set_fingerprint[P: Into<Text>](parts: impl IntoIterator<Item = P>) => [Write::fingerprint(parts)];

    /// Says what the unit's work is called, such as a route.
    set_transaction_name(name: impl Into<Text>) => [Write::transaction_name(name)];

    /// Says no more what the unit's work is called.
    remove_transaction_name() => [Write::remove_transaction_name()];

    /// Removes the breadcrumbs of the current unit.
    clear_breadcrumbs() => [Write::clear_breadcrumbs()];

    /// Adds a file that is sent with events.
    add_attachment(attachment: Attachment) => [Write::attachment(attachment)];

    /// Changes or drops (`None`) each event that the current unit captures, on the capturing thread.
    /// If it panics, the event is dropped and counted.
    add_event_processor(process: impl Fn(Event) -> Option<Event> + Send + Sync + 'static) =>
        [Write::event_processor(process)];

    /// Empties the scope of the current unit.
    clear_scope() => [Write::clear()];
}

/// Adds a breadcrumb to the current unit, unless `before_breadcrumb` drops it. The newest
/// [`MAX_BREADCRUMBS`](crate::MAX_BREADCRUMBS) are kept.
///
/// ```
/// use isohub::{Breadcrumb, Hub};
/// isohub::add_breadcrumb(Breadcrumb::new("signed in").category("auth"));
/// assert_eq!(Hub::current().scope().breadcrumbs().len(), 1);
/// ```
#[track_caller]
pub fn add_breadcrumb(breadcrumb: Breadcrumb) {
    if !crate::ENABLED {
        return;
    }
    if let Some(breadcrumb) = before_breadcrumb(breadcrumb) {
        write_all([Write::breadcrumb(breadcrumb)], Location::caller());
    }
}

fn before_breadcrumb(breadcrumb: Breadcrumb) -> Option<Breadcrumb> {
    let Some(slot) = current::pipeline().live() else { return Some(breadcrumb) };
    let Some(config) = slot.config() else { return Some(breadcrumb) };
    let Some(before) = &config.before_breadcrumb else { return Some(breadcrumb) };
    let _nested = report::nested()?;
    report::caught(|| before(breadcrumb)).flatten()
}

/// Changes the scope of the current unit. `f` edits a copy, while the scope stays as it is; when it
/// returns, its edits are replayed as writes, so that what `f` wrote by the free functions survives.
/// If it panics, its edits are dropped.
///
/// ```
/// isohub::configure_scope(|scope| {
///     scope.set_tag("tenant", "acme");
///     scope.set_extra("rows", 3);
/// });
/// ```
#[track_caller]
pub fn configure_scope<T>(f: impl FnOnce(&mut Scope) -> T) -> T {
    let mut copy = read_scope(Scope::logging);
    let result = f(&mut copy);
    let log = copy.into_log();
    if crate::ENABLED && !log.is_empty() {
        write_all(log, Location::caller());
    }
    result
}

fn read_scope(f: impl FnOnce(&Scope) -> Scope) -> Scope {
    doctor::looked();
    current::with(|current, _| match current {
        Current::Unit(unit) => f(&unit.scope),
        Current::Thread | Current::Unbound(_) => f(&Scope::default()),
    })
}

/// Runs `f` in a clone of the current scope that `edit` has changed. What is written inside vanishes
/// afterwards; [`last_event_id`] stays.
///
/// ```
/// isohub::with_scope(
///     |scope| scope.set_tag("step", 1),
///     || isohub::capture_message("half way", isohub::Level::Info),
/// );
/// ```
#[cfg_attr(any(debug_assertions, feature = "doctor"), track_caller)]
pub fn with_scope<T>(edit: impl FnOnce(&mut Scope), f: impl FnOnce() -> T) -> T {
    struct Keep(Parked);
    impl Drop for Keep {
        fn drop(&mut self) {
            keep_last_event(&self.0);
        }
    }
    let Hub { parked } = Hub::current_unit().configured(edit);
    let mut keep = Keep(parked);
    let _entered = keep.0.enter();
    f()
}

/// The scope of the current unit over the global one, as an event that is captured now has it: for what hands it on to
/// others. In a task without a unit it is the global one.
///
/// ```
/// isohub::set_tag("tenant", "acme");
/// assert_eq!(isohub::current_scope().tag("tenant"), Some("acme"));
/// ```
pub fn current_scope() -> Scope {
    doctor::looked();
    current::scope().unwrap_or_default().over(&crate::global::scope())
}

/// Whether what now runs has a hub: not so in a task that was spawned without one, and in a job of rayon's. What is
/// written to the scope there is lost, and named; ask first on behalf of others, who could not do anything about it.
///
/// ```
/// assert!(isohub::has_hub(), "on a plain thread the thread is the unit");
/// ```
pub fn has_hub() -> bool {
    crate::ENABLED && current::with(|current, _| !matches!(current, Current::Unbound(_)))
}

/// Whether what is captured now goes anywhere: to skip what is costly to prepare. Costs a look at a thread-local.
///
/// ```
/// assert!(!isohub::is_installed());
/// isohub::testing::Recorder::new().run_sync(|| assert!(isohub::is_installed()));
/// ```
pub fn is_installed() -> bool {
    crate::ENABLED && current::pipeline().live().is_some()
}

/// The event that was captured last in the current unit, or in its creator before it was made.
pub fn last_event_id() -> Option<EventId> {
    current::with(|current, _| match current {
        Current::Unit(unit) => unit.last_event,
        Current::Thread | Current::Unbound(_) => None,
    })
}
