//! Typed values, and lists of them in which each key stands once.

use isohub::{Attribute, Scope, Value};
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue, any_value};

/// What isohub calls the number of attributes that found no room.
const CUT: &str = "isohub.cut";

/// Attributes, of which the first of a key stays: who is nearer adds first.
#[derive(Default)]
pub(super) struct Attributes {
    pub(super) list: Vec<KeyValue>,
    /// How many were left out before they came here.
    pub(super) dropped: u32,
}

impl Attributes {
    pub(super) fn add(&mut self, key: &str, value: impl Into<any_value::Value>) {
        if self.list.iter().all(|it| it.key != key) {
            self.list.push(key_value(key, value.into()));
        }
    }

    pub(super) fn add_text(&mut self, key: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.add(key, text(value));
        }
    }

    pub(super) fn add_all<'a>(&mut self, attributes: impl IntoIterator<Item = &'a Attribute>) {
        for attribute in attributes {
            match attribute.value {
                Value::I64(cut) if attribute.key == CUT => {
                    self.dropped = self.dropped.saturating_add(u32::try_from(cut).unwrap_or(u32::MAX));
                }
                _ => self.add(&attribute.key, any(&attribute.value)),
            }
        }
    }

    /// Where something was written.
    pub(super) fn add_place(&mut self, file: &str, line: u32, column: u32) {
        self.add("code.file.path", text(file));
        self.add("code.line.number", any_value::Value::IntValue(line.into()));
        self.add("code.column.number", any_value::Value::IntValue(column.into()));
    }

    /// The tags and the user of a unit.
    pub(super) fn add_tags_and_user(&mut self, scope: &Scope) {
        for (key, value) in scope.tags() {
            self.add(key, text(value));
        }
        let Some(user) = scope.user() else { return };
        self.add_text("user.id", user.id.as_deref());
        self.add_text("user.name", user.username.as_deref());
        self.add_text("user.email", user.email.as_deref());
        self.add_text("client.address", user.ip_address.as_deref());
        for Attribute { key, value } in user.data.iter().filter(|it| it.key != CUT) {
            self.add(&format!("user.{key}"), any(value));
        }
    }

    /// All of a scope that is known by a key.
    pub(super) fn add_scope(&mut self, scope: &Scope) {
        self.add_tags_and_user(scope);
        for (name, context) in scope.contexts() {
            for (key, value) in context.iter().filter(|(key, _)| *key != CUT) {
                self.add(&format!("{name}.{key}"), any(value));
            }
        }
        for (key, value) in scope.extras() {
            self.add(key, any(value));
        }
    }
}

pub(super) fn text(text: &str) -> any_value::Value {
    any_value::Value::StringValue(text.to_owned())
}

pub(super) fn key_value(key: &str, value: any_value::Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}

/// The value with its type. An integer that does not fit is text, as the standard says.
pub(super) fn any(value: &Value) -> any_value::Value {
    match value {
        Value::Bool(value) => any_value::Value::BoolValue(*value),
        Value::I64(value) => any_value::Value::IntValue(*value),
        Value::F64(value) => any_value::Value::DoubleValue(*value),
        Value::Str(value) => text(value),
        Value::List(values) => list(values.iter().map(any)),
        value => text(&value.to_string()),
    }
}

pub(super) fn list(values: impl Iterator<Item = any_value::Value>) -> any_value::Value {
    let values = values.map(|value| AnyValue { value: Some(value) }).collect();
    any_value::Value::ArrayValue(ArrayValue { values })
}
