//! Places in the program's source.

use std::fmt;
use std::panic::Location;
use std::sync::Mutex;

use crate::callsite::Callsite;

/// A place in the program's source.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    file: &'static str,
    line: u32,
    column: u32,
}

impl Place {
    /// The file, as the compiler was given it.
    pub const fn file(&self) -> &'static str {
        self.file
    }

    /// The line, from 1.
    pub const fn line(&self) -> u32 {
        self.line
    }

    /// The column, from 1.
    pub const fn column(&self) -> u32 {
        self.column
    }

    pub(crate) fn unknown() -> Self {
        Place { file: UNKNOWN, line: 0, column: 0 }
    }

    /// The place of a panic, which is given to hooks for as long as they run: the names of files are kept, of
    /// which a program has so many and no more. Never waits.
    pub(crate) fn kept(at: &Location<'_>) -> Self {
        static FILES: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());
        let keep = |files: &mut Vec<&'static str>| {
            let known = files.iter().find(|file| **file == at.file()).copied();
            known.or_else(|| {
                (files.len() < MAX_FILES).then(|| {
                    let file: &'static str = Box::leak(at.file().into());
                    files.push(file);
                    file
                })
            })
        };
        let file = FILES.try_lock().ok().and_then(|mut files| keep(&mut files));
        Place { file: file.unwrap_or(UNKNOWN), line: at.line(), column: at.column() }
    }
}

const UNKNOWN: &str = "(not known)";

/// Files that are kept. Few programs panic in so many.
const MAX_FILES: usize = 4096;

impl From<&'static Location<'static>> for Place {
    fn from(at: &'static Location<'static>) -> Self {
        Place { file: at.file(), line: at.line(), column: at.column() }
    }
}

impl From<&'static Callsite> for Place {
    fn from(at: &'static Callsite) -> Self {
        Place { file: at.file(), line: at.line(), column: at.column() }
    }
}

impl fmt::Display for Place {
    /// `file:line:column`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
