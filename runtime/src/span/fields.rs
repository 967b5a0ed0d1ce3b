//! Attributes that are evaluated only where they are recorded.

use std::fmt;

use crate::current;
use crate::emit;
use crate::payload::Detail;
use crate::report;
use crate::scope::cut_attributes;
use crate::span::start;
use crate::value::{Attribute, PANICKED, Text, ToValue, Value};

/// Collects the attributes of a span.
#[derive(Debug, Default)]
pub struct Fields {
    attributes: Vec<Attribute>,
}

impl Fields {
    /// Adds what `value` returns; `None` adds nothing. If it panics, which is counted, the value is
    /// `(panicked)`.
    pub fn add(&mut self, key: impl Into<Text>, value: impl FnOnce() -> Option<Value>) {
        let value = report::caught(value).unwrap_or(Some(Value::Str(PANICKED)));
        if let Some(value) = value {
            self.attributes.push(Attribute { key: key.into(), value });
        }
    }

    /// Adds what `attributes` returns; nothing if it panics, which is counted.
    pub(crate) fn extend(&mut self, attributes: impl FnOnce() -> Vec<Attribute>) {
        let attributes = report::caught(attributes).unwrap_or_default();
        match self.attributes.is_empty() {
            true => self.attributes = attributes,
            false => self.attributes.extend(attributes),
        }
    }

    /// Evaluates fields, with nothing of ours borrowed: they may open spans of their own.
    pub(crate) fn evaluate(record: impl FnOnce(&mut Fields)) -> Vec<Attribute> {
        let mut fields = Fields::default();
        record(&mut fields);
        cut_attributes(&mut fields.attributes);
        fields.attributes
    }
}

/// Records fields on the active span; evaluates nothing where none is recorded.
#[inline]
pub fn fields(record: impl FnOnce(&mut Fields)) {
    let Some(at) = current::position() else { return };
    if let Some(span) = at.active.recorded() {
        let attributes = Fields::evaluate(record);
        if !attributes.is_empty() {
            emit::detail(at.flow.pipeline(), span, Detail::Attributes(attributes));
        }
    } else if at.active.undecided_callsite().is_some() {
        fields_of_undecided(record);
    }
}

#[cold]
fn fields_of_undecided(record: impl FnOnce(&mut Fields)) {
    let attributes = Fields::evaluate(record);
    if start::decide(&attributes)
        && let Some(at) = current::position()
        && let Some(span) = at.active.recorded()
    {
        emit::detail(at.flow.pipeline(), span, Detail::Attributes(attributes));
    }
}

/// The value of a field.
pub fn value<V: ToValue + ?Sized>(value: &V) -> Option<Value> {
    value.to_value()
}

/// What `ret` without parentheses records.
#[diagnostic::on_unimplemented(
    message = "the returned `{Self}` is not a value that a span can record",
    label = "not a value",
    note = "write `ret(?r)` to record it by its `Debug`, `ret(%r)` by its `Display`, or a part of it: \
            `ret(id = r.id)`"
)]
pub trait ReturnedValue {
    /// As [`ToValue::to_value`].
    fn returned(&self) -> Option<Value>;
}

#[diagnostic::do_not_recommend]
impl<V: ToValue + ?Sized> ReturnedValue for V {
    fn returned(&self) -> Option<Value> {
        self.to_value()
    }
}

/// The returned value as a field; `r` refers to it.
pub fn returned<V: ReturnedValue + ?Sized>(r: &&V) -> Option<Value> {
    r.returned()
}

/// The value of a field that is recorded by its `Display`.
pub fn display<V: fmt::Display + ?Sized>(value: &V) -> Option<Value> {
    Some(Value::text(value.to_string()))
}

/// The value of a field that is recorded by its `Debug`.
pub fn debug<V: fmt::Debug + ?Sized>(value: &V) -> Option<Value> {
    Some(Value::text(format!("{value:?}")))
}
