//! Trace, span and event ids, and the context that travels between processes.

use std::cell::Cell;
use std::fmt;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};
use std::str::FromStr;

use crate::strand::thread_bound;

/// The id of a trace: 16 bytes, not all zero (W3C Trace Context).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TraceId {
    pub(crate) high: u64,
    pub(crate) low: u64,
}

impl TraceId {
    /// The id of these bytes, or `None` if they are all zero.
    pub const fn from_bytes(bytes: [u8; 16]) -> Option<Self> {
        let number = u128::from_be_bytes(bytes);
        if number == 0 {
            return None;
        }
        Some(TraceId { high: (number >> 64) as u64, low: number as u64 })
    }

    /// Its bytes, the most significant first.
    pub const fn to_bytes(self) -> [u8; 16] {
        ((self.high as u128) << 64 | self.low as u128).to_be_bytes()
    }

    pub(crate) fn random() -> Self {
        TraceId { high: random(), low: random() | 1 }
    }
}

impl fmt::Display for TraceId {
    /// 32 lower-case hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{:016x}", self.high, self.low)
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TraceId({self})")
    }
}

/// The id of a span: 8 bytes, not all zero (W3C Trace Context).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpanId(pub(crate) u64);

impl SpanId {
    /// The id of these bytes, or `None` if they are all zero.
    pub const fn from_bytes(bytes: [u8; 8]) -> Option<Self> {
        match u64::from_be_bytes(bytes) {
            0 => None,
            number => Some(SpanId(number)),
        }
    }

    /// Its bytes, the most significant first.
    pub const fn to_bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }
}

impl fmt::Display for SpanId {
    /// 16 lower-case hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SpanId({self})")
    }
}

/// The id of a captured event: 16 random bytes, written as Sentry writes them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(u128);

impl EventId {
    /// Its bytes, the most significant first.
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    pub(crate) fn random() -> Self {
        EventId(u128::from(random()) << 64 | u128::from(random()))
    }
}

impl fmt::Display for EventId {
    /// 32 lower-case hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventId({self})")
    }
}

/// What another process needs to continue a trace: two ids and the sampled flag.
///
/// Displays as, and parses from, the `traceparent` of
/// [W3C Trace Context](https://www.w3.org/TR/trace-context-2/#traceparent-header).
///
/// ```
/// use isohub::SpanContext;
/// let context: SpanContext = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".parse()?;
/// assert!(context.is_sampled());
/// assert_eq!(context.trace_id().to_string(), "0af7651916cd43dd8448eb211c80319c");
/// # Ok::<_, isohub::InvalidTraceparent>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SpanContext {
    trace_id: TraceId,
    span_id: SpanId,
    sampled: bool,
    /// Whether the span may be one of another process.
    remote: bool,
}

impl PartialEq for SpanContext {
    /// Compares ids and flag: where a context came from does not matter.
    fn eq(&self, other: &Self) -> bool {
        (self.trace_id, self.span_id, self.sampled) == (other.trace_id, other.span_id, other.sampled)
    }
}

impl Eq for SpanContext {}

impl Hash for SpanContext {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.trace_id, self.span_id, self.sampled).hash(state);
    }
}

impl SpanContext {
    /// The context of a span of another process.
    pub const fn new(trace_id: TraceId, span_id: SpanId, sampled: bool) -> Self {
        SpanContext { trace_id, span_id, sampled, remote: true }
    }

    /// The context of a span of this process.
    pub(crate) const fn local(trace_id: TraceId, span_id: SpanId, sampled: bool) -> Self {
        SpanContext { trace_id, span_id, sampled, remote: false }
    }

    /// Whether the span is one of another process, as far as is known: text that was parsed is.
    pub const fn is_remote(&self) -> bool {
        self.remote
    }

    /// The trace to which the span belongs.
    pub const fn trace_id(&self) -> TraceId {
        self.trace_id
    }

    /// The span.
    pub const fn span_id(&self) -> SpanId {
        self.span_id
    }

    /// Whether the trace is recorded.
    pub const fn is_sampled(&self) -> bool {
        self.sampled
    }
}

impl fmt::Display for SpanContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{}-{}-{:02x}", self.trace_id, self.span_id, u8::from(self.sampled))
    }
}

/// Text that is no `traceparent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidTraceparent;

impl fmt::Display for InvalidTraceparent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "not a traceparent: expected `00-<32 hex digits>-<16 hex digits>-<2 hex digits>` \
             in lower case, with ids that are not all zero",
        )
    }
}

impl std::error::Error for InvalidTraceparent {}

impl FromStr for SpanContext {
    type Err = InvalidTraceparent;

    /// Parses version 00 exactly, and of a later version the part that it shares with version 00,
    /// as the standard asks for.
    fn from_str(text: &str) -> Result<Self, InvalidTraceparent> {
        let mut parts = text.splitn(5, '-');
        let mut hex = |digits| {
            let part = parts.next().filter(|part| part.len() == digits);
            let part = part.filter(|part| part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')));
            part.and_then(|part| u128::from_str_radix(part, 16).ok()).ok_or(InvalidTraceparent)
        };
        let (version, trace, span, flags) = (hex(2)?, hex(32)?, hex(16)?, hex(2)?);
        if version == 0xff || (version == 0 && parts.next().is_some()) {
            return Err(InvalidTraceparent);
        }
        let trace_id = TraceId::from_bytes(trace.to_be_bytes()).ok_or(InvalidTraceparent)?;
        let span_id = SpanId::from_bytes((span as u64).to_be_bytes()).ok_or(InvalidTraceparent)?;
        Ok(SpanContext::new(trace_id, span_id, flags & 1 == 1))
    }
}

thread_bound! {
    fn generator: Cell<u64> = Cell::new(0);
}

/// The next number of this thread's generator (SplitMix64, seeded by the operating system).
pub(crate) fn random() -> u64 {
    let mut z = generator(|generator| {
        let mut state = generator.get();
        if state == 0 {
            state = seed();
        }
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        generator.set(state);
        state
    });
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Starts this thread's generator anew, so that a forked child repeats no id of its parent.
pub(crate) fn reseed() {
    generator(|generator| generator.set(seed()));
}

#[cold]
fn seed() -> u64 {
    // `RandomState` varies its keys by a counter only, which a forked child inherits: mix in what
    // tells processes and moments apart.
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    if let Ok(now) = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH) {
        hasher.write_u128(now.as_nanos());
    }
    hasher.finish() | 1
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALID: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn traceparent_round_trips() {
        assert_eq!(VALID.parse::<SpanContext>().map(|context| context.to_string()), Ok(VALID.to_owned()));
    }

    #[test]
    fn later_versions_are_read_by_what_they_share() {
        let later = VALID.replacen("00", "cc", 1) + "-what-comes";
        assert!(later.parse::<SpanContext>().is_ok());
    }

    #[test]
    fn malformed_traceparents_are_refused() {
        for text in [
            "",
            "00",
            &VALID.to_uppercase(),
            &format!("{VALID}-extra"),
            &format!("{VALID}0"),
            &VALID.replacen("00", "ff", 1),
            &VALID.replacen("00", "+0", 1),
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        ] {
            assert_eq!(text.parse::<SpanContext>(), Err(InvalidTraceparent), "{text}");
        }
    }
}
