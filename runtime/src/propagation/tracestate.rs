//! `tracestate`: what other tracing systems sent, read only to see that it may be passed on.

use super::trimmed;

const MAX_MEMBERS: usize = 32;

/// Joins the lines of a `tracestate`; `None` if nothing is in them, or anything that is malformed.
pub(super) fn read<L: IntoIterator>(lines: L) -> Option<Box<str>>
where
    L::Item: AsRef<[u8]>,
{
    let (mut joined, mut count) = (String::new(), 0);
    for line in lines {
        let line = std::str::from_utf8(line.as_ref()).ok()?;
        for member in line.split(',').map(trimmed).filter(|member| !member.is_empty()) {
            count += 1;
            if count > MAX_MEMBERS || !is_member(member) {
                return None;
            }
            if !joined.is_empty() {
                joined.push(',');
            }
            joined.push_str(member);
        }
    }
    if joined.is_empty() { None } else { Some(joined.into()) }
}

fn is_member(member: &str) -> bool {
    member.split_once('=').is_some_and(|(key, value)| is_key(key) && is_value(value))
}

/// As level 2 has it, but with at most one `@`, with the lengths of level 1 around it: so the conformance suite
/// of both levels wants it.
fn is_key(key: &str) -> bool {
    match key.split_once('@') {
        None => is_name(key, 256),
        Some((tenant, system)) => {
            is_name(tenant, 241) && is_name(system, 14) && !system.starts_with(|it: char| it.is_ascii_digit())
        }
    }
}

fn is_name(name: &str, longest: usize) -> bool {
    let begins = name.starts_with(|it: char| it.is_ascii_lowercase() || it.is_ascii_digit());
    let may_be = |it| matches!(it, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'*' | b'/');
    begins && name.len() <= longest && name.bytes().all(may_be)
}

/// Has no space at its end, as that was trimmed.
fn is_value(value: &str) -> bool {
    (1..=256).contains(&value.len()) && value.bytes().all(|it| matches!(it, b' '..=b'~') && it != b'=')
}
