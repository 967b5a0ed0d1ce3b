//! The list of behaviours, and how one is run.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, mpsc};

use crate::adapter::{Ability, Adapter};
use crate::behaviours;
use crate::on::On;
use crate::scene::PATIENCE;

/// Something that holds for every unit that has the abilities which it takes to see it.
pub struct Behaviour {
    /// Its name, which is that of its test.
    pub name: &'static str,
    /// What an adapter must be able to do.
    pub needs: &'static [Ability],
    run: fn(&On),
}

/// The list, written once: a name, and what it needs. `conform!` makes a test of each.
#[doc(hidden)]
#[macro_export]
macro_rules! __behaviours {
    ($kind:ident $($arguments:tt)*) => {
        $crate::__with_behaviours! {
            $kind [$($arguments)*]
            starts_with_what_its_creator_holds [],
            starts_with_nothing_that_its_creator_wrote_later [Meanwhile],
            each_starts_with_what_its_creator_held_at_its_creation [InTurn],
            values_follow_their_policy [],
            does_not_see_what_its_creator_writes [Meanwhile],
            keeps_what_it_writes_from_its_creator [],
            keeps_what_it_writes_from_its_siblings [],
            keeps_user_and_breadcrumbs_apart [],
            what_a_failing_unit_wrote_is_gone [],
            keeps_its_hub_over_100_switches [],
            twenty_units_each_keep_their_own_over_100_switches [],
            a_scope_for_a_while_holds_over_switches [],
            spans_of_units_are_siblings [],
            each_lies_below_the_span_that_was_active_at_its_creation [InTurn],
            inner_spans_stay_in_their_unit [],
            nested_units_are_units [Nest],
            every_span_has_its_outcome [Span, Panic],
            a_panic_stays_in_its_unit [Panic],
            a_cancelled_unit_leaves_nothing [Cancel],
            a_unit_that_never_ran_leaves_no_span [Unrun],
            destructors_run_in_the_hub_of_their_unit [],
            what_runs_there_afterwards_finds_nothing [Reuse],
            an_event_has_scope_and_trace_of_its_unit [],
            ten_crashing_units_give_ten_events [Panic],
            what_is_merged_is_there_afterwards [Merge],
            keeps_what_another_library_has_to_itself [Foreign],
            leaves_nothing_in_another_library [Foreign, Reuse],
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __with_behaviours {
    (list [] $($name:ident [$($needs:ident),*],)*) => {
        /// All of them.
        pub const BEHAVIOURS: &[Behaviour] = &[
            $(Behaviour { name: stringify!($name), needs: &[$(Ability::$needs),*], run: behaviours::$name },)*
        ];
    };
    (tests [$adapter:expr] $($name:ident [$($needs:ident),*],)*) => {
        $(
            #[test]
            fn $name() {
                $crate::assert_kept(stringify!($name), $adapter);
            }
        )*
    };
}

__behaviours! { list }

/// Makes a module of tests for each adapter, one for each behaviour, and `SORTS`, the list of the adapters.
///
/// ```text
/// conform! {
///     thread => threads::Spawned,
///     tokio_task => tokio::Tasks::new(..),
/// }
/// ```
#[macro_export]
macro_rules! conform {
    ($($name:ident => $adapter:expr,)*) => {
        /// The adapters of this program, by the names of their tests.
        const SORTS: &[$crate::Sort] = &[
            $($crate::Sort { name: stringify!($name), adapter: || ::std::sync::Arc::new($adapter) },)*
        ];

        $(
            mod $name {
                #[allow(unused_imports, reason = "an adapter may be written as a path")]
                use super::*;

                $crate::__behaviours! { tests ::std::sync::Arc::new($adapter) }
            }
        )*
    };
}

/// What came of a behaviour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It holds.
    Kept,
    /// It does not: what is wrong.
    Broken(Vec<String>),
    /// The adapter cannot do what it takes, for this reason.
    Lacks(Ability, &'static str),
}

/// Runs a behaviour on an adapter.
pub fn run(behaviour: &'static Behaviour, adapter: Arc<dyn Adapter>) -> Verdict {
    let on = On::new(adapter);
    for &ability in behaviour.needs {
        if let Some(why) = on.lack(ability) {
            return Verdict::Lacks(ability, why);
        }
    }
    // A thread that nothing has touched; and one that may hang, without the test.
    let (ended, result) = mpsc::channel();
    let theirs = on.clone();
    std::thread::spawn(move || {
        let crashed = catch_unwind(AssertUnwindSafe(|| {
            (behaviour.run)(&theirs);
            theirs.settle();
            theirs.expect_no_findings();
        }));
        let message = crashed.err().map(|panic| {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            format!("panicked: {}", text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("(no text)"))
        });
        let _ = ended.send(message);
    });
    let mut wrong = match result.recv_timeout(2 * PATIENCE) {
        Ok(crash) => crash.into_iter().collect(),
        Err(_) => vec!["it does not end".to_owned()],
    };
    wrong.splice(0..0, on.all_wrong());
    if wrong.is_empty() { Verdict::Kept } else { Verdict::Broken(wrong) }
}

/// Fails if the adapter is broken; one that cannot show the behaviour says why.
///
/// # Panics
/// So it fails.
#[track_caller]
pub fn assert_kept(name: &str, adapter: Arc<dyn Adapter>) {
    let behaviour = BEHAVIOURS.iter().find(|it| it.name == name).expect("it is in the list");
    match run(behaviour, adapter) {
        Verdict::Kept => {}
        Verdict::Broken(wrong) => panic!("{name} does not hold:\n  {}", wrong.join("\n  ")),
        Verdict::Lacks(ability, why) => println!("not run, because it takes {ability:?}: {why}"),
    }
}
