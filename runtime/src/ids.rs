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

    /// Random in all but one of the bits to the left: the seven bytes to the right are what others sample by.
    pub(crate) fn random() -> Self {
        TraceId { high: random() | 1, low: random() }
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

/// What is known of a trace beside its id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags(u8);

impl Flags {
    pub(crate) const NONE: Self = Flags(0);
    /// It is recorded.
    pub(crate) const SAMPLED: Self = Flags(1);
    /// The seven bytes to the right of its id are random (level 2 of the standard).
    pub(crate) const RANDOM: Self = Flags(2);
    /// Whoever began it left it to others whether it is recorded.
    pub(crate) const DEFERRED: Self = Flags(4);

    /// Those that a `traceparent` has.
    pub(crate) const W3C: Self = Flags(3);

    pub(crate) const fn from_bits(bits: u8) -> Self {
        Flags(bits)
    }

    pub(crate) const fn bits(self) -> u8 {
        self.0
    }

    /// Those that are in both.
    pub(crate) const fn only(self, flags: Flags) -> Self {
        Flags(self.0 & flags.0)
    }

    pub(crate) const fn with(self, flags: Flags) -> Self {
        Flags(self.0 | flags.0)
    }

    pub(crate) const fn has(self, flag: Flags) -> bool {
        self.0 & flag.0 != 0
    }
}

/// What another process needs to continue a trace: two ids and what is known of the trace.
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
    flags: Flags,
    /// Whether the span may be one of another process.
    remote: bool,
}

impl PartialEq for SpanContext {
    /// Compares ids and the sampled flag: neither where a context came from nor how its trace id was made
    /// matters.
    fn eq(&self, other: &Self) -> bool {
        let key = |it: &Self| (it.trace_id, it.span_id, it.is_sampled());
        key(self) == key(other)
    }
}

impl Eq for SpanContext {}

impl Hash for SpanContext {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.trace_id, self.span_id, self.is_sampled()).hash(state);
    }
}

impl SpanContext {
    /// The context of a span of another process.
    pub const fn new(trace_id: TraceId, span_id: SpanId, sampled: bool) -> Self {
        let flags = if sampled { Flags::SAMPLED } else { Flags::NONE };
        SpanContext::remote(trace_id, span_id, flags)
    }

    pub(crate) const fn remote(trace_id: TraceId, span_id: SpanId, flags: Flags) -> Self {
        SpanContext { trace_id, span_id, flags, remote: true }
    }

    /// The context of a span of this process.
    pub(crate) const fn local(trace_id: TraceId, span_id: SpanId, flags: Flags) -> Self {
        SpanContext { trace_id, span_id, flags, remote: false }
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
        self.flags.has(Flags::SAMPLED)
    }

    /// Whether the caller left it to others whether the trace is recorded, as a `sentry-trace` can say. Then
    /// it is not [sampled](Self::is_sampled) either; [`Rate`](crate::Rate) decides as on a trace that begins.
    pub const fn is_deferred(&self) -> bool {
        self.flags.has(Flags::DEFERRED)
    }

    /// Whether whoever made the trace id says that the seven bytes to its right are random. It is passed on
    /// as it came; ids made here are.
    pub const fn is_random(&self) -> bool {
        self.flags.has(Flags::RANDOM)
    }

    pub(crate) const fn flags(&self) -> Flags {
        self.flags
    }
}

impl fmt::Display for SpanContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{}-{}-{:02x}", self.trace_id, self.span_id, self.flags.only(Flags::W3C).bits())
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
        let version = hex(parts.next(), 2).ok_or(InvalidTraceparent)?;
        let (trace_id, span_id) = ids(&mut parts).ok_or(InvalidTraceparent)?;
        let flags = hex(parts.next(), 2).ok_or(InvalidTraceparent)?;
        if version == 0xff || (version == 0 && parts.next().is_some()) {
            return Err(InvalidTraceparent);
        }
        Ok(SpanContext::remote(trace_id, span_id, Flags::from_bits(flags as u8).only(Flags::W3C)))
    }
}

/// The ids of a trace and of a span, the next two of `parts`.
pub(crate) fn ids<'a>(parts: &mut impl Iterator<Item = &'a str>) -> Option<(TraceId, SpanId)> {
    let trace = TraceId::from_bytes(hex(parts.next(), 32)?.to_be_bytes())?;
    let span = SpanId::from_bytes((hex(parts.next(), 16)? as u64).to_be_bytes())?;
    Some((trace, span))
}

/// So many lower-case hexadecimal digits, and nothing else.
fn hex(part: Option<&str>, digits: usize) -> Option<u128> {
    let part = part.filter(|part| part.len() == digits)?;
    let is_hex = part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if is_hex { u128::from_str_radix(part, 16).ok() } else { None }
}

thread_bound! {
    fn generator: Cell<u64> = Cell::new(0);
}

/// The next number of this thread's generator (wyrand, seeded by the operating system).
pub(crate) fn random() -> u64 {
    next_random().unwrap_or_else(|| {
        reseed();
        next_random().unwrap_or_default()
    })
}

/// The same, if the generator was seeded: one multiplication, as each span takes a number.
#[inline]
pub(crate) fn next_random() -> Option<u64> {
    let state = generator(|generator| {
        let before = generator.get();
        let state = before.wrapping_add(0xa076_1d64_78bd_642f);
        (before != 0).then(|| {
            generator.set(state);
            state
        })
    })?;
    let product = u128::from(state) * u128::from(state ^ 0xe703_7ed1_a0b4_28db);
    Some((product >> 64) as u64 ^ product as u64)
}

/// Starts this thread's generator anew, so that a forked child repeats no id of its parent.
#[cold]
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
