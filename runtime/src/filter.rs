//! Which callsites are recorded, by module path and level.

use std::fmt;
use std::str::FromStr;

use crate::callsite::{Callsite, Level};

/// Lets callsites through by their module path and level.
///
/// Written as directives separated by commas: `level` for every module, `path=level` for a module
/// and those below it, where the longest path that fits decides; `off` lets nothing through. A span
/// that is not let through never cuts its children off: they attach to the nearest recorded
/// ancestor.
///
/// ```
/// let filter: isohub::Filter = "info, shop::db = debug, hyper = off".parse()?;
/// # Ok::<_, isohub::InvalidFilter>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// The longest path first, so that the first that fits decides; `None` is `off`.
    directives: Vec<(String, Option<Level>)>,
}

impl Filter {
    /// The filter in the environment variable `name`; everything is let through if it is not set.
    ///
    /// # Errors
    /// The variable holds something else than a filter.
    pub fn from_env(name: &str) -> Result<Self, InvalidFilter> {
        match std::env::var_os(name) {
            Some(value) => value.to_string_lossy().parse(),
            None => Ok(Filter::default()),
        }
    }

    pub(crate) fn allows(&self, callsite: &Callsite) -> bool {
        let fits = |path: &str| match callsite.module_path().strip_prefix(path) {
            Some(rest) => path.is_empty() || rest.is_empty() || rest.starts_with("::"),
            None => false,
        };
        match self.directives.iter().find(|(path, _)| fits(path)) {
            Some((_, Some(least))) => callsite.level() >= *least,
            Some((_, None)) => false,
            None => true,
        }
    }
}

impl FromStr for Filter {
    type Err = InvalidFilter;

    fn from_str(text: &str) -> Result<Self, InvalidFilter> {
        let mut directives: Vec<(String, Option<Level>)> = Vec::new();
        for directive in text.split(',').map(str::trim).filter(|directive| !directive.is_empty()) {
            let invalid = |problem| InvalidFilter { directive: directive.to_owned(), problem };
            let (path, level) = match directive.split_once('=') {
                Some((path, level)) => (path.trim(), level.trim()),
                None => ("", directive),
            };
            let is_path = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '#');
            if !path.chars().all(is_path) {
                return Err(invalid("the part before `=` is not a module path"));
            }
            let level = match level {
                "off" => None,
                level => Some(level.parse().map_err(|_| {
                    invalid("write off, trace, debug, info, warning, error or fatal, or path=level")
                })?),
            };
            if directives.iter().any(|(known, _)| known == path) {
                return Err(invalid("this module already has a level"));
            }
            directives.push((path.to_owned(), level));
        }
        directives.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
        Ok(Filter { directives })
    }
}

/// Text that is no [`Filter`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidFilter {
    directive: String,
    problem: &'static str,
}

impl fmt::Display for InvalidFilter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "filter directive `{}`: {}", self.directive, self.problem)
    }
}

impl std::error::Error for InvalidFilter {}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(filter: &str, module: &'static str, level: Level) -> bool {
        let filter: Filter = filter.parse().expect("a filter");
        filter.allows(&Callsite::new("name", module, "", 0, 0).with_level(level))
    }

    #[test]
    fn the_longest_module_path_decides() {
        let filter = "error, shop=info, shop::db=debug, hyper=off";
        assert!(allows(filter, "shop::db::pool", Level::Debug));
        assert!(!allows(filter, "shop::web", Level::Debug));
        assert!(allows(filter, "shop::web", Level::Info));
        assert!(!allows(filter, "shopping", Level::Info), "not a module below `shop`");
        assert!(!allows(filter, "hyper::client", Level::Fatal));
        assert!(allows("", "anything", Level::Trace));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let problem = |text: &str| text.parse::<Filter>().expect_err("wrong").to_string();
        assert!(problem("info, a=loud").starts_with("filter directive `a=loud`: write off, trace"));
        assert!(problem("a b=info").contains("not a module path"));
        assert!(problem("info, debug").contains("already has a level"));
    }
}
