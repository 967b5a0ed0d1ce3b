//! The members of `baggage`, as they are read and written.

use std::fmt;

/// How many members baggage has at most; the standard asks for as many.
pub const MAX_BAGGAGE_MEMBERS: usize = 64;

/// How the keys of Sentry's members begin.
pub(super) const SENTRY: &str = "sentry-";

/// How many bytes baggage has at most, as it is written into a header; the standard asks for as many.
pub const MAX_BAGGAGE_BYTES: usize = 8192;

/// A member of [`Baggage`](crate::Baggage).
#[derive(Clone)]
pub struct BaggageMember {
    key: Box<str>,
    value: Box<str>,
    properties: Box<str>,
    /// How many bytes it has as it is written.
    length: usize,
}

impl BaggageMember {
    /// Its key.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Its value, decoded. It is what somebody sent: it may hold any character.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Its properties, as they came: `a=1;b`. What they mean is between those who set and read them.
    pub fn properties(&self) -> &str {
        &self.properties
    }

    /// One without properties; `None` if the key is no token.
    pub(super) fn new(key: &str, value: &str) -> Option<Self> {
        is_token(key).then(|| BaggageMember::known(key, value, String::new()))
    }

    fn known(key: &str, value: &str, properties: String) -> Self {
        let between = if properties.is_empty() { 1 } else { 2 };
        let value_length = value.bytes().map(|byte| if is_plain(byte) { 1 } else { 3 }).sum::<usize>();
        let length = key.len() + value_length + properties.len() + between;
        BaggageMember { key: key.into(), value: value.into(), properties: properties.into(), length }
    }

    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split(';').map(trimmed);
        let (key, value) = pair(parts.next()?)?;
        let mut properties = String::new();
        for part in parts {
            if !properties.is_empty() {
                properties.push(';');
            }
            match pair(part) {
                Some((key, value)) => properties.extend([key, "=", value]),
                None if is_token(part) => properties.push_str(part),
                None => return None,
            }
        }
        Some(BaggageMember::known(key, &decoded(value), properties))
    }

    fn write(&self, line: &mut String) {
        line.push_str(&self.key);
        line.push('=');
        for byte in self.value.bytes() {
            match byte {
                byte if is_plain(byte) => line.push(byte.into()),
                byte => line.push_str(&format!("%{byte:02X}")),
            }
        }
        if !self.properties.is_empty() {
            line.push(';');
            line.push_str(&self.properties);
        }
    }
}

/// `key=value`, the value as it is written.
fn pair(text: &str) -> Option<(&str, &str)> {
    let (key, value) = text.split_once('=')?;
    let (key, value) = (trimmed(key), trimmed(value));
    (is_token(key) && value.bytes().all(is_octet)).then_some((key, value))
}

/// A token of HTTP.
fn is_token(text: &str) -> bool {
    let may_be = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(may_be)
}

/// What may stand in a value.
fn is_octet(byte: u8) -> bool {
    matches!(byte, b'!'..=b'~') && !b"\",;\\".contains(&byte)
}

/// What stands in a value for itself.
fn is_plain(byte: u8) -> bool {
    is_octet(byte) && byte != b'%'
}

/// A `%` that begins no code stands for itself; what is no UTF-8 is replaced.
fn decoded(text: &str) -> String {
    let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let [first, after @ ..] = rest {
        rest = after;
        match (first, digit(after.first()), digit(after.get(1))) {
            (b'%', Some(high), Some(low)) => {
                bytes.push((high << 4 | low) as u8);
                rest = &after[2..];
            }
            _ => bytes.push(*first),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads what is well-formed of the first members: those of Sentry, and the others.
pub(super) fn read<L: IntoIterator>(lines: L) -> (Vec<BaggageMember>, Vec<BaggageMember>)
where
    L::Item: AsRef<[u8]>,
{
    let (mut sampling, mut members, mut count) = (Vec::new(), Vec::new(), 0);
    for line in lines {
        let line = line.as_ref();
        let texts = line.split(|byte| *byte == b',').filter_map(|text| std::str::from_utf8(text).ok());
        for text in texts.map(trimmed).filter(|text| !text.is_empty()) {
            count += 1;
            if count > MAX_BAGGAGE_MEMBERS {
                return (sampling, members);
            }
            if let Some(member) = BaggageMember::read(text) {
                let is_sampling = member.key.starts_with(SENTRY);
                put(if is_sampling { &mut sampling } else { &mut members }, member);
            }
        }
    }
    (sampling, members)
}

/// Writes as many members as a header may have.
pub(super) fn write<'a>(members: impl Iterator<Item = &'a BaggageMember>) -> String {
    let mut line = String::new();
    for member in members.take(MAX_BAGGAGE_MEMBERS) {
        let comma = usize::from(!line.is_empty());
        if line.len() + comma + member.length > MAX_BAGGAGE_BYTES {
            continue;
        }
        line.extend((comma == 1).then_some(','));
        member.write(&mut line);
    }
    line
}

/// Adds a member, in place of the one of its key. Says whether there was room.
pub(super) fn put(members: &mut Vec<BaggageMember>, member: BaggageMember) -> bool {
    let others = members.iter().filter(|it| it.key != member.key);
    let (count, bytes) = others.fold((0, 0), |(count, bytes), it| (count + 1, bytes + it.length + 1));
    if count == MAX_BAGGAGE_MEMBERS || bytes + member.length > MAX_BAGGAGE_BYTES {
        return false;
    }
    match members.iter_mut().find(|it| it.key == member.key) {
        Some(before) => *before = member,
        None => members.push(member),
    }
    true
}

/// Without the white space that HTTP allows around values.
pub(super) fn trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}

impl fmt::Debug for BaggageMember {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BaggageMember").field("key", &self.key).finish_non_exhaustive()
    }
}
