//! What scopes are made of, in Sentry's words.

use std::time::{Duration, SystemTime};

use isohub::{Attribute, EventId, Scope, SpanId, TraceId, Value};
use sentry_core::protocol::{self, Context, IpAddress, Map, Values};
use serde_json::Value as Json;

/// The longest value of a tag, and the longest name of a transaction, in characters.
const MAX_SHORT: usize = 200;

/// The time in whole microseconds. Of the two ways in which the protocol writes times, one would round
/// what is finer, so that a short span could end before it began.
pub(crate) fn time(time: SystemTime) -> SystemTime {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    // Sentry's own crates refuse to write times after the year 9999.
    let last = Duration::from_secs(253_402_300_799);
    let micros = since.min(last).as_micros() as u64;
    SystemTime::UNIX_EPOCH + Duration::from_micros(micros)
}

pub(crate) fn trace_id(id: TraceId) -> protocol::TraceId {
    id.to_bytes().into()
}

pub(crate) fn span_id(id: SpanId) -> protocol::SpanId {
    id.to_bytes().into()
}

pub(crate) fn event_id(id: EventId) -> protocol::Uuid {
    protocol::Uuid::from_bytes(id.to_bytes())
}

pub(crate) fn level(level: isohub::Level) -> protocol::Level {
    match level {
        isohub::Level::Trace | isohub::Level::Debug => protocol::Level::Debug,
        isohub::Level::Info => protocol::Level::Info,
        isohub::Level::Warning => protocol::Level::Warning,
        isohub::Level::Error => protocol::Level::Error,
        isohub::Level::Fatal => protocol::Level::Fatal,
    }
}

/// A value as JSON, which has no number that is none.
pub(crate) fn json(value: &Value) -> Json {
    match value {
        Value::Bool(value) => (*value).into(),
        Value::I64(value) => (*value).into(),
        Value::U64(value) => (*value).into(),
        Value::F64(value) if !value.is_finite() => value.to_string().into(),
        Value::F64(value) => (*value).into(),
        Value::Str(value) => (**value).into(),
        Value::List(values) => values.iter().map(json).collect(),
        other => other.to_string().into(),
    }
}

pub(crate) fn data(attributes: &[Attribute]) -> Map<String, Json> {
    attributes.iter().map(|it| (it.key.to_string(), json(&it.value))).collect()
}

/// At most so many characters, the mark `…` included.
pub(crate) fn cut(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        None => text.to_owned(),
        Some(_) => text.chars().take(max - 1).chain(['…']).collect(),
    }
}

/// The name of a transaction.
pub(crate) fn name(name: &str) -> String {
    cut(name, MAX_SHORT)
}

/// A release or an environment, in which Sentry refuses what looks like a path, and some words.
pub(crate) fn label(text: &str, max: usize) -> Option<String> {
    let clean = text.trim().replace(|it: char| it.is_control() || matches!(it, '/' | '\\'), "_");
    let is_word = !matches!(clean.as_str(), "" | "." | "..") && !clean.eq_ignore_ascii_case("none");
    is_word.then(|| clean.chars().take(max).collect())
}

/// The tags of a scope. Sentry takes no empty values, no line breaks, and few characters in keys.
pub(crate) fn tags(scope: &Scope) -> Map<String, String> {
    let clean = |key: &str| -> String {
        let is_plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '_' | '.' | ':' | '-');
        key.chars().map(|it| if is_plain(it) { it } else { '_' }).collect()
    };
    let text = |value: &str| match value {
        "" => "(empty)".to_owned(),
        value => cut(&value.replace(['\n', '\r'], " "), MAX_SHORT),
    };
    scope.tags().into_iter().map(|(key, value)| (clean(key), text(value))).collect()
}

pub(crate) fn extra(scope: &Scope) -> Map<String, Json> {
    scope.extras().into_iter().map(|(key, value)| (key.to_owned(), json(value))).collect()
}

/// The contexts of a scope. The one of the trace is isohub's own.
pub(crate) fn contexts(scope: &Scope) -> Map<String, Context> {
    let of = |context: &isohub::Context| {
        Context::Other(context.iter().map(|(key, value)| (key.to_owned(), json(value))).collect())
    };
    let contexts = scope.contexts().into_iter().filter(|(key, _)| *key != "trace");
    contexts.map(|(key, context)| (key.to_owned(), of(context))).collect()
}

pub(crate) fn user(scope: &Scope) -> Option<protocol::User> {
    let user = scope.user()?;
    let text = |text: &Option<isohub::Text>| text.as_deref().map(str::to_owned);
    let mut other = data(&user.data);
    let address = user.ip_address.as_deref().and_then(|address| address.parse().ok());
    if let (None, Some(address)) = (address, &user.ip_address) {
        // What is no address would cost the whole event its user.
        other.insert("ip_address_as_given".to_owned(), (**address).into());
    }
    Some(protocol::User {
        id: text(&user.id),
        email: text(&user.email),
        username: text(&user.username),
        ip_address: address.map(IpAddress::Exact),
        other,
    })
}

pub(crate) fn breadcrumbs(scope: &Scope) -> Values<protocol::Breadcrumb> {
    let of = |it: &isohub::Breadcrumb| protocol::Breadcrumb {
        timestamp: time(it.time),
        category: it.category.as_deref().map(str::to_owned),
        level: level(it.level),
        message: it.message.as_deref().map(str::to_owned),
        data: data(&it.data),
        ..protocol::Breadcrumb::default()
    };
    scope.breadcrumbs().into_iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_such_as_sentry_takes() {
        let cases = [
            ("shop@1.2.3", Some("shop@1.2.3")),
            ("feature/x\\y\n", Some("feature_x_y")),
            ("", None),
            ("  ", None),
            ("..", None),
            ("None", None),
            ("abcdefghijkl", Some("abcdefghij")),
        ];
        for (given, taken) in cases {
            assert_eq!(label(given, 10).as_deref(), taken.map(|it| &it[..it.len().min(10)]), "{given}");
        }
    }

    #[test]
    fn times_that_no_receiver_reads_are_brought_to_the_nearest_one() {
        let before = SystemTime::UNIX_EPOCH - Duration::from_secs(1);
        assert_eq!(time(before), SystemTime::UNIX_EPOCH);
        let after = SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 40);
        let event = protocol::Event { timestamp: time(after), ..protocol::Event::default() };
        let transaction =
            protocol::Transaction { timestamp: Some(time(after)), ..protocol::Transaction::default() };
        assert!(serde_json::to_string(&event).is_ok() && serde_json::to_string(&transaction).is_ok());
    }

    #[test]
    fn text_is_cut_by_characters() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöüß", 3), "äö…");
    }
}
