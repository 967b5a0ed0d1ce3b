//! How long a unit waited, recorded where that was asked for.

use std::future::Future;
use std::time::Duration;

use isohub::testing::Recorder;
use isohub::{Value, parallel, parallel_span, span};

use crate::support::poll_to_end;

#[span(queued)]
async fn plain() {}

#[parallel_span(queued, fields(n), err)]
async fn fallible(n: u32) -> Result<(), &'static str> {
    Err("no")
}

#[span(queued)]
fn returned() -> impl Future<Output = ()> {
    async {}
}

const WAIT: Duration = Duration::from_millis(5);

/// What the only span of `recorder` says.
fn waited(recorder: &Recorder) -> Option<i64> {
    let spans = recorder.spans();
    assert_eq!(spans.len(), 1);
    spans[0].attributes.iter().find_map(|attribute| match attribute.value {
        Value::I64(micros) if attribute.key == "queued_us" => Some(micros),
        _ => None,
    })
}

/// Makes a unit, waits, and runs it.
fn check<U>(make: impl FnOnce() -> U, run: impl FnOnce(U)) {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        let unit = make();
        std::thread::sleep(WAIT);
        run(unit);
    });
    let micros = waited(&recorder).expect("the time is recorded");
    assert!((5_000..5_000_000).contains(&micros), "{micros}");
}

#[test]
fn futures() {
    check(plain, poll_to_end);
    check(|| fallible(1), |unit| assert!(poll_to_end(unit).is_err()));
    check(returned, poll_to_end);
    check(|| parallel!("block", queued, async {}), poll_to_end);
    check(|| parallel!("given", queued, std::future::ready(())), poll_to_end);
}

#[test]
fn closures() {
    check(|| parallel!("closure", queued, || ()), |unit| unit());
    check(|| parallel!("argument", queued, |n: &u32| *n), |unit| assert_eq!(unit(&1), 1));
    check(|| parallel!("moved", queued, move |n: u32| n), |unit| assert_eq!(unit(1), 1));
    let given = || ();
    check(|| parallel!("given", queued, given), |unit| unit());
}

#[test]
fn inner_units() {
    #[isohub::isolated_hub]
    fn blocks() -> impl Future<Output = ()> {
        #[span(queued)]
        async {}
    }
    #[isohub::isolated_hub]
    fn closures() -> impl Fn(u32) -> u32 {
        #[parallel_span(queued)]
        move |n: u32| n
    }
    #[isohub::isolated_hub]
    fn spans() -> impl Fn(u32) -> u32 {
        #[span(queued)]
        move |n: u32| n
    }
    check(blocks, poll_to_end);
    check(closures, |unit| assert_eq!(unit(1), 1));
    check(spans, |unit| assert_eq!(unit(1), 1));
}

#[test]
fn it_is_recorded_once_and_only_if_asked_for() {
    #[span]
    async fn unasked() {}
    let recorder = Recorder::new();
    recorder.run_sync(|| poll_to_end(unasked()));
    assert_eq!(waited(&recorder), None);

    #[span(queued)]
    async fn twice() {
        crate::support::pauses(3).await;
    }
    let recorder = Recorder::new();
    recorder.run_sync(|| poll_to_end(twice()));
    let spans = recorder.spans();
    assert_eq!(spans[0].attributes.len(), 1);
    assert_eq!(recorder.stats().open, 0);
}
