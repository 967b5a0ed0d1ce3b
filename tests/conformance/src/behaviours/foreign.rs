//! What another library keeps in a thread-local goes with the unit, as its hub does.

use std::cell::Cell;
use std::sync::Once;

use isohub::foreign::{self, ForeignContext};

use crate::adapter::Ability;
use crate::on::On;
use crate::scene::{Ended, Refused, Scene};
use crate::within::{crash, switch};

thread_local!(static LIBRARY: Cell<usize> = const { Cell::new(0) });

struct Library;

impl ForeignContext for Library {
    type Context = usize;

    fn current(&self) -> usize {
        LIBRARY.get()
    }

    fn fork(&self, kept: &usize) -> usize {
        *kept
    }

    fn base(&self) -> usize {
        0
    }

    fn enter(&self, kept: &mut usize) {
        *kept = LIBRARY.replace(*kept);
    }

    fn leave(&self, kept: &mut usize) {
        *kept = LIBRARY.replace(*kept);
    }
}

fn isolate() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| foreign::isolate(Library));
}

/// What its drop finds in the library.
struct Witness(On);

impl Drop for Witness {
    fn drop(&mut self) {
        self.0.note(format!("the library has {}", LIBRARY.get()));
    }
}

pub(crate) fn keeps_what_another_library_has_to_itself(on: &On) {
    isolate();
    on.stage(|on| async move {
        LIBRARY.set(7);
        let meeting = on.meeting(3);
        let scene = Scene::of(&on, 3, move |on, n| {
            let meeting = meeting.clone();
            async move {
                on.equal("what the library has at the beginning", LIBRARY.get(), 7);
                let _witness = Witness(on.clone());
                LIBRARY.set(100 + n);
                meeting.arrive().await;
                for _ in 0..50 {
                    switch().await;
                    on.equal("what the library has", LIBRARY.get(), 100 + n);
                }
                Ok(())
            }
        });
        on.play(scene).await;
        on.equal("what it has for the creator", LIBRARY.get(), 7);
        switch().await;
        on.equal("what it has for the creator after a switch", LIBRARY.get(), 7);
    });
    on.expect_notes((0..3).map(|n| format!("the library has {}", 100 + n)).collect());
}

pub(crate) fn leaves_nothing_in_another_library(on: &On) {
    isolate();
    on.stage(|on| async move {
        LIBRARY.set(7);
        for turn in 0..3 {
            let scene = Scene::of(&on, 4, move |on, n| async move {
                LIBRARY.set(100 + n);
                switch().await;
                match turn {
                    1 if n % 2 == 0 => Err(Refused),
                    2 if n % 2 == 0 && on.can(Ability::Panic) => crash(),
                    _ => Ok(()),
                }
            });
            let ended = on.play(scene).await;
            on.equal("one ended", ended[1], Ended::Ok);
            for _ in 0..4 {
                let here = on.clone();
                let look = move || {
                    here.equal("what is left in the library", LIBRARY.get(), 0);
                    here.note("looked".to_owned());
                };
                on.look_at_what_is_left(look).await;
            }
        }
    });
    on.expect_notes(vec!["looked".to_owned(); 12]);
}
