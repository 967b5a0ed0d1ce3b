//! Calling the compiler on a copy of the shapes, in which `#[unit]` is one of the attributes, or nothing.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use serde_json::Value;

/// The editions of callers.
pub const EDITIONS: [&str; 3] = ["2018", "2021", "2024"];

/// What stands in the place of `#[unit]`: nothing first, with which the others are compared.
pub const VARIANTS: [(&str, &str); 4] = [
    ("plain", ""),
    ("span", "#[isohub::span]"),
    ("isolated_hub", "#[isohub::isolated_hub]"),
    ("parallel_span", "#[isohub::parallel_span]"),
];

/// Arguments that let a compiler find what the shapes use: cargo builds it, and says where it is.
static DEPENDENCIES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let target = scratch().parent().expect("a target directory has a name");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--lib", "--locked", "--message-format=json", "--manifest-path", manifest])
        .arg("--target-dir")
        .arg(target)
        .output()
        .expect("cargo runs");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let mut arguments = vec!["-L".to_owned(), format!("dependency={}/debug/deps", target.display())];
    for message in json_lines(&built.stdout) {
        let name = message["target"]["name"].as_str().unwrap_or_default();
        if message["reason"] == "compiler-artifact" && ["isohub", "futures", "async_trait"].contains(&name) {
            let file = message["filenames"][0].as_str().expect("an artifact is a file");
            arguments.extend(["--extern".to_owned(), format!("{name}={file}")]);
        }
    }
    assert_eq!(arguments.len(), 8, "{arguments:?}");
    arguments
});

fn scratch() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

fn json_lines(text: &[u8]) -> impl Iterator<Item = Value> {
    text.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok())
}

/// One attribute in one edition.
#[derive(Clone, Copy)]
pub struct Build {
    pub edition: &'static str,
    pub variant: &'static str,
    attribute: &'static str,
}

impl Build {
    /// Plain, and with each attribute.
    pub fn all(edition: &'static str) -> (Build, [Build; 3]) {
        let [plain, annotated @ ..] =
            VARIANTS.map(|(variant, attribute)| Build { edition, variant, attribute });
        (plain, annotated)
    }

    /// Where this build keeps what it makes of a directory of shapes.
    pub fn directory(self, shapes: &str) -> PathBuf {
        scratch().join(shapes).join(self.edition).join(self.variant)
    }

    /// A copy of a directory of shapes. Everything stands where it stood: what replaces `#[unit]` is as
    /// wide in each build.
    pub fn copy(self, shapes: &str) -> PathBuf {
        let copy = self.directory(shapes);
        fs::create_dir_all(&copy).expect("the target directory is writable");
        let attribute = format!("{:24}", self.attribute);
        for file in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(shapes)).expect("shapes exist") {
            let file = file.expect("shapes are readable").path();
            let text = fs::read_to_string(&file).expect("shapes are text").replace("#[unit]", &attribute);
            let name = file.file_name().expect("a file has a name");
            fs::write(copy.join(name), text).expect("the target directory is writable");
        }
        copy
    }

    /// Calls a compiler on a copied file.
    pub fn call(self, compiler: &str, file: &Path, arguments: &[&str]) -> Output {
        let mut command = Command::new(compiler);
        command.args(["--edition", self.edition]).args(&*DEPENDENCIES).args(arguments).arg(file);
        for since in EDITIONS.iter().filter(|since| **since <= self.edition) {
            command.args(["--cfg", &format!("since{since}"), "--check-cfg", &format!("cfg(since{since})")]);
        }
        command.output().expect("the compiler runs")
    }

    /// What a compiler says of a file.
    pub fn diagnose(self, compiler: &str, file: &Path, arguments: &[&str]) -> (bool, BTreeSet<Diagnostic>) {
        let said = self.call(compiler, file, &[arguments, &["--error-format=json"]].concat());
        let crashed = said.status.code().is_none_or(|code| code > 1);
        assert!(!crashed, "{}: {}", file.display(), String::from_utf8_lossy(&said.stderr));
        let mut diagnostics = BTreeSet::new();
        for mut one in json_lines(&said.stderr).filter_map(Diagnostic::of) {
            while !diagnostics.insert(one.clone()) {
                one.again += 1;
            }
        }
        (said.status.success(), diagnostics)
    }
}

/// What a compiler says, and where. In which words is left out where it has a number: types have other
/// names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Diagnostic {
    pub file: String,
    /// Its first line and column.
    pub place: [u64; 2],
    pub level: String,
    pub code: String,
    /// How often it said the same before.
    pub again: usize,
}

impl Diagnostic {
    fn of(message: Value) -> Option<Diagnostic> {
        let spans = message["spans"].as_array()?;
        let mut span = spans.iter().find(|span| span["is_primary"] == true)?;
        // What is inside another crate's macro is reported where the macro stands.
        let is_ours =
            |span: &Value| span["file_name"].as_str().is_some_and(|it| Path::new(it).starts_with(scratch()));
        while !is_ours(span) && span["expansion"].is_object() {
            span = &span["expansion"]["span"];
        }
        let file = Path::new(span["file_name"].as_str()?).file_name()?;
        Some(Diagnostic {
            file: file.to_string_lossy().into_owned(),
            place: ["line_start", "column_start"].map(|key| span[key].as_u64().unwrap_or_default()),
            level: message["level"].as_str()?.to_owned(),
            code: message["code"]["code"].as_str().or(message["message"].as_str())?.to_owned(),
            again: 0,
        })
    }
}
