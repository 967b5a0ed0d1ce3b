//! `baggage`: what the program itself gives to those that it asks.

use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use super::member::{BaggageMember, SENTRY, put};
use super::propagated::Propagated;
use crate::current::{self, Current};
use crate::doctor;
use crate::report;
use crate::value::Text;

/// What goes with a request to all who take part in answering it, as far as they pass it on.
///
/// A value: what is set afterwards is not in it. A clone costs a reference count. `Debug` shows the keys alone.
#[derive(Clone, Default)]
pub struct Baggage {
    propagated: Option<Arc<Propagated>>,
}

impl Baggage {
    pub(crate) fn of(propagated: Option<Arc<Propagated>>) -> Self {
        Baggage { propagated }
    }

    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.iter().find(|member| member.key() == key).map(BaggageMember::value)
    }

    /// The members, each with another key.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &BaggageMember> {
        self.propagated.as_ref().map_or([].as_slice(), |it| it.baggage.as_slice()).iter()
    }
}

impl fmt::Debug for Baggage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(BaggageMember::key)).finish()
    }
}

/// The baggage of the current unit: what was set in it, in its creators before they made it, and what came with
/// the request that it answers.
pub fn baggage() -> Baggage {
    current::with(|current, _| match current {
        Current::Unit(unit) => Baggage::of(unit.propagated.clone()),
        Current::Thread | Current::Unbound(_) => Baggage::default(),
    })
}

/// Gives the current unit a member of baggage: [`inject`](crate::inject) writes it into every request that this
/// unit and its clones make from now on, and who is asked passes it on to others. Baggage is made to leave: what
/// must not is a tag, which only the records carry, or a [`hub_local!`](crate::hub_local), which nobody sees.
///
/// The key is a token as HTTP has it (`tenant`, `shop.tenant`), and does not begin with `sentry-`; the value is any
/// text. A key that is none, and what goes beyond [`MAX_BAGGAGE_MEMBERS`](crate::MAX_BAGGAGE_MEMBERS) or
/// [`MAX_BAGGAGE_BYTES`](crate::MAX_BAGGAGE_BYTES), is refused:
/// named once a place, and counted among the [lost writes](crate::Stats::lost_writes). In no record is any of it.
///
/// Costs a copy of the baggage, if that is shared with a clone.
///
/// ```
/// isohub::set_baggage("tenant", "acme & sons");
/// assert_eq!(isohub::baggage().get("tenant"), Some("acme & sons"));
///
/// let mut headers = Vec::new();
/// isohub::inject(|name, value| headers.push((name, value.to_owned())));
/// assert_eq!(headers, [("baggage", "tenant=acme%20&%20sons".to_owned())]);
/// ```
#[track_caller]
pub fn set_baggage(key: impl Into<Text>, value: impl ToString) {
    let place = Location::caller();
    // Converting is the program's.
    if crate::ENABLED
        && let Some((key, value)) = report::caught(|| (key.into(), value.to_string()))
        && let Some(member) = checked(&key, &value, place)
    {
        let set = |unit: &mut crate::unit::Unit| {
            let propagated = Arc::make_mut(unit.propagated.get_or_insert_default());
            put(&mut propagated.baggage, member)
        };
        match current::with_unit(set) {
            None => doctor::lost_write(place),
            Some(false) => report::refused_baggage(place, "is full"),
            Some(true) => {}
        }
    }
}

/// A member that may be set; what may not is reported.
fn checked(key: &str, value: &str, place: &'static Location<'static>) -> Option<BaggageMember> {
    let member = BaggageMember::new(key, value).filter(|_| !key.starts_with(SENTRY));
    if member.is_none() {
        report::refused_baggage(
            place,
            "has keys of letters, digits and `-._` that do not begin with `sentry-`",
        );
    }
    member
}

/// Takes a member out of the baggage of the current unit.
#[track_caller]
pub fn remove_baggage(key: &str) {
    if !crate::ENABLED {
        return;
    }
    let removed = current::with_unit(|unit| {
        if let Some(propagated) = &mut unit.propagated
            && propagated.baggage.iter().any(|member| member.key() == key)
        {
            Arc::make_mut(propagated).baggage.retain(|member| member.key() != key);
        }
    });
    if removed.is_none() {
        doctor::lost_write(Location::caller());
    }
}
