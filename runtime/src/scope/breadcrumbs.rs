//! What happened before: breadcrumbs, and the list that keeps the newest of them.

use std::sync::Arc;
use std::time::SystemTime;

use super::parts::cut_attributes;
use super::stack::Stack;
use crate::callsite::Level;
use crate::caught::caught;
use crate::value::{Attribute, MAX_TEXT, PANICKED, Text, ToValue, Value, cut};

/// How many breadcrumbs a scope shows; of more, the newest.
pub const MAX_BREADCRUMBS: usize = 100;

/// Something that happened, kept to be seen beside an event that is captured later.
///
/// ```
/// use isohub::{Breadcrumb, Level};
/// let breadcrumb = Breadcrumb::new("cache miss").category("cache").level(Level::Debug).data("key", 7);
/// assert_eq!(breadcrumb.data.len(), 1);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Breadcrumb {
    /// When it happened.
    pub time: SystemTime,
    /// Its kind, such as `http`.
    pub category: Option<Text>,
    /// What happened, in words.
    pub message: Option<Text>,
    /// How important it is.
    pub level: Level,
    /// What else is known of it.
    pub data: Vec<Attribute>,
}

impl Breadcrumb {
    /// A breadcrumb of level info that says `message` and happened now.
    pub fn new(message: impl Into<Text>) -> Self {
        Breadcrumb {
            time: SystemTime::now(),
            category: None,
            message: Some(message.into()),
            level: Level::Info,
            data: Vec::new(),
        }
    }

    /// The same breadcrumb with a category.
    #[must_use]
    pub fn category(mut self, category: impl Into<Text>) -> Self {
        self.category = Some(category.into());
        self
    }

    /// The same breadcrumb with another level.
    #[must_use]
    pub fn level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// The same breadcrumb with one more value; `None` adds nothing.
    #[must_use]
    pub fn data(mut self, key: impl Into<Text>, value: impl ToValue) -> Self {
        let value = caught(|| value.to_value()).unwrap_or(Some(Value::Str(PANICKED)));
        if let Some(value) = value {
            self.data.push(Attribute { key: key.into(), value });
            cut_attributes(&mut self.data);
        }
        self
    }

    pub(super) fn into_bounds(mut self) -> Self {
        self.category = self.category.map(|text| cut(text, MAX_TEXT));
        self.message = self.message.map(|text| cut(text, MAX_TEXT));
        cut_attributes(&mut self.data);
        self
    }
}

/// The newest breadcrumbs. More than are shown are kept until they are twice as many, as the blocks
/// that hold them may be shared, and are cheaper to replace at times than to trim at each push.
#[derive(Clone, Default)]
pub(super) struct Breadcrumbs(Stack<Arc<Breadcrumb>>);

impl Breadcrumbs {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn push(&mut self, breadcrumb: Arc<Breadcrumb>) {
        self.0.push(breadcrumb);
        if self.0.len() >= 2 * MAX_BREADCRUMBS {
            *self = Breadcrumbs::of(self.list().into_iter().cloned());
        }
    }

    /// In the order in which they were added.
    pub(super) fn list(&self) -> Vec<&Arc<Breadcrumb>> {
        let mut list: Vec<_> = self.0.iter().take(MAX_BREADCRUMBS).collect();
        list.reverse();
        list
    }

    /// Both lists as one in the order of time, `base` first where the times are the same. Each list
    /// keeps its own order, even if a clock was set back between two of its breadcrumbs.
    pub(super) fn over(&self, base: &Breadcrumbs) -> Breadcrumbs {
        if self.is_empty() {
            return base.clone();
        }
        if base.is_empty() {
            return self.clone();
        }
        let mut old = base.list().into_iter().peekable();
        let mut new = self.list().into_iter().peekable();
        let mut merged = Vec::with_capacity(old.len() + new.len());
        while let (Some(a), Some(b)) = (old.peek(), new.peek()) {
            let next = if b.time < a.time { new.next() } else { old.next() };
            merged.extend(next);
        }
        merged.extend(old.chain(new));
        Breadcrumbs::of(merged.into_iter().cloned())
    }

    fn of(list: impl Iterator<Item = Arc<Breadcrumb>>) -> Self {
        let mut breadcrumbs = Breadcrumbs::default();
        list.for_each(|breadcrumb| breadcrumbs.push(breadcrumb));
        breadcrumbs
    }

    #[cfg(test)]
    pub(super) fn shares(&self, other: &Breadcrumbs) -> bool {
        self.0.shares(&other.0)
    }

    #[cfg(test)]
    pub(super) fn kept(&self) -> usize {
        self.0.len()
    }
}
