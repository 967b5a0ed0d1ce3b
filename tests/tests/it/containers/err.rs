//! `err` on a container records where there is an error that can be recorded.

use std::fmt;

use isohub::testing::Recorder;
use isohub::{parallel_span, span};

use super::run_async;

#[derive(Debug)]
struct Silent;

#[derive(Debug)]
struct Spoken;

impl fmt::Display for Spoken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("spoken")
    }
}

impl std::error::Error for Spoken {}

type Answer<T> = Result<T, Spoken>;

#[span(err)]
mod displayed {
    use super::{Answer, Silent, Spoken};

    pub(super) fn spoken() -> Answer<u8> {
        Err(Spoken)
    }

    pub(super) async fn later() -> Result<(), Box<dyn std::error::Error>> {
        spoken()?;
        Ok(())
    }

    pub(super) fn silent() -> Result<(), Silent> {
        Err(Silent)
    }

    pub(super) fn generic<E>(error: E) -> Result<(), E> {
        Err(error)
    }

    pub(super) fn plain() -> u8 {
        1
    }

    pub(super) fn nothing() {}

    pub(super) fn never() -> ! {
        crate::support::crash()
    }
}

#[test]
fn err_records_where_there_is_an_error_that_can_be() {
    let tree = run_async(async {
        displayed::later().await.unwrap_err();
        displayed::silent().unwrap_err();
        displayed::generic(Spoken).unwrap_err();
        assert_eq!(displayed::plain(), 1);
        displayed::nothing();
        std::panic::catch_unwind(|| displayed::never()).unwrap_err();
    });
    let expected = "\
later error error=spoken
  spoken error error=spoken

silent error

generic error

plain

nothing

never panicked
";
    assert_eq!(tree, expected);
}

#[span(err(Debug))]
mod debugged {
    pub(super) fn silent() -> Result<(), super::Silent> {
        Err(super::Silent)
    }

    pub(super) fn plain() {}
}

#[parallel_span(err(capture))]
mod captured {
    use super::{Answer, Spoken};

    pub(super) fn spoken() -> Answer<u8> {
        isohub::set_tag("unit", "spoken");
        Err(Spoken)
    }

    pub(super) fn boxed() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        Err("boxed".into())
    }

    pub(super) fn text() -> Result<(), String> {
        Err("text".to_owned())
    }

    pub(super) fn plain() {}
}

#[test]
fn the_forms_of_err() {
    let recorder = Recorder::new();
    recorder.run_sync(|| {
        debugged::silent().unwrap_err();
        debugged::plain();
        captured::spoken().unwrap_err();
        captured::boxed().unwrap_err();
        captured::text().unwrap_err();
        captured::plain();
    });
    let expected = "\
silent error error=Silent

plain

spoken error error=spoken {unit=spoken}

boxed error error=boxed

text error error=text

plain
";
    assert_eq!(recorder.tree(), expected);
    let events: Vec<_> = recorder.events().iter().map(|event| event.scope.tags().len()).collect();
    assert_eq!(events, [1, 0]);
}
