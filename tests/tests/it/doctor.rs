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

#[test]
fn every_link_leads_to_a_section() {
    let page = include_str!("../../../TROUBLESHOOTING.md");
    let headings = page.lines().filter_map(|line| line.strip_prefix("## "));
    let anchor = |it: &str| {
        let is_kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-');
        it.to_lowercase().chars().filter(is_kept).collect::<String>().replace(' ', "-")
    };
    let anchors: Vec<_> = headings.map(anchor).collect();
    for kind in Kind::ALL {
        let link = kind.link();
        let (file, section) = link.split_once('#').unwrap();
        assert_eq!(file, "TROUBLESHOOTING.md");
        assert!(anchors.iter().any(|it| it == section), "no section `{section}` for {kind}");
    }
    // Nor does a link within the page lead nowhere.
    for link in page.split("](#").skip(1).filter_map(|rest| rest.split(')').next()) {
        assert!(anchors.iter().any(|it| it == link), "no section `{link}`");
    }
}
