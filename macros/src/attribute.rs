//! The three attributes, and finding them in a user's tokens.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::parse::Parser as _;
use syn::{Attribute, Block, Meta};

use crate::path::Runtime;

/// Which attribute was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Marker {
    Span,
    IsolatedHub,
    ParallelSpan,
}

impl Marker {
    /// The attribute as users write it.
    pub(crate) fn written(self) -> &'static str {
        match self {
            Marker::Span => "#[span]",
            Marker::IsolatedHub => "#[isolated_hub]",
            Marker::ParallelSpan => "#[parallel_span]",
        }
    }

    /// The attribute of this name.
    pub(crate) fn named(name: &str) -> Option<Marker> {
        match name {
            "span" => Some(Marker::Span),
            "isolated_hub" => Some(Marker::IsolatedHub),
            "parallel_span" => Some(Marker::ParallelSpan),
            _ => None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        self.written().trim_matches(['#', '[', ']'])
    }

    pub(crate) fn has_span(self) -> bool {
        self != Marker::IsolatedHub
    }

    pub(crate) fn has_hub(self) -> bool {
        self != Marker::Span
    }

    /// The marker that an attribute is, if it is ours.
    pub(crate) fn of(attribute: &Attribute, runtime: &Runtime) -> Option<Marker> {
        if !matches!(attribute.style, syn::AttrStyle::Outer) {
            return None;
        }
        Marker::named(&runtime.owns(attribute.path())?.to_string())
    }
}

/// What stands between the parentheses of an attribute.
pub(crate) fn arguments(attribute: &Attribute) -> syn::Result<TokenStream> {
    match &attribute.meta {
        Meta::Path(_) => Ok(TokenStream::new()),
        Meta::List(list) => Ok(list.tokens.clone()),
        Meta::NameValue(pair) => Err(syn::Error::new(
            pair.eq_token.span,
            "arguments stand in parentheses: write `#[span(\"name\")]`",
        )),
    }
}

/// Whether the arguments are `skip` alone.
pub(crate) fn is_skip(arguments: &TokenStream) -> bool {
    let words: Vec<String> = arguments.clone().into_iter().map(|tree| tree.to_string()).collect();
    words == ["skip"] || words == ["skip", ","]
}

/// Whether one of our attributes stands on an expression somewhere in `tokens`.
pub(crate) fn marks_expression(tokens: &TokenStream, runtime: &Runtime) -> bool {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    trees.iter().enumerate().any(|(at, tree)| match tree {
        TokenTree::Group(group) => marks_expression(&group.stream(), runtime),
        _ => marker_at(&trees[at..], runtime) && !precedes_item(&trees[at..]),
    })
}

/// The tokens without our attributes on expressions; those on nested items expand by themselves.
pub(crate) fn strip(tokens: TokenStream, runtime: &Runtime) -> TokenStream {
    stripped(tokens, runtime, with_stream)
}

/// The body of a function, half typed, without our attributes on expressions.
pub(crate) fn strip_half_typed(body: &Group, runtime: &Runtime) -> Group {
    ending_like(body, stripped(body.stream(), runtime, half_typed))
}

/// Whole blocks stay as wide as they are: braces in one line would be linted.
fn half_typed(group: &Group, inside: TokenStream) -> Group {
    let is_whole =
        group.delimiter() == Delimiter::Brace && Block::parse_within.parse2(inside.clone()).is_ok();
    if is_whole { with_stream(group, inside) } else { ending_like(group, inside) }
}

fn stripped(
    tokens: TokenStream,
    runtime: &Runtime,
    regroup: fn(&Group, TokenStream) -> Group,
) -> TokenStream {
    if !marks_expression(&tokens, runtime) {
        return tokens;
    }
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let mut kept = TokenStream::new();
    let mut at = 0;
    while let Some(tree) = trees.get(at) {
        if marker_at(&trees[at..], runtime) && !precedes_item(&trees[at..]) {
            at += 2;
            continue;
        }
        match tree {
            TokenTree::Group(group) => {
                let inside = stripped(group.stream(), runtime, regroup);
                kept.extend([TokenTree::Group(regroup(group, inside))]);
            }
            other => kept.extend([other.clone()]),
        }
        at += 1;
    }
    kept
}

/// A group with other contents and the same delimiters, spans included.
pub(crate) fn with_stream(group: &Group, stream: TokenStream) -> Group {
    let mut changed = Group::new(group.delimiter(), stream);
    changed.set_span(group.span());
    changed
}

/// A group with other contents, for what is half typed: the compiler reports that at the end of the group,
/// and only once if it is where the user's is.
pub(crate) fn ending_like(group: &Group, stream: TokenStream) -> Group {
    let mut changed = Group::new(group.delimiter(), stream);
    changed.set_span(group.span_close());
    changed
}

/// Whether one of our attributes begins here.
pub(crate) fn marker_at(trees: &[TokenTree], runtime: &Runtime) -> bool {
    let [TokenTree::Punct(hash), TokenTree::Group(group), ..] = trees else { return false };
    if hash.as_char() != '#' || group.delimiter() != Delimiter::Bracket {
        return false;
    }
    let pair = [TokenTree::Punct(hash.clone()), TokenTree::Group(group.clone())];
    let parsed = Attribute::parse_outer.parse2(pair.into_iter().collect());
    parsed.is_ok_and(|attributes| attributes.iter().any(|one| Marker::of(one, runtime).is_some()))
}

/// Whether the attributes that begin here belong to an item.
pub(crate) fn precedes_item(trees: &[TokenTree]) -> bool {
    let mut rest = trees;
    while let [TokenTree::Punct(hash), TokenTree::Group(group), after @ ..] = rest
        && hash.as_char() == '#'
        && group.delimiter() == Delimiter::Bracket
    {
        rest = after;
    }
    let word = |at: usize| rest.get(at).map(ToString::to_string).unwrap_or_default();
    match word(0).as_str() {
        "fn" | "pub" | "struct" | "enum" | "trait" | "impl" | "mod" | "static" | "type" | "use"
        | "extern" | "macro_rules" => true,
        "async" => matches!(word(1).as_str(), "fn" | "unsafe" | "extern"),
        "unsafe" => matches!(word(1).as_str(), "fn" | "extern" | "impl" | "trait" | "mod"),
        "const" => !matches!(rest.get(1), Some(TokenTree::Group(_) | TokenTree::Punct(_))),
        "union" | "default" => matches!(rest.get(1), Some(TokenTree::Ident(_))),
        _ => false,
    }
}
