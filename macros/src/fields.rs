//! The grammar that `fields(..)`, `ret(..)`, `tags(..)`, `record!` and `breadcrumb!` share.

use proc_macro2::Span;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Expr, ExprPath, Ident, LitStr, Path, Token};

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

    /// The variable that a name without `=` records.
    fn shorthand(&self) -> syn::Result<Expr> {
        let Some(variable) = &self.variable else {
            let help = match (self.quoted, self.text.rsplit_once('.')) {
                (true, _) => format!("`\"{}\" = value`", self.text),
                (false, Some((_, last))) => format!("`{last} = {}`", self.text),
                (false, None) => format!("`{} = value`", self.text),
            };
            return Err(syn::Error::new(self.span, format!("this needs a key and a value: write {help}")));
        };
        let path = Path::from(variable.clone());
        Ok(Expr::Path(ExprPath { attrs: Vec::new(), qself: None, path }))
    }
}

impl Field {
    fn parse(input: ParseStream<'_>) -> syn::Result<Field> {
        let form = Form::parse(input)?;
        let key = Key::parse(input)?;
        if !input.peek(Token![=]) {
            return Ok(Field { key: key.literal(), form, value: key.shorthand()? });
        }
        let equals = input.parse::<Token![=]>()?;
        if form != Form::Value {
            let sign = if form == Form::Display { '%' } else { '?' };
            let help = format!("the sign stands before the value: write `{} = {sign}value`", key.text);
            return Err(syn::Error::new(equals.span, help));
        }
        let form = Form::parse(input)?;
        Ok(Field { key: key.literal(), form, value: value(input)? })
    }

    /// The list of `fields(..)`, without its parentheses.
    pub(crate) fn parse_list(input: ParseStream<'_>) -> syn::Result<Vec<Field>> {
        list(input, Field::parse)
    }

    /// The list of `tags(..)`: a tag's key is always written.
    pub(crate) fn parse_tags(input: ParseStream<'_>) -> syn::Result<Vec<Field>> {
        list(input, |input| {
            if input.peek(Token![%]) || input.peek(Token![?]) {
                return Err(here(input, "a tag is recorded by its Display: write `key = value`"));
            }
            let key = Key::parse(input)?;
            if !input.peek(Token![=]) {
                let help = format!("expected `=`: write `{0} = {0}`", key.text);
                return Err(syn::Error::new(key.span, help));
            }
            input.parse::<Token![=]>()?;
            if input.peek(Token![%]) || input.peek(Token![?]) {
                return Err(here(input, "a tag is recorded by its Display: leave this sign out"));
            }
            Ok(Field { key: key.literal(), form: Form::Value, value: value(input)? })
        })
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

fn value(input: ParseStream<'_>) -> syn::Result<Expr> {
    if input.is_empty() || input.peek(Token![,]) {
        return Err(here(input, "expected a value after `=`"));
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
