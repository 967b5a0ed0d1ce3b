//! Typed values of attributes, and what converts into them.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// A string that is usually a literal.
pub type Text = Cow<'static, str>;

/// The longest string that an attribute, tag or message keeps, in bytes. What is longer is cut at a
/// character boundary and ends in `…`.
pub const MAX_TEXT: usize = 8192;

/// Stands for a value that panicked while it was evaluated.
pub(crate) const PANICKED: Text = Text::Borrowed("(panicked)");

/// A typed value of an attribute.
///
/// ```
/// use isohub::{ToValue, Value};
/// assert_eq!(3.to_value(), Some(Value::I64(3)));
/// assert_eq!(Value::text("a").to_string(), "a");
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// True or false.
    Bool(bool),
    /// A signed integer; what fits is stored here rather than in [`Value::U64`].
    I64(i64),
    /// An integer above `i64::MAX`.
    U64(u64),
    /// A floating-point number. NaN and the infinities are kept as they are; a sink whose format
    /// has none writes them as strings.
    F64(f64),
    /// Text, at most [`MAX_TEXT`] bytes.
    Str(Text),
    /// Several values.
    List(Vec<Value>),
}

impl Value {
    /// Text that is cut to [`MAX_TEXT`] bytes.
    pub fn text(text: impl Into<Text>) -> Self {
        Value::Str(cut(text.into(), MAX_TEXT))
    }
}

/// Cuts `text` to at most `max` bytes, the mark `…` included.
pub(crate) fn cut(text: Text, max: usize) -> Text {
    const MARK: &str = "…";
    if text.len() <= max {
        return text;
    }
    let room = max.saturating_sub(MARK.len());
    let end = (0..=room).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    Cow::Owned(format!("{}{MARK}", &text[..end]))
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Bool(value) => value.fmt(f),
            Value::I64(value) => value.fmt(f),
            Value::U64(value) => value.fmt(f),
            Value::F64(value) => value.fmt(f),
            Value::Str(value) => value.fmt(f),
            Value::List(values) => {
                f.write_str("[")?;
                for (index, value) in values.iter().enumerate() {
                    if index > 0 {
                        f.write_str(", ")?;
                    }
                    value.fmt(f)?;
                }
                f.write_str("]")
            }
        }
    }
}

/// A type that is recorded as a typed [`Value`]. `None` records nothing.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a value that a span can record",
    label = "not a value",
    note = "write `%x` to record it by its `Display`, or `?x` by its `Debug`"
)]
pub trait ToValue {
    /// The value, or `None` where there is nothing to record.
    fn to_value(&self) -> Option<Value>;
}

macro_rules! to_value {
    ($($ty:ty),+ => |$it:ident| $value:expr) => {$(
        impl ToValue for $ty {
            fn to_value(&self) -> Option<Value> {
                let $it = self;
                Some($value)
            }
        }
    )+};
}

to_value!(bool => |it| Value::Bool(*it));
to_value!(i8, i16, i32, u8, u16, u32 => |it| Value::I64(i64::from(*it)));
to_value!(i64 => |it| Value::I64(*it));
to_value!(f32 => |it| Value::F64(f64::from(*it)));
to_value!(f64 => |it| Value::F64(*it));
to_value!(isize => |it| Value::I64(*it as i64));
to_value!(u64 => |it| i64::try_from(*it).map_or(Value::U64(*it), Value::I64));
to_value!(usize => |it| i64::try_from(*it).map_or(Value::U64(*it as u64), Value::I64));
to_value!(i128, u128, char, fmt::Arguments<'_> => |it| Value::text(it.to_string()));
to_value!(str, String => |it| Value::text(it.to_owned()));

impl ToValue for Value {
    fn to_value(&self) -> Option<Value> {
        Some(self.clone())
    }
}

impl ToValue for Cow<'_, str> {
    fn to_value(&self) -> Option<Value> {
        str::to_value(self)
    }
}

impl<T: ToValue> ToValue for Option<T> {
    fn to_value(&self) -> Option<Value> {
        self.as_ref()?.to_value()
    }
}

impl<T: ToValue> ToValue for [T] {
    fn to_value(&self) -> Option<Value> {
        Some(Value::List(self.iter().filter_map(T::to_value).collect()))
    }
}

impl<T: ToValue, const N: usize> ToValue for [T; N] {
    fn to_value(&self) -> Option<Value> {
        self.as_slice().to_value()
    }
}

impl<T: ToValue> ToValue for Vec<T> {
    fn to_value(&self) -> Option<Value> {
        self.as_slice().to_value()
    }
}

macro_rules! through_pointer {
    ($($ty:ty),+) => {$(
        impl<T: ToValue + ?Sized> ToValue for $ty {
            fn to_value(&self) -> Option<Value> {
                T::to_value(self)
            }
        }
    )+};
}

through_pointer!(&T, &mut T, Box<T>, Arc<T>, std::rc::Rc<T>);

/// A named value of a span, an event or a breadcrumb.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// What it is called; never empty.
    pub key: Text,
    /// What it is.
    pub value: Value,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_text_is_cut_at_a_character_with_a_mark() {
        let cut = cut("é".repeat(10).into(), 10);
        assert_eq!(cut, "ééé…");
        assert!(cut.len() <= 10);
    }

    #[test]
    fn integers_are_signed_where_they_fit() {
        assert_eq!(u64::MAX.to_value(), Some(Value::U64(u64::MAX)));
        assert_eq!(7_u64.to_value(), Some(Value::I64(7)));
    }

    #[test]
    fn absent_values_are_left_out_of_lists() {
        assert_eq!([Some(1), None].to_value(), Some(Value::List(vec![Value::I64(1)])));
    }
}
