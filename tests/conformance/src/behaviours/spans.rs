//! A span's parent is the span that was active in its creator when it was created.

use isohub::HubFutureExt as _;

use crate::on::On;
use crate::scene::{Ended, Refused, Scene};
use crate::within::{crash, named, switch};

pub(crate) fn spans_of_units_are_siblings(on: &On) {
    on.stage(|on| {
        async move {
            let meeting = on.meeting(3);
            let scene = Scene::of(&on, 3, move |_, n| {
                let meeting = meeting.clone();
                async move {
                    named(n).in_scope(|| ());
                    meeting.arrive().await;
                    for _ in 0..n {
                        switch().await;
                    }
                    let late = async { switch().await };
                    late.in_span(named(n)).await;
                    Ok(())
                }
            });
            on.play(scene).await;
        }
        .in_span(isohub::start_span!("creator"))
    });
    let work = (0..3).flat_map(|n| [n, n]).map(|n| format!("creator > unit > work {n}"));
    let units = vec!["creator > unit".to_owned(); 3];
    on.expect_paths(work.chain(units).chain(["creator".to_owned()]));
}

pub(crate) fn each_lies_below_the_span_that_was_active_at_its_creation(on: &On) {
    on.stage(|on| async move {
        let scene = Scene::of(&on, 5, |_, n| async move {
            switch().await;
            named(n).in_scope(|| ());
            Ok(())
        });
        // Each of these spans has ended when its unit begins to work, or soon after.
        let scene = scene.made_in(|n, make| {
            let span = isohub::start_span!("step");
            span.handle().set_name(format!("step {n}"));
            span.in_scope(make);
        });
        on.play(scene).await;
    });
    on.expect_paths((0..5).flat_map(|n| {
        let (step, unit) = (format!("step {n}"), format!("step {n} > unit"));
        let work = format!("{unit} > work {n}");
        [step, unit, work]
    }));
}

pub(crate) fn inner_spans_stay_in_their_unit(on: &On) {
    #[isohub::span]
    async fn outer(meeting: crate::on::Meeting) {
        meeting.arrive().await;
        inner().await;
        inner().await;
    }
    #[isohub::span]
    async fn inner() {
        switch().await;
    }
    on.stage(|on| async move {
        let meeting = on.meeting(3);
        let scene = Scene::of(&on, 3, move |_, _| {
            let meeting = meeting.clone();
            async move {
                outer(meeting).await;
                Ok(())
            }
        });
        on.play(scene).await;
        inner().await;
    });
    let of_unit = ["unit", "unit > outer", "unit > outer > inner", "unit > outer > inner"];
    let units = of_unit.iter().cycle().take(3 * of_unit.len());
    on.expect_paths(units.chain(&["inner"]).map(ToString::to_string));
}

pub(crate) fn every_span_has_its_outcome(on: &On) {
    on.stage(|on| async move {
        let scene = Scene::of(&on, 3, |_, n| async move {
            let work = async {
                switch().await;
                match n {
                    0 => Ok(()),
                    1 => Err(Refused),
                    _ => crash(),
                }
            };
            work.in_span(named(n)).await
        });
        let ended = on.play(scene).await;
        on.equal("ended", ended, [Ended::Ok, Ended::Refused, Ended::Panicked]);
    });
    // A future in a span that is made by hand has the outcome ok, whatever it returns.
    let expected =
        ["unit", "unit error", "unit panicked", "unit > work 0", "unit > work 1", "unit > work 2 panicked"];
    on.expect_paths(expected.map(str::to_owned));
}
