//! The program that is tested, and places for its files.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// The example that cargo built beside this test; never one of older sources.
pub(crate) fn storefront() -> Command {
    let test = std::env::current_exe().unwrap();
    let examples = test.ancestors().nth(2).unwrap().join("examples");
    let program = examples.join(format!("storefront{}", std::env::consts::EXE_SUFFIX));
    // Cargo notes there of what the example was made.
    let sources = fs::read_to_string(examples.join("storefront.d")).unwrap_or_default();
    let sources = sources.replace("\\ ", "\0");
    let modified = |path: &PathBuf| fs::metadata(path).and_then(|found| found.modified());
    let built = modified(&program);
    let mut sources =
        sources.split_whitespace().skip(1).map(|source| PathBuf::from(source.replace('\0', " ")));
    let is_current =
        built.is_ok_and(|built| sources.all(|it| modified(&it).is_ok_and(|changed| changed <= built)));
    assert!(
        is_current,
        "{program:?} is missing or older than its sources: `cargo test` without `--test` builds it"
    );
    let mut command = Command::new(program);
    command.stdin(Stdio::null());
    command
}

/// A directory of one test, removed at its end.
pub(crate) struct Directory(PathBuf);

impl Directory {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name =
            format!("isohub-storefront-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Directory(path)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// No file of one process alone is left.
    pub(crate) fn has_only(&self, names: &[&str]) {
        let mut found: Vec<_> = fs::read_dir(&self.0).unwrap().map(|it| it.unwrap().file_name()).collect();
        let mut names = names.to_vec();
        (found.sort_unstable(), names.sort_unstable());
        assert_eq!(found, names);
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
