//! Units that outlive their root, and spans that outlive their pipeline.

use std::time::Duration;

use isohub::doctor::{self, Doctor, Kind};
use isohub::testing::Recorder;
use isohub::{Level, isolated, parallel_span, span};

use super::{assert_right, lines};
use crate::support::{alone, poll_once};

#[parallel_span]
fn request<F: Future>(make: impl FnOnce() -> F) -> F {
    make()
}

#[span]
fn late_step() {}

const LATE_STEP: u32 = line!() - 2;

#[test]
fn a_unit_that_outlives_its_root() {
    if !alone("doctor::roots::a_unit_that_outlives_its_root") {
        return;
    }
    doctor::set(Doctor::log().long_after(Duration::ZERO));
    let recorder = Recorder::new();
    let made = line!() + 3;
    let task = recorder.run_sync(|| {
        request(|| {
            isolated!(async {
                isohub::set_tag("late", 1);
                isohub::capture_message("late", Level::Info);
                late_step();
            })
        })
    });
    crate::support::poll_to_end(task);
    assert_eq!(
        lines(&recorder.findings()),
        [
            (Kind::OutlivedRoot, made + 1, Some(made)),
            (Kind::OutlivedRoot, made + 2, Some(made)),
            (Kind::OutlivedRoot, LATE_STEP, Some(made)),
        ]
    );
    // Nothing is wrong with one of a trace of its own, or that ends before the root.
    let recorder = Recorder::new();
    let own = recorder.run_sync(|| request(|| isohub::parallel!("own", detached, async { late_step() })));
    crate::support::poll_to_end(own);
    let ready = recorder.run_sync(|| {
        request(|| {
            crate::support::poll_to_end(isolated!(async { late_step() }));
            std::future::ready(())
        })
    });
    crate::support::poll_to_end(ready);
    assert_right(&recorder);
    // Nor is it long until it is.
    doctor::set(Doctor::log().long_after(Duration::from_secs(3600)));
    let recorder = Recorder::new();
    let task = recorder.run_sync(|| request(|| isolated!(async { late_step() })));
    crate::support::poll_to_end(task);
    assert_right(&recorder);
}

#[test]
fn a_span_that_is_open_when_the_recorder_is_closed() {
    let recorder = Recorder::new();
    let mut waits = recorder.run_sync(|| Box::pin(isohub::parallel!("waits", std::future::pending::<()>())));
    let began = line!() - 1;
    assert!(poll_once(waits.as_mut()).is_pending());
    recorder.run_sync(late_step);
    assert_eq!(lines(&recorder.close()), [(Kind::OpenSpan, began, None)]);
}

#[test]
fn spans_that_have_ended_are_right() {
    let recorder = Recorder::new();
    let mut waits = recorder.run_sync(|| Box::pin(isohub::parallel!("waits", std::future::pending::<()>())));
    assert!(poll_once(waits.as_mut()).is_pending());
    drop(waits);
    assert_eq!(recorder.close(), []);
}

#[test]
fn a_span_that_is_open_at_the_end_of_the_process() {
    let ended = crate::child::run(&["doctor-open"], &[("ISOHUB_DOCTOR", "log")]);
    let said: Vec<_> = ended.err.lines().filter(|line| line.contains("open span")).collect();
    assert!(said.len() == 1 && said[0].contains("span `forgotten` at "), "{ended:#?}");
    assert_eq!(ended.code, Some(0));
}
