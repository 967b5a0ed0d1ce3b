//! A unit starts with exactly what its creator's hub held when the unit was created.

use isohub::{User, hub_local};

use crate::adapter::Ability;
use crate::on::On;
use crate::scene::{Scene, Started};
use crate::within::{switch, tags};

hub_local! {
    static FORKED: String;
    static RESET: String, reset;
    static DEFAULT: u32 = 7;
}

fn value(of: &'static isohub::HubLocal<String>) -> Option<String> {
    of.get().map(|value| (*value).clone())
}

pub(crate) fn starts_with_what_its_creator_holds(on: &On) {
    on.stage(|on| async move {
        isohub::set_tag("gone", "yes");
        isohub::set_tag("creator", "yes");
        isohub::remove_tag("gone");
        isohub::set_user(User { id: Some("ada".into()), ..User::default() });
        isohub::breadcrumb!("test", "before");
        let scene = Scene::of(&on, 3, |on, _| async move {
            on.equal("tags of a new unit", tags(), "creator=yes");
            switch().await;
            on.equal("its tags after a switch", tags(), "creator=yes");
            let hub = isohub::Hub::current();
            let user = hub.scope().user().and_then(|user| user.id.clone());
            on.equal("its user", user.as_deref(), Some("ada"));
            on.equal("its breadcrumbs", hub.scope().breadcrumbs().len(), 1);
            on.note("ran".to_owned());
            Ok(())
        });
        on.play(scene).await;
        on.equal("tags of the creator afterwards", tags(), "creator=yes");
    });
    on.expect_notes(vec!["ran".to_owned(); 3]);
}

pub(crate) fn starts_with_nothing_that_its_creator_wrote_later(on: &On) {
    on.stage(|on| async move {
        isohub::set_tag("creator", "before");
        FORKED.set("before".to_owned());
        let written = Started::expecting(1);
        let wait = written.clone();
        let scene = Scene::of(&on, 3, move |on, _| {
            let written = wait.clone();
            async move {
                on.equal("tags of a new unit", tags(), "creator=before");
                written.all().await;
                on.equal("its tags when its creator has written", tags(), "creator=before");
                on.equal("its value", value(&FORKED), Some("before".to_owned()));
                Ok(())
            }
        });
        let scene = scene.meanwhile(move || {
            isohub::set_tag("creator", "after");
            FORKED.set("after".to_owned());
            written.arrive();
        });
        on.play(scene).await;
        on.equal("tags of the creator", tags(), "creator=after");
        on.equal("its value", value(&FORKED), Some("after".to_owned()));
    });
}

pub(crate) fn each_starts_with_what_its_creator_held_at_its_creation(on: &On) {
    on.stage(|on| async move {
        let scene = Scene::of(&on, 5, |on, n| async move {
            let expected = (0..=n).map(|n| format!("n{n}=yes")).collect::<Vec<_>>().join(" ");
            on.equal("tags of a new unit", tags(), expected.as_str());
            switch().await;
            on.equal("its tags after a switch", tags(), expected.as_str());
            on.equal("its value", value(&FORKED), Some(n.to_string()));
            Ok(())
        });
        let scene = scene.made_in(|n, make| {
            isohub::set_tag(format!("n{n}"), "yes");
            FORKED.set(n.to_string());
            make();
            isohub::breadcrumb!("test", "made");
        });
        on.play(scene).await;
    });
}

pub(crate) fn values_follow_their_policy(on: &On) {
    on.stage(|on| async move {
        FORKED.set("creator".to_owned());
        RESET.set("creator".to_owned());
        DEFAULT.set(8);
        let meeting = on.meeting(3);
        let scene = Scene::of(&on, 3, move |on, n| {
            let meeting = meeting.clone();
            async move {
                let found = (value(&FORKED), value(&RESET), DEFAULT.get().as_deref().copied());
                on.equal("values of a new unit", found, (Some("creator".to_owned()), None, Some(8)));
                FORKED.set(n.to_string());
                RESET.set(n.to_string());
                DEFAULT.remove();
                meeting.arrive().await;
                let found = (value(&FORKED), value(&RESET), DEFAULT.get().as_deref().copied());
                let expected = (Some(n.to_string()), Some(n.to_string()), Some(7));
                on.equal("its own values", found, expected);
                Ok(())
            }
        });
        on.play(scene).await;
        let found = (value(&FORKED), value(&RESET), DEFAULT.get().as_deref().copied());
        let creator = || Some("creator".to_owned());
        on.equal("values of the creator", found, (creator(), creator(), Some(8)));
    });
}

pub(crate) fn nested_units_are_units(on: &On) {
    on.stage(|on| async move {
        isohub::set_tag("creator", "yes");
        let scene = Scene::of(&on, 2, |on, n| async move {
            isohub::set_tag("outer", n);
            let outer = format!("creator=yes outer={n}");
            let expected = outer.clone();
            let nested = Scene::of(&on, 2, move |on, m| {
                let outer = expected.clone();
                async move {
                    on.equal("tags of a nested unit", tags(), outer.as_str());
                    isohub::set_tag("inner", m);
                    switch().await;
                    on.equal("its tags after a switch", tags(), format!("creator=yes inner={m} outer={n}"));
                    isohub::start_span!("leaf").in_scope(|| ());
                    Ok(())
                }
            });
            on.play(nested).await;
            on.equal("tags of the outer unit afterwards", tags(), outer);
            Ok(())
        });
        on.play(scene).await;
        on.equal("tags of the creator afterwards", tags(), "creator=yes");
    });
    // Whether a nested unit has a span or not, its spans lie where it was made.
    let leaf = if on.can(Ability::Span) { "unit > unit > leaf" } else { "leaf" };
    let leaves: Vec<_> = on.paths().into_iter().filter(|path| path.ends_with("leaf")).collect();
    on.equal("spans of nested units", leaves, vec![leaf; 4]);
}
