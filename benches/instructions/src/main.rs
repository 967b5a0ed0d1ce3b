//! Counts the instructions of isohub's hot paths, and compares them with `instructions.txt`.
//!
//! `cargo run --release --manifest-path benches/instructions/Cargo.toml`, with `-- bless` to write that file.
//! Counts are exact on one compiler. On any other, or without valgrind, it says so and does nothing.

mod paths;

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, ExitCode};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The compiler of the committed figures.
const COMPILER: &str = "rustc 1.95.0";
/// By what share a path may grow.
const TOLERANCE: f64 = 0.05;
/// How often a path is counted at most. Where the allocator shares its arenas with the collector's thread, a
/// count varies by some per cent: the least is the path's own.
const ATTEMPTS: usize = 3;

fn main() -> Result<ExitCode> {
    match std::env::args().nth(1).as_deref() {
        Some("run") => {
            let wanted = std::env::args().nth(2).ok_or("`run` needs the number of a path")?;
            paths::run(wanted.parse()?)?;
            Ok(ExitCode::SUCCESS)
        }
        argument => {
            if let Some(reason) = cannot_count() {
                println!("instructions are not counted: {reason}");
                return Ok(ExitCode::SUCCESS);
            }
            let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("instructions.txt");
            if argument == Some("bless") {
                let counted = text(&count(ATTEMPTS)?);
                print!("{counted}");
                std::fs::write(table, counted)?;
                return Ok(ExitCode::SUCCESS);
            }
            let counted = count(1)?;
            print!("{}", text(&counted));
            compare(&counted, &std::fs::read_to_string(table)?)
        }
    }
}

/// Why the figures would not be comparable, or not be had.
fn cannot_count() -> Option<String> {
    let version = |program: &str| {
        let output = Command::new(program).arg("--version").output().ok()?;
        String::from_utf8(output.stdout).ok()
    };
    let rustc = version("rustc").unwrap_or_default();
    if !rustc.starts_with(COMPILER) {
        return Some(format!("the figures are those of {COMPILER}, this is `{}`", rustc.trim()));
    }
    if !cfg!(all(target_arch = "x86_64", target_os = "linux")) {
        return Some("the figures are those of x86-64 Linux".into());
    }
    version("valgrind").is_none().then(|| "there is no valgrind".into())
}

/// The instructions of one operation of each path, without those of the loop around it.
fn count(attempts: usize) -> Result<Vec<(&'static str, f64)>> {
    let nothing = count_path(0, 1)?;
    let names = paths::NAMES.into_iter().enumerate().skip(1);
    names.map(|(at, name)| Ok((name, count_path(at, attempts)? - nothing))).collect()
}

/// The least number of instructions of one round of the loop around a path.
fn count_path(at: usize, attempts: usize) -> Result<f64> {
    let program = std::env::current_exe()?;
    let dump = std::env::temp_dir().join(format!("isohub-instructions-{}", std::process::id()));
    let mut least = f64::INFINITY;
    for _ in 0..attempts {
        let status = Command::new("valgrind")
            .args(["--quiet", "--tool=callgrind", "--collect-atstart=no"])
            .arg("--toggle-collect=*paths::counted*")
            .arg(format!("--callgrind-out-file={}", dump.display()))
            .arg(&program)
            .args(["run", &at.to_string()])
            .status()?;
        if !status.success() {
            return Err(format!("valgrind ended with {status}").into());
        }
        least = least.min(total(&dump)? / paths::N as f64);
    }
    std::fs::remove_file(dump)?;
    Ok(least)
}

/// The sum of all that callgrind counted.
fn total(dump: &Path) -> Result<f64> {
    let text = std::fs::read_to_string(dump)?;
    let line = text.lines().find_map(|line| line.strip_prefix("totals: "));
    Ok(line.ok_or("the dump has no total")?.trim().parse()?)
}

fn text(counted: &[(&str, f64)]) -> String {
    let mut text = String::from("| path | instructions |\n| --- | ---: |\n");
    for (name, count) in counted {
        // Writing to a string does not fail.
        let _ = writeln!(text, "| {name} | {count:.1} |");
    }
    text
}

/// What a path takes at least.
fn counted_again(name: &str) -> Result<f64> {
    let at = paths::NAMES.iter().position(|known| *known == name).ok_or("no such path")?;
    Ok(count_path(at, ATTEMPTS)? - count_path(0, 1)?)
}

/// Says what has grown beyond the tolerance, or is not in the table.
fn compare(counted: &[(&str, f64)], table: &str) -> Result<ExitCode> {
    let mut has_grown = false;
    for (name, count) in counted {
        let row = format!("| {name} | ");
        let before = table.lines().find_map(|line| line.strip_prefix(&row));
        let Some(before) = before.and_then(|cell| cell.trim_end_matches(" |").parse::<f64>().ok()) else {
            return Err(format!("{name} is not in instructions.txt: run it with `-- bless`").into());
        };
        if *count > before * (1.0 + TOLERANCE) + 1.0
            && counted_again(name)? > before * (1.0 + TOLERANCE) + 1.0
        {
            println!("{name}: was {before:.1} instructions, is {count:.1}");
            has_grown = true;
        } else if *count < before * (1.0 - TOLERANCE) - 1.0 {
            println!("{name}: was {before:.1} instructions, is {count:.1}: keep that with `-- bless`");
        }
    }
    Ok(if has_grown { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
