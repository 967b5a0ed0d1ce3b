//! Breadcrumbs that are made only where they are kept.

use std::borrow::Cow;

use crate::api::add_breadcrumb;
use crate::current;
use crate::report;
use crate::scope::Breadcrumb;
use crate::span::Fields;
use crate::value::{PANICKED, Text, Value};

/// Collects what a breadcrumb says.
#[derive(Debug, Default)]
pub struct BreadcrumbFields {
    category: Option<Text>,
    message: Option<Text>,
    fields: Fields,
}

impl BreadcrumbFields {
    /// Sets the category.
    pub fn category(&mut self, text: impl FnOnce() -> Text) {
        self.category = caught(text);
    }

    /// Sets the message.
    pub fn message(&mut self, text: impl FnOnce() -> Text) {
        self.message = caught(text);
    }

    /// Adds a value, as fields of spans do.
    pub fn add(&mut self, key: impl Into<Text>, value: impl FnOnce() -> Option<Value>) {
        self.fields.add(key, value);
    }
}

fn caught(text: impl FnOnce() -> Text) -> Option<Text> {
    report::caught(text).or(Some(PANICKED))
}

/// Adds a breadcrumb to the current unit; nothing is evaluated where nothing is installed.
#[track_caller]
pub fn breadcrumb(make: impl FnOnce(&mut BreadcrumbFields)) {
    if current::pipeline().live().is_none() {
        return;
    }
    let mut made = BreadcrumbFields::default();
    let data = Fields::evaluate(|fields| {
        make(&mut made);
        std::mem::swap(fields, &mut made.fields);
    });
    let mut breadcrumb = Breadcrumb::new(made.message.unwrap_or_default());
    breadcrumb.category = made.category;
    breadcrumb.data = data;
    add_breadcrumb(breadcrumb);
}

/// What can be the value of a tag, or the category or message of a breadcrumb.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a text: it does not implement `Display`",
    label = "not a text",
    note = "write a part of it that does, such as `user.id`, or `format!(\"{{x:?}}\")`"
)]
pub trait IsText {
    /// By its `Display`.
    fn text(&self) -> String;
}

#[diagnostic::do_not_recommend]
impl<V: ToString + ?Sized> IsText for V {
    fn text(&self) -> String {
        self.to_string()
    }
}

/// The text of a tag, a category or a message.
pub fn text<V: IsText + ?Sized>(value: &V) -> Cow<'static, str> {
    Cow::Owned(value.text())
}
