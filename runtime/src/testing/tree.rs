//! Spans as trees of text, by which tests compare them.

use std::collections::HashMap;
use std::fmt::Write;
use std::time::SystemTime;

use crate::forest::{Forest, Node, key};
use crate::ids::{SpanContext, SpanId};
use crate::record::{Outcome, SpanRecord};
use crate::value::{Attribute, Value};

/// The deepest level that is indented; what is deeper says its depth instead, so that the text of
/// a long chain does not grow with its square.
const MAX_INDENT: usize = 100;

/// A span of the text.
#[derive(Clone, Copy, Debug)]
pub(crate) enum TreeSpan<'a> {
    /// One that ended.
    Ended(&'a SpanRecord),
    /// One that did not.
    Open { context: SpanContext, parent: Option<SpanId>, name: &'a str, start: SystemTime },
}

impl TreeSpan<'_> {
    fn node(&self) -> Node {
        match *self {
            TreeSpan::Ended(record) => Node::of(record),
            TreeSpan::Open { context, parent, start, .. } => Node { context, parent, start },
        }
    }
}

/// What the text tells besides the shape.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TreeOptions {
    times: bool,
    ids: bool,
}

impl TreeOptions {
    /// Whether each line ends in the span's duration.
    pub(crate) fn times(mut self, times: bool) -> Self {
        self.times = times;
        self
    }

    /// Whether each line ends in the span's number. Those that a link names always do.
    pub(crate) fn ids(mut self, ids: bool) -> Self {
        self.ids = ids;
        self
    }
}

/// `spans` as indented text, the same whatever the ids are and in whichever order they come:
///
/// ```text
/// request status=200 {tenant=a}
///   load error
///     - retry attempt=2
///   notify open -> #2
/// ```
///
/// A blank line stands between two traces.
pub(crate) fn render(spans: &[TreeSpan<'_>], options: TreeOptions) -> String {
    let forest = Forest::new(spans.iter().map(TreeSpan::node));
    let lines = forest.depth_first();
    let contexts: Vec<_> = spans.iter().map(|span| span.node().context).collect();

    let mut numbers = HashMap::new();
    let linked = spans.iter().flat_map(links).map(key);
    for id in lines.iter().map(|&(_, span)| key(contexts[span])).chain(linked.clone()) {
        let next = numbers.len() + 1;
        numbers.entry(id).or_insert(next);
    }
    let linked: std::collections::HashSet<_> = linked.collect();

    let mut text = String::new();
    let mut trace = None;
    for (depth, span) in lines {
        let context = contexts[span];
        if trace.is_some_and(|trace| trace != context.trace_id()) {
            text.push('\n');
        }
        trace = Some(context.trace_id());
        indent(&mut text, depth);
        let number = |context| numbers.get(&key(context)).copied().unwrap_or_default();
        let _ = match &spans[span] {
            TreeSpan::Open { name, .. } => write!(text, "{} open", escape(name)),
            TreeSpan::Ended(record) => {
                write_record(&mut text, record, number);
                if options.times { write!(text, " {:?}", record.duration) } else { Ok(()) }
            }
        };
        if options.ids || linked.contains(&key(context)) {
            let _ = write!(text, " #{}", number(context));
        }
        text.push('\n');
        if let TreeSpan::Ended(record) = &spans[span] {
            for event in &record.events {
                indent(&mut text, depth + 1);
                let _ = write!(text, "- {}", escape(&event.name));
                write_attributes(&mut text, &event.attributes);
                text.push('\n');
            }
        }
    }
    text
}

fn write_record(text: &mut String, record: &SpanRecord, number: impl Fn(SpanContext) -> usize) {
    text.push_str(&escape(&record.name));
    if record.outcome != Outcome::Ok {
        let _ = write!(text, " {}", record.outcome);
    }
    if record.is_orphan {
        text.push_str(" orphan");
    }
    write_attributes(text, &record.attributes);
    let tags = record.scope.as_ref().map(|scope| scope.tags()).unwrap_or_default();
    if !tags.is_empty() {
        let tags: Vec<_> = tags.iter().map(|(key, value)| escape(&format!("{key}={value}"))).collect();
        let _ = write!(text, " {{{}}}", tags.join(" "));
    }
    for link in &record.links {
        let _ = write!(text, " -> #{}", number(link.context));
    }
}

fn write_attributes(text: &mut String, attributes: &[Attribute]) {
    for Attribute { key, value } in attributes {
        let _ = match value {
            // Quoted where it could be read as more than one value.
            Value::Str(value) if value.is_empty() || value.contains([' ', '"', '=']) => {
                write!(text, " {}={value:?}", escape(key))
            }
            value => write!(text, " {}={}", escape(key), escape(&value.to_string())),
        };
    }
}

fn links<'a>(span: &TreeSpan<'a>) -> impl Iterator<Item = SpanContext> + Clone + use<'a> {
    let links = match span {
        TreeSpan::Ended(record) => record.links.as_slice(),
        TreeSpan::Open { .. } => &[],
    };
    links.iter().map(|link| link.context)
}

fn indent(text: &mut String, depth: usize) {
    text.extend(std::iter::repeat_n("  ", depth.min(MAX_INDENT)));
    if depth > MAX_INDENT {
        let _ = write!(text, "({depth}) ");
    }
}

/// A line of its own stays a line.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars() {
        if char.is_control() { escaped.extend(char.escape_default()) } else { escaped.push(char) }
    }
    escaped
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::callsite::Callsite;
    use crate::ids::TraceId;
    use crate::record::{Link, SpanEvent};
    use crate::scope::Scope;
    use std::time::Duration;

    pub(crate) fn callsite(name: &'static str) -> &'static Callsite {
        Box::leak(Box::new(Callsite::new(name, module_path!(), file!(), line!(), column!())))
    }

    pub(crate) fn at(micros: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_735_787_045) + Duration::from_micros(micros)
    }

    pub(crate) fn context(trace: u64, span: u64) -> SpanContext {
        SpanContext::new(TraceId { high: trace << 32, low: 1 }, SpanId(span), true)
    }

    pub(crate) fn attributes(pairs: &[(&'static str, &'static str)]) -> Vec<Attribute> {
        pairs.iter().map(|&(key, value)| Attribute { key: key.into(), value: Value::text(value) }).collect()
    }

    pub(crate) fn tags(pairs: &[(&'static str, &'static str)]) -> Option<Scope> {
        let mut scope = Scope::default();
        pairs.iter().for_each(|&(key, value)| scope.set_tag(key, value));
        Some(scope)
    }

    /// A span of trace 7 that ran from `from` to `to`, in microseconds.
    pub(crate) fn span(id: u64, parent: u64, name: &'static str, from: u64, to: u64) -> SpanRecord {
        SpanRecord {
            context: context(7, id),
            parent: (parent > 0).then_some(SpanId(parent)),
            is_local_root: parent == 0,
            callsite: callsite(name),
            name: name.into(),
            start: at(from),
            duration: Duration::from_micros(to - from),
            outcome: Outcome::Ok,
            attributes: Vec::new(),
            events: Vec::new(),
            links: Vec::new(),
            scope: None,
            incoming: None,
            is_orphan: false,
        }
    }

    fn text(spans: &[SpanRecord], options: TreeOptions) -> String {
        render(&spans.iter().map(TreeSpan::Ended).collect::<Vec<_>>(), options)
    }

    #[test]
    fn a_line_tells_all_of_its_span() {
        let mut request = span(1, 0, "request", 0, 90);
        request.attributes = attributes(&[("status", "200"), ("agent", "a b"), ("empty", "")]);
        request.scope = tags(&[("tenant", "a"), ("zone", "z")]);
        let mut load = span(2, 1, "load\nall", 10, 40);
        load.outcome = Outcome::Error;
        let retry = SpanEvent { name: "retry".into(), time: at(20), attributes: attributes(&[("n", "2")]) };
        load.events = vec![retry];
        let mut notify = span(3, 1, "notify", 50, 60);
        notify.outcome = Outcome::Cancelled;
        let link = |context| Link { context, attributes: Vec::new() };
        notify.links = vec![link(context(7, 2)), link(context(9, 9))];
        let mut lost = span(5, 0, "lost", 70, 80);
        lost.context = context(8, 5);
        lost.is_orphan = true;
        let open =
            TreeSpan::Open { context: context(7, 4), parent: Some(SpanId(3)), name: "send", start: at(55) };
        let ended = [lost, notify, load, request];
        let spans: Vec<_> = [open].into_iter().chain(ended.iter().map(TreeSpan::Ended)).collect();

        assert_eq!(
            render(&spans, TreeOptions::default()),
            "\
request status=200 agent=\"a b\" empty=\"\" {tenant=a zone=z}
  load\\nall error #2
    - retry n=2
  notify cancelled -> #2 -> #6
    send open

lost orphan
"
        );
        assert_eq!(
            render(&spans, TreeOptions::default().times(true).ids(true)),
            "\
request status=200 agent=\"a b\" empty=\"\" {tenant=a zone=z} 90µs #1
  load\\nall error 30µs #2
    - retry n=2
  notify cancelled -> #2 -> #6 10µs #3
    send open #4

lost orphan 10µs #5
"
        );
    }

    #[test]
    fn neither_the_order_nor_the_ids_of_the_input_show() {
        let spans = |ids: [u64; 4]| {
            let [a, b, c, d] = ids;
            vec![span(a, 0, "a", 0, 9), span(b, a, "b", 1, 2), span(c, a, "c", 3, 5), span(d, c, "d", 4, 5)]
        };
        let mut mixed = spans([90, 80, 70, 60]);
        mixed.rotate_left(2);
        let shown = text(&spans([1, 2, 3, 4]), TreeOptions::default().ids(true));
        assert_eq!(shown, "a #1\n  b #2\n  c #3\n    d #4\n");
        assert_eq!(text(&mixed, TreeOptions::default().ids(true)), shown);
    }

    #[test]
    fn what_has_no_parent_here_is_a_root() {
        let spans = [span(2, 1, "second", 5, 6), span(3, 1, "first", 2, 3)];
        assert_eq!(text(&spans, TreeOptions::default()), "first\nsecond\n");
        assert_eq!(text(&[], TreeOptions::default()), "");
    }

    #[test]
    fn circles_and_repeated_ids_show_each_span_once() {
        let spans = [
            span(5, 1, "into", 0, 1),
            span(1, 3, "one", 3, 4),
            span(2, 1, "two", 2, 9),
            span(3, 2, "three", 5, 6),
            span(3, 2, "again", 7, 8),
            span(4, 4, "self", 8, 9),
        ];
        assert_eq!(
            text(&spans, TreeOptions::default()),
            "two\n  three\n    one\n      into\n  again\nself\n"
        );
    }

    #[test]
    fn a_long_chain_neither_overflows_nor_grows_with_its_square() {
        let spans: Vec<_> = (1..=10_000).map(|id| span(id, id - 1, "s", id, id + 1)).collect();
        let text = text(&spans, TreeOptions::default());
        assert_eq!(text.lines().count(), 10_000);
        assert!(text.len() < 3_000_000);
        assert!(text.ends_with("  (9999) s\n"));
    }
}
