//! What is captured in a unit, and what is given back.

use isohub::{HubFutureExt as _, Level};

use crate::on::On;
use crate::scene::{Ended, Plan, Scene};
use crate::within::{crash, named, switch, tags};

/// The message of each event, and its tags, sorted.
fn events(on: &On) -> Vec<String> {
    on.settle();
    let mut events: Vec<_> = on
        .recorder()
        .events()
        .iter()
        .map(|event| {
            let tags: Vec<_> =
                event.scope.tags().iter().map(|(key, value)| format!("{key}={value}")).collect();
            format!("{}: {}", event.message.as_deref().unwrap_or_default(), tags.join(" "))
        })
        .collect();
    events.sort();
    events
}

pub(crate) fn an_event_has_scope_and_trace_of_its_unit(on: &On) {
    on.stage(|on| {
        async move {
            isohub::set_tag("creator", "yes");
            let meeting = on.meeting(3);
            let scene = Scene::of(&on, 3, move |on, n| {
                let meeting = meeting.clone();
                async move {
                    isohub::set_tag("unit", n);
                    meeting.arrive().await;
                    let work = async {
                        switch().await;
                        isohub::capture_message(format!("of {n}"), Level::Info);
                        isohub::last_event_id()
                    };
                    let own = work.in_span(named(n)).await;
                    switch().await;
                    on.equal("the last event", isohub::last_event_id(), own);
                    Ok(())
                }
            });
            on.play(scene).await;
            on.equal("the last event of the creator", isohub::last_event_id(), None);
            isohub::capture_message("of the creator", Level::Info);
        }
        .in_span(isohub::start_span!("creator"))
    });
    let of_unit = (0..3).map(|n| format!("of {n}: creator=yes unit={n}"));
    let expected: Vec<_> = of_unit.chain(["of the creator: creator=yes".to_owned()]).collect();
    on.equal("events", events(on), expected);
    let spans = on.recorder().spans();
    for event in on.recorder().events() {
        let message = event.message.as_deref().unwrap_or_default();
        let found =
            spans.iter().find(|span| Some(span.context.span_id()) == event.span.map(|it| it.span_id()));
        let expected = message.replace("of the ", "").replace("of ", "work ");
        on.equal("the span of an event", found.map(|it| it.name.to_string()), Some(expected));
    }
    let traces: std::collections::HashSet<_> =
        spans.iter().map(|it| it.context.trace_id().to_string()).collect();
    on.equal("traces", traces.len(), 1);
}

pub(crate) fn ten_crashing_units_give_ten_events(on: &On) {
    on.stage(|on| async move {
        let scene = Scene::of(&on, 10, |_, n| async move {
            isohub::set_tag("unit", n);
            switch().await;
            isohub::capture_message("crash", Level::Fatal);
            crash()
        });
        let ended = on.play(scene).await;
        on.equal("ended", ended, [Ended::Panicked; 10]);
        on.equal("tags of the creator", tags(), "");
    });
    on.equal("events", events(on), (0..10).map(|n| format!("crash: unit={n}")).collect::<Vec<_>>());
}

pub(crate) fn what_is_merged_is_there_afterwards(on: &On) {
    on.stage(|on| async move {
        isohub::set_tag("creator", "yes");
        isohub::set_tag("removed", "no");
        let scene = Scene::of(&on, 2, |on, n| async move {
            if n == 0 {
                // The second may have been made when the first was merged already.
                on.equal("tags of a new unit", tags(), "creator=yes removed=no");
            }
            switch().await;
            isohub::set_tag(format!("n{n}"), "yes");
            isohub::remove_tag("removed");
            Ok(())
        });
        on.play(scene.planned(Plan::Merge)).await;
        on.equal("tags of the creator", tags(), "creator=yes n0=yes n1=yes");
    });
}
