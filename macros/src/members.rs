//! The items in a list of items, told apart by their tokens alone, so that a half-typed body harms
//! nothing but itself.

use proc_macro2::{Delimiter, Group, Spacing, Span, TokenStream, TokenTree};
use syn::Attribute;
use syn::parse::Parser as _;

/// One item of a container.
pub(crate) struct Member {
    pub(crate) attributes: Vec<TokenTree>,
    /// All that follows them, up to the `;` or the braces at its end.
    pub(crate) rest: Vec<TokenTree>,
}

/// What a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Function(Function),
    /// With braces.
    Container(Container),
    Other,
}

/// A function, as far as its first and last tokens tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) has_body: bool,
    /// `const` or `extern`, which the attribute of a container leaves out.
    pub(crate) is_special: bool,
    /// `pub` for everyone.
    pub(crate) is_pub: bool,
}

/// What functions can stand in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Container {
    Impl,
    Trait,
    Module,
}

/// The members among `tokens`. Anything that is no whole item at the end is one, too.
pub(crate) fn members(tokens: TokenStream) -> Vec<Member> {
    let mut trees = opened(tokens).into_iter().peekable();
    let mut found = Vec::new();
    while trees.peek().is_some() {
        let mut member = Member { attributes: Vec::new(), rest: Vec::new() };
        while trees.next_if(|tree| is_punct(tree, '#')).map(|hash| member.attributes.push(hash)).is_some() {
            member.attributes.extend(trees.next_if(|tree| is_punct(tree, '!')));
            member.attributes.extend(trees.next_if(|tree| matches!(tree, TokenTree::Group(_))));
        }
        let mut angles = 0;
        let mut arrow = false;
        for tree in trees.by_ref() {
            match &tree {
                TokenTree::Punct(punct) => {
                    match punct.as_char() {
                        '<' => angles += 1,
                        '>' if !arrow => angles -= 1,
                        _ => {}
                    }
                    arrow = matches!(punct.as_char(), '-' | '=') && punct.spacing() == Spacing::Joint;
                }
                _ => arrow = false,
            }
            let is_end = is_punct(&tree, ';') || (angles <= 0 && is_braces(&tree));
            let is_end = is_end && (is_punct(&tree, ';') || !member.ends_at_semicolon());
            member.rest.push(tree);
            if is_end {
                break;
            }
        }
        found.push(member);
    }
    found
}

/// The tokens, with whole items that a macro passed on taken out of their invisible groups.
fn opened(tokens: TokenStream) -> Vec<TokenTree> {
    let mut trees = Vec::new();
    for tree in tokens {
        match &tree {
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                let inside: Vec<TokenTree> = group.stream().into_iter().collect();
                let is_item = inside.len() > 1 && inside.last().is_some_and(is_end_of_item);
                if is_item { trees.extend(opened(group.stream())) } else { trees.push(tree) }
            }
            _ => trees.push(tree),
        }
    }
    trees
}

fn is_end_of_item(tree: &TokenTree) -> bool {
    is_punct(tree, ';') || is_braces(tree)
}

fn is_punct(tree: &TokenTree, character: char) -> bool {
    matches!(tree, TokenTree::Punct(punct) if punct.as_char() == character)
}

fn is_braces(tree: &TokenTree) -> bool {
    braces(tree).is_some()
}

/// Braces, also those of a `$body:block`, which come in an invisible group.
pub(crate) fn braces(tree: &TokenTree) -> Option<Group> {
    let TokenTree::Group(group) = tree else { return None };
    match group.delimiter() {
        Delimiter::Brace => Some(group.clone()),
        Delimiter::None => {
            let mut inside = group.stream().into_iter();
            let only = inside.next()?;
            if inside.next().is_none() { braces(&only) } else { None }
        }
        _ => None,
    }
}

/// The words at the beginning, those in invisible groups included, up to the one that tells what the
/// item is.
struct Words {
    before: Vec<String>,
    telling: Option<(String, Span)>,
    /// `pub` without `(..)`.
    is_pub: bool,
}

impl Member {
    fn words(&self) -> Words {
        let mut words = Words { before: Vec::new(), telling: None, is_pub: false };
        let mut trees = Vec::new();
        for tree in &self.rest {
            match tree {
                TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                    trees.extend(group.stream());
                }
                other => trees.push(other.clone()),
            }
        }
        for (at, tree) in trees.iter().enumerate() {
            let word = match tree {
                TokenTree::Ident(word) => word.to_string(),
                // The parentheses of `pub(crate)`, the text of `extern "C"`.
                TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => continue,
                TokenTree::Literal(_) => continue,
                _ => return words,
            };
            let is_item = |follower: &TokenTree| {
                let follower = follower.to_string();
                matches!(follower.as_str(), "fn" | "async" | "unsafe" | "extern")
            };
            match word.as_str() {
                "pub" => {
                    words.is_pub = !matches!(trees.get(at + 1), Some(TokenTree::Group(_)));
                }
                "const" if trees.get(at + 1).is_some_and(is_item) => {}
                "default" | "async" | "unsafe" | "safe" | "auto" | "extern" => {}
                _ => {
                    words.telling = Some((word, tree.span()));
                    return words;
                }
            }
            words.before.push(word);
        }
        words
    }

    /// Whether braces are no end: `const X: S = S { .. };`.
    fn ends_at_semicolon(&self) -> bool {
        let telling = self.words().telling.map(|(word, _)| word);
        matches!(telling.as_deref(), Some("const" | "static" | "type" | "use"))
    }

    /// What it is, and where the word that says so stands.
    pub(crate) fn kind(&self) -> (Kind, Span) {
        let words = self.words();
        let has_body = self.rest.last().is_some_and(is_braces);
        let is_before = |word: &str| words.before.iter().any(|one| one == word);
        let Some((telling, at)) = words.telling else { return (Kind::Other, Span::call_site()) };
        let kind = match telling.as_str() {
            "fn" => {
                let is_special = is_before("const") || is_before("extern");
                Kind::Function(Function { has_body, is_special, is_pub: words.is_pub })
            }
            "impl" if has_body => Kind::Container(Container::Impl),
            "trait" if has_body => Kind::Container(Container::Trait),
            "mod" if has_body => Kind::Container(Container::Module),
            _ => Kind::Other,
        };
        (kind, at)
    }

    /// The attributes on it; none if they cannot be read.
    pub(crate) fn parsed_attributes(&self) -> Vec<Attribute> {
        Attribute::parse_outer.parse2(self.attributes.iter().cloned().collect()).unwrap_or_default()
    }
}
