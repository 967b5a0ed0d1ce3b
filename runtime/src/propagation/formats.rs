//! In which formats a trace is passed on.

use std::fmt;

use crate::value::Text;

/// The formats in which [`inject`](crate::inject) passes a trace on; given to [`Init::propagation`](crate::Init::propagation).
/// Unless said otherwise it is that of the W3C. [`Remote::extract`](crate::Remote::extract) reads both, always, and baggage goes with
/// either.
///
/// ```
/// use isohub::Propagation;
///
/// # fn main() -> Result<(), isohub::InstallError> {
/// let both = Propagation::w3c().and(Propagation::sentry("4f8a0c1b7d2e49b3a6c5d8e7f0a1b2c3"));
/// let _isohub = isohub::init().propagation(both).install()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Propagation {
    pub(super) w3c: bool,
    /// The public key, if the format is wanted.
    pub(super) sentry: Option<Text>,
}

impl fmt::Debug for Propagation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Propagation").field("w3c", &self.w3c).field("sentry", &self.sentry.is_some()).finish()
    }
}

impl Default for Propagation {
    fn default() -> Self {
        Propagation::w3c()
    }
}

impl Propagation {
    /// `traceparent` and `tracestate`, as in [W3C Trace Context](https://www.w3.org/TR/trace-context-2/).
    pub const fn w3c() -> Self {
        Propagation { w3c: true, sentry: None }
    }

    /// `sentry-trace`, and the members of `baggage` by which Sentry samples whole traces: those that came with the
    /// trace, unchanged, or, if it began here, trace id, public key, sampling rate and decision, release and
    /// environment. The public key is what stands before the `@` in a DSN; it is no secret.
    pub fn sentry(public_key: impl Into<Text>) -> Self {
        Propagation { w3c: false, sentry: Some(public_key.into()) }
    }

    /// These formats and those.
    pub fn and(self, other: Self) -> Self {
        Propagation { w3c: self.w3c || other.w3c, sentry: other.sentry.or(self.sentry) }
    }
}
