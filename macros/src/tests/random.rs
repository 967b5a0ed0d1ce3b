//! Input that no one thought of: random tokens, and functions with random mistakes in them. Whatever
//! comes, the macros answer, what they answer are tokens, and nothing of the user's is lost.

use proc_macro2::{Delimiter, Group, Punct, Spacing, TokenStream, TokenTree};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::{messages, tokens};
use crate::attribute::{self, Marker, with_stream};
use crate::model::Mode;
use crate::path::Runtime;
use crate::record::Join;
use crate::taker::UnitMacro;
use crate::{item, record, unit};

const WORDS: &str = "
    as async await auto box break const continue crate default dyn else enum extern fn for if impl in let loop
    macro_rules match mod move mut pub ref return safe self Self static struct super trait true type union
    unsafe use where while yield _ r#type Box Pin Future Stream Iterator Result BoxFuture
    span isolated_hub parallel_span isohub name op kind level queued fields tags err ret error_if fresh parent
    detached links merge allow bare_spawn skip pub_only blocking local thread internal client server info Debug
    capture user0 user1 user2 user3 __arg0 r
";

const PUNCTUATION: &str = "=,;:.<>!?#@&|+-*%^$~";

const LITERALS: [&str; 8] = ["1", "1u8", "1.5", "\"text\"", "r#\"raw\"#", "b'a'", "'a'", "c\"c\""];

/// Pieces that random tokens alone would hardly make.
const PIECES: [&str; 22] = [
    "#[span]",
    "#[isohub::parallel_span(\"name\")]",
    "#[::isohub::isolated_hub(fresh)]",
    "#[span = 1]",
    "#[allow(unused)]",
    "#![allow(unused)]",
    "'a",
    "::",
    "->",
    "=>",
    "..=",
    "fn user0()",
    "async fn user1<'a, T: ?Sized>(&'a mut self, (user2, _): (T, T)) -> impl Future<Output = T>",
    "async move { user0.await? }",
    "|user0, mut user1: u8| user0",
    "async |user0| { user0.await }",
    "Box::pin(async move { user0 })",
    "-> Pin<Box<dyn Future<Output = ()> + Send + '_>>",
    "fields(user0, %user1, user2.id = ?user3)",
    "err(capture), parent = user0",
    "match user0 { _ if user1 => user2, }",
    "for user0 in user1 {}",
];

const FUNCTIONS: [&str; 10] = [
    "fn user0(user1: u8, mut user2: Vec<u8>) -> u8 { user2.push(user1); return user1; }",
    "pub(crate) async unsafe fn user0<'a, T>(&'a self, (user1, _): (T, u8)) -> Result<T, ()> where T: Send { let user2 = user1?; Ok(user2) }",
    "fn user0(user1: &str) -> impl Future<Output = usize> + '_ { let user2 = 1; async move { user1.len() + user2 } }",
    "fn user0(self) -> Pin<Box<dyn Future<Output = u8> + Send>> { if user1 { return Box::pin(user2); } Box::pin(async { 1 }) }",
    "async fn user0() -> ! { #![allow(unused)] loop { user1().await; } }",
    "fn user0() { let user1 = #[span] async move { user2 }; #[isolated_hub] |user3| user3; }",
    "fn user0() { m!(a, #[parallel_span(\"x\")] async { user1 }.await, user2); while let Some(user3) = #[span] || 1 {} }",
    "#[inline] extern \"C\" fn user0(#[cfg(a)] user1: u8, ref mut user2: u8, _: u8) { struct S; fn user3() {} }",
    "default async fn user0<const N: usize>(user1: [u8; N]) -> impl Fn() -> u8 { move || user1[0] }",
    "fn user0(Pair { user1, .. }: Pair, user2 @ Some(_): Option<u8>) { match user1 { 1 => #[span] async {}, _ => user2 } }",
];

/// A token that can be shown and made smaller.
#[derive(Clone, Debug)]
enum Tree {
    Word(String),
    Punct(char, bool),
    Literal(&'static str),
    Piece(&'static str),
    Group(Delimiter, Vec<Tree>),
}

fn tree() -> impl Strategy<Value = Tree> {
    let words: Vec<String> = WORDS.split_whitespace().map(str::to_owned).collect();
    let leaf = prop_oneof![
        4 => prop::sample::select(words).prop_map(Tree::Word),
        3 => (prop::sample::select(PUNCTUATION.chars().collect::<Vec<_>>()), any::<bool>())
            .prop_map(|(it, joint)| Tree::Punct(it, joint)),
        1 => prop::sample::select(&LITERALS[..]).prop_map(Tree::Literal),
        3 => prop::sample::select(&PIECES[..]).prop_map(Tree::Piece),
    ];
    let delimiters = [Delimiter::Parenthesis, Delimiter::Brace, Delimiter::Bracket, Delimiter::None];
    leaf.prop_recursive(4, 48, 8, move |inner| {
        (prop::sample::select(delimiters.to_vec()), prop::collection::vec(inner, 0..8))
            .prop_map(|(delimiter, inside)| Tree::Group(delimiter, inside))
    })
}

/// Tokens that are shown as text.
#[derive(Clone)]
struct Text(TokenStream);

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "`{}`", self.0)
    }
}

fn stream(trees: &[Tree]) -> TokenStream {
    trees.iter().flat_map(of_tree).collect()
}

fn of_tree(tree: &Tree) -> TokenStream {
    match tree {
        Tree::Word(word) => tokens(word),
        Tree::Punct(it, joint) => {
            let spacing = if *joint { Spacing::Joint } else { Spacing::Alone };
            TokenTree::Punct(Punct::new(*it, spacing)).into()
        }
        Tree::Literal(text) | Tree::Piece(text) => tokens(text),
        Tree::Group(delimiter, inside) => TokenTree::Group(Group::new(*delimiter, stream(inside))).into(),
    }
}

/// A mistake: what is done to the token that is counted so far.
#[derive(Clone, Debug)]
enum Edit {
    Remove,
    Double,
    Swap,
    Replace(Tree),
}

fn edit() -> impl Strategy<Value = (Edit, prop::sample::Index)> {
    let edit =
        prop_oneof![Just(Edit::Remove), Just(Edit::Double), Just(Edit::Swap), tree().prop_map(Edit::Replace)];
    (edit, any::<prop::sample::Index>())
}

fn size(tokens: TokenStream) -> usize {
    let of_tree = |tree| match tree {
        TokenTree::Group(group) => 1 + size(group.stream()),
        _ => 1,
    };
    tokens.into_iter().map(of_tree).sum()
}

/// The tokens with a mistake at the token that `at` counts down to.
fn edited(tokens: TokenStream, edit: &Edit, at: &mut isize) -> TokenStream {
    let mut made: Vec<TokenTree> = Vec::new();
    let mut swapped = None;
    for tree in tokens {
        *at -= 1;
        let hit = *at == -1;
        let tree = match tree {
            TokenTree::Group(group) => {
                TokenTree::Group(with_stream(&group, edited(group.stream(), edit, at)))
            }
            other => other,
        };
        match edit {
            Edit::Remove if hit => {}
            Edit::Double if hit => made.extend([tree.clone(), tree]),
            Edit::Swap if hit => swapped = Some(tree),
            Edit::Replace(other) if hit => made.extend(of_tree(other)),
            _ => made.extend([tree].into_iter().chain(swapped.take())),
        }
    }
    made.into_iter().chain(swapped).collect()
}

fn with_mistakes() -> impl Strategy<Value = TokenStream> {
    (prop::sample::select(&FUNCTIONS[..]), prop::collection::vec(edit(), 0..4)).prop_map(|(text, edits)| {
        edits.iter().fold(tokens(text), |made, (edit, index)| {
            let mut at = index.index(size(made.clone()).max(1)).cast_signed();
            edited(made, edit, &mut at)
        })
    })
}

fn items() -> impl Strategy<Value = Text> {
    prop_oneof![
        3 => with_mistakes(),
        1 => prop::collection::vec(tree(), 0..10).prop_map(|trees| stream(&trees)),
    ]
    .prop_filter_map("no compiler passes on half a lifetime", readable)
}

fn arguments() -> impl Strategy<Value = Text> {
    prop_oneof![
        Just(TokenStream::new()),
        prop::sample::select(vec!["fields(user0)", "err", "\"name\", op = \"a\"", "fresh"]).prop_map(tokens),
        prop::collection::vec(tree(), 0..8).prop_map(|trees| stream(&trees)),
    ]
    .prop_filter_map("no compiler passes on half a lifetime", readable)
}

/// What can be compared of tokens, in their order; invisible groups have no token of their own.
fn flat(tokens: TokenStream) -> Vec<String> {
    let of_tree = |tree: TokenTree| match &tree {
        TokenTree::Group(group) => flat(group.stream()),
        other => vec![other.to_string()],
    };
    tokens.into_iter().flat_map(of_tree).collect()
}

/// Whether all of these tokens are there, in this order.
fn is_within(part: &TokenStream, whole: &TokenStream) -> bool {
    let whole = flat(whole.clone());
    let mut rest = whole.iter();
    flat(part.clone()).iter().all(|wanted| rest.any(|found| found == wanted))
}

/// How often the user's names stand there, but for attributes.
fn names(tokens: TokenStream) -> usize {
    let mut after_hash = false;
    let mut count = 0;
    for tree in tokens {
        match &tree {
            TokenTree::Ident(word) if word.to_string().starts_with("user") => count += 1,
            TokenTree::Group(group) if !(after_hash && group.delimiter() == Delimiter::Bracket) => {
                count += names(group.stream());
            }
            _ => {}
        }
        after_hash =
            matches!(&tree, TokenTree::Punct(it) if it.as_char() == '#' || after_hash && it.as_char() == '!');
    }
    count
}

/// What an expansion prints can be read again.
fn is_readable(expansion: &TokenStream) -> bool {
    expansion.to_string().parse::<TokenStream>().is_ok()
}

fn readable(tokens: TokenStream) -> Option<Text> {
    is_readable(&tokens).then_some(Text(tokens))
}

#[allow(clippy::panic, reason = "a test fails so")]
fn run<S: Strategy>(strategy: &S, property: impl Fn(S::Value) -> Result<(), TestCaseError>) {
    let asked = std::env::var("ISOHUB_CASES").ok().and_then(|cases| cases.parse().ok());
    let config = Config { cases: asked.unwrap_or(2_000), failure_persistence: None, ..Config::default() };
    let mut runner = match asked {
        Some(_) => TestRunner::new(config),
        // The same cases each time: who did not change the macros need not fear this test.
        None => TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha)),
    };
    let failure = runner.run(strategy, property).err().map(|failure| failure.to_string());
    assert_eq!(failure, None);
}

fn modes() -> impl Strategy<Value = Mode> {
    prop_oneof![Just(Mode::Enabled), Just(Mode::Disabled)]
}

#[test]
fn attributes_expand_or_say_why_not_and_lose_nothing() {
    let markers = prop::sample::select(vec![Marker::Span, Marker::IsolatedHub, Marker::ParallelSpan]);
    run(&(markers, arguments(), items(), modes()), |(marker, Text(arguments), Text(item), mode)| {
        let expansion = item::expand(marker, arguments, item.clone(), mode);
        prop_assert!(is_readable(&expansion), "unreadable: {expansion}");
        let kept = attribute::strip(item.clone(), &Runtime::default());
        if messages(expansion.clone()).is_empty() {
            prop_assert!(names(expansion.clone()) >= names(item.clone()), "lost a name: {expansion}");
            let body = item.into_iter().last().map(TokenStream::from).unwrap_or_default();
            if !attribute::marks_expression(&body, &Runtime::default()) {
                prop_assert!(is_within(&body, &expansion), "lost the body: {expansion}");
            }
        } else {
            prop_assert!(is_within(&kept, &expansion), "lost the item: {expansion}");
        }
        Ok(())
    });
}

#[test]
fn macros_expand_or_say_why_not() {
    let inputs = prop_oneof![
        arguments(),
        (arguments(), items()).prop_map(|(Text(mut input), Text(unit))| {
            input.extend(tokens(","));
            input.extend(unit);
            Text(input)
        }),
    ];
    run(&(inputs, modes()), |(Text(input), mode)| {
        let units = [UnitMacro::Isolated, UnitMacro::Parallel, UnitMacro::SpawnIsolated]
            .map(|macro_| unit::expand(macro_, input.clone(), mode));
        let others =
            [record::start_span, record::record, record::breadcrumb].map(|it| it(input.clone(), mode));
        let joins = [Join::All, Join::Try].map(|join| record::join(input.clone(), join));
        for expansion in units.iter().chain(&others).chain(&joins) {
            prop_assert!(is_readable(expansion), "unreadable: {expansion}");
        }
        Ok(())
    });
}
