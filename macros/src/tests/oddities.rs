//! Input that nobody should write: it must neither panic nor swallow the user's function.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use super::tokens;
use crate::attribute::Marker;
use crate::model::Mode;
use crate::record::Join;
use crate::taker::UnitMacro;
use crate::{item, record, unit};

const ARGUMENTS: [&str; 24] = [
    "",
    ",",
    ",,",
    "=",
    "name",
    "name =",
    "= name",
    "fields",
    "fields(",
    "fields(,)",
    "fields(a = |x, y| x)",
    "fields(r#type = 1, a.b.c = 2)",
    "fields(a.)",
    "err()",
    "err(Debug, Debug)",
    "ret()",
    "ret(%)",
    "crate =",
    "parent = a::<b, c>::d()",
    "error_if = |a, b| a < b, detached",
    "in",
    "async {}",
    "#[span]",
    "\"a\" \"b\"",
];

const ITEMS: [&str; 30] = [
    "fn user() {}",
    "async fn user(self) -> ! { loop {} }",
    "fn user() { #[span] }",
    "fn user() { #[span()] async { let } }",
    "fn user() { x. }",
    "fn user() { #[span] || #[isolated_hub] || #[parallel_span] async || {} }",
    "fn user() { vec![#[span] async {}; 2] }",
    "fn user() { m!(#[span]) }",
    "fn user() { m!(#[span] #[span] fn a() {}) }",
    "fn user() { m!(# [span] = 3, # #) }",
    "fn user() { #[span] fn inner() {} }",
    "fn user() { #![allow(x)] #[span] async {} }",
    "async fn user(_: u8, (a, _): T, ref mut x: U, mut y: V, #[cfg(z)] w: W) {}",
    "default async unsafe extern \"C\" fn user<'a, T>(x: &'a T) -> &'a T where T: ?Sized { x }",
    "fn user() -> impl Future<Output = impl Fn() -> u8> { return a; }",
    "fn user() -> BoxFuture<()> { MyBox::pin(async {}) }",
    "fn user() -> Pin<Box<dyn Future<Output = ()> + '_>> { ::std::boxed::Box::pin(async {}) }",
    "fn user(self: &mut Self, #[span] x: u8) {}",
    "async fn r#user(r#type: u8) { r#type }",
    "fn user();",
    "fn user()",
    "struct user;",
    "impl user {}",
    "mod user;",
    "user! {}",
    "pub user",
    "let user = 1;",
    "#[span] fn user() {}",
    "async move { user }",
    "|user| user",
];

/// How often the user's name still stands there.
fn count(tokens: TokenStream) -> usize {
    let counted = |tree| match tree {
        TokenTree::Ident(word) => usize::from(word == "user" || word == "r#user"),
        TokenTree::Group(group) => count(group.stream()),
        _ => 0,
    };
    tokens.into_iter().map(counted).sum()
}

/// Text that is not even balanced is no input that a compiler would pass on.
fn all(texts: &'static [&'static str]) -> impl Iterator<Item = TokenStream> {
    texts.iter().filter_map(|text| text.parse().ok())
}

#[test]
fn attributes_keep_the_item() {
    for marker in [Marker::Span, Marker::IsolatedHub, Marker::ParallelSpan] {
        for mode in [Mode::Enabled, Mode::Disabled] {
            for arguments in all(&ARGUMENTS) {
                for item in all(&ITEMS) {
                    let expansion = item::expand(marker, arguments.clone(), item.clone(), mode);
                    assert!(count(expansion) >= count(item.clone()), "{arguments} on {item}");
                }
            }
        }
    }
}

#[test]
fn cut_items_are_kept_too() {
    for item in all(&ITEMS) {
        let trees: Vec<TokenTree> = item.into_iter().collect();
        for end in 0..=trees.len() {
            let cut: TokenStream = trees.iter().take(end).cloned().collect();
            let expansion =
                item::expand(Marker::ParallelSpan, TokenStream::new(), cut.clone(), Mode::Enabled);
            assert!(count(expansion) >= count(cut.clone()), "{cut}");
        }
    }
}

#[test]
fn invisible_groups_are_looked_through() {
    let body = TokenTree::Group(Group::new(Delimiter::None, tokens("{ user }")));
    let mut item = tokens("async fn f()");
    item.extend([body]);
    let expansion = item::expand(Marker::Span, TokenStream::new(), item, Mode::Enabled);
    assert_eq!(super::messages(expansion), "");
}

#[test]
fn macros_never_panic() {
    for arguments in all(&ARGUMENTS) {
        for item in all(&ITEMS) {
            let mut input = arguments.clone();
            input.extend(tokens(","));
            input.extend(item);
            for mode in [Mode::Enabled, Mode::Disabled] {
                for macro_ in [UnitMacro::Isolated, UnitMacro::Parallel, UnitMacro::SpawnIsolated] {
                    unit::expand(macro_, input.clone(), mode);
                }
                record::start_span(input.clone(), mode);
                record::record(input.clone(), mode);
                record::breadcrumb(input.clone(), mode);
            }
            record::join(input.clone(), Join::All);
            record::join(input.clone(), Join::Try);
        }
    }
}
