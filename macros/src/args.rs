//! The arguments as they were written: each at most once, each with the place of its key.

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Expr, ExprLit, Ident, Lit, LitStr, Path, Token, token};

use crate::attribute::Marker;
use crate::error::{Errors, here};
use crate::fields::{Field, comma};

/// A place for one argument: the only code that refuses to take it twice.
pub(crate) struct Slot<T>(Option<(Span, T)>);

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Slot(None)
    }
}

impl<T> Slot<T> {
    /// Keeps the value; a second one is an error that shows both places.
    pub(crate) fn set(&mut self, key: &str, at: Span, value: T) -> syn::Result<()> {
        if let Some((first, _)) = &self.0 {
            let mut error = syn::Error::new(at, format!("`{key}` is given twice: remove one"));
            error.combine(syn::Error::new(*first, format!("`{key}` was given here first")));
            return Err(error);
        }
        self.0 = Some((at, value));
        Ok(())
    }

    /// Where the key stands, if the argument was given.
    pub(crate) fn at(&self) -> Option<Span> {
        self.0.as_ref().map(|(at, _)| *at)
    }

    pub(crate) fn get(&self) -> Option<&T> {
        self.0.as_ref().map(|(_, value)| value)
    }

    pub(crate) fn take(&mut self) -> Option<T> {
        self.0.take().map(|(_, value)| value)
    }

    pub(crate) fn take_spanned(&mut self) -> Option<(Span, T)> {
        self.0.take()
    }
}

/// How a returned error is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorForm {
    Display,
    Debug,
    Captured,
}

/// When what a unit wrote is applied to the hub of its creator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MergeForm {
    Always,
    IfError,
}

/// Everything that can stand between the parentheses.
#[derive(Default)]
pub(crate) struct Args {
    pub(crate) name: Slot<Expr>,
    pub(crate) op: Slot<Expr>,
    pub(crate) kind: Slot<Ident>,
    pub(crate) level: Slot<Ident>,
    pub(crate) fields: Slot<Vec<Field>>,
    pub(crate) tags: Slot<Vec<Field>>,
    pub(crate) err: Slot<ErrorForm>,
    pub(crate) error_if: Slot<Expr>,
    pub(crate) ret: Slot<Vec<Field>>,
    pub(crate) fresh: Slot<()>,
    pub(crate) detached: Slot<()>,
    pub(crate) parent: Slot<Expr>,
    pub(crate) links: Slot<Expr>,
    pub(crate) merge: Slot<MergeForm>,
    pub(crate) queued: Slot<()>,
    pub(crate) runtime: Slot<Path>,
}

/// What an argument is about, and so which attributes take it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    Span,
    Hub,
    Any,
}

/// Every argument. To add one: a line here, a slot above, an arm in `Args::parse_one`.
const KNOWN: [(&str, About); 16] = [
    ("name", About::Span),
    ("op", About::Span),
    ("kind", About::Span),
    ("level", About::Span),
    ("fields", About::Span),
    ("tags", About::Hub),
    ("err", About::Span),
    ("error_if", About::Span),
    ("ret", About::Span),
    ("fresh", About::Hub),
    ("detached", About::Any),
    ("parent", About::Any),
    ("links", About::Span),
    ("merge", About::Hub),
    ("queued", About::Span),
    ("crate", About::Any),
];

impl Args {
    /// The arguments about a span that were given, and where; the name itself is not among them.
    pub(crate) fn given_about_span(&self) -> Vec<(&'static str, Span)> {
        let Args { op, kind, level, fields, err, error_if, ret, links, queued, .. } = self;
        let given = [
            ("op", op.at()),
            ("kind", kind.at()),
            ("level", level.at()),
            ("fields", fields.at()),
            ("err", err.at()),
            ("error_if", error_if.at()),
            ("ret", ret.at()),
            ("links", links.at()),
            ("queued", queued.at()),
        ];
        given.into_iter().filter_map(|(key, at)| at.map(|at| (key, at))).collect()
    }

    /// Reads the arguments of an attribute.
    pub(crate) fn parse(tokens: TokenStream, marker: Marker) -> syn::Result<Args> {
        let read = |input: ParseStream<'_>| {
            let mut args = Args::default();
            let mut errors = Errors::default();
            while !input.is_empty() {
                // Where the reader lost its place, further errors would be noise.
                let Some(result) = errors.keep(args.parse_one(input, marker)) else {
                    input.parse::<TokenStream>()?;
                    break;
                };
                errors.keep(result);
                if !input.is_empty() && errors.keep(comma(input)).is_none() {
                    input.parse::<TokenStream>()?;
                }
            }
            errors.finish(args)
        };
        read.parse2(tokens)
    }

    /// Reads one argument. The outer error is one after which nothing more can be read.
    pub(crate) fn parse_one(
        &mut self,
        input: ParseStream<'_>,
        marker: Marker,
    ) -> syn::Result<syn::Result<()>> {
        if input.peek(LitStr) {
            let text: LitStr = input.parse()?;
            let at = text.span();
            let refused = refuse("name", marker, at);
            let name = Expr::Lit(ExprLit { attrs: Vec::new(), lit: Lit::Str(text) });
            return Ok(refused
                .and_then(|()| non_empty(&name))
                .and_then(|()| self.name.set("name", at, name)));
        }
        if !input.peek(Ident::peek_any) {
            return Err(here(input, format!("expected an argument: {}", list_known(marker))));
        }
        let word = input.call(Ident::parse_any)?;
        let (at, key) = (word.span(), word.unraw().to_string());
        if !KNOWN.iter().any(|(known, _)| *known == key) {
            skip_value(input)?;
            return Ok(Err(unknown(&key, at, marker)));
        }
        if let Err(refused) = refuse(&key, marker, at) {
            skip_value(input)?;
            return Ok(Err(refused));
        }
        Ok(match key.as_str() {
            "name" => {
                let name = assigned(input, &key)?;
                non_empty(&name).and_then(|()| self.name.set(&key, at, name))
            }
            "op" => self.op.set(&key, at, assigned(input, &key)?),
            "kind" => kind(&assigned(input, &key)?).and_then(|kind| self.kind.set(&key, at, kind)),
            "level" => level(&assigned(input, &key)?).and_then(|level| self.level.set(&key, at, level)),
            "fields" => self.fields.set(&key, at, listed(input, &key, Field::parse_list)?),
            "tags" => self.tags.set(&key, at, listed(input, &key, Field::parse_tags)?),
            "err" => self.err.set(&key, at, error_form(input)?),
            "error_if" => self.error_if.set(&key, at, assigned(input, &key)?),
            "ret" => {
                let fields = match input.peek(token::Paren) {
                    true => listed(input, &key, Field::parse_returned)?,
                    false => no_value(input, &key).and(Field::parse_returned.parse_str("r"))?,
                };
                self.ret.set(&key, at, fields)
            }
            "fresh" => self.fresh.set(&key, at, no_value(input, &key)?),
            "detached" => self.detached.set(&key, at, no_value(input, &key)?),
            "parent" => self.parent.set(&key, at, assigned(input, &key)?),
            "links" => self.links.set(&key, at, assigned(input, &key)?),
            "merge" => self.merge.set(&key, at, merge_form(input)?),
            "queued" => self.queued.set(&key, at, no_value(input, &key)?),
            _ => {
                equals(input, &key)?;
                let path = input.call(Path::parse_mod_style);
                let path = path.map_err(|error| {
                    syn::Error::new(error.span(), "`crate` is where isohub is: write `crate = some::path`")
                })?;
                self.runtime.set(&key, at, path)
            }
        })
    }
}

/// Whether this attribute takes the argument at all.
fn refuse(key: &str, marker: Marker, at: Span) -> syn::Result<()> {
    let about = KNOWN.iter().find(|(known, _)| *known == key).map_or(About::Any, |(_, about)| *about);
    let instead = match about {
        About::Span if !marker.has_span() => "which starts no span: use `#[parallel_span]`",
        About::Hub if !marker.has_hub() => "which has no hub of its own: use `#[parallel_span]`",
        _ => return Ok(()),
    };
    Err(syn::Error::new(at, format!("`{key}` is not an argument of `{}`, {instead}", marker.written())))
}

fn unknown(key: &str, at: Span, marker: Marker) -> syn::Error {
    let nearest = KNOWN.iter().map(|(known, _)| (distance(key, known), *known)).min();
    let help = match nearest {
        Some((distance, known)) if distance <= 2 && distance < known.len() => {
            format!("did you mean `{known}`?")
        }
        _ => list_known(marker),
    };
    syn::Error::new(at, format!("unknown argument `{key}`: {help}"))
}

fn list_known(marker: Marker) -> String {
    let taken = |about: About| match about {
        About::Span => marker.has_span(),
        About::Hub => marker.has_hub(),
        About::Any => true,
    };
    let names: Vec<&str> = KNOWN.iter().filter(|(_, about)| taken(*about)).map(|(name, _)| *name).collect();
    format!("`{}` takes {}", marker.written(), names.join(", "))
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

/// Passes over whatever an argument that is not taken was given.
fn skip_value(input: ParseStream<'_>) -> syn::Result<()> {
    if input.peek(token::Paren) {
        input.parse::<proc_macro2::Group>()?;
    } else if input.peek(Token![=]) {
        input.parse::<Token![=]>()?;
        input.parse::<Expr>()?;
    }
    Ok(())
}

fn equals(input: ParseStream<'_>, key: &str) -> syn::Result<()> {
    if !input.peek(Token![=]) {
        return Err(here(input, format!("`{key}` needs a value: write `{key} = ..`")));
    }
    input.parse::<Token![=]>().map(drop)
}

fn assigned(input: ParseStream<'_>, key: &str) -> syn::Result<Expr> {
    equals(input, key)?;
    if input.is_empty() || input.peek(Token![,]) {
        return Err(here(input, format!("`{key}` needs a value: write `{key} = ..`")));
    }
    input.parse()
}

fn no_value(input: ParseStream<'_>, key: &str) -> syn::Result<()> {
    if input.peek(Token![=]) || input.peek(token::Paren) {
        return Err(here(input, format!("`{key}` takes no value: write only `{key}`")));
    }
    Ok(())
}

fn listed(
    input: ParseStream<'_>,
    key: &str,
    read: fn(ParseStream<'_>) -> syn::Result<Vec<Field>>,
) -> syn::Result<Vec<Field>> {
    if !input.peek(token::Paren) {
        return Err(here(input, format!("`{key}` is a list: write `{key}(key = value)`")));
    }
    let inside;
    let parens = syn::parenthesized!(inside in input);
    let fields = read(&inside)?;
    if fields.is_empty() {
        let help = format!("`{key}` is empty: write `{key}(key = value)` or leave it out");
        return Err(syn::Error::new(parens.span.join(), help));
    }
    Ok(fields)
}

fn non_empty(name: &Expr) -> syn::Result<()> {
    match name {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if text.value().trim().is_empty() => {
            Err(syn::Error::new(text.span(), "this name is empty: say what the span does, or leave it out"))
        }
        _ => Ok(()),
    }
}

fn error_form(input: ParseStream<'_>) -> syn::Result<ErrorForm> {
    const HELP: &str = "write `err`, `err(Debug)` or `err(capture)`";
    if input.peek(Token![=]) {
        return Err(here(input, HELP));
    }
    if !input.peek(token::Paren) {
        return Ok(ErrorForm::Display);
    }
    let inside;
    let parens = syn::parenthesized!(inside in input);
    let help = |at: Span| syn::Error::new(at, HELP);
    let word: Ident = inside.parse().map_err(|_| help(parens.span.join()))?;
    if !inside.is_empty() {
        return Err(here(&inside, HELP));
    }
    match word.to_string().as_str() {
        "Debug" => Ok(ErrorForm::Debug),
        "capture" => Ok(ErrorForm::Captured),
        _ => Err(help(word.span())),
    }
}

fn merge_form(input: ParseStream<'_>) -> syn::Result<MergeForm> {
    const HELP: &str = "write `merge` or `merge(err)`";
    if input.peek(Token![=]) {
        return Err(here(input, HELP));
    }
    if !input.peek(token::Paren) {
        return Ok(MergeForm::Always);
    }
    let inside;
    let parens = syn::parenthesized!(inside in input);
    let word: Ident = inside.parse().map_err(|_| syn::Error::new(parens.span.join(), HELP))?;
    if !inside.is_empty() {
        return Err(here(&inside, HELP));
    }
    match word.to_string().as_str() {
        "err" => Ok(MergeForm::IfError),
        _ => Err(syn::Error::new(word.span(), HELP)),
    }
}

/// The variant of `SpanKind` that a word means.
fn kind(given: &Expr) -> syn::Result<Ident> {
    let variants = [
        ("internal", "Internal"),
        ("client", "Client"),
        ("server", "Server"),
        ("producer", "Producer"),
        ("consumer", "Consumer"),
    ];
    let help = "write internal, client, server, producer or consumer";
    match given {
        Expr::Path(path) => variant(path.path.get_ident(), &variants, given, help),
        _ => Err(syn::Error::new_spanned(given, format!("a kind is a bare word: {help}"))),
    }
}

/// The variant of `Level` that a word or text means.
fn level(given: &Expr) -> syn::Result<Ident> {
    let variants = [
        ("trace", "Trace"),
        ("debug", "Debug"),
        ("info", "Info"),
        ("warning", "Warning"),
        ("warn", "Warning"),
        ("error", "Error"),
        ("fatal", "Fatal"),
    ];
    let help = "write trace, debug, info, warning, error or fatal";
    match given {
        Expr::Path(path) => variant(path.path.get_ident(), &variants, given, help),
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => {
            let word = text.parse::<Ident>().ok();
            variant(word.as_ref(), &variants, given, help)
        }
        _ => Err(syn::Error::new_spanned(given, format!("a level is a word: {help}"))),
    }
}

fn variant(word: Option<&Ident>, known: &[(&str, &str)], given: &Expr, help: &str) -> syn::Result<Ident> {
    let found = word.and_then(|word| known.iter().find(|(name, _)| word == name).map(|found| (word, found)));
    match found {
        Some((word, (_, variant))) => Ok(Ident::new(variant, word.span().resolved_at(Span::mixed_site()))),
        None => Err(syn::Error::new_spanned(given, format!("unknown word: {help}"))),
    }
}
