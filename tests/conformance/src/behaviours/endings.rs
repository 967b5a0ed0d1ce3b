//! After a unit returned, panicked, was cancelled or dropped, nothing of it is left; and its destructors ran in it.

use isohub::HubFutureExt as _;

use crate::adapter::Ability;
use crate::on::On;
use crate::scene::{Ended, Plan, Refused, Scene};
use crate::within::{crash, named, switch, tags};

/// What the destructors of a unit note.
fn witnesses(n: usize) -> [String; 2] {
    ["captured", "local"].map(|name| format!("{name}: creator=yes unit={n}"))
}

pub(crate) fn a_panic_stays_in_its_unit(on: &On) {
    on.stage(|on| async move {
        isohub::set_tag("creator", "yes");
        let meeting = on.meeting(3);
        let scene = Scene::of(&on, 3, move |on, n| {
            let meeting = meeting.clone();
            async move {
                isohub::set_tag("unit", n);
                let _witness = on.witness("local");
                meeting.arrive().await;
                if n == 1 {
                    crash();
                }
                for _ in 0..5 {
                    switch().await;
                    on.equal("tags beside a panic", tags(), format!("creator=yes unit={n}"));
                }
                Ok(())
            }
        });
        let ended = on.play(scene).await;
        on.equal("ended", ended, [Ended::Ok, Ended::Panicked, Ended::Ok]);
        on.equal("tags of the creator", tags(), "creator=yes");
    });
    on.expect_notes((0..3).map(|n| format!("local: creator=yes unit={n}")).collect());
}

pub(crate) fn a_cancelled_unit_leaves_nothing(on: &On) {
    on.stage(|on| {
        async move {
            isohub::set_tag("creator", "yes");
            let scene = Scene::of(&on, 3, |on, n| {
                let captured = on.witness("captured");
                async move {
                    let _captured = captured;
                    isohub::set_tag("unit", n);
                    let _local = on.witness("local");
                    let work = async {
                        loop {
                            switch().await;
                        }
                    };
                    work.in_span(named(n)).await
                }
            });
            let ended = on.play(scene.planned(Plan::Cancel)).await;
            on.equal("ended", ended, [Ended::Cancelled; 3]);
            on.equal("tags of the creator", tags(), "creator=yes");
        }
        .in_span(isohub::start_span!("creator"))
    });
    on.expect_notes((0..3).flat_map(witnesses).collect());
    let units = vec!["creator > unit cancelled".to_owned(); 3];
    let work = (0..3).map(|n| format!("creator > unit > work {n} cancelled"));
    on.expect_paths(units.into_iter().chain(work).chain(["creator".to_owned()]));
}

pub(crate) fn a_unit_that_never_ran_leaves_no_span(on: &On) {
    on.stage(|on| {
        async move {
            isohub::set_tag("creator", "before");
            let scene = Scene::of(&on, 3, |on, _| {
                let captured = on.witness("captured");
                async move {
                    let _captured = captured;
                    on.wrong("it ran".to_owned());
                    Ok(())
                }
            });
            // The same is in the hub of the creator and in the units' if nothing tells them apart.
            let scene = scene.meanwhile(|| isohub::set_tag("creator", "after"));
            let ended = on.play(scene.planned(Plan::Drop)).await;
            on.equal("ended", ended, [Ended::Cancelled; 3]);
        }
        .in_span(isohub::start_span!("creator"))
    });
    on.expect_notes(vec!["captured: creator=before".to_owned(); 3]);
    on.expect_paths(["creator".to_owned()]);
}

pub(crate) fn destructors_run_in_the_hub_of_their_unit(on: &On) {
    on.stage(|on| async move {
        isohub::set_tag("creator", "yes");
        let scene = Scene::of(&on, 3, |on, n| {
            let captured = on.witness("captured");
            async move {
                let _captured = captured;
                switch().await;
                isohub::set_tag("unit", n);
                let _local = on.witness("local");
                switch().await;
                Ok(())
            }
        });
        on.play(scene).await;
        isohub::set_tag("creator", "after");
    });
    on.expect_notes((0..3).flat_map(witnesses).collect());
}

pub(crate) fn what_runs_there_afterwards_finds_nothing(on: &On) {
    on.stage(|on| {
        async move {
            isohub::set_tag("creator", "yes");
            for turn in 0..3 {
                let scene = Scene::of(&on, 4, move |on, n| async move {
                    isohub::set_tag("unit", n);
                    switch().await;
                    match turn {
                        1 if n % 2 == 0 => Err(Refused),
                        2 if n % 2 == 0 && on.can(Ability::Panic) => crash(),
                        _ => Ok(()),
                    }
                });
                on.play(scene).await;
                for _ in 0..4 {
                    let here = on.clone();
                    let look = move || {
                        here.equal("tags that are left", tags(), "");
                        here.equal("a span that is left", isohub::current_span().context(), None);
                        here.note("looked".to_owned());
                    };
                    on.look_at_what_is_left(look).await;
                }
            }
        }
        .in_span(isohub::start_span!("creator"))
    });
    on.expect_notes(vec!["looked".to_owned(); 12]);
}
