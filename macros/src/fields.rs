//! The grammar that `fields(..)`, `ret(..)`, `tags(..)`, `record!` and `breadcrumb!` share.

use proc_macro2::{Delimiter, Span, TokenTree};
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Expr, ExprPath, Ident, LitStr, Path, Token, token};

use crate::error::here;

/// One `key = value` of an attribute's or macro's list.
#[derive(Clone)]
pub(crate) struct Field {
    pub(crate) key: LitStr,
    pub(crate) form: Form,
    pub(crate) value: Expr,
}

/// How a value is turned into something that can be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// By its type: numbers, booleans, texts and options of them.
    Value,
    /// `%x`
    Display,
    /// `?x`
    Debug,
    /// The value that `ret` means.
    Returned,
}

impl Form {
    fn parse(input: ParseStream<'_>) -> syn::Result<Form> {
        if input.peek(Token![%]) {
            input.parse::<Token![%]>().map(|_| Form::Display)
        } else if input.peek(Token![?]) {
            input.parse::<Token![?]>().map(|_| Form::Debug)
        } else {
            Ok(Form::Value)
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Form::Value | Form::Returned => "",
            Form::Display => "%",
            Form::Debug => "?",
        }
    }
}

/// A key as it was written.
struct Key {
    text: String,
    span: Span,
    /// The variable that the key names, where it is a plain name.
    variable: Option<Ident>,
    quoted: bool,
}

impl Key {
    fn parse(input: ParseStream<'_>) -> syn::Result<Key> {
        if input.peek(LitStr) {
            let text: LitStr = input.parse()?;
            if text.value().is_empty() {
                return Err(syn::Error::new(text.span(), "this key is empty: name what is recorded"));
            }
            return Ok(Key { text: text.value(), span: text.span(), variable: None, quoted: true });
        }
        if !input.peek(Ident::peek_any) {
            return Err(here(input, "expected a name: write `key = value`, `name`, `%name` or `?name`"));
        }
        let first = input.call(Ident::parse_any)?;
        let mut key =
            Key { text: first.unraw().to_string(), span: first.span(), variable: Some(first), quoted: false };
        while input.peek(Token![.]) {
            input.parse::<Token![.]>()?;
            let next = input.call(Ident::parse_any)?;
            key.text = format!("{}.{}", key.text, next.unraw());
            key.span = key.span.join(next.span()).unwrap_or(key.span);
            key.variable = None;
        }
        Ok(key)
    }

    fn literal(&self) -> LitStr {
        LitStr::new(&self.text, self.span)
    }

    /// The key as it is written.
    fn written(&self) -> String {
        if self.quoted { format!("\"{}\"", self.text) } else { self.text.clone() }
    }

    /// What to write instead of a key that names no variable.
    fn completed(&self) -> String {
        match self.text.rsplit_once('.') {
            Some((_, last)) if !self.quoted => format!("{last} = {}", self.text),
            _ => format!("{} = value", self.written()),
        }
    }

    /// The variable that a name without `=` records.
    fn shorthand(&self) -> syn::Result<Expr> {
        let variable = self.variable.clone().ok_or_else(|| needs_key(self.span, &self.completed()))?;
        Ok(Expr::Path(ExprPath { attrs: Vec::new(), qself: None, path: Path::from(variable) }))
    }
}

fn needs_key(at: Span, help: &str) -> syn::Error {
    syn::Error::new(at, key_message(help))
}

fn key_message(help: &str) -> String {
    format!("this needs a key and a value: write `{help}`")
}

/// Refuses an expression without a key, such as `rows.len()`, which begins as a key does.
fn has_key(input: ParseStream<'_>, form: Form) -> syn::Result<()> {
    let Ok(expression) = input.fork().parse::<Expr>() else { return Ok(()) };
    let sign = form.sign();
    let help = match &expression {
        Expr::Path(_) | Expr::Field(_) | Expr::Lit(_) | Expr::Assign(_) => return Ok(()),
        Expr::MethodCall(call) => format!("{} = {sign}{}", call.method, shortened(&expression)),
        Expr::Call(_) | Expr::Macro(_) | Expr::Index(_) => format!("key = {sign}{}", shortened(&expression)),
        _ => format!("key = {sign}value"),
    };
    Err(syn::Error::new_spanned(&expression, key_message(&help)))
}

/// An expression as it would be written, what stands in its parentheses left out.
fn shortened(expression: &Expr) -> String {
    expression.to_token_stream().into_iter().fold(String::new(), |text, tree| match tree {
        TokenTree::Group(group) => {
            let inside = if group.stream().is_empty() { "" } else { ".." };
            match group.delimiter() {
                Delimiter::Parenthesis => format!("{text}({inside})"),
                Delimiter::Bracket => format!("{text}[{inside}]"),
                Delimiter::Brace => format!("{text}{{{inside}}}"),
                Delimiter::None => format!("{text}{inside}"),
            }
        }
        other => format!("{text}{other}"),
    })
}

impl Field {
    fn parse(input: ParseStream<'_>) -> syn::Result<Field> {
        let form = Form::parse(input)?;
        has_key(input, form)?;
        let key = Key::parse(input)?;
        if !input.peek(Token![=]) {
            return Ok(Field { key: key.literal(), form, value: key.shorthand()? });
        }
        let equals = input.parse::<Token![=]>()?;
        if form != Form::Value {
            let (name, sign) = (key.written(), form.sign());
            let help = format!("the sign stands before the value: write `{name} = {sign}value`");
            return Err(syn::Error::new(equals.span, help));
        }
        let form = Form::parse(input)?;
        Ok(Field { key: key.literal(), form, value: value(input, &key)? })
    }

    /// The list of `fields(..)`, without its parentheses.
    pub(crate) fn parse_list(input: ParseStream<'_>) -> syn::Result<Vec<Field>> {
        list(input, Field::parse)
    }

    /// The list of a `!` macro, which has no parentheses.
    pub(crate) fn parse_open_list(input: ParseStream<'_>, called: &str) -> syn::Result<Vec<Field>> {
        let is_fields = input.fork().parse::<Ident>().is_ok_and(|word| word == "fields");
        if is_fields && input.peek2(token::Paren) {
            return Err(here(input, format!("write the fields without `fields(..)`: `{called}`")));
        }
        Field::parse_list(input)
    }

    /// The list of `tags(..)`: a tag's key is always written.
    pub(crate) fn parse_tags(input: ParseStream<'_>) -> syn::Result<Vec<Field>> {
        list(input, |input| {
            if input.peek(Token![%]) || input.peek(Token![?]) {
                return Err(here(input, "a tag is recorded by its Display: write `key = value`"));
            }
            has_key(input, Form::Value)?;
            let key = Key::parse(input)?;
            if !input.peek(Token![=]) {
                return Err(match key.variable {
                    Some(_) => needs_key(key.span, &format!("{0} = {0}", key.text)),
                    None => needs_key(key.span, &key.completed()),
                });
            }
            input.parse::<Token![=]>()?;
            if input.peek(Token![%]) || input.peek(Token![?]) {
                return Err(here(input, "a tag is recorded by its Display: leave this sign out"));
            }
            Ok(Field { key: key.literal(), form: Form::Value, value: value(input, &key)? })
        })
    }

    /// What `ret` without parentheses records: the whole value, at the place of that word.
    pub(crate) fn returned(at: Span) -> Field {
        // The name that the user's expressions use, so it must be where the user's names are.
        let r = Ident::new("r", at.resolved_at(Span::call_site()));
        let value = Expr::Path(ExprPath { attrs: Vec::new(), qself: None, path: Path::from(r) });
        Field { key: LitStr::new("return", at), form: Form::Returned, value }
    }

    /// The list of `ret(..)`, where `r` is the returned value: a bare `r` is recorded as "return".
    pub(crate) fn parse_returned(input: ParseStream<'_>) -> syn::Result<Vec<Field>> {
        let mut fields = Field::parse_list(input)?;
        for field in &mut fields {
            if field.key.value() == "r" {
                field.key = LitStr::new("return", field.key.span());
            }
        }
        Ok(fields)
    }
}

fn value(input: ParseStream<'_>, key: &Key) -> syn::Result<Expr> {
    if input.is_empty() || input.peek(Token![,]) {
        let name = key.written();
        return Err(syn::Error::new(key.span, format!("`{name}` needs a value: write `{name} = value`")));
    }
    input.parse()
}

/// Comma-separated, a trailing comma allowed.
fn list<T>(input: ParseStream<'_>, one: impl Fn(ParseStream<'_>) -> syn::Result<T>) -> syn::Result<Vec<T>> {
    let mut all = Vec::new();
    while !input.is_empty() {
        all.push(one(input)?);
        if !input.is_empty() {
            comma(input)?;
        }
    }
    Ok(all)
}

/// The comma between two things of a list.
pub(crate) fn comma(input: ParseStream<'_>) -> syn::Result<()> {
    if input.peek(Token![,]) {
        return input.parse::<Token![,]>().map(drop);
    }
    Err(here(input, "expected `,` before this"))
}
