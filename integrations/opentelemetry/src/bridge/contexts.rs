//! The context of each unit.

use std::cell::RefCell;
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

use isohub::foreign::ForeignContext;
use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry::{Context, ContextGuard};

pub(super) struct CurrentContext;

/// What is kept with a unit.
#[derive(Debug)]
pub(super) struct Kept {
    context: Context,
    /// By which its guard is found again: guards stay on their thread.
    number: u64,
}

/// The unit whose context it is, or from whose it was made: by this what a unit leaves attached is told from what was around it.
struct Unit(u64);

impl Kept {
    fn new(context: &Context) -> Self {
        static NUMBERS: AtomicU64 = AtomicU64::new(0);
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        Kept { context: context.with_value(Unit(number)), number }
    }
}

impl ForeignContext for CurrentContext {
    type Context = Kept;

    fn current(&self) -> Kept {
        Kept::new(&look(Context::clone).unwrap_or_default())
    }

    fn fork(&self, kept: &Kept) -> Kept {
        Kept::new(&kept.context)
    }

    fn base(&self) -> Kept {
        Kept::new(&Context::new())
    }

    fn enter(&self, kept: &mut Kept) {
        if let Some(around) = look(Context::clone) {
            push(Attached { unit: Some(kept.number), guard: kept.context.clone().attach(), around });
        }
    }

    fn leave(&self, kept: &mut Kept) {
        let Some(Taken { attached, repairs, is_innermost }) = take(kept.number) else { return };
        let Attached { guard, around, .. } = attached;
        let current = Context::current();
        // What is not made of the unit's own is somebody else's, or covers a guard that was left.
        if is_innermost && repairs.is_empty() && unit_of(&current) == Some(kept.number) {
            kept.context = current;
        }
        repairs.into_iter().rev().for_each(drop);
        drop(guard);
        if is_innermost {
            drop_repairs();
            repair(around);
        }
    }
}

/// A context that is attached on this thread.
struct Attached {
    /// Whose it is; of none it covers what guards left behind.
    unit: Option<u64>,
    guard: ContextGuard,
    /// What was current before.
    around: Context,
}

/// What is attached on this thread, the innermost last.
struct Stack(RefCell<Vec<Attached>>);

thread_local! {
    // OpenTelemetry's own is made first, and so is there for as long as this one is.
    static STACK: Stack = {
        Context::map_current(|_| ());
        Stack(RefCell::default())
    };
}

impl Drop for Stack {
    fn drop(&mut self) {
        // Their thread-local might be gone after all; a guard holds nothing but a number.
        for attached in self.0.take() {
            std::mem::forget(attached.guard);
        }
    }
}

/// Looks at the current context; `None` on a thread whose locals are gone.
pub(super) fn look<R>(f: impl FnOnce(&Context) -> R) -> Option<R> {
    STACK.try_with(|_| ()).ok()?;
    Some(Context::map_current(f))
}

/// Nothing is dropped while the stack is borrowed: contexts hold values of the program's.
fn stack<R>(f: impl FnOnce(&mut Vec<Attached>) -> R) -> Option<R> {
    STACK.try_with(|stack| f(&mut stack.0.borrow_mut())).ok()
}

fn push(attached: Attached) {
    stack(|stack| stack.push(attached));
}

/// What a unit has on the stack.
struct Taken {
    attached: Attached,
    /// What covers guards that were left inside of it.
    repairs: Vec<Attached>,
    /// Whether no other unit is inside of it.
    is_innermost: bool,
}

fn take(unit: u64) -> Option<Taken> {
    stack(|stack| {
        let at = stack.iter().rposition(|it| it.unit == Some(unit))?;
        let is_innermost = stack[at + 1..].iter().all(|it| it.unit.is_none());
        let repairs = if is_innermost { stack.split_off(at + 1) } else { Vec::new() };
        let attached = stack.remove(at);
        if let Some(inside) = stack.get_mut(at) {
            // When that is left, what was around both is to be current.
            inside.around = attached.around.clone();
        }
        Some(Taken { attached, repairs, is_innermost })
    })?
}

/// Takes away what covers guards at the end of the stack.
fn drop_repairs() {
    while let Some(repair) = stack(|stack| stack.pop_if(|it| it.unit.is_none())).flatten() {
        drop(repair);
    }
}

/// Makes `around` current where a guard that a unit still holds has kept it from being so.
fn repair(around: Context) {
    if look(Identity::of) != Some(Identity::of(&around)) {
        push(Attached { unit: None, guard: around.clone().attach(), around });
    }
}

/// The unit from whose context it was made.
fn unit_of(context: &Context) -> Option<u64> {
    context.get::<Unit>().map(|unit| unit.0)
}

/// By what contexts are told from one another, as far as OpenTelemetry lets them be.
#[derive(PartialEq, Eq)]
struct Identity {
    unit: Option<u64>,
    /// By its address: each span has a place of its own.
    span: Option<usize>,
    baggage: usize,
    is_suppressed: bool,
}

impl Identity {
    fn of(context: &Context) -> Self {
        let span = context.has_active_span().then(|| ptr::from_ref(context.span().span_context()).addr());
        Identity {
            unit: unit_of(context),
            span,
            baggage: ptr::from_ref(context.baggage()).addr(),
            is_suppressed: context.is_telemetry_suppressed(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct Name(&'static str);

    fn name() -> &'static str {
        Context::map_current(|it| it.get::<Name>().map_or("none", |it| it.0))
    }

    fn kept(name: &'static str) -> Kept {
        Kept::new(&Context::new().with_value(Name(name)))
    }

    #[test]
    fn units_may_be_left_in_any_order() {
        let _around = Context::new().with_value(Name("around")).attach();
        let (mut a, mut b, mut c) = (kept("a"), kept("b"), kept("c"));
        for kept in [&mut a, &mut b, &mut c] {
            CurrentContext.enter(kept);
        }
        CurrentContext.leave(&mut a);
        assert_eq!(name(), "c");
        CurrentContext.leave(&mut b);
        assert_eq!(name(), "c");
        CurrentContext.leave(&mut c);
        assert_eq!(name(), "around");
        for (mut kept, expected) in [(a, "a"), (b, "b"), (c, "c")] {
            CurrentContext.enter(&mut kept);
            assert_eq!(name(), expected);
            CurrentContext.leave(&mut kept);
        }
        assert_eq!(name(), "around");
    }

    #[test]
    fn a_unit_that_is_left_on_another_thread_leaves_that_as_it_is() {
        let mut unit = kept("unit");
        CurrentContext.enter(&mut unit);
        let elsewhere = std::thread::scope(|scope| {
            let leave = || {
                let _other = Context::new().with_value(Name("other")).attach();
                CurrentContext.leave(&mut unit);
                name()
            };
            scope.spawn(leave).join()
        });
        assert_eq!(elsewhere.ok(), Some("other"));
        CurrentContext.leave(&mut unit);
        assert_eq!(name(), "none");
    }
}
