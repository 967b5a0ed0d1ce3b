//! A coroutine has a hub of its own: the base hub, as a thread has, or by `isolated!` a clone of its creator's.

use generator::{Gn, done};
use isohub::stackful::Isolated;
use isohub::testing::Recorder;
use isohub::{Hub, isolated, isolated_hub, parallel, parallel_span, span};
use isohub_tests_stackful::{active, settled_tree, tags};
use may::coroutine::{self, yield_now};
use may::go;

use crate::three_workers;

#[test]
fn without_a_unit_it_is_as_a_plain_thread() {
    three_workers();
    isohub::set_tag("creator", 1);
    let bare = |n: usize| {
        go!(move || {
            assert_eq!((tags(), active()), (String::new(), String::new()));
            isohub::set_tag("n", n);
            for _ in 0..50 {
                yield_now();
                assert_eq!(tags(), format!("n={n}"));
            }
        })
    };
    let coroutines: Vec<_> = (0..20).map(bare).collect();
    coroutines.into_iter().for_each(|one| one.join().expect("no panic"));
    assert_eq!(tags(), "creator=1");
}

#[test]
fn a_bare_one_is_no_pools_job_whichever_units_ran_on_its_thread() {
    three_workers();
    let recorder = Recorder::new();
    for _ in 0..10 {
        let unit = recorder.run_sync(|| isolated!(yield_now));
        go!(unit).join().expect("no panic");
        go!(|| isohub::set_tag("bare", 1)).join().expect("no panic");
    }
    assert_eq!(recorder.findings(), []);
}

#[test]
fn an_isolated_closure_inherits_from_where_it_is_made() {
    three_workers();
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        isohub::set_tag("tenant", "acme");
        isohub::start_span!("creator").in_scope(|| {
            let coroutines = ["a", "b"].map(|name| {
                go!(parallel!("unit", move || {
                    yield_now();
                    isohub::set_tag("name", name);
                    yield_now();
                    assert_eq!(tags(), format!("name={name} tenant=acme"));
                }))
            });
            isohub::set_tag("tenant", "other");
            coroutines.into_iter().for_each(|one| one.join().expect("no panic"));
        });
        assert_eq!(tags(), "tenant=other");
    });
    let tree = "creator\n  unit {name=a tenant=acme}\n  unit {name=b tenant=acme}\n";
    assert_eq!(settled_tree(&recorder), tree);
}

#[test]
fn an_annotated_call_in_a_bare_closure_starts_from_the_coroutines_own_hub() {
    #[isolated_hub]
    fn annotated() -> String {
        isohub::set_tag("inside", 1);
        yield_now();
        tags()
    }
    three_workers();
    isohub::set_tag("creator", 1);
    let coroutine = go!(|| {
        isohub::set_tag("coroutine", 1);
        let inside = annotated();
        (inside, tags())
    });
    let expected = ("coroutine=1 inside=1".to_owned(), "coroutine=1".to_owned());
    assert_eq!(coroutine.join().expect("no panic"), expected);
}

#[test]
fn by_a_builder_and_in_a_scope() {
    three_workers();
    let hub = Hub::base().with_tag("creator", 1);
    { hub }.run(|| {
        let builder = coroutine::Builder::new().name("named".to_owned());
        let named = go!(builder, isolated!(move || tags())).expect("it starts");
        assert_eq!(named.join().expect("no panic"), "creator=1");
        let mut borrowed = String::new();
        coroutine::scope(|scope| {
            let borrowed = &mut borrowed;
            let _ = go!(scope, isolated!(move || borrowed.push_str(&tags())));
        });
        assert_eq!(borrowed, "creator=1");
    });
}

#[test]
fn coroutines_made_in_coroutines() {
    #[parallel_span]
    fn outer() {
        isohub::set_tag("outer", 1);
        yield_now();
        let inner = go!(isolated!(move || inner()));
        isohub::set_tag("outer", 2);
        inner.join().expect("no panic");
        assert_eq!(tags(), "outer=2");
    }
    #[span]
    fn inner() {
        yield_now();
        assert_eq!(tags(), "outer=1");
        isohub::set_tag("inner", 1);
        yield_now();
        assert_eq!(tags(), "inner=1 outer=1");
    }
    three_workers();
    let recorder = Recorder::new();
    recorder.run_sync(|| go!(isolated!(move || outer())).join().expect("no panic"));
    assert_eq!(settled_tree(&recorder), "outer {outer=2}\n  inner\n");
}

#[test]
fn generators_in_coroutines() {
    #[parallel_span]
    fn coroutine(name: &str) {
        isohub::set_tag("name", name);
        let mut generator = Isolated::new(Gn::new_scoped(|mut scope| {
            for n in 0..20 {
                isohub::set_tag("n", n);
                yield_now(); // of the coroutine, in the midst of the generator
                scope.yield_(tags());
            }
            done!()
        }));
        for n in 0..20 {
            assert_eq!(generator.next(), Some(format!("n={n} name={name}")));
            yield_now();
            assert_eq!(tags(), format!("name={name}"));
        }
    }
    three_workers();
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        let coroutines: Vec<_> = (0..10).map(|n| go!(isolated!(move || coroutine(&n.to_string())))).collect();
        coroutines.into_iter().for_each(|one| one.join().expect("no panic"));
    });
    let tree: String = (0..10).map(|n| format!("coroutine {{name={n}}}\n")).collect();
    assert_eq!(settled_tree(&recorder), tree);
}
