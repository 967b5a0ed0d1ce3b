//! The last that a unit wrote, until something happens for which it may have been written.

use std::any::type_name;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::mem::discriminant;
use std::panic::Location;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::scope::Write;

type At = &'static Location<'static>;

/// If so much time passes after a unit's last write, it did something for which it wrote.
const WORK: Duration = Duration::from_micros(100);

/// Where the last write happened, and when.
#[derive(Debug, Default)]
pub(super) struct Unread(Option<(At, Instant)>);

impl Unread {
    /// Something was set. What is told in a breadcrumb is told to nobody in particular, and who tidies up has done what it
    /// wrote for.
    pub(super) fn note(&mut self, write: &Write, place: At) {
        match write {
            Write::Breadcrumb(_) => {}
            write if write.is_removal() => self.0 = None,
            _ => self.set(place),
        }
    }

    pub(super) fn set(&mut self, place: At) {
        self.0 = Some((place, Instant::now()));
    }

    /// Something reads it, or might have read it, in the unit that was made there.
    pub(super) fn read(&mut self, made: Option<At>) {
        if let Some((place, _)) = self.0.take() {
            let (known, pair) = of_use(place, made);
            known.store(pair, Ordering::Relaxed);
        }
    }

    /// The unit that was made there returns `result`. An error, and nothing where there could be something, say that it
    /// left early: it did not do what it wrote for.
    pub(super) fn returning<T>(&mut self, result: &T) {
        if self.0.is_some() && is_failure(result) {
            self.0 = None;
        }
    }

    /// The unit that was made there has ended: what nothing has read, and nothing ever did.
    pub(super) fn dead(&mut self, made: Option<At>) -> Option<At> {
        let (place, at) = self.0.take()?;
        let is_early = at.elapsed() < WORK;
        let (known, pair) = of_use(place, made);
        (is_early && known.load(Ordering::Relaxed) != pair).then_some(place)
    }
}

const PLACES: usize = 4096;

/// Writes that were of use once, with where their units were made: a unit of these that ends early had another way to go. Of
/// two that fall on one place the later is kept.
static OF_USE: [AtomicU64; PLACES] = [const { AtomicU64::new(0) }; PLACES];

/// The place of a pair, and what stands there if it was of use.
fn of_use(place: At, made: Option<At>) -> (&'static AtomicU64, u64) {
    let pair = BuildHasherDefault::<DefaultHasher>::default().hash_one((place, made)) | 1;
    (&OF_USE[(pair >> 1) as usize % PLACES], pair)
}

/// Whether it is `Err(..)` or `None`. Of a type that is not known, there is its name, and what is seen of its variants.
fn is_failure<T>(result: &T) -> bool {
    let name = type_name::<T>();
    let failure = match () {
        () if name.starts_with("core::result::Result<") => "Discriminant(1)",
        () if name.starts_with("core::option::Option<") => "Discriminant(0)",
        () => return false,
    };
    format!("{:?}", discriminant(result)) == failure
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_and_nothing_are_failures() {
        assert!(is_failure(&Err::<u8, _>("late")) && is_failure(&Err::<(), Box<u8>>(Box::new(1))));
        assert!(is_failure(&None::<u8>) && is_failure(&None::<&str>));
        assert!(
            !is_failure(&Ok::<u8, &str>(1)) && !is_failure(&Some("it")) && !is_failure(&Some(Box::new(1)))
        );
        assert!(!is_failure(&1) && !is_failure(&()) && !is_failure(&std::cmp::Ordering::Equal));
    }
}
