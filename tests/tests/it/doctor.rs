//! What the doctor finds, and does not find in the nearest thing that is right.

use isohub::doctor::{Finding, Kind};
use isohub::testing::Recorder;

mod bare;
mod joins;
mod modes;
mod once;
mod roots;
mod units;

/// What was found: the kind, the line of the place, and that of the other place.
fn lines(findings: &[Finding]) -> Vec<(Kind, u32, Option<u32>)> {
    let line = |it: &Finding| (it.kind(), it.place().line(), it.other_place().map(|place| place.line()));
    findings.iter().map(line).collect()
}

fn kinds(recorder: &Recorder) -> Vec<Kind> {
    recorder.findings().iter().map(Finding::kind).collect()
}

#[track_caller]
fn assert_right(recorder: &Recorder) {
    assert_eq!(recorder.findings(), []);
}

/// Runs `once` until something is found: what it writes last is not found if the thread was stopped meanwhile.
fn until_found(recorder: &Recorder, mut once: impl FnMut()) {
    for _ in 0..1000 {
        once();
        if !recorder.findings().is_empty() {
            return;
        }
    }
}
