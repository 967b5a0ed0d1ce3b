//! The arguments as they were written: each at most once, each with the place of its key.

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Expr, ExprLit, Ident, Lit, LitStr, Path, Token, token};

use crate::attribute::Marker;
use crate::error::{Errors, here};
use crate::fields::{Field, comma};
use crate::taker::{About, Taker, UnitMacro};
use crate::words::{self, nearest};

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
#[derive(Clone, Copy, Debug)]
pub(crate) enum MergeForm {
    Always,
    /// Where a returned type without an error is reported; nowhere, where it may have none.
    IfError(Option<Span>),
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
    pub(crate) allow: Slot<()>,
    pub(crate) skip: Slot<()>,
    pub(crate) pub_only: Slot<()>,
    pub(crate) merge: Slot<MergeForm>,
    pub(crate) queued: Slot<()>,
    pub(crate) runtime: Slot<Path>,
}

/// Every argument. To add one: a line here, a slot above, an arm in `Args::parse_one`.
const KNOWN: [(&str, About); 19] = [
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
    ("queued", About::Span),
    ("merge", About::Creator),
    ("skip", About::Items),
    ("pub_only", About::Items),
    ("allow", About::Any),
    ("crate", About::Any),
];

impl Args {
    /// Whether what is spawned in the body may do without a hub of its own.
    pub(crate) fn allows_bare_spawn(&self) -> bool {
        self.allow.get().is_some()
    }

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
        let taker = Taker::Attribute(marker);
        let read = |input: ParseStream<'_>| {
            let mut args = Args::default();
            let mut errors = Errors::default();
            let mut given = 0;
            while !input.is_empty() {
                // Where the reader lost its place, further errors would be noise.
                let Some(result) = errors.keep(args.parse_one(input, taker)) else {
                    input.parse::<TokenStream>()?;
                    break;
                };
                given += usize::from(errors.keep(result).is_some());
                if !input.is_empty() && errors.keep(comma(input)).is_none() {
                    input.parse::<TokenStream>()?;
                }
            }
            if let (Some(at), 2..) = (args.skip.at(), given) {
                let message =
                    "`skip` leaves out what it stands on, so it stands alone: remove it, or the others";
                errors.push(syn::Error::new(at, message));
            }
            errors.finish(args)
        };
        read.parse2(tokens)
    }

    /// An empty name was given, too: none is missing.
    fn set_name(&mut self, at: Span, name: Expr, taker: Taker) -> syn::Result<()> {
        let empty = non_empty(&name, taker);
        self.name.set("name", at, name).and(empty)
    }

    /// Reads one argument. The outer error is one after which nothing more can be read.
    pub(crate) fn parse_one(&mut self, input: ParseStream<'_>, taker: Taker) -> syn::Result<syn::Result<()>> {
        if input.peek(LitStr) {
            let text: LitStr = input.parse()?;
            let at = text.span();
            let name = Expr::Lit(ExprLit { attrs: Vec::new(), lit: Lit::Str(text) });
            return Ok(refuse("name", taker, at).and_then(|()| self.set_name(at, name, taker)));
        }
        if !input.peek(Ident::peek_any) {
            return Err(here(input, format!("expected an {}: {}", taker.noun(), list_known(taker))));
        }
        let word = input.call(Ident::parse_any)?;
        let (at, key) = (word.span(), word.unraw().to_string());
        if !KNOWN.iter().any(|(known, _)| *known == key) {
            skip_value(input)?;
            return Ok(Err(unknown(&key, at, taker)));
        }
        if let Err(refused) = refuse(&key, taker, at) {
            skip_value(input)?;
            return Ok(Err(refused));
        }
        Ok(match key.as_str() {
            "name" => assigned(input, &word)?.and_then(|name| self.set_name(at, name, taker)),
            "op" => assigned(input, &word)?.and_then(|value| self.op.set(&key, at, value)),
            "kind" => assigned(input, &word)?
                .and_then(|kind| words::kind(&kind))
                .and_then(|kind| self.kind.set(&key, at, kind)),
            "level" => assigned(input, &word)?
                .and_then(|level| words::level(&level))
                .and_then(|level| self.level.set(&key, at, level)),
            "fields" => self.fields.set(&key, at, listed(input, &key, Field::parse_list)?),
            "tags" => self.tags.set(&key, at, listed(input, &key, Field::parse_tags)?),
            "err" => self.err.set(&key, at, error_form(input)?),
            "error_if" => assigned(input, &word)?.and_then(|value| self.error_if.set(&key, at, value)),
            "ret" => {
                let fields = match input.peek(token::Paren) {
                    true => listed(input, &key, Field::parse_returned)?,
                    false if input.peek(Token![=]) => {
                        return Err(here(
                            input,
                            "`ret` is alone or has a list: write `ret` or `ret(key = value)`",
                        ));
                    }
                    false => vec![Field::returned(at)],
                };
                self.ret.set(&key, at, fields)
            }
            "fresh" => self.fresh.set(&key, at, no_value(input, &key)?),
            "detached" => self.detached.set(&key, at, no_value(input, &key)?),
            "parent" => assigned(input, &word)?.and_then(|value| self.parent.set(&key, at, value)),
            "links" => assigned(input, &word)?.and_then(|value| self.links.set(&key, at, value)),
            "allow" => self.allow.set(&key, at, allowed(input, at)?),
            "skip" => self.skip.set(&key, at, no_value(input, &key)?),
            "pub_only" => self.pub_only.set(&key, at, no_value(input, &key)?),
            "merge" => self.merge.set(&key, at, merge_form(input)?),
            "queued" => self.queued.set(&key, at, no_value(input, &key)?),
            _ => {
                equals(input, &word)?;
                let path = input.call(Path::parse_mod_style);
                let path = path.map_err(|error| {
                    syn::Error::new(error.span(), "`crate` is where isohub is: write `crate = some::path`")
                })?;
                self.runtime.set(&key, at, path)
            }
        })
    }
}

fn about(key: &str) -> About {
    KNOWN.iter().find(|(known, _)| *known == key).map_or(About::Any, |(_, about)| *about)
}

/// Whether this attribute or macro takes the argument at all.
fn refuse(key: &str, taker: Taker, at: Span) -> syn::Result<()> {
    let Some(instead) = taker.refusal(about(key)) else { return Ok(()) };
    let (noun, written) = (taker.noun(), taker.written());
    Err(syn::Error::new(at, format!("`{key}` is not an {noun} of `{written}`, {instead}")))
}

fn unknown(key: &str, at: Span, taker: Taker) -> syn::Error {
    let all = KNOWN.iter().map(|(name, _)| *name);
    let help = match nearest(key, taken(taker)) {
        Some(known) => format!("did you mean `{known}`?"),
        None => match nearest(key, all).and_then(|known| Some((known, taker.refusal(about(known))?))) {
            Some((known, why)) => {
                format!("did you mean `{known}`? it is not for `{}`, {why}", taker.written())
            }
            None => list_known(taker),
        },
    };
    syn::Error::new(at, format!("unknown {} `{key}`: {help}", taker.noun()))
}

fn list_known(taker: Taker) -> String {
    format!("`{}` takes {}", taker.written(), taken(taker).collect::<Vec<_>>().join(", "))
}

fn taken(taker: Taker) -> impl Iterator<Item = &'static str> {
    let taken = KNOWN.iter().filter(move |(_, about)| taker.refusal(*about).is_none());
    taken.map(|(name, _)| *name).chain(taker.places().iter().copied())
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

fn equals(input: ParseStream<'_>, word: &Ident) -> syn::Result<()> {
    if !input.peek(Token![=]) {
        return Err(needs_value(word));
    }
    input.parse::<Token![=]>().map(drop)
}

fn needs_value(word: &Ident) -> syn::Error {
    syn::Error::new(word.span(), format!("`{0}` needs a value: write `{0} = ..`", word.unraw()))
}

/// The value after `=`; without one, whatever follows can still be read.
fn assigned(input: ParseStream<'_>, word: &Ident) -> syn::Result<syn::Result<Expr>> {
    if input.peek(Token![=]) {
        input.parse::<Token![=]>()?;
    } else {
        skip_value(input)?;
    }
    if input.is_empty() || input.peek(Token![,]) {
        return Ok(Err(needs_value(word)));
    }
    input.parse().map(Ok)
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

fn non_empty(name: &Expr, taker: Taker) -> syn::Result<()> {
    match name {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if text.value().trim().is_empty() => {
            let needed = matches!(taker, Taker::Macro(UnitMacro::Parallel));
            let instead = if needed { "" } else { ", or leave it out" };
            let message = format!("this name is empty: say what the span does{instead}");
            Err(syn::Error::new(text.span(), message))
        }
        _ => Ok(()),
    }
}

fn error_form(input: ParseStream<'_>) -> syn::Result<ErrorForm> {
    const HELP: &str = "`err` takes one of two words: write `err`, `err(Debug)` or `err(capture)`";
    let Some(word) = word_in_parentheses(input, HELP)? else { return Ok(ErrorForm::Display) };
    match word.to_string().as_str() {
        "Debug" => Ok(ErrorForm::Debug),
        "capture" => Ok(ErrorForm::Captured),
        _ => Err(syn::Error::new(word.span(), HELP)),
    }
}

fn merge_form(input: ParseStream<'_>) -> syn::Result<MergeForm> {
    const HELP: &str = "`merge` takes one word or none: write `merge` or `merge(err)`";
    let Some(word) = word_in_parentheses(input, HELP)? else { return Ok(MergeForm::Always) };
    match word.to_string().as_str() {
        "err" => Ok(MergeForm::IfError(Some(word.span()))),
        _ => Err(syn::Error::new(word.span(), HELP)),
    }
}

/// The only word that may stand behind an argument, if there are parentheses.
fn word_in_parentheses(input: ParseStream<'_>, help: &str) -> syn::Result<Option<Ident>> {
    if input.peek(Token![=]) {
        return Err(here(input, help));
    }
    if !input.peek(token::Paren) {
        return Ok(None);
    }
    let inside;
    let parens = syn::parenthesized!(inside in input);
    let word = inside.parse().map_err(|_| syn::Error::new(parens.span.join(), help))?;
    if inside.is_empty() { Ok(Some(word)) } else { Err(here(&inside, help)) }
}

/// The only thing that an attribute can allow.
fn allowed(input: ParseStream<'_>, at: Span) -> syn::Result<()> {
    const HELP: &str = "write `allow(bare_spawn)`";
    if !input.peek(token::Paren) {
        return Err(syn::Error::new(at, format!("`allow` needs to know what: {HELP}")));
    }
    let inside;
    let parens = syn::parenthesized!(inside in input);
    if inside.is_empty() {
        return Err(syn::Error::new(parens.span.join(), format!("`allow` is empty: {HELP}")));
    }
    let mut bare_spawn = Slot::default();
    while !inside.is_empty() {
        let word = inside.call(Ident::parse_any).map_err(|error| {
            syn::Error::new(error.span(), format!("what is allowed is a bare word: {HELP}"))
        })?;
        if word != "bare_spawn" {
            let help = match nearest(&word.to_string(), ["bare_spawn"]) {
                Some(_) => "did you mean `bare_spawn`?".to_owned(),
                None => format!("{HELP}, or `#[allow({word})]` for a lint"),
            };
            return Err(syn::Error::new(word.span(), format!("`{word}` is nothing to allow here: {help}")));
        }
        bare_spawn.set("bare_spawn", word.span(), ())?;
        if !inside.is_empty() {
            comma(&inside)?;
        }
    }
    Ok(())
}
