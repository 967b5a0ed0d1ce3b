//! The typed values that a unit holds.

use std::any::Any;
use std::sync::Arc;

/// The values of a unit. Shared until one is set.
#[derive(Clone, Default)]
pub(crate) struct Locals(Option<Arc<Vec<(Key, Local)>>>);

/// The address of a `static`.
pub(crate) type Key = usize;

/// A value of a unit.
#[derive(Clone)]
pub(crate) struct Local {
    /// The unit in which it was set.
    pub(crate) unit: u64,
    pub(crate) value: Arc<dyn Any + Send + Sync>,
}

impl Locals {
    pub(crate) fn get(&self, key: Key) -> Option<&Local> {
        self.0.as_ref()?.iter().find(|local| local.0 == key).map(|local| &local.1)
    }

    /// Puts a value in, or takes it out, and returns what was there.
    pub(crate) fn replace(&mut self, key: Key, local: Option<Local>) -> Option<Local> {
        if local.is_none() && self.get(key).is_none() {
            return None;
        }
        let locals = Arc::make_mut(self.0.get_or_insert_default());
        match (locals.iter().position(|local| local.0 == key), local) {
            (Some(at), Some(local)) => Some(std::mem::replace(&mut locals[at].1, local)),
            (Some(at), None) => Some(locals.swap_remove(at).1),
            (None, Some(local)) => {
                locals.push((key, local));
                None
            }
            (None, None) => None,
        }
    }
}
