//! What a person sees, read as a person does: the tree by its lines, the rest by the words of a line.

use std::collections::HashMap;

use crate::tree::{Records, Span};

pub(crate) fn records(text: &str) -> Records {
    let mut records = Records::default();
    let mut trace = None;
    // The ids of the spans above the line, and those that the numbers of events point to.
    let (mut above, mut marked) = (Vec::new(), HashMap::new());
    for line in text.lines() {
        if let Some((_, id)) = line.rsplit_once("trace ").filter(|(_, id)| is_id(id, 32)) {
            (trace, above, marked) = (Some(id), Vec::new(), HashMap::new());
        } else if let Some(line) = Line::of(line) {
            above.truncate(line.depth);
            let parent = line.below.or(above.last().copied());
            let span = Span {
                trace: trace.expect("a line above names the trace").to_owned(),
                parent: parent.map(str::to_owned),
                name: line.name,
                outcome: line.outcome.to_owned(),
            };
            records.add(line.id, span);
            above.push(line.id);
            marked.extend(line.marks.into_iter().map(|mark| (mark, line.id)));
        } else if let Some((mark, level)) = line.split_once(' ').filter(|(mark, _)| mark.starts_with('!')) {
            records.add_event(marked[mark], level.split(' ').next().unwrap());
        }
    }
    records
}

/// The line of a span.
struct Line<'a> {
    depth: usize,
    name: String,
    outcome: &'a str,
    marks: Vec<&'a str>,
    id: &'a str,
    /// The parent, if that is elsewhere.
    below: Option<&'a str>,
}

impl<'a> Line<'a> {
    fn of(line: &'a str) -> Option<Self> {
        let is_branch = |c: char| "│├└ ".contains(c);
        let label = line.trim_start_matches(is_branch);
        let depth = (line.chars().count() - label.chars().count()) / 2;
        // What follows the name is tags, attributes, the room before the bar, or the bar.
        let is_name =
            |word: &&str| !word.is_empty() && !word.starts_with('{') && !word.contains('=') && !is_bar(word);
        let name: Vec<_> = label.split(' ').take_while(is_name).collect();
        // Behind the bar: a duration of two words, and notes.
        let bar = line.rfind(|c: char| is_bar(&c.to_string()))?;
        let mut notes = line[bar..].split_whitespace().skip(3);
        let (mut outcome, mut marks, mut id, mut below) = ("ok", Vec::new(), None, None);
        while let Some(note) = notes.next() {
            match note {
                "below" => below = notes.next(),
                note if note.starts_with('!') => marks.push(note),
                note if is_id(note, 16) => id = Some(note),
                note => outcome = note,
            }
        }
        Some(Line { depth, name: name.join(" "), outcome, marks, id: id?, below })
    }
}

fn is_bar(word: &str) -> bool {
    word.chars().all(|c| ('\u{2580}'..='\u{259f}').contains(&c))
}

fn is_id(word: &str, digits: usize) -> bool {
    word.len() == digits && word.bytes().all(|digit| digit.is_ascii_hexdigit())
}
