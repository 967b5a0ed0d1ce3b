//! The writes of which a scope consists.

use std::collections::HashSet;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

use super::breadcrumbs::Breadcrumb;
use super::parts::{Attachment, Context, MAX_ATTRIBUTES, User, clean_key, cut_value};
use super::stack::Stack;
use crate::callsite::Level;
use crate::caught::caught;
use crate::record::Event;
use crate::value::{MAX_TEXT, Text, ToValue, Value, cut};

/// One change of a scope.
///
/// Made by the functions below and by nothing else: they run whatever code of the user a conversion
/// takes, and they bring what is too long or malformed into bounds. What is left to [`Scope::write`]
/// runs no code of the user and may happen while something of ours is borrowed.
///
/// [`Scope::write`]: super::Scope::write
#[derive(Clone, Debug)]
pub(crate) enum Write {
    // `None` takes the thing away.
    Tag(Text, Option<Text>),
    Context(Text, Option<Context>),
    Extra(Text, Option<Value>),
    User(Option<Arc<User>>),
    Level(Option<Level>),
    Transaction(Option<Text>),
    /// None at all takes the fingerprint away.
    Fingerprint(Arc<[Text]>),
    Attachment(Attachment),
    EventProcessor(EventProcessor),
    Breadcrumb(Arc<Breadcrumb>),
    ClearBreadcrumbs,
    Clear,
}

impl Write {
    pub(crate) fn tag(key: impl Into<Text>, value: impl ToString) -> Self {
        Write::Tag(clean_key(key.into()), Some(cut(value.to_string().into(), MAX_TEXT)))
    }

    pub(crate) fn remove_tag(key: &str) -> Self {
        Write::Tag(owned_key(key), None)
    }

    pub(crate) fn user(user: impl Into<Option<User>>) -> Self {
        Write::User(user.into().map(|user| Arc::new(user.into_bounds())))
    }

    pub(crate) fn context(key: impl Into<Text>, context: impl Into<Context>) -> Self {
        Write::Context(clean_key(key.into()), Some(context.into()))
    }

    pub(crate) fn remove_context(key: &str) -> Self {
        Write::Context(owned_key(key), None)
    }

    pub(crate) fn extra(key: impl Into<Text>, value: impl ToValue) -> Self {
        let value = value.to_value().map(|mut value| {
            cut_value(&mut value);
            value
        });
        Write::Extra(clean_key(key.into()), value)
    }

    pub(crate) fn remove_extra(key: &str) -> Self {
        Write::Extra(owned_key(key), None)
    }

    pub(crate) fn level(level: impl Into<Option<Level>>) -> Self {
        Write::Level(level.into())
    }

    pub(crate) fn fingerprint<P: Into<Text>>(parts: impl IntoIterator<Item = P>) -> Self {
        let parts = parts.into_iter().take(MAX_ATTRIBUTES);
        Write::Fingerprint(parts.map(|part| cut(part.into(), MAX_TEXT)).collect())
    }

    pub(crate) fn transaction_name(name: impl Into<Text>) -> Self {
        Write::Transaction(Some(cut(name.into(), MAX_TEXT)))
    }

    pub(crate) fn remove_transaction_name() -> Self {
        Write::Transaction(None)
    }

    pub(crate) fn breadcrumb(breadcrumb: Breadcrumb) -> Self {
        Write::Breadcrumb(Arc::new(breadcrumb.into_bounds()))
    }

    pub(crate) fn clear_breadcrumbs() -> Self {
        Write::ClearBreadcrumbs
    }

    pub(crate) fn attachment(attachment: Attachment) -> Self {
        Write::Attachment(attachment.into_bounds())
    }

    pub(crate) fn event_processor(process: impl Fn(Event) -> Option<Event> + Send + Sync + 'static) -> Self {
        let process = DropsCaught(Some(process));
        Write::EventProcessor(EventProcessor(Arc::new(move |event| process.0.as_ref()?(event))))
    }

    pub(crate) fn clear() -> Self {
        Write::Clear
    }

    /// What this sets, in words; `None` if it adds to a list, or forgets.
    pub(crate) fn what(&self) -> Option<Text> {
        Some(match self.place()? {
            Place::Tag(key) => format!("tag `{key}`").into(),
            Place::Context(key) => format!("context `{key}`").into(),
            Place::Extra(key) => format!("extra `{key}`").into(),
            Place::User => "the user".into(),
            Place::Level => "the level".into(),
            Place::Transaction => "the transaction's name".into(),
            Place::Fingerprint => "the fingerprint".into(),
        })
    }

    /// Whether this forgets what was there, and so may drop values of the user.
    pub(crate) fn clears_scope(&self) -> bool {
        matches!(self, Write::Clear)
    }

    /// Whether this leaves nothing behind that a getter would show.
    pub(crate) fn is_removal(&self) -> bool {
        match self {
            Write::Tag(_, value) => value.is_none(),
            Write::Context(_, value) => value.is_none(),
            Write::Extra(_, value) => value.is_none(),
            Write::User(value) => value.is_none(),
            Write::Level(value) => value.is_none(),
            Write::Transaction(value) => value.is_none(),
            Write::Fingerprint(parts) => parts.is_empty(),
            Write::Attachment(_) | Write::EventProcessor(_) | Write::Breadcrumb(_) => false,
            Write::ClearBreadcrumbs | Write::Clear => true,
        }
    }

    /// What this decides, so that an older write of the same place is dead; none if it adds to a list.
    fn place(&self) -> Option<Place<'_>> {
        Some(match self {
            Write::Tag(key, _) => Place::Tag(key),
            Write::Context(key, _) => Place::Context(key),
            Write::Extra(key, _) => Place::Extra(key),
            Write::User(_) => Place::User,
            Write::Level(_) => Place::Level,
            Write::Transaction(_) => Place::Transaction,
            Write::Fingerprint(_) => Place::Fingerprint,
            Write::Attachment(_)
            | Write::EventProcessor(_)
            | Write::Breadcrumb(_)
            | Write::ClearBreadcrumbs
            | Write::Clear => return None,
        })
    }
}

fn owned_key(key: &str) -> Text {
    clean_key(Text::Owned(key.to_owned()))
}

#[derive(PartialEq, Eq, Hash)]
enum Place<'a> {
    Tag(&'a str),
    Context(&'a str),
    Extra(&'a str),
    User,
    Level,
    Transaction,
    Fingerprint,
}

/// How many dead writes are let be, however little lives: below this, counting costs more than the
/// writes take.
const SLACK: usize = 16;

impl Stack<Write> {
    /// Pushes, and compacts once the writes are twice as many as the live ones and [`SLACK`].
    ///
    /// The live ones are counted only when the writes have doubled since the last count, which makes
    /// counting and compacting a constant cost for each write.
    pub(super) fn push_write(&mut self, write: Write) {
        self.push(write);
        if self.len() < 2 * self.live() + SLACK {
            return;
        }
        let live = self.live_writes();
        let count = live.len();
        if self.len() >= 2 * count + SLACK {
            let mut compact = Stack::default();
            live.into_iter().cloned().for_each(|write| compact.push(write));
            *self = compact;
        }
        self.set_live(count);
    }

    /// The writes that no younger one overrides, the oldest first. A removal is one of them: it says
    /// that the scope below shall not show through.
    pub(super) fn live_writes(&self) -> Vec<&Write> {
        let mut decided = HashSet::new();
        let writes = self.iter();
        let mut live: Vec<_> =
            writes.filter(|write| write.place().is_none_or(|place| decided.insert(place))).collect();
        live.reverse();
        live
    }
}

/// A function that changes or drops the events captured in a scope.
#[derive(Clone)]
pub(crate) struct EventProcessor(Arc<dyn Fn(Event) -> Option<Event> + Send + Sync>);

impl EventProcessor {
    pub(crate) fn process(&self, event: Event) -> Option<Event> {
        (self.0)(event)
    }
}

/// The program's function, which is dropped with the last scope that has it: on any thread, such as the collector's,
/// which a destructor that panics must not end.
struct DropsCaught<F>(Option<F>);

impl<F> Drop for DropsCaught<F> {
    fn drop(&mut self) {
        let process = self.0.take();
        caught(|| drop(process));
    }
}

// A processor may keep state that a panic leaves half-changed, but only the processor itself can see
// it: to whoever holds a scope it is a number in a list. A future that holds a scope stays unwind-safe.
impl UnwindSafe for EventProcessor {}
impl RefUnwindSafe for EventProcessor {}

impl fmt::Debug for EventProcessor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EventProcessor")
    }
}
