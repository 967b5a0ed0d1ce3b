//! What the command line says.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

pub(crate) const USAGE: &str = "\
usage: storefront [OPTIONS]

  --without-isolation  run the same handlers without their attributes, in one unit, to see what goes wrong
  --serve              send no orders, but wait for yours, until ctrl-c
  --requests N         send so many orders: 2,000, or 100 where one of the following is given

With any of these the stock service is a process of its own, the warehouse; the traces go through both:

  --console            show each trace on the standard error
  --perfetto FILE      write the traces for https://ui.perfetto.dev
  --html FILE          write them as a page for the browser
  --jsonl FILE         write them as lines of JSON, one a record
  --otlp URL           send them to this receiver of OpenTelemetry, as http://127.0.0.1:4318
  --sentry DSN         send them, and the errors, to this project of Sentry

It exits with 0 if nothing went wrong, with 1 if something did, and with 2 if it could not run.";

pub(crate) struct Options {
    pub(crate) isolated: bool,
    pub(crate) serve: bool,
    /// Whether this is the second process: the shop says so to the one that it starts.
    pub(crate) warehouse: bool,
    pub(crate) help: bool,
    pub(crate) requests: Option<u64>,
    pub(crate) outputs: Outputs,
}

/// Where records go, beside the verdict.
#[derive(Default)]
pub(crate) struct Outputs {
    pub(crate) console: bool,
    pub(crate) perfetto: Option<PathBuf>,
    pub(crate) html: Option<PathBuf>,
    pub(crate) jsonl: Option<PathBuf>,
    pub(crate) otlp: Option<String>,
    pub(crate) sentry: Option<String>,
}

impl Options {
    /// Reads the arguments that follow the name of the program. What is wrong is said in the error.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, String> {
        let outputs = Outputs::default();
        let mut options =
            Options { isolated: true, serve: false, warehouse: false, help: false, requests: None, outputs };
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let argument = argument.to_string_lossy().into_owned();
            let mut value = |placeholder: &str| {
                let value =
                    arguments.next().filter(|it| !it.is_empty() && !it.as_encoded_bytes().starts_with(b"--"));
                value.ok_or_else(|| format!("`{argument}` takes a value: write `{argument} {placeholder}`"))
            };
            let outputs = &mut options.outputs;
            match &*argument {
                "--without-isolation" => options.isolated = false,
                "--serve" => options.serve = true,
                "--warehouse" => options.warehouse = true,
                "--help" | "-h" => options.help = true,
                "--requests" => options.requests = Some(number(&value("N")?)?),
                "--console" => outputs.console = true,
                "--perfetto" => outputs.perfetto = Some(value("FILE")?.into()),
                "--html" => outputs.html = Some(value("FILE")?.into()),
                "--jsonl" => outputs.jsonl = Some(value("FILE")?.into()),
                "--otlp" => outputs.otlp = Some(value("URL")?.to_string_lossy().into_owned()),
                "--sentry" => outputs.sentry = Some(value("DSN")?.to_string_lossy().into_owned()),
                unknown => return Err(format!("unknown argument `{unknown}`\n\n{USAGE}")),
            }
        }
        Ok(options)
    }

    /// How many orders are sent.
    pub(crate) fn requests(&self) -> u64 {
        self.requests.unwrap_or(if self.outputs.are_wanted() { 100 } else { 2000 })
    }
}

impl Outputs {
    /// Whether there are any: then the shop has a second process.
    pub(crate) fn are_wanted(&self) -> bool {
        let Outputs { console, otlp, sentry, .. } = self;
        *console || otlp.is_some() || sentry.is_some() || self.files().next().is_some()
    }

    /// The files, and how each of them is asked for.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        let files = [("--perfetto", &self.perfetto), ("--html", &self.html), ("--jsonl", &self.jsonl)];
        files.into_iter().filter_map(|(option, file)| Some((option, file.as_deref()?)))
    }
}

fn number(text: &OsStr) -> Result<u64, String> {
    let number = text.to_str().and_then(|text| text.parse().ok());
    number.ok_or_else(|| format!("{text:?} is no number: write `--requests N`"))
}
