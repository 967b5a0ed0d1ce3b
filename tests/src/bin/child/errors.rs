//! Errors that have kept a stack since they were made.

use std::backtrace::Backtrace;
use std::fmt;

use isohub::testing::Recorder;
use isohub::{Event, span};

fn parse() -> Result<u8, std::num::ParseIntError> {
    "x".parse()
}

fn made_by_anyhow() -> anyhow::Result<u8> {
    anyhow::Context::context(parse(), "no number")
}

fn made_by_eyre() -> eyre::Result<u8> {
    eyre::WrapErr::wrap_err(parse(), "no number")
}

#[derive(Debug)]
struct Own(Backtrace);

impl fmt::Display for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no number")
    }
}

impl std::error::Error for Own {}

fn made_by_itself() -> Own {
    Own(Backtrace::capture())
}

#[span(err(capture))]
fn attribute_anyhow() -> anyhow::Result<u8> {
    anyhow::Context::context(inner_anyhow(), "in the middle")
}

#[span(err(capture))]
fn inner_anyhow() -> anyhow::Result<u8> {
    made_by_anyhow()
}

#[span(err(capture))]
fn attribute_eyre() -> eyre::Result<u8> {
    made_by_eyre()
}

#[span]
fn block_anyhow() -> anyhow::Result<u8> {
    #[isohub::span("block", err(capture))]
    {
        let number = made_by_anyhow()?;
        Ok(number)
    }
}

#[span]
fn block_eyre() -> eyre::Result<u8> {
    #[isohub::span("block", err(capture))]
    {
        let number = made_by_eyre()?;
        Ok(number)
    }
}

/// Prints what is captured: the chain, where it was captured, and whose functions are in the stack.
fn print(name: &str, f: impl FnOnce()) {
    let recorder = Recorder::new();
    recorder.run_sync(f);
    for event in recorder.events() {
        let chain: Vec<_> = event.exceptions.iter().map(|it| &*it.message).collect();
        let stack = event.backtrace.as_ref().map(ToString::to_string).unwrap_or_default();
        let lines = stack.lines().map(str::trim_start);
        let own: Vec<_> = lines.filter_map(|it| it.split_once(": child::errors::").map(|it| it.1)).collect();
        let file = event.location.file().rsplit('/').next().unwrap_or_default();
        println!("{name} {chain:?} in {file} {:?}", own.first());
    }
}

pub fn errors() {
    print("anyhow", || _ = isohub::capture_anyhow(&made_by_anyhow().unwrap_err()));
    print("eyre", || _ = isohub::capture_eyre(&made_by_eyre().unwrap_err()));
    print("own", || {
        let error = made_by_itself();
        isohub::capture_event(Event::error(&error).backtrace_of(&error.0));
    });
    print("attribute", || drop(attribute_anyhow()));
    print("attribute", || drop(attribute_eyre()));
    print("block", || drop(block_anyhow()));
    print("block", || drop(block_eyre()));
}
