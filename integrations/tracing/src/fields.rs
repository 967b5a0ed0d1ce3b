//! The fields of tracing as attributes, and those that say something of the span itself.

use std::error::Error;
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};

use isohub::{Attribute, Event, Exception, Outcome, SpanKind, SpanRef, ToValue, Value};
use tracing::field::{Field, Visit};
use tracing::span;

pub(crate) const KIND: &str = "otel.kind";
const NAME: &str = "otel.name";
const STATUS: &str = "otel.status_code";
const DESCRIPTION: &[&str] = &["otel.status_description", "otel.status_message"];

/// Collects fields. The `Debug` of a value is the program's: nothing is borrowed while it runs, and if it panics that
/// is its value.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    pub(crate) attributes: Vec<Attribute>,
    /// The first error among them, with its causes.
    pub(crate) chain: Vec<Exception>,
}

impl Fields {
    fn add(&mut self, field: &Field, value: impl ToValue) {
        if let Some(value) = value.to_value() {
            self.attributes.push(Attribute { key: field.name().into(), value });
        }
    }

    /// Takes the value of a field out.
    pub(crate) fn take(&mut self, key: &str) -> Option<Value> {
        let at = self.attributes.iter().position(|attribute| attribute.key == key)?;
        Some(self.attributes.remove(at).value)
    }

    /// As [`take`](Self::take), as text.
    pub(crate) fn take_text(&mut self, key: &str) -> Option<String> {
        self.take(key).map(|value| value.to_string())
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, value);
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.add(field, value);
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.add(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, value);
    }

    fn record_error(&mut self, field: &Field, error: &(dyn Error + 'static)) {
        let chain = Event::error(error).exceptions;
        let mut messages = chain.iter().map(|exception| Value::Str(exception.message.clone()));
        if let Some(outermost) = messages.next() {
            self.add(field, outermost);
        }
        let causes: Vec<Value> = messages.collect();
        if !causes.is_empty() {
            let key = format!("{}.causes", field.name()).into();
            self.attributes.push(Attribute { key, value: Value::List(causes) });
        }
        if self.chain.is_empty() {
            self.chain = chain;
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add(field, debug(value));
    }
}

pub(crate) fn debug(value: &dyn Debug) -> Value {
    match catch_unwind(AssertUnwindSafe(|| format!("{value:?}"))) {
        Ok(text) => Value::text(text),
        Err(_) => Value::text("(panicked)"),
    }
}

/// What a span's fields say of the span itself, in the words of tracing-opentelemetry.
#[derive(Debug, Default)]
pub(crate) struct Said {
    name: Option<String>,
    outcome: Option<Outcome>,
}

impl Said {
    /// Takes it out of the fields.
    pub(crate) fn take(fields: &mut Fields) -> Self {
        let mut said = Said { name: fields.take_text(NAME), outcome: None };
        // Some give the value by `Debug`, in which it is capitalised or quoted.
        match fields.take_text(STATUS).map(|status| status.trim_matches('"').to_ascii_lowercase()).as_deref()
        {
            Some("ok") => said.outcome = Some(Outcome::Ok),
            Some("error") => said.outcome = Some(Outcome::Error),
            _ => {}
        }
        if let Some(value) = DESCRIPTION.iter().find_map(|key| fields.take(key)) {
            said.outcome = Some(Outcome::Error);
            fields.attributes.push(Attribute { key: "error".into(), value });
        }
        said
    }

    /// Tells the span.
    pub(crate) fn tell(self, span: SpanRef) {
        if let Some(name) = self.name {
            span.set_name(name);
        }
        if let Some(outcome) = self.outcome {
            span.set_outcome(outcome);
        }
    }

    /// Whether the fields say how the span ends.
    pub(crate) fn is_settled(&self) -> bool {
        self.outcome.is_some()
    }
}

/// The kind that the fields of a new span say.
pub(crate) fn kind(attributes: &span::Attributes<'_>) -> SpanKind {
    struct Kind(SpanKind);
    impl Visit for Kind {
        fn record_str(&mut self, field: &Field, value: &str) {
            if field.name() == KIND {
                self.0 = kind_of(value);
            }
        }

        fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
            if field.name() == KIND {
                self.0 = kind_of(&debug(value).to_string());
            }
        }
    }
    let mut kind = Kind(SpanKind::Internal);
    attributes.record(&mut kind);
    kind.0
}

fn kind_of(name: &str) -> SpanKind {
    match name.trim_matches('"').to_ascii_lowercase().as_str() {
        "client" => SpanKind::Client,
        "server" => SpanKind::Server,
        "producer" => SpanKind::Producer,
        "consumer" => SpanKind::Consumer,
        _ => SpanKind::Internal,
    }
}
