//! Trace and span ids in the lines of a `fmt` layer.

use std::fmt;

use isohub::SpanContext;
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::FmtContext;
use tracing_subscriber::fmt::format::{Format, FormatEvent, FormatFields, Writer};
use tracing_subscriber::registry::LookupSpan;

use crate::{layer, stack};

/// The format of a `fmt` layer, with `trace_id` and `span_id` of the innermost span, of isohub's and tracing's, at the end
/// of each line.
///
/// A trace that is not recorded has an id as well, which is sent to others and so helps to find what they logged; its
/// spans have none. Without a trace, or without [`layer()`](crate::layer()) for what is in spans of tracing, lines are as
/// they were. A format that is not one of tracing-subscriber's writes [`current_span`](crate::current_span) itself.
///
/// ```
/// use isohub_tracing::WithIds;
/// use tracing_subscriber::prelude::*;
///
/// let text = tracing_subscriber::fmt::layer().map_event_format(WithIds::text);
/// let subscriber = tracing_subscriber::registry().with(isohub_tracing::layer()).with(text);
/// ```
///
/// ```text
/// 2026-11-22T10:00:00.000000Z  INFO shop: order placed id=7 trace_id=0af7651916cd43dd8448eb211c80319c span_id=b7ad6b7169203331
/// ```
#[derive(Clone, Debug)]
pub struct WithIds<F> {
    format: F,
    is_json: bool,
}

impl<L, T> WithIds<Format<L, T>> {
    /// For formats that people read: ` trace_id=.. span_id=..`.
    pub fn text(format: Format<L, T>) -> Self {
        WithIds { format, is_json: false }
    }

    /// For tracing-subscriber's JSON: `"trace_id":"..","span_id":".."`, at the top of the object.
    ///
    /// ```
    /// use isohub_tracing::WithIds;
    /// # #[cfg(any())]
    /// let json = tracing_subscriber::fmt::layer().json().map_event_format(WithIds::json);
    /// ```
    pub fn json(format: Format<L, T>) -> Self {
        WithIds { format, is_json: true }
    }
}

impl<S, N, L, T> FormatEvent<S, N> for WithIds<Format<L, T>>
where
    Format<L, T>: FormatEvent<S, N> + Clone,
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let Some(ids) = ids(context, event) else {
            return self.format.format_event(context, writer, event);
        };
        // The line is written apart, where what writes it does not see whether colours are wanted.
        let format = self.format.clone().with_ansi(writer.has_ansi_escapes());
        let mut line = String::new();
        format.format_event(context, Writer::new(&mut line), event)?;
        let text = line.trim_end_matches('\n');
        let line_end = &line[text.len()..];
        match self.is_json {
            false => write_text(&mut writer, text, ids)?,
            true => write_json(&mut writer, text, ids)?,
        }
        writer.write_str(line_end)
    }
}

/// The ids of the span in which an event happens.
fn ids<S, N>(context: &FmtContext<'_, S, N>, event: &Event<'_>) -> Option<SpanContext>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    let given = event.parent().and_then(|id| layer::known(context.span(id)));
    given.unwrap_or_else(stack::current_span).context()
}

fn write_text(writer: &mut Writer<'_>, line: &str, ids: SpanContext) -> fmt::Result {
    write!(writer, "{line} trace_id={}", ids.trace_id())?;
    if ids.is_sampled() {
        write!(writer, " span_id={}", ids.span_id())?;
    }
    Ok(())
}

fn write_json(writer: &mut Writer<'_>, line: &str, ids: SpanContext) -> fmt::Result {
    let Some(object) = line.strip_suffix('}') else { return writer.write_str(line) };
    let comma = if object.ends_with('{') { "" } else { "," };
    write!(writer, "{object}{comma}\"trace_id\":\"{}\"", ids.trace_id())?;
    if ids.is_sampled() {
        write!(writer, ",\"span_id\":\"{}\"", ids.span_id())?;
    }
    writer.write_str("}")
}
