//! The environment variables that the standard has for exporters.

use std::fmt;
use std::time::Duration;

use http::{HeaderName, HeaderValue};
use percent_encoding::percent_decode_str;

use crate::error::InvalidConfig;
use crate::signal::Signal;

type Look = dyn Fn(&str) -> Option<String> + Send;

/// Where variables are looked up.
pub(crate) struct Environment(Box<Look>);

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Environment")
    }
}

/// A value, and the name of the variable that has it.
pub(crate) struct Found {
    pub(crate) name: String,
    pub(crate) value: String,
}

impl Environment {
    pub(crate) fn of_process() -> Self {
        // What is no text is no value that the standard knows.
        Environment(Box::new(|name| std::env::var(name).ok()))
    }

    pub(crate) fn of(look: impl Fn(&str) -> Option<String> + Send + 'static) -> Self {
        Environment(Box::new(look))
    }

    /// The variable; an empty one is as none.
    pub(crate) fn get(&self, name: &str) -> Option<Found> {
        let value = (self.0)(name)?.trim().to_owned();
        (!value.is_empty()).then(|| Found { name: name.to_owned(), value })
    }

    /// `OTEL_EXPORTER_OTLP_<SIGNAL>_<name>`.
    pub(crate) fn of_signal(&self, signal: Signal, name: &str) -> Option<Found> {
        self.get(&format!("OTEL_EXPORTER_OTLP_{}_{name}", signal.as_str().to_uppercase()))
    }

    /// `OTEL_EXPORTER_OTLP_<name>`.
    pub(crate) fn of_all(&self, name: &str) -> Option<Found> {
        self.get(&format!("OTEL_EXPORTER_OTLP_{name}"))
    }

    /// That of the signal, or else of all.
    pub(crate) fn nearest(&self, signal: Signal, name: &str) -> Option<Found> {
        self.of_signal(signal, name).or_else(|| self.of_all(name))
    }

    /// A variable that is `true` or `false`.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, InvalidConfig> {
        self.get(name).map_or(Ok(false), |it| it.flag())
    }

    pub(crate) fn number(&self, name: &str) -> Result<Option<u64>, InvalidConfig> {
        self.get(name).map(|it| it.number()).transpose()
    }
}

impl Found {
    pub(crate) fn flag(&self) -> Result<bool, InvalidConfig> {
        match self.value.to_ascii_lowercase().as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(self.wrong("write `true` or `false`")),
        }
    }

    fn number(&self) -> Result<u64, InvalidConfig> {
        self.value.parse().map_err(|_| self.wrong("write a whole number"))
    }

    pub(crate) fn milliseconds(&self) -> Result<Duration, InvalidConfig> {
        let number = self.value.parse().ok().filter(|it| *it > 0);
        number.map(Duration::from_millis).ok_or_else(|| self.wrong("write milliseconds, such as `10000`"))
    }

    /// `name=value,name=value`, of which the values are percent-encoded. The error shows no value.
    pub(crate) fn pairs(&self) -> Result<Vec<(String, String)>, InvalidConfig> {
        let members = self.value.split(',').map(str::trim).enumerate().filter(|(_, it)| !it.is_empty());
        members.map(|(index, member)| self.pair(index + 1, member)).collect()
    }

    fn pair(&self, number: usize, member: &str) -> Result<(String, String), InvalidConfig> {
        let wrong = |what| InvalidConfig::new(format!("member {number} of {} {what}", self.name));
        let (name, value) = member
            .split_once('=')
            .map(|(name, value)| (name.trim(), value.trim()))
            .filter(|(name, _)| !name.is_empty())
            .ok_or_else(|| wrong("is no pair: write `name=value,name=value`"))?;
        let decoded = percent_decode_str(value)
            .decode_utf8()
            .map_err(|_| wrong("has a value that is not percent-encoded UTF-8: write `%25` for each `%`"))?;
        Ok((name.to_owned(), decoded.into_owned()))
    }

    pub(crate) fn headers(&self) -> Result<Vec<(HeaderName, HeaderValue)>, InvalidConfig> {
        self.pairs()?.iter().map(|(name, value)| header(name, value, &self.name)).collect()
    }

    pub(crate) fn wrong(&self, instead: &str) -> InvalidConfig {
        InvalidConfig::new(format!("{} is {:?}: {instead}", self.name, self.value))
    }
}

/// A header whose value no `Debug` shows. `of` says where it was written.
pub(crate) fn header(name: &str, value: &str, of: &str) -> Result<(HeaderName, HeaderValue), InvalidConfig> {
    let wrong = |what| InvalidConfig::new(format!("the header {name:?} of {of} {what}"));
    let key = name
        .parse::<HeaderName>()
        .map_err(|_| wrong("has no valid name: write letters, digits and `-`, such as `x-api-key`"))?;
    let mut value = HeaderValue::from_str(value)
        .map_err(|_| wrong("has a value that no header can have: write it in one line of ASCII"))?;
    value.set_sensitive(true);
    Ok((key, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_debug_output_shows_the_value_of_a_header() {
        let header = header("authorization", "s3cret", "a test").expect("a header");
        assert!(!format!("{header:?}").contains("s3cret"));
    }
}
