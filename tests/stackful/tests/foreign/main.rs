//! What other libraries keep for each unit, in units inside coroutines.

#[allow(dead_code)] // Shared with the tests of what is isohub's own, which use more of it.
#[path = "../resumed/support.rs"]
mod support;

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Once, mpsc};

use corosensei::Yielder;
use isohub::foreign::ForeignContext;
use isohub::stackful::Isolated;
use isohub::{Hub, isolated_hub};

use support::{Movable, Threads, coroutine, resume};

thread_local! {
    static LOCALE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// In a function of its own, which the address does not outlive.
#[inline(never)]
fn locale() -> String {
    LOCALE.with_borrow(String::clone)
}

#[inline(never)]
fn set_locale(locale: &str) {
    LOCALE.set(locale.to_owned());
}

struct Locale;

impl ForeignContext for Locale {
    type Context = String;

    fn current(&self) -> String {
        locale()
    }

    fn fork(&self, kept: &String) -> String {
        kept.clone()
    }

    fn base(&self) -> String {
        String::new()
    }

    fn enter(&self, kept: &mut String) {
        LOCALE.with_borrow_mut(|current| std::mem::swap(current, kept));
    }

    fn leave(&self, kept: &mut String) {
        self.enter(kept);
    }
}

fn isolate() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| isohub::foreign::isolate(Locale));
}

/// Two units inside one another and inside the coroutine's, each with a locale; switches in each.
fn nested(yielder: &Yielder<(), ()>) {
    #[isolated_hub]
    fn outer(switch: &impl Fn(&str)) {
        set_locale("outer");
        switch("outer");
        inner(switch);
        switch("outer");
    }
    #[isolated_hub]
    fn inner(switch: &impl Fn(&str)) {
        assert_eq!(locale(), "outer");
        set_locale("inner");
        switch("inner");
        #[isolated_hub]
        {
            set_locale("block");
            switch("block");
        }
        switch("inner");
    }
    set_locale("own");
    let switch = |of: &str| {
        yielder.suspend(());
        assert_eq!(locale(), of);
    };
    outer(&switch);
    switch("own");
}

#[test]
fn a_coroutine_that_is_suspended_in_inner_units_takes_all_of_them_along() {
    isolate();
    set_locale("creator");
    let mut coroutine = coroutine(nested);
    let threads = Threads::new();
    for n in 0.. {
        let is_done;
        (coroutine, is_done) = threads.run(n, move || {
            set_locale("resumer");
            let is_done = resume(&mut coroutine);
            assert_eq!(locale(), "resumer");
            (coroutine, is_done)
        });
        if is_done {
            break;
        }
    }
    assert_eq!(locale(), "creator");
}

#[test]
fn two_on_one_thread_in_turn_inside_a_unit() {
    isolate();
    #[isolated_hub]
    fn resumer() {
        set_locale("resumer");
        let mut two = [coroutine(nested), coroutine(nested)];
        loop {
            let are_done = two.each_mut().map(|one| {
                let is_done = resume(one);
                assert_eq!(locale(), "resumer");
                is_done
            });
            if are_done == [true, true] {
                return;
            }
        }
    }
    set_locale("thread");
    resumer();
    assert_eq!(locale(), "thread");
}

/// Tells the locale when it is dropped.
struct Tells(mpsc::Sender<String>);

impl Drop for Tells {
    fn drop(&mut self) {
        let _ = self.0.send(locale());
    }
}

fn suspended_inside(tell: mpsc::Sender<String>, end: fn()) -> Isolated<Movable> {
    #[isolated_hub]
    fn inner(yielder: &Yielder<(), ()>, tell: mpsc::Sender<String>, end: fn()) {
        let _tells = Tells(tell);
        set_locale("inner");
        yielder.suspend(());
        end();
    }
    let mut coroutine = coroutine(move |yielder| {
        let _tells = Tells(tell.clone());
        set_locale("own");
        inner(yielder, tell, end);
    });
    assert!(!resume(&mut coroutine));
    coroutine
}

#[test]
fn dropped_or_failing_each_destructor_finds_that_of_its_unit() {
    isolate();
    for ends in [|coroutine| drop(coroutine), |mut coroutine| {
        catch_unwind(AssertUnwindSafe(|| resume(&mut coroutine))).expect_err("it panics");
    }] {
        set_locale("creator");
        let (tell, told) = mpsc::channel();
        let coroutine = suspended_inside(tell, || panic!("meant"));
        assert_eq!(locale(), "creator");
        Threads::new().run(0, move || {
            set_locale("thread");
            ends(coroutine);
            assert_eq!(locale(), "thread");
        });
        assert_eq!(told.into_iter().collect::<Vec<_>>(), ["inner", "own"]);
    }
}

#[test]
fn suspended_by_one_that_it_resumes() {
    isolate();
    set_locale("creator");
    #[isolated_hub]
    fn unit(yielder: &Yielder<(), ()>) {
        set_locale("unit");
        let mut steps = Isolated::new(std::iter::from_fn(|| {
            set_locale("steps");
            // The one around it, in the midst of it.
            yielder.suspend(());
            assert_eq!(locale(), "steps");
            Some(())
        }));
        for _ in 0..3 {
            steps.next();
            assert_eq!(locale(), "unit");
        }
    }
    let mut whole = coroutine(|yielder| {
        set_locale("own");
        unit(yielder);
        assert_eq!(locale(), "own");
    });
    let threads = Threads::new();
    for n in 0..4 {
        let is_done;
        (whole, is_done) = threads.run(n, move || {
            set_locale("resumer");
            let is_done = resume(&mut whole);
            assert_eq!(locale(), "resumer");
            (whole, is_done)
        });
        assert_eq!(is_done, n == 3);
    }
}

#[test]
fn in_the_hub_that_it_is_given() {
    isolate();
    set_locale("of the hub");
    let hub = Hub::current();
    set_locale("thread");
    let mut given = Isolated::in_hub(hub, std::iter::from_fn(|| Some(locale())));
    assert_eq!(given.next().as_deref(), Some("of the hub"));
    assert_eq!(locale(), "thread");
}

#[test]
#[cfg(feature = "may")]
fn in_coroutines_of_may_nothing_is_current_that_is_anothers() {
    use may::{coroutine, go};

    isolate();
    may::config().set_workers(3).set_stack_size(0x8000);
    let coroutines: Vec<_> = (0..20)
        .map(|n| {
            set_locale(&n.to_string());
            go!(isohub::isolated!(move || {
                (0..100).find_map(|_| {
                    coroutine::yield_now();
                    Some(locale()).filter(|locale| !locale.is_empty())
                })
            }))
        })
        .collect();
    assert_eq!(locale(), "19");
    for one in coroutines {
        assert_eq!(one.join().expect("no panic"), None);
    }
}
