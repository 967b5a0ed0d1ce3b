//! The end of a unit: it gives what it wrote, if that does not vanish with it.

use crate::current;
use crate::doctor;
use crate::given::{Given, Gives, Merge};
use crate::parked::Parked;
use crate::scope::Scope;
use crate::unit::Unit;

/// Says that a unit has returned, when the one that polled or called it is current again.
#[inline]
pub(crate) fn completed(parked: &mut Parked) {
    doctor::completed(parked);
    if let Some(unit) = &mut parked.unit
        && unit.merge.is_some()
    {
        give(unit);
    }
}

/// A future that gave its hub or its span away when it returned is polled again, for which there is nothing left.
///
/// To be pending, for ever, would hide what the futures of an `async fn` tell by this panic.
#[cold]
#[inline(never)]
#[allow(clippy::panic, reason = "as of any future that is polled after it has returned")]
pub(crate) fn polled_again() -> ! {
    panic!("`async fn` resumed after completion")
}

#[cold]
fn give(unit: &mut Unit) {
    let Some(merge) = unit.merge.take() else { return };
    let given = match merge.gives {
        Gives::Nothing { .. } => return,
        Gives::Passed(given) => given,
        Gives::Writes { last_event: before } => {
            let Some(log) = unit.scope.take_log() else { return };
            vec![Given { log, last_event: unit.last_event.filter(|event| before != Some(*event)) }]
        }
    };
    for given in given {
        // What is replaced may have destructors of the user's, which run when the slot is whole.
        let _replaced = current::with_unit(|it| receive(it, merge.creator, &given));
    }
}

/// What was there before; nothing, if this is not the unit that is to have it.
fn receive(unit: &mut Unit, creator: u64, given: &Given) -> Option<Scope> {
    if unit.id == creator {
        return Some(take(unit, given));
    }
    match unit.merge.as_deref_mut() {
        Some(Merge { creator: of, gives: Gives::Passed(passed) }) if *of == creator && creator != 0 => {
            passed.push(given.clone());
            Some(take(unit, given))
        }
        _ => None,
    }
}

pub(crate) fn take(unit: &mut Unit, given: &Given) -> Scope {
    let before = unit.scope.clone();
    unit.scope.merge(&given.log);
    unit.last_event = given.last_event.or(unit.last_event);
    before
}
