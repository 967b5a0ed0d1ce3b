//! How a captured event is shown.

use std::time::SystemTime;

use super::text::{Canvas, Style, attribute, fit, pair, signed, utc};
use crate::callsite::Level;
use crate::record::Event;
use crate::scope::User;

/// The most breadcrumbs shown: those just before the event tell most.
const MAX_BREADCRUMBS: usize = 10;
/// The most lines of a stack that are shown.
const MAX_FRAMES: usize = 60;

/// What an event that stands below its trace takes from it.
pub(super) struct InTrace<'a> {
    /// The number by which the span's line points here.
    pub(super) number: usize,
    /// The name of its span, if that is there.
    pub(super) span: Option<&'a str>,
    pub(super) trace_start: SystemTime,
}

/// The first line alone: for an event that was shown in full before.
pub(super) fn paint_title(canvas: &mut Canvas, event: &Event, place: Option<&InTrace<'_>>) {
    let style = level_style(event.level);
    if let Some(place) = place {
        canvas.push(style, &format!("!{} ", place.number));
    }
    canvas.push(style, event.level.as_str());
    let titled = event.message.as_ref().map(|message| (None, message));
    let raised = event.exceptions.first().map(|exception| (exception.ty.as_ref(), &exception.message));
    if let Some((ty, message)) = titled.or(raised) {
        canvas.push(Style::Plain, "  ");
        canvas.push(Style::Bold, message);
        if let Some(ty) = ty {
            canvas.push(Style::Dim, &format!("  ({ty})"));
        }
    }
}

pub(super) fn paint(canvas: &mut Canvas, event: &Event, place: Option<&InTrace<'_>>) {
    paint_title(canvas, event, place);
    canvas.end_line();
    // Without a message of the event's own, the first error is the title already.
    for cause in event.exceptions.iter().skip(usize::from(event.message.is_none())) {
        field(canvas, "caused by", &cause.message);
    }
    let when = match place {
        Some(place) => signed(event.time, place.trace_start),
        None => utc(event.time),
    };
    let mut line = format!("{} · {}", event.location, when.trim_end());
    match (place.and_then(|place| place.span), event.span) {
        (Some(span), _) => line.push_str(&format!(" · in {span}")),
        (None, Some(context)) => line.push_str(&format!(" · trace {}", short(&context.trace_id()))),
        (None, None) => {}
    }
    field(canvas, "at", &line);
    field(canvas, "user", &event.scope.user().map(describe).unwrap_or_default());
    let tags: Vec<_> = event.scope.tags().into_iter().map(|(key, value)| pair(key, value)).collect();
    field(canvas, "tags", &tags.join(" "));
    let attributes: Vec<_> = event.attributes.iter().map(attribute).collect();
    field(canvas, "data", &attributes.join(" "));
    paint_breadcrumbs(canvas, event);
    if let Some(backtrace) = &event.backtrace {
        field(canvas, "stack", " ");
        for frame in backtrace.to_string().lines().take(MAX_FRAMES) {
            canvas.blanks(4);
            canvas.push(Style::Dim, frame);
            canvas.end_line();
        }
    }
}

fn paint_breadcrumbs(canvas: &mut Canvas, event: &Event) {
    let breadcrumbs = event.scope.breadcrumbs();
    let earlier = breadcrumbs.len().saturating_sub(MAX_BREADCRUMBS);
    if breadcrumbs.is_empty() {
        return;
    }
    let note = if earlier > 0 { format!("… {earlier} earlier") } else { " ".to_owned() };
    field(canvas, "breadcrumbs", &note);
    let shown = &breadcrumbs[earlier..];
    let category =
        |breadcrumb: &crate::scope::Breadcrumb| fit(breadcrumb.category.as_deref().unwrap_or_default(), 16);
    let column = shown.iter().map(|it| super::text::width(&category(it))).max().unwrap_or(0);
    for breadcrumb in shown {
        canvas.blanks(4);
        canvas.push(Style::Dim, &format!("{:>8}", signed(breadcrumb.time, event.time)));
        let name = category(breadcrumb);
        canvas.blanks(2);
        canvas.push(Style::Cyan, &name);
        canvas.blanks((column + 2).saturating_sub(super::text::width(&name)).min(column + 2));
        if breadcrumb.level > Level::Info {
            canvas.push(level_style(breadcrumb.level), breadcrumb.level.as_str());
            canvas.blanks(2);
        }
        canvas.push(Style::Plain, breadcrumb.message.as_deref().unwrap_or_default());
        for data in &breadcrumb.data {
            canvas.push(Style::Dim, &format!(" {}", attribute(data)));
        }
        canvas.end_line();
    }
}

/// A line of the details; none where there is nothing to say.
fn field(canvas: &mut Canvas, name: &str, text: &str) {
    if text.is_empty() {
        return;
    }
    canvas.blanks(2);
    canvas.push(Style::Dim, &format!("{name}: "));
    canvas.push(Style::Plain, text);
    canvas.end_line();
}

fn describe(user: &User) -> String {
    let parts =
        [("id", &user.id), ("username", &user.username), ("email", &user.email), ("ip", &user.ip_address)];
    let parts: Vec<_> =
        parts.iter().filter_map(|(key, value)| value.as_deref().map(|value| pair(key, value))).collect();
    parts.join(" ")
}

pub(super) fn level_style(level: Level) -> Style {
    match level {
        Level::Error | Level::Fatal => Style::Red,
        Level::Warning => Style::Yellow,
        Level::Info | Level::Debug | Level::Trace => Style::Plain,
    }
}

/// The first digits of an id: enough to tell it from others on a screen.
pub(super) fn short(id: &impl std::fmt::Display) -> String {
    format!("{id:}").chars().take(8).collect()
}
