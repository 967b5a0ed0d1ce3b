//! What is refused, in which words, and that nothing is lost on the way.

use proc_macro2::TokenStream;

use crate::attribute::Marker;
use crate::item;
use crate::model::Mode;

mod arguments;
mod containers;
mod items;
mod oddities;
mod random;
mod spawns;
mod units;

/// Tokens of a test's text.
pub(crate) fn tokens(text: &str) -> TokenStream {
    text.parse().unwrap_or_else(|error| unreachable!("{text}: {error}"))
}

/// The expansion as formatted source, with the long path shortened.
pub(crate) fn pretty(expansion: &TokenStream) -> String {
    let file = syn::parse2::<syn::File>(expansion.clone())
        .unwrap_or_else(|error| unreachable!("{error} in {expansion}"));
    prettyplease::unparse(&file).replace("::isohub::__private::", "PRIVATE::")
}

/// The messages of every `compile_error!` in an expansion, a line each.
pub(crate) fn messages(expansion: TokenStream) -> String {
    fn collect(expansion: TokenStream, found: &mut Vec<String>) {
        let mut named = false;
        for tree in expansion {
            match tree {
                proc_macro2::TokenTree::Ident(word) => named = word == "compile_error",
                proc_macro2::TokenTree::Group(group) if named => {
                    found.extend(syn::parse2::<syn::LitStr>(group.stream()).map(|text| text.value() + "\n"));
                    named = false;
                }
                proc_macro2::TokenTree::Group(group) => collect(group.stream(), found),
                _ => {}
            }
        }
    }
    let mut found = Vec::new();
    collect(expansion, &mut found);
    found.concat()
}

/// Errors are the same whether the build records or not.
fn attribute(marker: Marker, arguments: &str, item: &str) -> String {
    let [enabled, disabled] = [Mode::Enabled, Mode::Disabled]
        .map(|mode| messages(item::expand(marker, tokens(arguments), tokens(item), mode)));
    assert_eq!(enabled, disabled);
    enabled
}
