//! Text for a terminal: escapes, widths, units. Nothing here knows of spans.

use std::borrow::Cow;
use std::fmt::Write;
use std::time::{Duration, SystemTime};

use crate::value::{Attribute, Value};

/// The mark of what was cut.
const MARK: char = '…';

/// How text looks on a terminal that has colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Bold,
    Dim,
    Red,
    Yellow,
    Blue,
    Cyan,
}

impl Style {
    /// The parameter of the terminal's "select graphic rendition".
    fn code(self) -> Option<&'static str> {
        Some(match self {
            Style::Plain => return None,
            Style::Bold => "1",
            Style::Dim => "2",
            Style::Red => "1;31",
            Style::Yellow => "33",
            Style::Blue => "34",
            Style::Cyan => "36",
        })
    }
}

/// The output as it grows. All text goes through [`Canvas::push`], so none gets out unescaped.
#[derive(Debug)]
pub(super) struct Canvas {
    text: String,
    color: bool,
}

impl Canvas {
    pub(super) fn new(color: bool) -> Self {
        Canvas { text: String::new(), color }
    }

    pub(super) fn push(&mut self, style: Style, text: &str) {
        let text = escape(text);
        // Blanks carry no codes, so that `end_line` finds them.
        match style.code().filter(|_| self.color && !text.trim().is_empty()) {
            Some(code) => {
                let _ = write!(self.text, "\x1b[{code}m{text}\x1b[0m");
            }
            None => self.text.push_str(&text),
        }
    }

    pub(super) fn blanks(&mut self, count: usize) {
        self.text.extend(std::iter::repeat_n(' ', count));
    }

    pub(super) fn end_line(&mut self) {
        self.text.truncate(self.text.trim_end_matches(' ').len());
        self.text.push('\n');
    }

    pub(super) fn finish(self) -> String {
        self.text
    }
}

/// `text` with everything that could move the cursor, end the line, or hide or reorder other text
/// written as an escape.
pub(super) fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for char in text.chars() {
        if is_unsafe(char) { escaped.extend(char.escape_default()) } else { escaped.push(char) }
    }
    Cow::Owned(escaped)
}

fn is_unsafe(char: char) -> bool {
    char.is_control()
        || matches!(char,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// How many cells `text` takes. Scripts that terminals themselves disagree on may be off by one.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

fn char_width(char: char) -> usize {
    match u32::from(char) {
        0x300..=0x36f | 0x200c..=0x200d | 0x20d0..=0x20ff | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f
        | 0x2e80..=0x303e
        | 0x3041..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff00..=0xff60
        | 0xffe0..=0xffe6
        | 0x1f300..=0x1f64f
        | 0x1f680..=0x1f6ff
        | 0x1f900..=0x1f9ff
        | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

/// `text`, escaped, in at most `room` cells.
pub(super) fn fit(text: &str, room: usize) -> String {
    let text = escape(text);
    if width(&text) <= room {
        return text.into_owned();
    }
    let mut cut = String::new();
    let mut used = 1;
    for char in text.chars() {
        used += char_width(char);
        if used > room {
            break;
        }
        cut.push(char);
    }
    if room > 0 {
        cut.push(MARK);
    }
    cut
}

/// Three significant digits and a unit in two cells, so that numbers of one unit stand in line.
pub(super) fn duration(duration: Duration) -> String {
    let nanos = duration.as_nanos() as f64;
    // Each limit is where the rounded number would need a fourth digit.
    let (number, unit) = match nanos {
        ..999.5 => return format!("{nanos:.0} ns"),
        ..999.5e3 => (nanos / 1e3, "µs"),
        ..999.5e6 => (nanos / 1e6, "ms"),
        ..119.5e9 => (nanos / 1e9, "s "),
        ..5970e9 => (nanos / 60e9, "m "),
        _ => (nanos / 3600e9, "h "),
    };
    let decimals = match number {
        ..9.995 => 2,
        ..99.95 => 1,
        _ => 0,
    };
    format!("{number:.decimals$} {unit}")
}

/// `later - earlier` with a sign.
pub(super) fn signed(later: SystemTime, earlier: SystemTime) -> String {
    match later.duration_since(earlier) {
        Ok(after) => format!("+{}", duration(after)),
        Err(before) => format!("-{}", duration(before.duration())),
    }
}

/// The date and time in UTC, to the millisecond.
pub(super) fn utc(time: SystemTime) -> String {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let (days, second) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    // Years are counted from March, so that the leap day is a year's last (the epoch is day
    // 719,468 of that calendar); 146,097 days are 400 years.
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let (date, month) = (day - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    let year = era * 400 + year + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year}-{month:02}-{date:02} {hour:02}:{minute:02}:{second:02}.{:03}Z", since.subsec_millis())
}

/// `key=value`, the value in quotes where it could be taken for more than one.
pub(super) fn pair(key: &str, value: &str) -> String {
    if value.is_empty() || value.contains([' ', '"']) {
        format!("{key}=\"{}\"", value.replace('"', "\\\""))
    } else {
        format!("{key}={value}")
    }
}

/// The same of a typed value.
pub(super) fn attribute(attribute: &Attribute) -> String {
    match &attribute.value {
        Value::Str(text) => pair(&attribute.key, text),
        value => format!("{}={value}", attribute.key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_keep_three_digits_and_change_units_in_time() {
        let shown = [0, 999, 1_000, 9_996, 999_499, 999_501, 12_345_678, 119_000_000_000, 120_000_000_000];
        let shown: Vec<_> = shown.map(|nanos| duration(Duration::from_nanos(nanos))).into();
        assert_eq!(
            shown,
            ["0 ns", "999 ns", "1.00 µs", "10.0 µs", "999 µs", "1.00 ms", "12.3 ms", "119 s ", "2.00 m "]
        );
        assert_eq!(duration(Duration::from_secs(7_200)), "2.00 h ");
    }

    #[test]
    fn dates_know_leap_years() {
        let shown = |seconds| utc(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(shown(0), "1970-01-01 00:00:00.000Z");
        assert_eq!(shown(951_782_400), "2000-02-29 00:00:00.000Z");
        assert_eq!(shown(1_735_689_599), "2024-12-31 23:59:59.000Z");
    }

    #[test]
    fn text_that_could_act_on_a_terminal_is_escaped() {
        assert_eq!(escape("a\x1b[2J\r\n\t\u{7f}\u{9b}"), r"a\u{1b}[2J\r\n\t\u{7f}\u{9b}");
        assert_eq!(escape("\u{202e}txt\u{2066}\u{feff}"), r"\u{202e}txt\u{2066}\u{feff}");
        assert_eq!(escape("größe 大 👩‍💻"), "größe 大 👩‍💻");
    }

    #[test]
    fn text_is_cut_by_cells() {
        assert_eq!(fit("abcdef", 6), "abcdef");
        assert_eq!(fit("abcdef", 4), "abc…");
        assert_eq!(fit("大大大", 4), "大…");
        assert_eq!(fit("abc", 0), "");
    }
}
