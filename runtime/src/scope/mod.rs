//! The contextual data of a unit.
//!
//! A scope is the list of the writes that made it, the newest on top ([`stack`]): a clone shares the
//! list, and the first write after a clone adds to it without touching what is shared. The getters
//! look for the newest write of what they are asked for.

use std::collections::BTreeMap;
use std::fmt;

use crate::callsite::Level;
use crate::record::Event;
use crate::value::{Text, ToValue, Value};

mod breadcrumbs;
mod log;
mod parts;
mod stack;
#[cfg(test)]
mod tests;
mod write;

use breadcrumbs::Breadcrumbs;
use stack::Stack;

pub use breadcrumbs::{Breadcrumb, MAX_BREADCRUMBS};
pub(crate) use log::Log;
pub(crate) use parts::cut_attributes;
pub use parts::{Attachment, Context, MAX_ATTRIBUTES, MAX_KEY, User};
pub(crate) use write::{EventProcessor, Write};

/// Tags, user, contexts, extra values, breadcrumbs and more: what events and spans carry that were
/// recorded under it.
///
/// A plain value. A clone is cheap, however much the scope holds, and independent of the original:
///
/// ```
/// use isohub::Scope;
/// let mut scope = Scope::default();
/// scope.set_tag("tenant", 7);
/// let copy = scope.clone();
/// scope.set_tag("tenant", 8);
/// assert_eq!(scope.tag("tenant"), Some("8"));
/// assert_eq!(copy.tag("tenant"), Some("7"));
/// ```
///
/// A scope may lie over another, as that of a unit lies over the global one. Then the other shows
/// through where this one says nothing. To remove something, or to set it to `None`, is to say that it
/// is absent, so it hides what lies below; [`Scope::clear`] makes the scope as new, so it hides nothing.
///
/// Whatever is written is kept. What is out of bounds is brought into them first: a key is 1 to
/// [`MAX_KEY`] bytes long and has no control characters, a text has at most [`MAX_TEXT`] bytes, a list
/// of attributes has at most [`MAX_ATTRIBUTES`], and of the breadcrumbs the newest [`MAX_BREADCRUMBS`]
/// are shown.
///
/// [`MAX_TEXT`]: crate::MAX_TEXT
#[derive(Default)]
pub struct Scope {
    writes: Stack<Write>,
    // Not among the writes: they are many, and only the newest are kept.
    breadcrumbs: Breadcrumbs,
    log: Option<Box<Log>>,
}

/// What changes it.
impl Scope {
    /// Sets a tag: short text by which events are found.
    ///
    /// ```
    /// # let mut scope = isohub::Scope::default();
    /// scope.set_tag("shard", 3);
    /// scope.set_tag("", 'x');
    /// assert_eq!(scope.tags(), [("(empty)", "x"), ("shard", "3")]);
    /// ```
    pub fn set_tag(&mut self, key: impl Into<Text>, value: impl ToString) {
        self.write(Write::tag(key, value));
    }

    /// Sets several tags. Nothing is set if the iterator or a conversion panics.
    pub fn set_tags<K: Into<Text>, V: ToString>(&mut self, tags: impl IntoIterator<Item = (K, V)>) {
        let writes: Vec<_> = tags.into_iter().map(|(key, value)| Write::tag(key, value)).collect();
        writes.into_iter().for_each(|write| self.write(write));
    }

    /// Takes a tag away.
    pub fn remove_tag(&mut self, key: &str) {
        self.write(Write::remove_tag(key));
    }

    /// Sets the user, or takes it away.
    ///
    /// ```
    /// # let mut scope = isohub::Scope::default();
    /// scope.set_user(isohub::User::from("17"));
    /// scope.set_user(None);
    /// assert_eq!(scope.user(), None);
    /// ```
    pub fn set_user(&mut self, user: impl Into<Option<User>>) {
        self.write(Write::user(user));
    }

    /// Sets a context: named values that belong together. It replaces the one of the same key.
    ///
    /// ```
    /// # let mut scope = isohub::Scope::default();
    /// scope.set_context("job", [("attempt", 2), ("of", 5)]);
    /// ```
    pub fn set_context(&mut self, key: impl Into<Text>, context: impl Into<Context>) {
        self.write(Write::context(key, context));
    }

    /// Takes a context away.
    pub fn remove_context(&mut self, key: &str) {
        self.write(Write::remove_context(key));
    }

    /// Sets a value that is shown beside events; `None` takes it away.
    pub fn set_extra(&mut self, key: impl Into<Text>, value: impl ToValue) {
        self.write(Write::extra(key, value));
    }

    /// Takes an extra value away.
    pub fn remove_extra(&mut self, key: &str) {
        self.write(Write::remove_extra(key));
    }

    /// Sets the level that events get in place of their own, or takes it away.
    pub fn set_level(&mut self, level: impl Into<Option<Level>>) {
        self.write(Write::level(level));
    }

    /// Sets what groups events; no part at all takes it away. Of more than [`MAX_ATTRIBUTES`] parts
    /// the first are kept.
    pub fn set_fingerprint<P: Into<Text>>(&mut self, parts: impl IntoIterator<Item = P>) {
        self.write(Write::fingerprint(parts));
    }

    /// Sets the name under which the whole of the unit's work is known, such as `GET /orders/{id}`.
    pub fn set_transaction_name(&mut self, name: impl Into<Text>) {
        self.write(Write::transaction_name(name));
    }

    /// Takes the transaction's name away.
    pub fn remove_transaction_name(&mut self) {
        self.write(Write::remove_transaction_name());
    }

    /// Adds a breadcrumb.
    pub fn add_breadcrumb(&mut self, breadcrumb: Breadcrumb) {
        self.write(Write::breadcrumb(breadcrumb));
    }

    /// Forgets the breadcrumbs.
    pub fn clear_breadcrumbs(&mut self) {
        self.write(Write::clear_breadcrumbs());
    }

    /// Adds a file that is sent along with events.
    pub fn add_attachment(&mut self, attachment: Attachment) {
        self.write(Write::attachment(attachment));
    }

    /// Adds a function that changes each event that is captured in this scope, or drops it by `None`.
    /// They run in the order in which they were added.
    pub fn add_event_processor(&mut self, process: impl Fn(Event) -> Option<Event> + Send + Sync + 'static) {
        self.write(Write::event_processor(process));
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.write(Write::clear());
    }

    /// The one way in which anything changes.
    ///
    /// Clearing may drop event processors, and with them values of the user: a caller that holds a
    /// lock or a borrow of ours keeps a clone of the scope until it has let go.
    pub(crate) fn write(&mut self, write: Write) {
        if let Some(log) = &mut self.log {
            log.write(write.clone());
        }
        match write {
            Write::Clear => {
                let _old = (std::mem::take(&mut self.writes), std::mem::take(&mut self.breadcrumbs));
            }
            Write::ClearBreadcrumbs => self.breadcrumbs = Breadcrumbs::default(),
            Write::Breadcrumb(breadcrumb) => self.breadcrumbs.push(breadcrumb),
            write => self.writes.push_write(write),
        }
    }
}

/// What shows what it holds.
impl Scope {
    /// The value of a tag.
    pub fn tag(&self, key: &str) -> Option<&str> {
        let key = parts::clean_key(key.into());
        self.newest(|write| match write {
            Write::Tag(name, value) if *name == key => Some(value.as_deref()),
            _ => None,
        })
    }

    /// All tags, sorted by key.
    pub fn tags(&self) -> Vec<(&str, &str)> {
        self.sorted(|write| match write {
            Write::Tag(name, value) => Some((name, value.as_deref())),
            _ => None,
        })
    }

    /// The user.
    pub fn user(&self) -> Option<&User> {
        self.newest(|write| match write {
            Write::User(user) => Some(user.as_deref()),
            _ => None,
        })
    }

    /// The context of this key.
    pub fn context(&self, key: &str) -> Option<&Context> {
        let key = parts::clean_key(key.into());
        self.newest(|write| match write {
            Write::Context(name, context) if *name == key => Some(context.as_ref()),
            _ => None,
        })
    }

    /// All contexts, sorted by key.
    pub fn contexts(&self) -> Vec<(&str, &Context)> {
        self.sorted(|write| match write {
            Write::Context(name, context) => Some((name, context.as_ref())),
            _ => None,
        })
    }

    /// The extra value of this key.
    pub fn extra(&self, key: &str) -> Option<&Value> {
        let key = parts::clean_key(key.into());
        self.newest(|write| match write {
            Write::Extra(name, value) if *name == key => Some(value.as_ref()),
            _ => None,
        })
    }

    /// All extra values, sorted by key.
    pub fn extras(&self) -> Vec<(&str, &Value)> {
        self.sorted(|write| match write {
            Write::Extra(name, value) => Some((name, value.as_ref())),
            _ => None,
        })
    }

    /// The level that events get in place of their own.
    pub fn level(&self) -> Option<Level> {
        self.newest(|write| match write {
            Write::Level(level) => Some(*level),
            _ => None,
        })
    }

    /// What groups events; empty if nothing was set.
    pub fn fingerprint(&self) -> &[Text] {
        let parts = self.newest(|write| match write {
            Write::Fingerprint(parts) => Some(Some(&**parts)),
            _ => None,
        });
        parts.unwrap_or_default()
    }

    /// The name under which the whole of the unit's work is known.
    pub fn transaction_name(&self) -> Option<&str> {
        self.newest(|write| match write {
            Write::Transaction(name) => Some(name.as_deref()),
            _ => None,
        })
    }

    /// The newest [`MAX_BREADCRUMBS`] breadcrumbs, in the order in which they were added.
    pub fn breadcrumbs(&self) -> Vec<&Breadcrumb> {
        self.breadcrumbs.list().into_iter().map(|breadcrumb| &**breadcrumb).collect()
    }

    /// The files that are sent along with events, in the order in which they were added.
    pub fn attachments(&self) -> Vec<&Attachment> {
        self.listed(|write| match write {
            Write::Attachment(attachment) => Some(attachment),
            _ => None,
        })
    }

    /// Whether `write` would set what is there already. True of what adds to a list, too.
    pub(crate) fn says(&self, write: &Write) -> bool {
        match write {
            Write::Tag(key, value) => self.tag(key) == value.as_deref(),
            Write::Context(key, context) => self.context(key) == context.as_ref(),
            Write::Extra(key, value) => self.extra(key) == value.as_ref(),
            Write::User(user) => self.user() == user.as_deref(),
            Write::Level(level) => self.level() == *level,
            Write::Transaction(name) => self.transaction_name() == name.as_deref(),
            Write::Fingerprint(parts) => self.fingerprint() == &**parts,
            _ => true,
        }
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.breadcrumbs.is_empty() && self.writes.live_writes().into_iter().all(Write::is_removal)
    }

    /// The functions that events pass through, in that order.
    pub(crate) fn event_processors(&self) -> Vec<EventProcessor> {
        self.listed(|write| match write {
            Write::EventProcessor(processor) => Some(processor.clone()),
            _ => None,
        })
    }

    /// What the newest write says of which `pick` says anything.
    fn newest<'a, T>(&'a self, pick: impl FnMut(&'a Write) -> Option<Option<T>>) -> Option<T> {
        self.writes.iter().find_map(pick).flatten()
    }

    /// What the newest write of each key says.
    fn sorted<'a, T>(
        &'a self,
        pick: impl FnMut(&'a Write) -> Option<(&'a Text, Option<T>)>,
    ) -> Vec<(&'a str, T)> {
        let mut newest = BTreeMap::new();
        for (key, value) in self.writes.iter().filter_map(pick) {
            newest.entry(&**key).or_insert(value);
        }
        newest.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
    }

    /// What is picked of all writes, the oldest first.
    fn listed<'a, T>(&'a self, pick: impl FnMut(&'a Write) -> Option<T>) -> Vec<T> {
        let mut list: Vec<_> = self.writes.iter().filter_map(pick).collect();
        list.reverse();
        list
    }
}

/// What combines scopes.
impl Scope {
    /// The scope as if what is written here had been written after what is written to `base`. The
    /// breadcrumbs of both are merged in the order of time.
    pub(crate) fn over(&self, base: &Scope) -> Scope {
        let mut writes = base.writes.clone();
        if writes.is_empty() {
            writes = self.writes.clone();
        } else if !self.writes.is_empty() {
            self.writes.live_writes().into_iter().cloned().for_each(|write| writes.push_write(write));
        }
        Scope { writes, breadcrumbs: self.breadcrumbs.over(&base.breadcrumbs), log: None }
    }
}

impl Clone for Scope {
    /// A log stays with the original: the clone may live on long after somebody asks for the log.
    fn clone(&self) -> Self {
        Scope { writes: self.writes.clone(), breadcrumbs: self.breadcrumbs.clone(), log: None }
    }
}

impl fmt::Debug for Scope {
    /// Shows what it holds, and nothing of what it does not.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Scope");
        let mut show = |name, value: &dyn fmt::Debug, is_empty: bool| {
            if !is_empty {
                shown.field(name, value);
            }
        };
        let (tags, contexts, extras) = (self.tags(), self.contexts(), self.extras());
        show("tags", &Map(&tags), tags.is_empty());
        show("contexts", &Map(&contexts), contexts.is_empty());
        show("extras", &Map(&extras), extras.is_empty());
        show("user", &self.user(), self.user().is_none());
        show("level", &self.level(), self.level().is_none());
        show("fingerprint", &self.fingerprint(), self.fingerprint().is_empty());
        show("transaction_name", &self.transaction_name(), self.transaction_name().is_none());
        show("breadcrumbs", &self.breadcrumbs(), self.breadcrumbs.is_empty());
        let (attachments, processors) = (self.attachments(), self.event_processors());
        show("attachments", &attachments, attachments.is_empty());
        show("event_processors", &processors, processors.is_empty());
        shown.finish()
    }
}

struct Map<'a, T>(&'a [(&'a str, T)]);

impl<T: fmt::Debug> fmt::Debug for Map<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.iter().map(|(key, value)| (key, value))).finish()
    }
}
