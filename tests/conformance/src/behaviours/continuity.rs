//! What a unit wrote, and the span that was active in it, are there after each switch, on whichever thread.

use std::collections::HashSet;
use std::thread;
use std::time::Instant;

use isohub::HubFutureExt as _;

use crate::adapter::Ability;
use crate::on::On;
use crate::scene::{Ended, PATIENCE, Scene};
use crate::within::{named, switch, tags};

pub(crate) fn keeps_its_hub_over_100_switches(on: &On) {
    on.stage(|on| async move {
        let scene = Scene::of(&on, 2, |on, n| {
            async move {
                let span = isohub::current_span().context();
                let deadline = Instant::now() + PATIENCE;
                let mut threads = HashSet::from([thread::current().id()]);
                let mut step = 0;
                // Longer if it is still on the thread on which it began, and may go on on another one.
                while step < 100 || (on.can(Ability::Move) && threads.len() == 1 && Instant::now() < deadline)
                {
                    isohub::set_tag("step", step);
                    switch().await;
                    on.equal("tags after a switch", tags(), format!("step={step}"));
                    on.equal("the active span after a switch", isohub::current_span().context(), span);
                    threads.insert(thread::current().id());
                    step += 1;
                }
                if on.can(Ability::Move) {
                    on.equal("has moved to another thread", threads.len() > 1, true);
                }
                Ok(())
            }
            .in_span_of(n)
        });
        let ended = on.play(scene).await;
        on.equal("ended", ended, [Ended::Ok; 2]);
    });
    on.settle();
}

/// A future in a span that is made where it is first polled, which is in its unit.
trait InSpanOf: std::future::Future + Sized {
    async fn in_span_of(self, n: usize) -> Self::Output {
        self.in_span(named(n)).await
    }
}

impl<F: std::future::Future> InSpanOf for F {}

pub(crate) fn twenty_units_each_keep_their_own_over_100_switches(on: &On) {
    const UNITS: usize = 20;
    on.stage(|on| async move {
        let meeting = on.meeting(UNITS);
        // Nobody does the next step before all have done this one.
        let steps: Vec<_> = (0..100).map(|_| on.step(UNITS)).collect();
        let scene = Scene::of(&on, UNITS, move |on, n| {
            let (meeting, steps) = (meeting.clone(), steps.clone());
            async move {
                isohub::set_tag("unit", n);
                meeting.arrive().await;
                let mut strays = 0;
                for (step, others) in steps.into_iter().enumerate() {
                    isohub::set_tag("step", step);
                    others.arrive().await;
                    switch().await;
                    strays += usize::from(tags() != format!("step={step} unit={n}"));
                }
                on.equal("switches after which a unit had lost its own", strays, 0);
                Ok(())
            }
        });
        let ended = on.play(scene).await;
        on.equal("ended", ended, [Ended::Ok; UNITS]);
        on.equal("tags of the creator", tags(), "");
    });
}

pub(crate) fn a_scope_for_a_while_holds_over_switches(on: &On) {
    on.stage(|on| async move {
        let meeting = on.meeting(2);
        let scene = Scene::of(&on, 2, move |on, n| {
            let meeting = meeting.clone();
            async move {
                isohub::set_tag("unit", n);
                let inside = async {
                    meeting.arrive().await;
                    on.equal("tags for a while", tags(), format!("unit={n} while={n}"));
                    isohub::set_tag("unit", "changed");
                    switch().await;
                    on.equal("its tags after a switch", tags(), format!("unit=changed while={n}"));
                };
                inside.with_scope(|scope| scope.set_tag("while", n)).await;
                on.equal("tags afterwards", tags(), format!("unit={n}"));
                Ok(())
            }
        });
        on.play(scene).await;
        on.equal("tags of the creator", tags(), "");
    });
}
