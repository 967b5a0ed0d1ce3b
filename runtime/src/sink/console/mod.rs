//! A sink for people: each trace as a waterfall, each captured event with what led to it.

mod event;
mod layout;
mod text;
mod waterfall;

#[cfg(test)]
mod tests;

use std::collections::{HashSet, VecDeque};
use std::ffi::OsStr;
use std::fmt;
use std::io::{self, IsTerminal, Write};

use self::text::Canvas;
use super::{Batch, Sink};
use crate::ids::EventId;
use crate::record::{Event, Trace};
use crate::report;

/// The width where nothing tells another.
const WIDTH: usize = 100;
/// The widths at which the columns still make sense.
const WIDTHS: std::ops::RangeInclusive<usize> = 30..=1000;
/// How many events are remembered as shown, for the trace that they belong to may come later.
const MAX_SHOWN: usize = 256;

/// When the [`Console`] writes colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ColorChoice {
    /// Into a terminal, unless the environment variable `NO_COLOR` is set to anything or `TERM` is
    /// `dumb`.
    #[default]
    Auto,
    /// Everywhere.
    Always,
    /// Nowhere.
    Never,
}

/// Shows traces and captured events to a person.
///
/// ```text
/// GET /orders · 84.2 ms · ok · 3 spans · 2025-01-02 03:04:05.000Z · trace 00000007
/// GET /orders {tenant=acme} ████████████████████████████████████████████████████ 84.2 ms
/// ├ authorize               ██████▌                                              10.4 ms
/// └ db.query rows=12               ▐███████████████████████████████████████████▎ 71.0 ms
/// ```
///
/// What cannot be written is counted, in [`SinkStats`](crate::SinkStats), and said once on the standard error.
pub struct Console {
    target: Target,
    color: ColorChoice,
    width: Option<usize>,
    ids: bool,
    shown: VecDeque<EventId>,
    undelivered: u64,
}

enum Target {
    Stderr,
    Stdout,
    Writer(Box<dyn Write + Send>),
}

impl Console {
    /// Writes to the standard error.
    pub fn new() -> Self {
        Console::on(Target::Stderr)
    }

    /// Writes to the standard output.
    pub fn stdout() -> Self {
        Console::on(Target::Stdout)
    }

    /// Writes plain text to `writer`, 100 cells wide unless told otherwise. Each trace and each event
    /// is one call of `write_all`.
    pub fn to(writer: impl Write + Send + 'static) -> Self {
        Console::on(Target::Writer(Box::new(writer)))
    }

    fn on(target: Target) -> Self {
        let shown = VecDeque::new();
        Console { target, color: ColorChoice::default(), width: None, ids: false, shown, undelivered: 0 }
    }

    /// When to write colours.
    pub fn color(mut self, choice: ColorChoice) -> Self {
        self.color = choice;
        self
    }

    /// How many cells wide the output is: by default as wide as the terminal, else as the environment
    /// variable `COLUMNS` says, else 100.
    pub fn width(mut self, cells: usize) -> Self {
        self.width = Some(cells);
        self
    }

    /// Whether lines end in the span's id, and in that of its parent where this is elsewhere, as in another
    /// process; and traces are named by their whole id.
    pub fn show_ids(mut self, show: bool) -> Self {
        self.ids = show;
        self
    }

    /// One trace as the sink shows it, in plain text of `width` cells (at least 30).
    pub fn render(trace: &Trace, width: usize) -> String {
        let mut canvas = Canvas::new(false);
        let view = waterfall::View { width: clamp(width), ids: false, service: None, is_shown: &|_| false };
        waterfall::paint(&mut canvas, trace, &view);
        canvas.finish()
    }

    /// One event as the sink shows it, in plain text.
    pub fn render_event(event: &Event) -> String {
        let mut canvas = Canvas::new(false);
        event::paint(&mut canvas, event, None);
        canvas.finish()
    }

    fn write(&mut self, text: &str, records: usize) {
        if let Err(why) = self.target.write(text) {
            if self.undelivered == 0 {
                report::say(format_args!(
                    "the console cannot be written to: {why}; what is lost is counted in `isohub::stats()`, and this is \
                     not said again"
                ));
            }
            self.undelivered += records as u64;
        }
    }

    fn remember(&mut self, id: EventId) {
        if self.shown.len() == MAX_SHOWN {
            self.shown.pop_front();
        }
        self.shown.push_back(id);
    }
}

impl Default for Console {
    fn default() -> Self {
        Console::new()
    }
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let target = match self.target {
            Target::Stderr => "stderr",
            Target::Stdout => "stdout",
            Target::Writer(_) => "writer",
        };
        f.debug_struct("Console")
            .field("target", &target)
            .field("color", &self.color)
            .field("width", &self.width)
            .finish_non_exhaustive()
    }
}

impl Sink for Console {
    fn name(&self) -> &str {
        "console"
    }

    fn wants_traces(&self) -> bool {
        true
    }

    fn receive(&mut self, batch: &Batch) {
        let width = self.target.width(self.width);
        let color = self.target.color(self.color);
        for trace in &batch.traces {
            let mut canvas = Canvas::new(color);
            let is_shown = |id| self.shown.contains(&id);
            let service = batch.resource.service.as_deref();
            let view = waterfall::View { width, ids: self.ids, service, is_shown: &is_shown };
            waterfall::paint(&mut canvas, trace, &view);
            canvas.end_line();
            let new_events = trace.events.iter().filter(|event| !is_shown(event.id)).count();
            self.write(&canvas.finish(), trace.spans.len() + new_events);
        }
        for event in batch.traces.iter().flat_map(|trace| &trace.events) {
            self.remember(event.id);
        }
        let in_traces: HashSet<_> =
            batch.traces.iter().flat_map(|trace| &trace.events).map(|event| event.id).collect();
        for event in &batch.events {
            if in_traces.contains(&event.id) || self.shown.contains(&event.id) {
                continue;
            }
            let mut canvas = Canvas::new(color);
            event::paint(&mut canvas, event, None);
            canvas.end_line();
            self.write(&canvas.finish(), 1);
            self.remember(event.id);
        }
    }

    fn flush(&mut self) {
        let _ = match &mut self.target {
            Target::Stderr => io::stderr().flush(),
            Target::Stdout => io::stdout().flush(),
            Target::Writer(writer) => writer.flush(),
        };
    }

    fn undelivered(&self) -> u64 {
        self.undelivered
    }
}

impl Target {
    fn write(&mut self, text: &str) -> io::Result<()> {
        match self {
            Target::Stderr => io::stderr().lock().write_all(text.as_bytes()),
            Target::Stdout => io::stdout().lock().write_all(text.as_bytes()),
            Target::Writer(writer) => writer.write_all(text.as_bytes()),
        }
    }

    /// Asked anew for each batch: a window can be resized.
    fn width(&self, set: Option<usize>) -> usize {
        let cells = |size: Option<(terminal_size::Width, _)>| size.map(|(width, _)| usize::from(width.0));
        let terminal = match self {
            Target::Stderr => cells(terminal_size::terminal_size_of(io::stderr())),
            Target::Stdout => cells(terminal_size::terminal_size_of(io::stdout())),
            Target::Writer(_) => return choose_width(set, None, None),
        };
        choose_width(set, terminal, std::env::var("COLUMNS").ok().as_deref())
    }

    fn color(&self, choice: ColorChoice) -> bool {
        let is_terminal = match self {
            Target::Stderr => io::stderr().is_terminal(),
            Target::Stdout => io::stdout().is_terminal(),
            Target::Writer(_) => false,
        };
        let (no_color, term) = (std::env::var_os("NO_COLOR"), std::env::var_os("TERM"));
        choose_color(choice, is_terminal, no_color.as_deref(), term.as_deref())
    }
}

fn choose_width(set: Option<usize>, terminal: Option<usize>, columns: Option<&str>) -> usize {
    let columns = || columns?.trim().parse().ok();
    clamp(set.or(terminal).or_else(columns).unwrap_or(WIDTH))
}

fn clamp(width: usize) -> usize {
    width.clamp(*WIDTHS.start(), *WIDTHS.end())
}

fn choose_color(
    choice: ColorChoice,
    is_terminal: bool,
    no_color: Option<&OsStr>,
    term: Option<&OsStr>,
) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => {
            is_terminal && no_color.is_none_or(OsStr::is_empty) && term.is_none_or(|term| term != "dumb")
        }
    }
}
