//! Values that travel with a hub.

use std::fmt;
use std::future::Future;
use std::mem;

use crate::dropped;
use crate::future::{HubFutureExt as _, InHub};
use crate::hub::Hub;
use crate::parked::Parked;

/// Gives a value a clone of the current hub, taken now, to travel with: through any channel, queue or
/// mailbox, to whoever handles it.
///
/// A channel knows nothing of hubs: whoever receives a value handles it in the hub of the receiving loop,
/// which is the same for all senders. So the value brings that of its sender along.
///
/// ```
/// use std::sync::mpsc::channel;
/// use isohub::{Carried, Hub, carry};
///
/// let (mailbox, received) = channel::<Carried<&str>>();
/// let worker = std::thread::spawn(move || {
///     received.into_iter().for_each(|order| order.handle(ship));
/// });
///
/// fn ship(order: &str) {
///     let tenant = Hub::current().scope().tag("tenant").map(str::to_owned);
///     assert_eq!((order, tenant.as_deref()), ("boots", Some("acme")));
/// }
///
/// isohub::set_tag("tenant", "acme");
/// mailbox.send(carry("boots"))?;
/// # drop(mailbox);
/// # worker.join().unwrap();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Which trace
///
/// A span that is made while the value is handled is a child of the span that was active when `carry` was
/// called. That one has often ended by then: the child is recorded as what it is, one that begins after
/// its parent's end, and a sink for whole traces gets it as a later part
/// ([`Trace::is_partial`](crate::Trace::is_partial)). That is right where somebody waits for the answer or
/// would look for the work in that trace.
///
/// Where the value waits for long, or the work is a story of its own (a job queue, a nightly run), begin a
/// trace that is linked to the sender's: put `#[parallel_span(detached)]` on what handles it. Where many
/// values are handled at once there is no one hub to work in: link them.
///
/// ```
/// use isohub::{Carried, Hub, parallel_span};
///
/// #[parallel_span(detached)]
/// fn rebuild(index: u64) {
///     // ..
/// # let _ = index;
/// }
///
/// fn receive(job: Carried<u64>) {
///     job.handle(rebuild);
/// }
///
/// #[parallel_span(fresh, links = rows.iter().map(|row| row.hub().span_context()).collect::<Vec<_>>())]
/// fn store(rows: Vec<Carried<String>>) {
///     // ..
/// # let _ = rows;
/// }
/// # receive(isohub::carry(1));
/// # store(vec![isohub::carry("row".to_owned())]);
/// ```
///
/// # Cost
///
/// That of [`Hub::current`]: one allocation, and a reference count for each part of the scope that is not
/// empty. Built without the feature `enabled` it is the value, and nothing else happens.
#[cfg_attr(any(debug_assertions, feature = "doctor"), track_caller)]
pub fn carry<T>(value: T) -> Carried<T> {
    Carried::new(value, Hub::current())
}

/// A value that travels with the hub of its sender, made by [`carry`].
///
/// It is `Send`, `Sync`, `Unpin` and `UnwindSafe` as the value is. Dropped unhandled, it drops the value in
/// that hub. A clone, as `broadcast` channels make them, has a clone of the hub: each of the receivers is a
/// unit of its own.
#[must_use = "what is carried waits to be handled: send it on, or call `handle`"]
pub struct Carried<T> {
    // Dropped in this order, of which the first puts the hub into the slot, and the last takes it out again. So the
    // value can be moved out, which it could not be of what has a destructor itself.
    hub: Around,
    value: T,
    end: dropped::End,
}

impl<T> Carried<T> {
    /// Runs `f` with the value, in the hub that came with it: what it writes to its scope vanishes
    /// afterwards, and the hub that was current is so again, also if `f` panics.
    ///
    /// ```
    /// isohub::set_tag("sender", 1);
    /// let carried = isohub::carry("value");
    /// isohub::set_tag("sender", 2);
    /// let sender = carried.handle(|_| isohub::Hub::current().scope().tag("sender").map(str::to_owned));
    /// assert_eq!(sender.as_deref(), Some("1"));
    /// ```
    pub fn handle<R>(self, f: impl FnOnce(T) -> R) -> R {
        let (value, mut hub) = self.taken_over();
        hub.run(|| f(value))
    }

    /// The future that `f` makes of the value, in the hub that came with it: `f` is called now, in that
    /// hub, and the future is polled and dropped there.
    ///
    /// ```
    /// use isohub::carry;
    /// use tokio::sync::mpsc::unbounded_channel;
    ///
    /// async fn ship(order: String) {
    ///     isohub::set_tag("order", order); // in the sender's hub, and gone with it
    /// }
    ///
    /// # #[tokio::main]
    /// # async fn main() {
    /// let (mailbox, mut received) = unbounded_channel();
    /// mailbox.send(carry("boots".to_owned())).unwrap();
    /// mailbox.send(carry("gloves".to_owned())).unwrap();
    /// # drop(mailbox);
    /// while let Some(order) = received.recv().await {
    ///     order.handle_async(ship).await;   // one after the other; at once:
    ///     // tokio::spawn(order.handle_async(ship));
    /// }
    /// # }
    /// ```
    pub fn handle_async<F: Future>(self, f: impl FnOnce(T) -> F) -> InHub<F> {
        let (value, mut hub) = self.taken_over();
        let future = hub.run(|| f(value));
        future.bind_hub(hub)
    }

    /// What `f` makes of the value, with the same hub; `f` runs in it, and what it writes stays there.
    ///
    /// ```
    /// let text = isohub::carry(" 12 ").map(|text| text.trim().to_owned());
    /// assert_eq!(text.value(), "12");
    /// ```
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Carried<U> {
        let (value, mut hub) = self.taken_over();
        let value = hub.run(|| f(value));
        Carried::new(value, hub)
    }

    /// The value.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// The hub: the clone of its sender's.
    pub fn hub(&self) -> &Hub {
        &self.hub.0
    }

    /// The value and the hub, for what [`handle`](Carried::handle) does not fit.
    ///
    /// ```
    /// let (order, hub) = isohub::carry("boots").into_parts();
    /// let hub = hub.with_tag("order", order); // and, say, `future.bind_hub(hub)`
    /// assert_eq!(hub.scope().tag("order"), Some("boots"));
    /// ```
    pub fn into_parts(self) -> (T, Hub) {
        let Carried { mut hub, value, end } = self;
        let taken = mem::replace(&mut hub.0, Hub { parked: Parked::EMPTY });
        // Nothing is left that is to be dropped in it.
        mem::forget((hub, end));
        (value, taken)
    }

    /// Of what is there: one that was made in parts would leave its hub in the slot if a later part panicked.
    fn new(value: T, hub: Hub) -> Self {
        Carried { hub: Around(hub), value, end: dropped::End }
    }

    /// Who handles what it received has a hub of its own beside it, unlike the thread of a pool.
    fn taken_over(self) -> (T, Hub) {
        let (value, mut hub) = self.into_parts();
        hub.parked.taken_over();
        (value, hub)
    }
}

impl<T: Clone> Clone for Carried<T> {
    /// The value's clone, with a clone of the hub. `T::clone` runs in the hub that is current.
    fn clone(&self) -> Self {
        Carried::new(self.value.clone(), self.hub().clone())
    }
}

/// The hub of a value that is dropped after it.
struct Around(Hub);

impl Drop for Around {
    fn drop(&mut self) {
        let mut parked = mem::replace(&mut self.0.parked, Parked::EMPTY);
        parked.taken_over();
        dropped::begin(parked);
    }
}

impl<T: fmt::Debug> fmt::Debug for Carried<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Carried").field("value", self.value()).field("hub", self.hub()).finish()
    }
}
