//! What stands at the path of a file that is open.

use std::fs::{self, File, Metadata};
use std::io::ErrorKind;
use std::path::Path;

/// Whether what is written to `file` is still found at `path`: who tidies up moves files away, or deletes them.
pub(crate) fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::metadata(path)) {
        (Ok(open), Ok(found)) => is_same(&open, &found),
        (_, Err(why)) => why.kind() != ErrorKind::NotFound,
        (Err(_), _) => true,
    }
}

#[cfg(unix)]
fn is_same(open: &Metadata, found: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (open.dev(), open.ino()) == (found.dev(), found.ino())
}

/// Elsewhere nothing that is portable tells.
#[cfg(not(unix))]
fn is_same(_: &Metadata, _: &Metadata) -> bool {
    true
}
