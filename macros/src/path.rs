//! Where the runtime crate is: `::isohub`, unless `crate = path` names another place.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser as _};
use syn::{Ident, Path, PathSegment, Token};

/// The path of the runtime crate, and that of all an expansion may name.
#[derive(Clone)]
pub(crate) struct Runtime {
    path: Path,
    private: Path,
}

impl Runtime {
    /// The crate at a path that the user gave.
    pub(crate) fn at(path: Path) -> Self {
        let mut private = path.clone();
        private.segments.push(PathSegment::from(Ident::new("__private", Span::mixed_site())));
        Runtime { path, private }
    }

    /// The crate that `crate = path` names among arguments that need not be right.
    pub(crate) fn named_in(arguments: &TokenStream) -> Runtime {
        let trees: Vec<TokenTree> = arguments.clone().into_iter().collect();
        let is = |at: usize, text: &str| trees.get(at).is_some_and(|tree| tree.to_string() == text);
        let Some(key) = (0..trees.len()).find(|at| is(*at, "crate") && is(at + 1, "=")) else {
            return Runtime::default();
        };
        let path = trees.iter().skip(key + 2).take_while(|tree| tree.to_string() != ",").cloned().collect();
        Path::parse_mod_style.parse2(path).map_or_else(|_| Runtime::default(), Runtime::at)
    }

    /// Where `isohub` is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// `isohub::__private`, absolute.
    pub(crate) fn private(&self) -> &Path {
        &self.private
    }

    /// Whether `path` leads into this crate, as `isohub::rayon::join` does.
    pub(crate) fn holds(&self, path: &Path) -> bool {
        let begins_with = |root: &Path| {
            root.segments.len() < path.segments.len()
                && root.segments.iter().zip(&path.segments).all(|(ours, theirs)| ours.ident == theirs.ident)
        };
        begins_with(&self.path) || begins_with(&Runtime::default().path)
    }

    /// Whether `path` names `name` in this crate: `span`, `isohub::span`, or below `crate = path`.
    pub(crate) fn owns(&self, path: &Path) -> Option<Ident> {
        let name = path.segments.last()?.ident.clone();
        let parents = path.segments.len() - 1;
        let below = |root: &Path| {
            root.segments.len() == parents
                && root.segments.iter().zip(&path.segments).all(|(ours, theirs)| ours.ident == theirs.ident)
        };
        (parents == 0 || below(&self.path) || below(&Runtime::default().path)).then_some(name)
    }
}

impl Default for Runtime {
    fn default() -> Self {
        let segment = PathSegment::from(Ident::new("isohub", Span::mixed_site()));
        let mut path = Path::from(segment);
        path.leading_colon = Some(Token![::](Span::mixed_site()));
        Runtime::at(path)
    }
}

/// Reads a leading `crate = path,` of a `!` macro that has no other options.
pub(crate) fn leading(input: ParseStream<'_>) -> syn::Result<Runtime> {
    if !(input.peek(Token![crate]) && input.peek2(Token![=])) {
        return Ok(Runtime::default());
    }
    input.parse::<Token![crate]>()?;
    input.parse::<Token![=]>()?;
    let path = input.call(Path::parse_mod_style)?;
    if !input.is_empty() {
        input.parse::<Token![,]>()?;
    }
    Ok(Runtime::at(path))
}
