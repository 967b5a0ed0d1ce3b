//! Records as JSON, in the words that [`JsonLines`](crate::JsonLines) documents.

use std::time::SystemTime;

use isohub::{Attribute, Breadcrumb, Context, Exception, Resource, Scope, Text, User, Value};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

/// A value. JSON has neither NaN nor infinities: they become strings.
pub(crate) struct Json<'a>(pub(crate) &'a Value);

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::I64(value) => serializer.serialize_i64(*value),
            Value::U64(value) => serializer.serialize_u64(*value),
            Value::F64(value) if value.is_finite() => serializer.serialize_f64(*value),
            Value::Str(value) => serializer.serialize_str(value),
            Value::List(values) => {
                let mut list = serializer.serialize_seq(Some(values.len()))?;
                values.iter().try_for_each(|value| list.serialize_element(&Json(value)))?;
                list.end()
            }
            value => serializer.collect_str(value),
        }
    }
}

/// Attributes as an object, in their order.
#[derive(Clone, Copy)]
pub(crate) struct Attributes<'a>(pub(crate) &'a [Attribute]);

impl Attributes<'_> {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Attributes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|it| (&*it.key, Json(&it.value))))
    }
}

/// Pairs as an object, in their order.
pub(crate) struct Pairs<T>(pub(crate) Vec<(T, T)>);

impl<T> Pairs<T> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T: Serialize> Serialize for Pairs<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

struct Contexts<'a>(Vec<(&'a str, &'a Context)>);

impl Contexts<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Contexts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct One<'a>(&'a Context);
        impl Serialize for One<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_map(self.0.iter().map(|(key, value)| (key, Json(value))))
            }
        }
        serializer.collect_map(self.0.iter().map(|(key, context)| (key, One(context))))
    }
}

struct Extras<'a>(Vec<(&'a str, &'a Value)>);

impl Extras<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Extras<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, Json(value))))
    }
}

struct UserView<'a>(&'a User);

impl Serialize for UserView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let User { id, username, email, ip_address, data } = self.0;
        let mut map = serializer.serialize_map(None)?;
        let known = [("id", id), ("username", username), ("email", email), ("ip_address", ip_address)];
        for (key, value) in known {
            if let Some(value) = value {
                map.serialize_entry(key, value)?;
            }
        }
        if !data.is_empty() {
            map.serialize_entry("data", &Attributes(data))?;
        }
        map.end()
    }
}

#[derive(Serialize)]
struct BreadcrumbView<'a> {
    time: String,
    level: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Attributes::is_empty")]
    data: Attributes<'a>,
}

impl<'a> BreadcrumbView<'a> {
    fn new(breadcrumb: &'a Breadcrumb) -> Self {
        BreadcrumbView {
            time: utc(breadcrumb.time),
            level: breadcrumb.level.as_str(),
            category: breadcrumb.category.as_deref(),
            message: breadcrumb.message.as_deref(),
            data: Attributes(&breadcrumb.data),
        }
    }
}

/// What a scope holds, but for attachments, which are files of their own.
#[derive(Serialize)]
pub(crate) struct ScopeView<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction: Option<&'a str>,
    #[serde(skip_serializing_if = "Pairs::is_empty")]
    tags: Pairs<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<UserView<'a>>,
    #[serde(skip_serializing_if = "Contexts::is_empty")]
    contexts: Contexts<'a>,
    #[serde(skip_serializing_if = "Extras::is_empty")]
    extras: Extras<'a>,
    #[serde(skip_serializing_if = "<[Text]>::is_empty")]
    fingerprint: &'a [Text],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    breadcrumbs: Vec<BreadcrumbView<'a>>,
}

impl<'a> ScopeView<'a> {
    pub(crate) fn new(scope: &'a Scope) -> Self {
        ScopeView {
            transaction: scope.transaction_name(),
            tags: Pairs(scope.tags()),
            user: scope.user().map(UserView),
            contexts: Contexts(scope.contexts()),
            extras: Extras(scope.extras()),
            fingerprint: scope.fingerprint(),
            breadcrumbs: scope.breadcrumbs().into_iter().map(BreadcrumbView::new).collect(),
        }
    }
}

#[derive(Serialize)]
pub(crate) struct ExceptionView<'a> {
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    ty: Option<&'a str>,
    message: &'a str,
}

impl<'a> ExceptionView<'a> {
    pub(crate) fn all(exceptions: &'a [Exception]) -> Vec<Self> {
        exceptions.iter().map(|it| ExceptionView { ty: it.ty.as_deref(), message: &it.message }).collect()
    }
}

/// The date and time in UTC, to the nanosecond, as RFC 3339 writes it; what is before 1970 is 1970.
pub(crate) fn utc(time: SystemTime) -> String {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let (days, second) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    // Years are counted from March, so that the leap day is a year's last (the epoch is day 719,468 of
    // that calendar); 146,097 days are 400 years.
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (date, month) = (day - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    let year = era * 400 + year + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{date:02}T{hour:02}:{minute:02}:{second:02}.{:09}Z", since.subsec_nanos())
}

/// What the process is called: as the program says, or else by its file.
pub(crate) fn process_name(resource: &Resource) -> String {
    let of_file = || Some(std::env::current_exe().ok()?.file_stem()?.to_str()?.to_owned());
    resource.service.as_deref().map(str::to_owned).or_else(of_file).unwrap_or_else(|| "program".to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn dates_know_leap_years() {
        let shown = |seconds| utc(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(shown(0), "1970-01-01T00:00:00.000000000Z");
        assert_eq!(shown(951_782_400), "2000-02-29T00:00:00.000000000Z");
        assert_eq!(shown(1_735_689_599), "2024-12-31T23:59:59.000000000Z");
        assert_eq!(shown(4_107_542_400), "2100-03-01T00:00:00.000000000Z");
    }
}
