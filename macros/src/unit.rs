//! `isolated!`, `parallel!` and `spawn_isolated!`: options in any order, then the unit.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Expr, ExprAsync, ExprClosure, ExprLit, Ident, Lit, LitStr, Token, token};

use crate::args::{Args, Slot};
use crate::attribute::Marker;
use crate::error::{self, Errors, here};
use crate::expand;
use crate::fields::comma;
use crate::flow;
use crate::model::{Mode, Place, Unit};
use crate::path::Runtime;
use crate::taker::{Taker, UnitMacro};

/// Who runs the unit.
#[derive(Clone)]
pub(crate) enum Spawner {
    /// The caller: the unit is the value of the macro.
    Caller,
    Task,
    Local,
    Blocking,
    Thread,
    In(Expr),
}

/// The unit as it was written.
#[derive(Clone)]
pub(crate) enum Work {
    Async(ExprAsync),
    Closure(ExprClosure),
    /// A future or a closure, which only the compiler can tell.
    Other(Expr),
}

impl Work {
    fn of(expression: Expr) -> Work {
        match expression {
            Expr::Async(block) => Work::Async(block),
            Expr::Closure(closure) => Work::Closure(closure),
            other => Work::Other(other),
        }
    }
}

/// Expands one call of the macro.
pub(crate) fn expand(macro_: UnitMacro, tokens: TokenStream, mode: Mode) -> TokenStream {
    let read = |input: ParseStream<'_>| read(macro_, input);
    match read.parse2(tokens) {
        Ok((unit, spawner, work)) if mode == Mode::Disabled => expand::plain_unit(&unit, &spawner, work),
        Ok((unit, spawner, work)) => expand::unit(&unit, &spawner, work),
        Err(error) => error::as_expression(&error, TokenStream::new()),
    }
}

/// The options as they were written.
#[derive(Default)]
struct Options {
    args: Args,
    /// The word that chose the spawner.
    spawner: Slot<Spawner>,
}

fn read(macro_: UnitMacro, input: ParseStream<'_>) -> syn::Result<(Unit, Spawner, Work)> {
    let mut options = Options::default();
    let mut errors = Errors::default();
    while begins_option(input) {
        let read = options.parse_one(input, macro_);
        let Some(result) = errors.keep(read) else {
            input.parse::<TokenStream>()?;
            return errors.finish_some(None);
        };
        errors.keep(result);
        comma(input)?;
    }
    if input.is_empty() {
        errors.push(here(input, "expected the unit: an async block, a future or a closure"));
        return errors.finish_some(None);
    }
    let work = input.parse::<Expr>().and_then(|work| no_option(work, input));
    let never = work.as_ref().is_ok_and(flow::never_returns);
    let work = work.map(Work::of);
    if work.is_ok() && !input.is_empty() {
        errors.keep(comma(input));
        if !input.is_empty() {
            errors.push(here(input, "the unit stands last: move this option before it"));
        }
    }
    input.parse::<TokenStream>()?;
    let work = errors.keep(work);
    let Options { mut args, mut spawner } = options;
    let spawner = match (macro_, spawner.take()) {
        (_, Some(spawner)) => spawner,
        (UnitMacro::SpawnIsolated, None) => Spawner::Task,
        (_, None) => Spawner::Caller,
    };
    let named = args.name.at().is_some();
    // Without a unit one error is enough.
    if macro_ == UnitMacro::Parallel && !named && work.is_some() {
        errors.push(syn::Error::new(
            Span::call_site(),
            "a parallel span needs a name: write `parallel!(\"name\", ..)`",
        ));
    }
    if macro_ == UnitMacro::SpawnIsolated && !named {
        for (key, at) in args.given_about_span() {
            let message = format!("`{key}` is about a span, which begins with a name: add `\"name\"`");
            errors.push(syn::Error::new(at, message));
        }
    }
    // An option that could not be read may have said who runs the unit.
    if let Some(work) = &work
        && errors.is_empty()
    {
        errors.keep(fits(&spawner, work));
    }
    let place = Place { name: String::new(), at: Span::call_site(), runtime: Runtime::default() };
    let marker = if named { Marker::ParallelSpan } else { Marker::IsolatedHub };
    let unit = errors.keep(Unit::new(marker, std::mem::take(&mut args), &place));
    let unit = unit.map(|unit| if never { unit.never_returning() } else { unit });
    errors.finish_some(unit.zip(work)).map(|(unit, work)| (unit, spawner, work))
}

/// An option that stands last would be read as a call or a text.
fn no_option(unit: Expr, rest: ParseStream<'_>) -> syn::Result<Expr> {
    let option = match &unit {
        Expr::Lit(ExprLit { lit: Lit::Str(_), .. }) => true,
        Expr::Call(call) => match &*call.func {
            Expr::Path(path) => ["tags", "fields", "ret", "err"].iter().any(|key| path.path.is_ident(key)),
            _ => false,
        },
        Expr::Assign(_) => true,
        _ => false,
    };
    if option && !rest.is_empty() && !rest.peek(Token![,]) {
        return comma(rest).map(|()| unit);
    }
    let message = "expected the unit after this: an async block, a future or a closure";
    if option { Err(syn::Error::new_spanned(unit, message)) } else { Ok(unit) }
}

/// Whether an option stands here: a word that is one, or anything of its form before a comma, for
/// the unit is last.
fn begins_option(input: ParseStream<'_>) -> bool {
    if input.peek(Token![in]) {
        return true;
    }
    let trees: Vec<TokenTree> = input.fork().parse::<TokenStream>().into_iter().flatten().take(4).collect();
    let is_comma =
        |at: usize| matches!(trees.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == ',');
    let unit_follows = |comma: usize| is_comma(comma) && trees.len() > comma + 1;
    if input.peek(LitStr) {
        return unit_follows(1);
    }
    if !input.peek(Ident::peek_any) {
        return false;
    }
    (input.peek2(Token![=]) && !input.peek2(Token![==]) && !input.peek2(Token![=>]))
        || unit_follows(1)
        || (input.peek2(token::Paren) && unit_follows(2))
}

impl Options {
    fn parse_one(&mut self, input: ParseStream<'_>, macro_: UnitMacro) -> syn::Result<syn::Result<()>> {
        let fork = input.fork();
        let word = fork.call(Ident::parse_any).ok();
        let spawner = match word.as_ref().map(ToString::to_string).as_deref() {
            Some("blocking") => Some(Spawner::Blocking),
            Some("local") => Some(Spawner::Local),
            Some("thread") => Some(Spawner::Thread),
            Some("in") => None,
            _ => return self.args.parse_one(input, Taker::Macro(macro_)),
        };
        let word = input.call(Ident::parse_any)?;
        let spawner = match spawner {
            Some(spawner) => spawner,
            None => Spawner::In(input.parse()?),
        };
        if macro_ != UnitMacro::SpawnIsolated {
            let message = format!("`{word}` spawns: use `isohub::spawn_isolated!(..)`");
            return Ok(Err(syn::Error::new(word.span(), message)));
        }
        if self.spawner.at().is_some() {
            let message = "one of `blocking`, `local`, `thread` and `in` says where: remove the others";
            return Ok(Err(syn::Error::new(word.span(), message)));
        }
        Ok(self.spawner.set("spawner", word.span(), spawner))
    }
}

/// Whether this spawner can run this unit, where its form tells.
fn fits(spawner: &Spawner, work: &Work) -> syn::Result<()> {
    let error = |at: &dyn quote::ToTokens, message: &str| Err(syn::Error::new_spanned(at, message));
    match (spawner, work) {
        (Spawner::Task | Spawner::Local, Work::Closure(closure)) => error(
            &closure.inputs_begin,
            "a task runs a future: write `async move { .. }`, or `blocking` or `thread` for a closure",
        ),
        (Spawner::Blocking, Work::Async(block)) => error(
            &block.async_token,
            "`blocking` runs a closure: write `move || ..`, or leave `blocking` out",
        ),
        (Spawner::Thread, Work::Async(block)) => {
            error(&block.async_token, "`thread` runs a closure: write `move || ..`, or leave `thread` out")
        }
        (Spawner::Blocking | Spawner::Thread, Work::Closure(closure)) if !closure.inputs.is_empty() => {
            error(&closure.inputs, "this closure is called without arguments: remove these")
        }
        (_, Work::Closure(closure)) if closure.inputs.len() > 1 => {
            error(&closure.inputs, "a unit takes at most one argument: take a tuple")
        }
        (Spawner::Caller, Work::Closure(closure)) => match (closure.asyncness, closure.capture) {
            (Some(asyncness), None) => {
                error(&asyncness, "an async closure must own its hub: write `async move |..|`")
            }
            _ => Ok(()),
        },
        (_, Work::Closure(closure)) => match &closure.asyncness {
            Some(asyncness) => error(asyncness, "spawn a future or a closure: write `async move { .. }`"),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}
