//! How a trace is shown: its tree on the left, when each span ran on a shared axis on the right.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::event::{self, InTrace, short};
use super::layout::{Fold, Item, Row, rows};
use super::text::{self, Canvas, Style, attribute, fit, pair, width};
use crate::forest::{Forest, Node};
use crate::ids::{EventId, SpanId};
use crate::record::{Event, Outcome, SpanRecord, Trace};
use crate::value::Attribute;

/// The most cells of an attribute.
const MAX_PAIR: usize = 40;
/// An axis of fewer cells says nothing.
const MIN_AXIS: usize = 6;
/// The most events that are shown below a trace.
const MAX_EVENTS: usize = 20;

/// A label of fewer cells says nothing: rather than that, lines are too long.
const MIN_LABEL: usize = 12;

/// What the caller chooses.
pub(super) struct View<'a> {
    pub(super) width: usize,
    pub(super) ids: bool,
    /// What the program is called among those that share its traces.
    pub(super) service: Option<&'a str>,
    /// Whether an event was shown in full before.
    pub(super) is_shown: &'a dyn Fn(EventId) -> bool,
}

pub(super) fn paint(canvas: &mut Canvas, trace: &Trace, view: &View<'_>) {
    let forest = Forest::new(trace.spans.iter().map(|span| Node::of(span)));
    let mut events: Vec<&Event> = trace.events.iter().map(|event| &**event).collect();
    events.sort_by_key(|event| event.time);
    let start = trace.spans.iter().map(|span| span.start).min();
    let start = start.or(events.first().map(|event| event.time)).unwrap_or(SystemTime::UNIX_EPOCH);
    let waterfall = Waterfall::new(trace, &forest, &events, start, view);
    waterfall.header(canvas);
    let lines: Vec<_> = rows(&trace.spans, &forest).iter().map(|row| waterfall.line(row)).collect();
    let columns = Columns::of(&lines, view.width);
    if !lines.is_empty() && trace.spans.iter().all(|span| span.duration < waterfall.total) {
        columns.paint_scale(canvas, waterfall.total);
    }
    columns.paint(canvas, &lines, waterfall.total);
    waterfall.events(canvas, &events);
}

struct Waterfall<'a> {
    trace: &'a Trace,
    forest: &'a Forest,
    view: &'a View<'a>,
    /// The span that the trace is named after.
    root: Option<&'a SpanRecord>,
    start: SystemTime,
    /// From the first start to the last end.
    total: Duration,
    /// For each span that carries a scope, how it differs from the scope around it.
    units: Vec<String>,
    /// For each span, the nearest one with a scope: it, or one above.
    around: Vec<Option<usize>>,
    /// The numbers of the events of each span.
    marks: HashMap<SpanId, Vec<usize>>,
}

impl<'a> Waterfall<'a> {
    fn new(
        trace: &'a Trace,
        forest: &'a Forest,
        events: &[&Event],
        start: SystemTime,
        view: &'a View<'a>,
    ) -> Self {
        let mut marks: HashMap<_, Vec<_>> = HashMap::new();
        for (number, event) in (1..).zip(events) {
            if let Some(context) = event.span {
                marks.entry(context.span_id()).or_default().push(number);
            }
        }
        let (units, around) = units(&trace.spans, forest);
        let roots = || forest.roots().iter().map(|&root| &trace.spans[root]);
        let end = |span: &Arc<SpanRecord>| since(span.start, start).saturating_add(span.duration);
        Waterfall {
            trace,
            forest,
            view,
            root: roots().find(|span| span.is_local_root).or_else(|| roots().next()).map(|root| &**root),
            start,
            total: trace.spans.iter().map(end).max().unwrap_or_default(),
            units,
            around,
            marks,
        }
    }

    fn header(&self, canvas: &mut Canvas) {
        let spans = self.trace.spans.len();
        let mut parts = Vec::new();
        if self.trace.is_partial {
            parts.push((Style::Yellow, "partial".to_owned()));
        }
        if let Some(root) = self.root {
            parts.push((Style::Plain, text::duration(root.duration)));
            parts.push((outcome_style(root.outcome), root.outcome.to_string()));
            let unit = if spans == 1 { "span" } else { "spans" };
            parts.push((Style::Plain, format!("{spans} {unit}")));
            parts.push((Style::Dim, text::utc(self.start)));
            parts.extend(self.view.service.map(|service| (Style::Plain, text::escape(service).into_owned())));
            let id = root.context.trace_id();
            let id = if self.view.ids { id.to_string() } else { short(&id) };
            parts.push((Style::Dim, format!("trace {id}")));
        }
        let name = fit(self.root.map_or("(no spans)", |root| &root.name), self.view.width / 2);
        let mut used = width(&name);
        canvas.push(Style::Bold, &name);
        for (style, part) in parts {
            let part = part.trim_end();
            used += width(part) + 3;
            if used > self.view.width {
                canvas.end_line();
                used = width(part) + 2;
                canvas.blanks(2);
            } else {
                canvas.push(Style::Dim, " · ");
            }
            canvas.push(style, part);
        }
        canvas.end_line();
    }

    fn line(&self, row: &Row) -> Line {
        let mut line = Line::new(&row.prefix);
        match &row.item {
            Item::Span(span) => self.span(&mut line, *span),
            Item::Slowest(span) => {
                self.span(&mut line, *span);
                line.extras.insert(0, (Style::Dim, "(slowest)".to_owned()));
            }
            Item::Fold(fold) => self.fold(&mut line, fold),
            Item::More(count) => {
                let unit = if *count == 1 { "span" } else { "spans" };
                line.name = (Style::Dim, format!("… {count} more {unit}"));
            }
        }
        line
    }

    fn span(&self, line: &mut Line, index: usize) {
        let span = &self.trace.spans[index];
        let style = outcome_style(span.outcome);
        line.name = (style, text::escape(&span.name).into_owned());
        if !self.units[index].is_empty() {
            line.extras.push((Style::Cyan, self.units[index].clone()));
        }
        // What is a tag of the unit around, too, is shown as such, here or above.
        let unit = self.around[index].and_then(|unit| self.trace.spans[unit].scope.as_ref());
        let is_tag = |it: &&Attribute| {
            unit.and_then(|scope| scope.tag(&it.key)).is_some_and(|tag| it.value.to_string() == tag)
        };
        // Why it failed comes first: there may not be room for the rest.
        let attributes = span.attributes.iter().filter(|it| !is_tag(it));
        let (why, rest): (Vec<_>, Vec<_>) = attributes.partition(|it| it.key == "error");
        line.extras.extend(why.into_iter().chain(rest).map(|it| (Style::Dim, fit(&attribute(it), MAX_PAIR))));
        let (from, length) = (since(span.start, self.start), span.duration);
        let color = if span.outcome == Outcome::Ok { Style::Blue } else { style };
        line.bar = Some(Bar { from, length, style: color, shade: false });
        line.duration = text::duration(span.duration);
        if span.outcome != Outcome::Ok {
            line.notes.push((style, span.outcome.to_string()));
        }
        if span.is_orphan {
            line.notes.push((Style::Yellow, "orphan".to_owned()));
        }
        if let Some(numbers) = self.marks.get(&span.context.span_id()) {
            let shown: Vec<_> = numbers.iter().take(3).map(|number| format!("!{number}")).collect();
            let more = if numbers.len() > 3 { "…" } else { "" };
            line.notes.push((Style::Bold, shown.join(" ") + more));
        }
        if self.view.ids {
            line.notes.push((Style::Dim, span.context.span_id().to_string()));
            // In another process, or shown before.
            let elsewhere = span.parent.filter(|_| self.forest.roots().contains(&index));
            line.notes.extend(elsewhere.map(|id| (Style::Dim, format!("below {id}"))));
        }
    }

    fn fold(&self, line: &mut Line, fold: &Fold) {
        let spans = || fold.members.iter().map(|&span| &self.trace.spans[span]);
        let Some(first) = spans().next() else { return };
        // Spans of one place can have been renamed.
        let name =
            if spans().all(|span| span.name == first.name) { &first.name } else { first.callsite.name() };
        line.name = (Style::Bold, format!("{} × {}", fold.members.len(), text::escape(name)));
        let (median, max) = (text::duration(fold.median), text::duration(fold.max));
        line.wide = Some(format!("(median {}, max {})", median.trim_end(), max.trim_end()));
        let from = since(first.start, self.start);
        let end = spans().map(|span| since(span.start, self.start).saturating_add(span.duration)).max();
        let length = end.unwrap_or_default().saturating_sub(from);
        line.bar = Some(Bar { from, length, style: Style::Dim, shade: true });
        if fold.failed > 0 {
            line.notes.push((Style::Red, format!("{} failed", fold.failed)));
        }
    }

    fn events(&self, canvas: &mut Canvas, events: &[&Event]) {
        let names: HashMap<_, _> =
            self.trace.spans.iter().map(|span| (span.context.span_id(), &*span.name)).collect();
        for (number, event) in (1..).zip(events) {
            if number > MAX_EVENTS {
                canvas.push(Style::Dim, &format!("… {} more events", events.len() - MAX_EVENTS));
                canvas.end_line();
                break;
            }
            let span = event.span.and_then(|context| names.get(&context.span_id()).copied());
            let place = InTrace { number, span, trace_start: self.start };
            if (self.view.is_shown)(event.id) {
                event::paint_title(canvas, event, Some(&place));
                canvas.push(Style::Dim, "  (shown above)");
                canvas.end_line();
            } else {
                event::paint(canvas, event, Some(&place));
            }
        }
    }
}

/// One line before it is known how wide its columns are. Its texts are escaped already.
struct Line {
    prefix: String,
    name: (Style, String),
    /// What is shown if there is room.
    extras: Vec<(Style, String)>,
    /// What is shown in place of the bar where there is no room beside the name.
    wide: Option<String>,
    bar: Option<Bar>,
    duration: String,
    notes: Vec<(Style, String)>,
}

#[derive(Clone, Copy)]
struct Bar {
    from: Duration,
    length: Duration,
    style: Style,
    /// Whether it stands for many spans.
    shade: bool,
}

impl Line {
    fn new(prefix: &str) -> Self {
        Line {
            prefix: prefix.to_owned(),
            name: (Style::Plain, String::new()),
            extras: Vec::new(),
            wide: None,
            bar: None,
            duration: String::new(),
            notes: Vec::new(),
        }
    }

    fn label_width(&self) -> usize {
        let extras: usize = self.extras.iter().map(|(_, text)| width(text) + 1).sum();
        let wide = self.wide.as_ref().map_or(0, |text| width(text) + 1);
        width(&self.prefix) + width(&self.name.1) + extras + wide
    }

    fn notes_width(&self) -> usize {
        self.notes.iter().map(|(_, text)| width(text) + 1).sum()
    }
}

/// The widths of the columns; none is too wide for the rest.
struct Columns {
    label: usize,
    /// 0 if there is no room for bars.
    axis: usize,
    duration: usize,
}

impl Columns {
    fn of(lines: &[Line], total: usize) -> Self {
        let duration = lines.iter().map(|line| width(&line.duration)).max().unwrap_or(0);
        let notes = lines.iter().map(Line::notes_width).max().unwrap_or(0);
        let room = total.saturating_sub(duration + notes + 1).max(MIN_LABEL);
        let wanted = lines.iter().map(Line::label_width).max().unwrap_or(0);
        // Where there is little room, names help more than bars.
        let label = wanted.min(if room < 50 { room * 2 / 3 } else { room * 5 / 9 });
        let axis = room.saturating_sub(label + 1);
        if axis < MIN_AXIS {
            return Columns { label: room, axis: 0, duration };
        }
        Columns { label, axis, duration }
    }

    fn duration_end(&self) -> usize {
        self.label + self.axis + self.duration + if self.axis > 0 { 2 } else { 1 }
    }

    /// How long the axis is, for a trace in which no span is as long.
    fn paint_scale(&self, canvas: &mut Canvas, total: Duration) {
        let total = text::duration(total);
        if self.axis > width(&total) {
            canvas.blanks(self.label + 1);
            canvas.push(Style::Dim, "0");
            canvas.blanks(self.axis - 1 - width(total.trim_end()));
            canvas.push(Style::Dim, total.trim_end());
            canvas.end_line();
        }
    }

    fn paint(&self, canvas: &mut Canvas, lines: &[Line], total: Duration) {
        for line in lines {
            if line.wide.is_some() && line.label_width() > self.label {
                // What must not be cut takes the room of the bar and of the duration.
                let room = self.duration_end();
                let used = label(canvas, line, room);
                canvas.blanks(room - used);
            } else {
                let used = label(canvas, line, self.label);
                canvas.blanks(self.label - used);
                if self.axis > 0 {
                    canvas.blanks(1);
                    let cells = line.bar.map(|bar| (bar.style, bar.cells(self.axis, total)));
                    let (style, cells) = cells.unwrap_or_else(|| (Style::Plain, " ".repeat(self.axis)));
                    canvas.push(style, &cells);
                }
                canvas.blanks(1 + self.duration - width(&line.duration));
                canvas.push(Style::Plain, &line.duration);
            }
            for (style, note) in &line.notes {
                canvas.blanks(1);
                canvas.push(*style, note);
            }
            canvas.end_line();
        }
    }
}

/// Paints what of the label fits into `room` and returns how much it took.
fn label(canvas: &mut Canvas, line: &Line, room: usize) -> usize {
    let mut prefix = line.prefix.clone();
    // Deep down, the depth and the branches next to the span tell most.
    let cells = width(&prefix);
    if cells > room / 2 && cells + width(&line.name.1) > room {
        let depth = format!("…{} ", cells / 2);
        let kept = prefix.chars().skip((cells + width(&depth)).saturating_sub(room / 2));
        prefix = depth.chars().chain(kept).collect();
    }
    canvas.push(Style::Dim, &prefix);
    let mut used = width(&prefix);
    let name = fit(&line.name.1, room.saturating_sub(used));
    canvas.push(line.name.0, &name);
    used += width(&name);
    let wide = line.wide.iter().map(|text| (Style::Plain, text.clone()));
    for (style, extra) in wide.chain(line.extras.iter().cloned()) {
        // A few letters of an attribute help nobody.
        let left = room.saturating_sub(used + 1);
        if left < width(&extra).min(8) {
            break;
        }
        let extra = fit(&extra, left);
        canvas.blanks(1);
        canvas.push(style, &extra);
        used += width(&extra) + 1;
    }
    used
}

impl Bar {
    /// The axis of `cells` cells with this bar on it, to an eighth of a cell at its end and about a
    /// quarter at its begin: terminals have no finer blocks that fill a cell from the right.
    fn cells(&self, cells: usize, total: Duration) -> String {
        const FROM_LEFT: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
        let eighths = cells * 8;
        let at = |time: Duration| {
            let total = total.as_secs_f64();
            if total > 0.0 { time.as_secs_f64() / total * eighths as f64 } else { 0.0 }
        };
        let from = (at(self.from) as usize).min(eighths - 1);
        let to = at(self.from.saturating_add(self.length)).round() as usize;
        let to = to.clamp(from + 1, eighths);
        let (first, last) = (from / 8, (to - 1) / 8);
        let cell = |cell: usize| {
            if cell < first || cell > last {
                ' '
            } else if self.shade {
                '░'
            } else if cell == first && from % 8 >= 6 {
                '▕'
            } else if cell == first && from % 8 >= 3 {
                '▐'
            } else if cell == last {
                FROM_LEFT[(to - 1) % 8]
            } else {
                '█'
            }
        };
        (0..cells).map(cell).collect()
    }
}

/// For each span, what its own scope has that the nearest scope above it has not, or not so; and which span
/// has the nearest scope.
fn units(spans: &[Arc<SpanRecord>], forest: &Forest) -> (Vec<String>, Vec<Option<usize>>) {
    let mut units = vec![String::new(); spans.len()];
    let mut around = vec![None; spans.len()];
    // The nearest span with a scope, for each level above.
    let mut path: Vec<Option<usize>> = Vec::new();
    for (depth, index) in forest.depth_first() {
        path.truncate(depth);
        let above = path.last().copied().flatten();
        around[index] = if spans[index].scope.is_some() { Some(index) } else { above };
        path.push(around[index]);
        let Some(scope) = &spans[index].scope else { continue };
        let outer = above.and_then(|above| spans[above].scope.as_ref());
        let before = outer.map(|scope| scope.tags()).unwrap_or_default();
        let now = scope.tags();
        let mut parts: Vec<_> =
            now.iter().filter(|tag| !before.contains(tag)).map(|(key, value)| pair(key, value)).collect();
        let gone = before.iter().filter(|(key, _)| !now.iter().any(|(other, _)| key == other));
        parts.extend(gone.map(|(key, _)| format!("-{key}")));
        let user = scope.user().and_then(name_of);
        let is_known = |&user: &&str| {
            outer.and_then(|it| it.user()).and_then(name_of) == Some(user) || scope.tag("user") == Some(user)
        };
        if let Some(user) = user.filter(|user| !is_known(user)) {
            parts.push(pair("user", user));
        }
        if !parts.is_empty() {
            units[index] = text::escape(&format!("{{{}}}", parts.join(" "))).into_owned();
        }
    }
    (units, around)
}

fn name_of(user: &crate::scope::User) -> Option<&str> {
    user.id.as_deref().or(user.username.as_deref()).or(user.email.as_deref())
}

fn outcome_style(outcome: Outcome) -> Style {
    match outcome {
        Outcome::Ok => Style::Plain,
        Outcome::Error | Outcome::Panicked => Style::Red,
        Outcome::Cancelled => Style::Yellow,
    }
}

fn since(time: SystemTime, start: SystemTime) -> Duration {
    time.duration_since(start).unwrap_or_default()
}
