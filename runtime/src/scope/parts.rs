//! What a scope is made of, and the bounds of all that is written to it.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use crate::value::{Attribute, MAX_TEXT, Text, ToValue, Value, cut};

/// The longest key of a tag, a context, an extra or an attribute, in bytes. What is longer is cut at a
/// character boundary and ends in `…`; control characters become `_`; an empty key becomes `(empty)`.
pub const MAX_KEY: usize = 200;

/// How many attributes a span, an event, a breadcrumb, a user or a context keeps. Of more, the first
/// are kept, and the last of them is replaced by `isohub.cut`, the number of those that are missing.
pub const MAX_ATTRIBUTES: usize = 128;

const CUT: &str = "isohub.cut";

/// Who caused what happens.
///
/// ```
/// use isohub::User;
/// let user = User { email: Some("ada@example.com".into()), ..User::from("17") };
/// assert_eq!(user.id.as_deref(), Some("17"));
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct User {
    /// What identifies the user in the program.
    pub id: Option<Text>,
    /// The name by which the user is known.
    pub username: Option<Text>,
    /// The user's e-mail address.
    pub email: Option<Text>,
    /// The address from which the user came.
    pub ip_address: Option<Text>,
    /// What else is known of the user.
    pub data: Vec<Attribute>,
}

impl User {
    pub(super) fn into_bounds(mut self) -> Self {
        for text in [&mut self.id, &mut self.username, &mut self.email, &mut self.ip_address] {
            *text = text.take().map(|text| cut(text, MAX_TEXT));
        }
        cut_attributes(&mut self.data);
        self
    }
}

macro_rules! user_of_id {
    ($($ty:ty),+) => {$(
        impl From<$ty> for User {
            /// The user of this id.
            fn from(id: $ty) -> Self {
                User { id: Some(id.into()), ..User::default() }
            }
        }
    )+};
}

user_of_id!(&'static str, String, Text);

/// Named values that belong together, such as what is known of the device. Cheap to clone.
///
/// ```
/// use isohub::{Context, Value};
/// let context = Context::from([("cores", 8), ("sockets", 1)]);
/// assert_eq!(context.get("cores"), Some(&Value::I64(8)));
/// ```
#[derive(Clone, Default, PartialEq)]
pub struct Context(Arc<[Attribute]>);

impl Context {
    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        let key = clean_key(key.into());
        self.iter().find(|(name, _)| *name == key).map(|(_, value)| value)
    }

    /// The values with their names, in the order in which the names first came.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> {
        self.0.iter().map(|attribute| (&*attribute.key, &attribute.value))
    }
}

impl<K: Into<Text>, V: ToValue> FromIterator<(K, V)> for Context {
    /// Of two values of one name the later stays; a value that is `None` is left out.
    fn from_iter<I: IntoIterator<Item = (K, V)>>(values: I) -> Self {
        let mut attributes: Vec<Attribute> = Vec::new();
        for (key, value) in values {
            let (key, Some(value)) = (clean_key(key.into()), value.to_value()) else { continue };
            match attributes.iter_mut().find(|attribute| attribute.key == key) {
                Some(attribute) => attribute.value = value,
                None => attributes.push(Attribute { key, value }),
            }
            // At once, so that endless input fills no memory.
            if attributes.len() > MAX_ATTRIBUTES {
                cut_attributes(&mut attributes);
            }
        }
        cut_attributes(&mut attributes);
        Context(attributes.into())
    }
}

impl<K: Into<Text>, V: ToValue, const N: usize> From<[(K, V); N]> for Context {
    fn from(values: [(K, V); N]) -> Self {
        values.into_iter().collect()
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// A file that is sent along with events. Cheap to clone.
///
/// ```
/// use isohub::Attachment;
/// let attachment = Attachment::new("config.toml", *b"port = 80").content_type("application/toml");
/// assert_eq!(attachment.bytes.len(), 9);
/// ```
#[derive(Clone, PartialEq)]
pub struct Attachment {
    /// What the file is called.
    pub filename: Text,
    /// Its media type, such as `text/plain`.
    pub content_type: Option<Text>,
    /// What is in it. Never cut here: a sink leaves out what its receiver finds too large.
    pub bytes: Arc<[u8]>,
}

impl Attachment {
    /// A file of no stated type.
    pub fn new(filename: impl Into<Text>, bytes: impl Into<Arc<[u8]>>) -> Self {
        Attachment { filename: filename.into(), content_type: None, bytes: bytes.into() }
    }

    /// The same file with a media type.
    #[must_use]
    pub fn content_type(mut self, content_type: impl Into<Text>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    pub(super) fn into_bounds(mut self) -> Self {
        self.filename = clean(self.filename, MAX_TEXT);
        self.content_type = self.content_type.map(|text| clean(text, MAX_TEXT));
        self
    }
}

impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attachment")
            .field("filename", &self.filename)
            .field("content_type", &self.content_type)
            .field("bytes", &format_args!("[{} bytes]", self.bytes.len()))
            .finish()
    }
}

/// Brings keys, values and their number into bounds. May be called again whenever something was added.
pub(crate) fn cut_attributes(attributes: &mut Vec<Attribute>) {
    if attributes.len() > MAX_ATTRIBUTES {
        let lost = attributes.drain(MAX_ATTRIBUTES - 1..).map(|attribute| match attribute {
            // What an earlier call lost.
            Attribute { key, value: Value::I64(lost) } if key == CUT => lost.max(1),
            _ => 1,
        });
        let lost = lost.fold(0, i64::saturating_add);
        attributes.push(Attribute { key: CUT.into(), value: Value::I64(lost) });
    }
    for attribute in attributes {
        if !is_clean(&attribute.key, MAX_KEY) {
            attribute.key = clean_key(std::mem::take(&mut attribute.key));
        }
        cut_value(&mut attribute.value);
    }
}

/// Cuts the text of a value that was made without its constructors.
pub(super) fn cut_value(value: &mut Value) {
    match value {
        Value::Str(text) if text.len() > MAX_TEXT => *text = cut(std::mem::take(text), MAX_TEXT),
        Value::List(values) => values.iter_mut().for_each(cut_value),
        _ => {}
    }
}

/// The key under which a value of `key` is kept.
pub(super) fn clean_key(key: Cow<'_, str>) -> Cow<'_, str> {
    clean(key, MAX_KEY)
}

fn clean(text: Cow<'_, str>, max: usize) -> Cow<'_, str> {
    if is_clean(&text, max) {
        return text;
    }
    if text.is_empty() {
        return "(empty)".into();
    }
    cut(Text::Owned(text.replace(char::is_control, "_")), max)
}

fn is_clean(text: &str, max: usize) -> bool {
    (1..=max).contains(&text.len()) && !text.contains(char::is_control)
}
