//! Callsites of isohub for the spans that a tracer makes.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError, RwLock};

use isohub::{Callsite, SpanKind};

/// The callsites of an instrumentation scope: one for each kind and each name that is a literal, and one for each kind for
/// names that are not.
#[derive(Debug)]
pub(super) struct Site {
    scope: &'static str,
    callsites: RwLock<HashMap<Key, &'static Callsite>>,
}

/// A name that is a literal, or any other.
type Key = (SpanKind, Option<&'static str>);

/// Callsites last as long as the program: so many of a scope, and so many scopes, have their own.
const MAX: usize = 1024;
const OTHER: &str = "opentelemetry";

static SITES: LazyLock<Mutex<HashMap<&'static str, &'static Site>>> = LazyLock::new(Mutex::default);

/// The site of the scope with this name.
pub(super) fn site(scope: &str) -> &'static Site {
    let mut sites = SITES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(site) = sites.get(scope) {
        return site;
    }
    let scope = if sites.len() < MAX && !scope.is_empty() { scope } else { OTHER };
    if let Some(site) = sites.get(scope) {
        return site;
    }
    let scope: &'static str = scope.to_owned().leak();
    let site: &'static Site = Box::leak(Box::new(Site { scope, callsites: RwLock::default() }));
    sites.insert(scope, site);
    site
}

impl Site {
    /// Its callsite for spans of this kind and name, and the name if they are yet to be given it.
    pub(super) fn callsite(
        &self,
        kind: SpanKind,
        name: Cow<'static, str>,
    ) -> (&'static Callsite, Option<Cow<'static, str>>) {
        let literal = match name {
            Cow::Borrowed(literal) => Some(literal),
            Cow::Owned(_) => None,
        };
        match literal.and_then(|_| self.find((kind, literal))) {
            Some(callsite) => (callsite, None),
            None if literal.is_some() && !self.is_full() => (self.add((kind, literal)), None),
            None => (self.find_or_add((kind, None)), Some(name)),
        }
    }

    fn find_or_add(&self, key: Key) -> &'static Callsite {
        self.find(key).unwrap_or_else(|| self.add(key))
    }

    fn find(&self, key: Key) -> Option<&'static Callsite> {
        self.callsites.read().unwrap_or_else(PoisonError::into_inner).get(&key).copied()
    }

    fn is_full(&self) -> bool {
        self.callsites.read().unwrap_or_else(PoisonError::into_inner).len() >= MAX
    }

    #[cold]
    fn add(&self, key: Key) -> &'static Callsite {
        let (kind, name) = key;
        let mut callsites = self.callsites.write().unwrap_or_else(PoisonError::into_inner);
        callsites.entry(key).or_insert_with(|| {
            // A sampler sees the attributes.
            let callsite = Callsite::new(name.unwrap_or(self.scope), self.scope, "(unknown)", 0, 0);
            Box::leak(Box::new(callsite.with_kind(kind).with_fields()))
        })
    }
}
