//! What a unit wrote, applied to the scope of another: the `merge` argument, `returning_hub` and
//! `Hub::merge`.

use crate::completion::take;
use crate::current;
use crate::doctor;
use crate::given::{Given, Gives, Merge};
use crate::hub::{Hub, Origin};
use crate::ids::EventId;
use crate::record::Outcome;

impl Origin {
    /// What the unit writes is applied to the unit that now runs, if it completes there.
    pub fn merging(self) -> Self {
        self.giving(|last_event| Gives::Writes { last_event })
    }

    /// So it is, if it completes with an error.
    pub fn merging_errors(self) -> Self {
        self.giving(|last_event| Gives::Nothing { last_event })
    }

    fn giving(mut self, gives: impl FnOnce(Option<EventId>) -> Gives) -> Self {
        if let Some(unit) = &mut self.parked.unit {
            unit.scope.start_log();
            let gives = gives(unit.last_event);
            unit.merge = Some(Box::new(Merge { creator: current::unit_id(), gives }));
        }
        self
    }

    /// A branch of a `join!`: what its creator made to be merged completes there, and is passed on.
    pub(crate) fn passing_on(mut self) -> Self {
        if let Some(unit) = &mut self.parked.unit {
            let gives = Gives::Passed(Vec::new());
            unit.merge = Some(Box::new(Merge { creator: current::unit_id(), gives }));
        }
        self
    }
}

/// Tells the current unit how its body ended.
pub fn merge_if_error(outcome: Outcome) -> Outcome {
    if outcome == Outcome::Error {
        current::with_unit(|unit| {
            if let Some(Merge { gives, .. }) = unit.merge.as_deref_mut()
                && let Gives::Nothing { last_event } = *gives
            {
                *gives = Gives::Writes { last_event };
            }
        });
    }
    outcome
}

impl Hub {
    /// The same hub with what `child` wrote: tags, user, contexts and whatever else a scope holds, removals
    /// included; of two that write the same, the last one merged stays. Breadcrumbs are merged in the order
    /// of time. Of a `child` that was returned by [`returning_hub`] that is what was written since; any
    /// other gives all that its scope holds, so that of breadcrumbs, attachments and event processors which
    /// both inherited there are two. Trace, active span, baggage and `hub_local!` values stay.
    ///
    /// It costs as much as is given; what this hub holds is not looked at, but for its breadcrumbs.
    ///
    /// ```
    /// # async fn example() {
    /// use isohub::{Hub, HubFutureExt};
    /// let hub = Hub::current().with_tag("step", "plan");
    /// let (_, child) = async { isohub::set_tag("rows", 7) }.returning_hub().await;
    /// let hub = hub.merge(child);
    /// assert_eq!(hub.scope().tags(), [("rows", "7"), ("step", "plan")]);
    /// # }
    /// ```
    ///
    /// [`returning_hub`]: crate::HubFutureExt::returning_hub
    pub fn merge(mut self, mut child: Hub) -> Hub {
        if let (Some(unit), Some(child)) = (&mut self.parked.unit, &mut child.parked.unit) {
            let given = Given { log: child.scope.take_log_or_all(), last_event: child.last_event };
            let _replaced = take(unit, &given);
        }
        self
    }
}

/// Writes to the current unit what `child` wrote, as [`Hub::merge`] does. Where no unit is bound that is a
/// lost write, counted and named.
///
/// ```
/// # async fn example() {
/// use isohub::{Hub, HubFutureExt};
/// let (rows, child) = async { isohub::set_tag("rows", 7); 7 }.returning_hub().await;
/// if rows > 0 {
///     isohub::merge(child);
/// }
/// assert_eq!(Hub::current().scope().tag("rows"), Some("7"));
/// # }
/// ```
#[track_caller]
pub fn merge(mut child: Hub) {
    let Some(child) = &mut child.parked.unit else { return };
    let given = Given { log: child.scope.take_log_or_all(), last_event: child.last_event };
    let place = std::panic::Location::caller();
    doctor::wrote(&[], place);
    let replaced = current::with_unit(|unit| take(unit, &given));
    if replaced.is_none() {
        doctor::lost_write(place);
    }
}
