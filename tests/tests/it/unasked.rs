//! Law 9: no argument, no result and no error's text is recorded unless asked for.

use std::fmt::{self, Debug, Display};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};

use isohub::testing::Recorder;
use isohub::{HubFutureExt as _, Outcome, isolated_hub, parallel_span, span};

use crate::support::poll_to_end;

const SECRET: &str = "hunter2";

/// Text that must not be seen. It counts who looks.
#[derive(Clone, Copy)]
struct Secret<'a>(&'a AtomicU32);

impl Secret<'_> {
    fn told(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fetch_add(1, Ordering::Relaxed);
        f.write_str(SECRET)
    }
}

impl Display for Secret<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.told(f)
    }
}

impl Debug for Secret<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.told(f)
    }
}

impl std::error::Error for Secret<'_> {}

type Told<'a> = Result<Secret<'a>, Secret<'a>>;

#[span]
fn helper<'a>(password: Secret<'a>, text: &str) -> Told<'a> {
    let _ = text;
    Err(password)
}

#[parallel_span]
fn unit<'a>(password: Secret<'a>, text: &str) -> Told<'a> {
    helper(password, text)
}

#[isolated_hub]
fn hub<'a>(password: Secret<'a>, text: &str) -> Told<'a> {
    unit(password, text)
}

#[span]
async fn slow_helper<'a>(password: Secret<'a>, text: &str) -> Told<'a> {
    let _ = text;
    Ok(password)
}

#[parallel_span]
async fn slow_unit<'a>(password: Secret<'a>, text: &str) -> Told<'a> {
    slow_helper(password, text).await?;
    Err(password)
}

#[parallel_span]
fn crashes(password: Secret<'_>) {
    if password.0.load(Ordering::Relaxed) == 0 {
        std::panic::resume_unwind(Box::new(SECRET));
    }
}

/// All that was recorded, as text.
fn everything(recorder: &Recorder) -> String {
    let spans = recorder.spans();
    let events = recorder.events();
    format!("{}{spans:#?}{events:#?}", recorder.tree_with_ids())
}

#[test]
fn neither_arguments_nor_results_nor_errors_are_recorded_unasked() {
    let (recorder, looks) = (Recorder::new(), AtomicU32::new(0));
    let secret = Secret(&looks);
    recorder.run_sync(|| {
        assert!(hub(secret, SECRET).is_err());
        assert!(poll_to_end(slow_unit(secret, SECRET)).is_err());
        assert!(catch_unwind(AssertUnwindSafe(|| crashes(secret))).is_err());
        let hidden = SECRET;
        let _ = isohub::parallel!("closure", |text: &str| [hidden, text].concat())(SECRET);
        let block = async { Err::<(), _>(hidden) }.isolated();
        assert!(poll_to_end(isohub::parallel!("future", block)).is_err());
    });
    let expected = "\
unit error
  helper error

slow_unit error
  slow_helper

crashes panicked

closure

future error
";
    assert_eq!(recorder.tree(), expected);
    let everything = everything(&recorder);
    assert!(!everything.contains(SECRET), "{everything}");
    assert!(recorder.spans().iter().all(|span| span.attributes.is_empty() && span.events.is_empty()));
    assert!(recorder.events().is_empty());
    assert_eq!(looks.load(Ordering::Relaxed), 0, "somebody looked at a secret");
}

#[test]
fn a_failure_is_an_outcome_and_no_event() {
    #[span]
    fn fails() -> Result<(), String> {
        Err(SECRET.to_owned())
    }
    let recorder = Recorder::new();
    assert!(recorder.run_sync(fails).is_err());
    assert_eq!(recorder.span("fails").outcome, Outcome::Error);
    assert!(recorder.events().is_empty());
}

#[test]
fn each_way_to_ask_records_what_was_asked_for_and_no_more() {
    #[span(err, fields(n))]
    fn with_message(n: u32, other: &str) -> Result<u32, String> {
        Err(format!("{other} {n}"))
    }
    #[span(err(Debug))]
    fn with_debug(other: &str) -> Result<(), Option<&str>> {
        Err(Some(other))
    }
    #[span(ret)]
    fn with_result(other: &str) -> usize {
        other.len()
    }
    #[span(ret(length = r.len()))]
    fn with_field(other: &str) -> String {
        other.to_owned()
    }
    #[parallel_span(err(capture))]
    fn with_event(other: &str) -> Result<(), std::num::ParseIntError> {
        other.parse::<u8>().map(drop)
    }
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        let _ = with_message(7, "failed");
        let _ = with_debug("failed");
        with_result("four");
        with_field("four");
        let _ = with_event("x");
    });
    let expected = "\
with_message error n=7 error=\"failed 7\"

with_debug error error=\"Some(\\\"failed\\\")\"

with_result return=4

with_field length=4

with_event error error=\"invalid digit found in string\"
";
    assert_eq!(recorder.tree(), expected);
    assert_eq!(recorder.event().exceptions[0].message, "invalid digit found in string");
}

#[test]
fn what_is_asked_for_is_looked_at_only_where_it_is_recorded() {
    #[span(err, ret(value = ?r), fields(%secret))]
    fn asks(secret: Secret<'_>) -> Told<'_> {
        isohub::record!(late = %secret);
        Err(secret)
    }
    let looks = AtomicU32::new(0);
    // Nothing is installed in the process of this test.
    assert!(asks(Secret(&looks)).is_err());
    assert_eq!(looks.load(Ordering::Relaxed), 0);
    let nothing = Recorder::builder().sample(isohub::Rate(0.0)).build();
    assert!(nothing.run_sync(|| asks(Secret(&looks))).is_err());
    assert_eq!((nothing.tree(), looks.load(Ordering::Relaxed)), (String::new(), 0));
    let recorder = Recorder::new();
    assert!(recorder.run_sync(|| asks(Secret(&looks))).is_err());
    assert_eq!(looks.load(Ordering::Relaxed), 4);
}

#[test]
fn a_breadcrumb_is_made_only_where_it_is_kept() {
    let looks = AtomicU32::new(0);
    let leave = || {
        let secret = Secret(&looks);
        isohub::breadcrumb!("login", format!("as {secret}"), password = %secret);
    };
    leave();
    assert_eq!(looks.load(Ordering::Relaxed), 0);
    Recorder::new().run_sync(leave);
    assert_eq!(looks.load(Ordering::Relaxed), 2);
}

#[test]
fn locals_of_a_hub_are_never_part_of_a_record() {
    isohub::hub_local! {
        static TOKEN: String;
    }
    #[parallel_span]
    fn unit() {
        TOKEN.set(SECRET.to_owned());
        isohub::capture_message("half way", isohub::Level::Info);
    }
    let recorder = Recorder::new();
    recorder.run_sync(unit);
    assert_eq!(recorder.tree(), "unit\n");
    let everything = everything(&recorder);
    assert!(!everything.contains(SECRET), "{everything}");
    assert!(!format!("{:?} {TOKEN:?}", isohub::Hub::current()).contains(SECRET));
}
