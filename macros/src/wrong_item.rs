//! What stands where a function was expected.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::Attribute;

use crate::attribute::{Marker, precedes_item};
use crate::order;

/// Our attribute above one that rewrites the functions of a whole `impl` block or trait.
pub(crate) fn in_wrong_order(marker: Marker, found: &str, attributes: &[Attribute]) -> Option<syn::Error> {
    let instead = match found {
        "an `impl` block" => ", or on the methods in it",
        "a trait" => ", or on its methods that have a body",
        _ => return None,
    };
    attributes.iter().find_map(|attribute| order::check(attribute, marker, instead).err())
}

/// What was found where a function was expected.
pub(crate) fn refused(marker: Marker, found: &str, at: Span) -> syn::Error {
    let written = marker.written();
    let message = match found {
        "a function without a body" => {
            format!("`{written}` needs a body to wrap: put it on the function that has one")
        }
        "an expression" | "a statement" => format!(
            "`{written}` works on {found} only inside a function that has an isohub attribute: \
             put `#[span]` or `#[isolated_hub]` on the function around it"
        ),
        "a module" => {
            format!("`{written}` cannot be on a module in another file: put it on the functions in it")
        }
        "an `extern` block" => {
            format!("`{written}` cannot be on an `extern` block: put it on a function that calls those in it")
        }
        "a struct" | "an enum" | "a union" => {
            format!("`{written}` cannot be on {found}: put it on a function or an `impl` block")
        }
        _ => format!("`{written}` cannot be on {found}: put it on a function"),
    };
    syn::Error::new(at, message)
}

/// Whether an attribute stands on an expression, which only one expression can replace.
pub(crate) fn is_expression(tokens: &TokenStream) -> bool {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    !precedes_item(&trees) && describe(tokens).0 == "an expression"
}

/// What an item is that does not begin as a function does, and where its keyword stands.
pub(crate) fn describe(tokens: &TokenStream) -> (&'static str, Span) {
    let mut attribute = false;
    for tree in tokens.clone() {
        match &tree {
            TokenTree::Punct(punct) if punct.as_char() == '#' => attribute = true,
            TokenTree::Group(_) if attribute => attribute = false,
            TokenTree::Ident(word) => {
                let found = match word.to_string().as_str() {
                    // Words that stand before the one that tells.
                    "pub" | "unsafe" | "auto" | "default" | "safe" => continue,
                    "struct" => "a struct",
                    "union" => "a union",
                    "enum" => "an enum",
                    "trait" => "a trait",
                    "impl" => "an `impl` block",
                    "mod" => "a module",
                    "static" => "a static",
                    "const" => "a constant",
                    "type" => "a type alias",
                    "use" => "a `use`",
                    "extern" => "an `extern` block",
                    "macro_rules" => "a macro",
                    "let" => "a statement",
                    "fn" => "this function",
                    _ => "an expression",
                };
                return (found, word.span());
            }
            // The parentheses of `pub(crate)`.
            TokenTree::Group(group) if group.delimiter() == proc_macro2::Delimiter::Parenthesis => {}
            _ => return ("an expression", tree.span()),
        }
    }
    ("an expression", Span::call_site())
}
