//! Words of which only some are known, and what to suggest for the others.

use proc_macro2::Span;
use syn::{Expr, ExprLit, Ident, Lit};

/// The known word that was most likely meant.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = |known: &&str| distance(&word.to_lowercase(), known) <= if word.len() > 3 { 2 } else { 1 };
    known.into_iter().filter(near).min_by_key(|known| distance(word, known))
}

/// How many letters must be changed, added or removed to make one word the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, letter) in one.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (above, known) in row.iter_mut().skip(1).zip(&other) {
            let changed = diagonal + usize::from(letter != *known);
            diagonal = *above;
            left = changed.min(left + 1).min(*above + 1);
            *above = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

/// An argument whose value is one of a few words, each with the variant of an enum that it means.
struct Choice {
    key: &'static str,
    words: &'static [(&'static str, &'static str)],
    list: &'static str,
}

const KINDS: Choice = Choice {
    key: "kind",
    words: &[
        ("internal", "Internal"),
        ("client", "Client"),
        ("server", "Server"),
        ("producer", "Producer"),
        ("consumer", "Consumer"),
    ],
    list: "internal, client, server, producer or consumer",
};

const LEVELS: Choice = Choice {
    key: "level",
    words: &[
        ("trace", "Trace"),
        ("debug", "Debug"),
        ("info", "Info"),
        ("warning", "Warning"),
        ("warn", "Warning"),
        ("error", "Error"),
        ("fatal", "Fatal"),
    ],
    list: "trace, debug, info, warning, error or fatal",
};

/// The variant of `SpanKind` that a word means.
pub(crate) fn kind(given: &Expr) -> syn::Result<Ident> {
    match given {
        Expr::Path(path) => match path.path.get_ident() {
            Some(word) => KINDS.variant(word),
            None => Err(KINDS.no_word(given)),
        },
        _ => Err(KINDS.no_word(given)),
    }
}

/// The variant of `Level` that a word or text means.
pub(crate) fn level(given: &Expr) -> syn::Result<Ident> {
    match given {
        Expr::Path(path) => match path.path.get_ident() {
            Some(word) => LEVELS.variant(word),
            None => Err(LEVELS.no_word(given)),
        },
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => match text.parse::<Ident>() {
            Ok(word) => LEVELS.variant(&word),
            Err(_) => Err(LEVELS.no_word(given)),
        },
        _ => Err(LEVELS.no_word(given)),
    }
}

impl Choice {
    fn variant(&self, word: &Ident) -> syn::Result<Ident> {
        let found = self.words.iter().find(|(known, _)| word == known);
        if let Some((_, variant)) = found {
            return Ok(Ident::new(variant, word.span().resolved_at(Span::mixed_site())));
        }
        let help = match nearest(&word.to_string(), self.words.iter().map(|(known, _)| *known)) {
            Some(known) => format!("did you mean `{known}`?"),
            None => format!("write {}", self.list),
        };
        Err(syn::Error::new(word.span(), format!("unknown {} `{word}`: {help}", self.key)))
    }

    /// What is no word, but may hold one that is known, as `"server"` and `SpanKind::Server` do.
    fn no_word(&self, given: &Expr) -> syn::Error {
        let inside = match given {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
            Expr::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
            _ => None,
        };
        let meant = inside.map(|text| text.to_lowercase());
        let meant = meant.filter(|text| self.words.iter().any(|(known, _)| known == text));
        let help = match meant {
            Some(word) => format!("`{} = {word}`", self.key),
            None => self.list.to_owned(),
        };
        syn::Error::new_spanned(given, format!("a {} is a bare word: write {help}", self.key))
    }
}
