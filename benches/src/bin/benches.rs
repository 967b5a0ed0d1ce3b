//! isohub and its peers on the same work, in turns: `cargo run --release`.
//!
//! `cargo run --release -- growth` measures isohub alone, as spans, tasks, threads and scopes grow,
//! `-- loss` records ten million spans at full speed, and `-- NAME` runs the rows whose names contain it.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::process::{Command, ExitCode};

use isohub_benches::measure::rounds;
use isohub_benches::peers;
use isohub_benches::table::{self, Allocated, Allocations};
use isohub_benches::work::Work;

const ROUNDS: u32 = 101;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        Some("growth") => {
            isohub_benches::growth::run(&Path::new(env!("CARGO_MANIFEST_DIR")).join("growth.svg"))?;
            Ok(ExitCode::SUCCESS)
        }
        Some("loss") => {
            isohub_benches::growth::loss()?;
            Ok(ExitCode::SUCCESS)
        }
        only => compare(only.unwrap_or_default()),
    }
}

/// Prints the table of all work whose name contains `only`; fails if anything was lost.
fn compare(only: &str) -> Result<ExitCode, Box<dyn Error>> {
    let allocations = count_allocations()?;
    let mut contenders = peers::all();
    println!("{}\n", versions());
    println!("{}", table::HEAD);
    let mut lost = Vec::new();
    let mut delivered: BTreeMap<&str, u64> = BTreeMap::new();
    for work in Work::ALL {
        if work == Work::ALL[1] {
            contenders.iter_mut().for_each(|it| it.install());
        }
        if !work.to_string().contains(only) {
            continue;
        }
        let measured = rounds(&contenders, work, ROUNDS);
        print!("{}", table::lines(work, &measured, &allocations));
        for it in &measured {
            *delivered.entry(it.name).or_default() += it.received;
            lost.extend(table::lost(work, it));
        }
    }
    println!("\nRecords that were made and received:");
    for (name, count) in delivered.iter().filter(|(_, count)| **count > 0) {
        println!("- {name}: {count}");
    }
    lost.iter().for_each(|lost| println!("LOST: {lost}"));
    Ok(if lost.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs the program that counts allocations, which has an allocator of its own.
fn count_allocations() -> Result<Allocations, Box<dyn Error>> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let arguments = ["run", "--quiet", "--release", "--bin", "allocations", "--manifest-path", manifest];
    let output = Command::new(cargo).args(arguments).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    let mut allocations = Allocations::new();
    for line in String::from_utf8(output.stdout)?.lines() {
        let fields: Vec<_> = line.split('\t').collect();
        let [name, work, count, held] = fields[..] else { continue };
        let allocated = Allocated { count: count.parse()?, held: held.parse()? };
        allocations.insert((name.to_owned(), work.to_owned()), allocated);
    }
    Ok(allocations)
}

/// The versions of what is compared, from the lock file.
fn versions() -> String {
    let lock = include_str!("../../Cargo.lock");
    let of = |name: &str| {
        let at = lock.find(&format!("name = \"{name}\"\n"))?;
        lock[at..].lines().nth(1)?.strip_prefix("version = ").map(|it| it.trim_matches('"').to_owned())
    };
    let names = ["isohub", "fastrace", "tracing", "tracing-subscriber", "tracing-opentelemetry"];
    let others = ["opentelemetry", "opentelemetry_sdk", "sentry", "quanta"];
    let versions: Vec<_> = names
        .iter()
        .chain(&others)
        .map(|name| format!("{name} {}", of(name).unwrap_or_else(|| "(unknown)".into())))
        .collect();
    versions.join(", ")
}
