//! The program that is tested, and places for its files.

use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The example that cargo built beside this test; never one of older sources.
pub(crate) fn storefront() -> Command {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let mut command = Command::new(BUILT.get_or_init(build));
    command.stdin(Stdio::null());
    command
}

/// `cargo test` has built the examples, unless it was told which tests to run.
fn build() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let examples = test.ancestors().nth(2).unwrap().join("examples");
    let program = examples.join(format!("storefront{EXE_SUFFIX}"));
    if !is_current(&program, &examples.join("storefront.d")) {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--package", "isohub-storefront", "--example", "storefront"]);
        cargo.arg("--target-dir").arg(test.ancestors().nth(3).unwrap());
        let profile = if cfg!(debug_assertions) { "dev" } else { "release" };
        assert!(cargo.args(["--profile", profile]).status().unwrap().success());
    }
    program
}

/// Whether the program is newer than its sources, which cargo notes in a file beside it.
fn is_current(program: &Path, noted: &Path) -> bool {
    let modified = |path: &Path| fs::metadata(path).and_then(|found| found.modified()).ok();
    let Some((built, noted)) = modified(program).zip(fs::read_to_string(noted).ok()) else { return false };
    let noted = noted.trim_end().replace("\\ ", "\0");
    let mut sources = noted.split(' ').skip(1).map(|source| source.replace('\0', " "));
    sources.all(|source| modified(source.as_ref()).is_some_and(|changed| changed <= built))
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

    pub(crate) fn has_only(&self, names: &[&str]) {
        let mut found: Vec<_> = fs::read_dir(&self.0).unwrap().map(|it| it.unwrap().file_name()).collect();
        let mut names = names.to_vec();
        found.sort_unstable();
        names.sort_unstable();
        assert_eq!(found, names);
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
