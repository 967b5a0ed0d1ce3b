//! Text that means something to a terminal, a browser or JSON, in every field that can hold text, of every sink that
//! shows it: it comes out as text.

use std::collections::HashSet;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};

use isohub::sink::{Batch, ColorChoice, Console, Sink};
use isohub::{Attribute, Breadcrumb, Event, Exception, Scope, SpanEvent, Text, User, Value};
use isohub_export::{ChromeTrace, HtmlPage, JsonLines};
use proptest::prelude::*;
use serde_json::Value as Json;

use crate::html::data;
use crate::support::{Directory, at, batch, context, json, json_lines, template, trace};

/// What escapes are made of, and whatever else there is.
fn text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "\x1b[31m",
        "\x1b]0;title\x07",
        "\x1b[2J",
        "\u{9b}1A",
        "\u{9d}",
        "\x08",
        "\x7f",
        "\0",
        "\r",
        "\n",
        "\r\n",
        "\t",
        "\u{202e}",
        "\u{2066}",
        "\u{200e}",
        "\u{2028}",
        "\u{2029}",
        "\u{85}",
        "\u{feff}",
        "\u{e0041}",
        "</script>",
        "<script>",
        "<!--",
        "-->",
        "]]>",
        "<img src=x onerror=a>",
        "&lt;",
        "\"",
        "'",
        "\\",
        "\\u0000",
        "${a}",
        "`",
        "{",
        "\u{fffe}",
        "\u{fffd}",
        "👩‍💻",
        "大",
        " ",
    ]);
    prop_oneof![
        proptest::collection::vec(piece, 1..6).prop_map(|pieces| pieces.concat()),
        "(?s).{1,20}",
        any::<String>(),
    ]
}

/// Gives each field another text, and remembers them all.
struct Texts<'a> {
    of: &'a [String],
    count: usize,
    given: Vec<String>,
}

impl Texts<'_> {
    fn next(&mut self) -> Text {
        let text = self.key();
        self.given.push(text.to_string());
        text
    }

    /// One that a scope cleans, as it does its keys: it does not come back as it was.
    fn key(&mut self) -> Text {
        let text = format!("({}){}", self.count, self.of[self.count % self.of.len()]);
        self.count += 1;
        text.into()
    }

    fn attribute(&mut self) -> Attribute {
        Attribute { key: self.next(), value: Value::List(vec![Value::text(self.next())]) }
    }

    fn scope(&mut self) -> Scope {
        let mut scope = Scope::default();
        scope.set_tag(self.key(), self.next());
        scope.set_transaction_name(self.next());
        let mut user = User::default();
        (user.id, user.username) = (Some(self.next()), Some(self.next()));
        (user.email, user.ip_address) = (Some(self.next()), Some(self.next()));
        user.data = vec![Attribute { key: self.key(), value: Value::text(self.next()) }];
        scope.set_user(user);
        scope.set_context(self.key(), [(self.key(), self.next())]);
        scope.set_extra(self.key(), self.next());
        let breadcrumb = Breadcrumb::new(self.next()).category(self.next());
        scope.add_breadcrumb(breadcrumb.data(self.key(), self.next()));
        scope
    }

    fn event(&mut self) -> Event {
        let (_, mut event) = template();
        event.message = Some(self.next());
        let exception = |texts: &mut Self| Exception { ty: Some(texts.next()), message: texts.next() };
        event.exceptions = vec![exception(self), exception(self)];
        event.attributes = vec![self.attribute()];
        (event.scope, event.time) = (self.scope(), at(20));
        event
    }
}

/// A trace with an event, and an event without a trace, of which each field that can hold text holds another one; and
/// those texts.
fn everywhere(of: &[String]) -> (Batch, Vec<String>) {
    let mut texts = Texts { of, count: 0, given: Vec::new() };
    let mut trace = trace(1, &[(1, 0, "span", 0, 30)]);
    let mut event = texts.event();
    event.span = Some(context(1, 1));
    trace.events.push(event.into());
    let span = Arc::make_mut(&mut trace.spans[0]);
    (span.name, span.attributes, span.scope) = (texts.next(), vec![texts.attribute()], Some(texts.scope()));
    span.events = vec![SpanEvent { name: texts.next(), time: at(10), attributes: vec![texts.attribute()] }];
    let mut alone = texts.event();
    alone.span = None;
    let mut batch = batch(vec![trace]);
    batch.events.push(alone.into());
    (batch, texts.given)
}

/// All keys and texts of a value.
fn all(value: &Json, found: &mut HashSet<String>) {
    match value {
        Json::String(text) => drop(found.insert(text.clone())),
        Json::Array(values) => values.iter().for_each(|value| all(value, found)),
        Json::Object(values) => values.iter().for_each(|(key, value)| {
            found.insert(key.clone());
            all(value, found);
        }),
        _ => {}
    }
}

fn found_in(values: &[Json]) -> HashSet<String> {
    let mut found = HashSet::new();
    values.iter().for_each(|value| all(value, &mut found));
    found
}

fn file(sink: impl FnOnce(&Path) -> Box<dyn Sink>, batch: &Batch) -> String {
    let directory = Directory::new();
    let path = directory.path("file");
    let mut sink = sink(&path);
    sink.receive(batch);
    sink.flush();
    drop(sink);
    std::fs::read_to_string(path).unwrap()
}

/// What a terminal gets.
fn printed(batch: &Batch, choice: ColorChoice) -> String {
    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    let written = Written::default();
    Console::to(written.clone()).color(choice).width(200).receive(batch);
    let bytes = written.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

/// The text without the codes of the console's own colours.
fn without_colors(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |shown, part| {
        let (code, rest) = part.split_once('m').unwrap_or_default();
        assert!(["0", "1", "2", "1;31", "33", "34", "36"].contains(&code), "{part:?}");
        shown + rest
    })
}

/// Whether a terminal does something, or shows nothing, or something in another place, where this stands.
fn acts(char: char) -> bool {
    let format = ['\u{ad}', '\u{61c}', '\u{180e}', '\u{200b}', '\u{200e}', '\u{200f}', '\u{feff}'];
    let formats = ['\u{2028}'..='\u{202e}', '\u{2060}'..='\u{206f}', '\u{e0000}'..='\u{e0fff}'];
    char.is_control() || format.contains(&char) || formats.iter().any(|it| it.contains(&char))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn a_console_prints_no_character_that_acts(texts in proptest::collection::vec(text(), 1..20)) {
        let harmless = everywhere(&["text".to_owned()]).0;
        for choice in [ColorChoice::Never, ColorChoice::Always] {
            let text = without_colors(&printed(&everywhere(&texts).0, choice));
            let acting: Vec<_> = text.chars().filter(|it| *it != '\n' && acts(*it)).collect();
            prop_assert!(acting.is_empty(), "{acting:?} in {text:?}");
            // Nor is there a line that came from data.
            prop_assert_eq!(text.lines().count(), without_colors(&printed(&harmless, choice)).lines().count());
        }
    }

    #[test]
    fn lines_and_traces_hold_all_text_as_it_was(texts in proptest::collection::vec(text(), 1..20)) {
        let (batch, given) = everywhere(&texts);
        let lines = file(|path| Box::new(JsonLines::new(path)), &batch);
        prop_assert_eq!(lines.matches('\n').count(), 4, "of the process, the span and two events");
        let lines = found_in(&json_lines(&lines));
        let chrome = found_in(&[json(&file(|path| Box::new(ChromeTrace::new(path)), &batch))]);
        for text in given {
            prop_assert!(lines.contains(&text), "{text:?} is not in a line");
            prop_assert!(chrome.contains(&text), "{text:?} is not in the trace");
        }
    }

    #[test]
    fn a_page_holds_all_text_as_data_and_nothing_of_it_elsewhere(
        texts in proptest::collection::vec(text(), 1..20),
    ) {
        let page = |batch: &Batch| file(|path| Box::new(HtmlPage::new(path)), batch);
        let (batch, given) = everywhere(&texts);
        let hostile = page(&batch);
        let found = found_in(&[data(&hostile)]);
        for text in given {
            prop_assert!(found.iter().any(|it| it.contains(&text)), "{text:?} is not on the page");
        }
        let frame = |page: &str| {
            let (before, rest) = page.split_once(" id=\"data\">").unwrap();
            [before, rest.split_once("</script>").unwrap().1].map(str::to_owned)
        };
        prop_assert_eq!(frame(&hostile), frame(&page(&everywhere(&["text".to_owned()]).0)));
    }
}
