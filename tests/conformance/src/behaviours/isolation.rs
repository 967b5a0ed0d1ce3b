//! What a unit writes, nobody else sees; and it sees nothing of what others write.

use isohub::{Hub, User};

use crate::on::On;
use crate::scene::{Ended, Scene, Started};
use crate::within::{switch, tags};

pub(crate) fn does_not_see_what_its_creator_writes(on: &On) {
    on.stage(|on| async move {
        let written = Started::expecting(1);
        let wait = written.clone();
        let scene = Scene::of(&on, 2, move |on, n| {
            let written = wait.clone();
            async move {
                isohub::set_tag("unit", n);
                written.all().await;
                on.equal("tags of a unit", tags(), format!("unit={n}"));
                Ok(())
            }
        });
        on.play(scene.meanwhile(move || {
            isohub::set_tag("creator", "yes");
            written.arrive();
        }))
        .await;
    });
}

pub(crate) fn keeps_what_it_writes_from_its_creator(on: &On) {
    on.stage(|on| async move {
        isohub::set_tag("creator", "yes");
        isohub::set_tag("kept", "yes");
        let scene = Scene::of(&on, 3, |on, n| async move {
            isohub::set_tag("unit", n);
            isohub::set_tag("creator", "no");
            isohub::remove_tag("kept");
            switch().await;
            isohub::set_tag("late", n);
            // Looked at here, since the doctor finds what nobody looks at.
            on.equal("tags of a unit", tags(), format!("creator=no late={n} unit={n}"));
            Ok(())
        });
        let ended = on.play(scene).await;
        on.equal("ended", ended, [Ended::Ok; 3]);
        on.equal("tags of the creator", tags(), "creator=yes kept=yes");
        switch().await;
        on.equal("its tags after a switch", tags(), "creator=yes kept=yes");
    });
}

pub(crate) fn keeps_what_it_writes_from_its_siblings(on: &On) {
    on.stage(|on| async move {
        let meeting = on.meeting(3);
        let scene = Scene::of(&on, 3, move |on, n| {
            let meeting = meeting.clone();
            async move {
                isohub::set_tag(format!("n{n}"), "yes");
                isohub::set_tag("unit", n);
                meeting.arrive().await;
                on.equal("tags of a unit", tags(), format!("n{n}=yes unit={n}"));
                switch().await;
                isohub::clear_scope();
                switch().await;
                on.equal("its tags when it has cleared them", tags(), "");
                Ok(())
            }
        });
        on.play(scene).await;
    });
}

pub(crate) fn keeps_user_and_breadcrumbs_apart(on: &On) {
    fn seen() -> (Option<String>, Vec<String>) {
        let hub = Hub::current();
        let user = hub.scope().user().and_then(|user| user.id.as_ref().map(ToString::to_string));
        let crumbs = hub.scope().breadcrumbs();
        (user, crumbs.iter().map(|it| it.message.as_deref().unwrap_or_default().to_owned()).collect())
    }
    on.stage(|on| async move {
        isohub::breadcrumb!("test", "creator");
        let meeting = on.meeting(3);
        let scene = Scene::of(&on, 3, move |on, n| {
            let meeting = meeting.clone();
            async move {
                isohub::set_user(User { id: Some(n.to_string().into()), ..User::default() });
                isohub::breadcrumb!("test", format!("first of {n}"));
                meeting.arrive().await;
                isohub::breadcrumb!("test", format!("second of {n}"));
                switch().await;
                let story = ["creator".to_owned(), format!("first of {n}"), format!("second of {n}")];
                on.equal("user and breadcrumbs", seen(), (Some(n.to_string()), story.to_vec()));
                Ok(())
            }
        });
        on.play(scene).await;
        on.equal("user and breadcrumbs of the creator", seen(), (None, vec!["creator".to_owned()]));
    });
}

pub(crate) fn what_a_failing_unit_wrote_is_gone(on: &On) {
    on.stage(|on| async move {
        isohub::set_tag("creator", "yes");
        for _ in 0..2 {
            let scene = Scene::of(&on, 2, |on, n| async move {
                on.equal("tags of a new unit", tags(), "creator=yes");
                isohub::set_tag("unit", n);
                switch().await;
                if n == 0 { Err(crate::scene::Refused) } else { Ok(()) }
            });
            let ended = on.play(scene).await;
            on.equal("ended", ended, [Ended::Refused, Ended::Ok]);
            on.equal("tags of the creator", tags(), "creator=yes");
        }
    });
}
