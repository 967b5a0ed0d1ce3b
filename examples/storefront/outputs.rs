//! Where the records of both processes go.
//!
//! Each process sends its own, and writes its own files: `FILE` with the name of the process before the
//! extension. When both are done, the shop puts the files together.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use isohub::{Console, Init};
use isohub_export::{ChromeTrace, HtmlPage, JsonLines};
use isohub_opentelemetry::Otlp;
use isohub_sentry::Sentry;

use crate::Failure;
use crate::options::Outputs;

/// The processes: they call themselves so wherever their records go.
pub(crate) const SHOP: &str = "shop";
pub(crate) const WAREHOUSE: &str = "warehouse";

impl Outputs {
    /// The pipeline of the process `service`, with a sink for each output. No sink opens its file before there
    /// is something to write.
    pub(crate) fn of(&self, service: &'static str, requests: u64) -> Result<Init, Failure> {
        let mut init = isohub::init();
        if service == SHOP {
            self.prepare()?;
        }
        if self.are_wanted() {
            init = init.service(service).release(env!("CARGO_PKG_VERSION"));
        }
        if self.console {
            // By their ids one finds the two parts of a trace.
            init = init.sink(Console::new().show_ids(true));
        }
        if let Some(file) = &self.perfetto {
            init = init.sink(ChromeTrace::new(part(file, service)));
        }
        if let Some(file) = &self.html {
            // Both processes are to keep the same traces.
            init = init.sink(HtmlPage::new(part(file, service)).max_traces(requests as usize));
        }
        if let Some(file) = &self.jsonl {
            init = init.sink(JsonLines::new(part(file, service)));
        }
        if let Some(url) = &self.otlp {
            init = init.sink(Otlp::new().endpoint(url).build()?);
        }
        if let Some(dsn) = &self.sentry {
            init = init.sink(Sentry::new(dsn)?);
        }
        Ok(init)
    }

    /// Sees, before there is anything to write, that it can be; what an earlier run left behind goes.
    fn prepare(&self) -> Result<(), Failure> {
        for (option, file) in self.files() {
            let opened = OpenOptions::new().create(true).append(true).open(file);
            opened.map_err(|why| format!("`{option}` cannot write to {}: {why}", file.display()))?;
            for service in [SHOP, WAREHOUSE] {
                let _ = fs::remove_file(part(file, service));
            }
        }
        Ok(())
    }

    /// Makes one file of those of the two processes.
    pub(crate) fn join(&self) -> io::Result<()> {
        for (option, file) in self.files() {
            // Where nobody ordered anything, there are none.
            let parts = [SHOP, WAREHOUSE].map(|service| part(file, service));
            let parts: Vec<_> = parts.into_iter().filter(|part| part.exists()).collect();
            match option {
                "--perfetto" => ChromeTrace::join(&parts, file)?,
                "--html" => HtmlPage::join(&parts, file)?,
                _ => fs::write(file, parts.iter().map(fs::read).collect::<io::Result<Vec<_>>>()?.concat())?,
            }
            parts.iter().try_for_each(fs::remove_file)?;
        }
        Ok(())
    }
}

/// The file of one process: `trace.json` becomes `trace.warehouse.json`.
fn part(file: &Path, service: &str) -> PathBuf {
    match file.extension() {
        Some(extension) => file.with_extension(format!("{service}.{}", extension.display())),
        None => file.with_extension(service),
    }
}
