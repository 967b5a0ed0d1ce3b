#!/usr/bin/env bash
# What 500 annotated async functions cost to compile: benches/compile_time/run.sh [FUNCTIONS]
# Prints a table in Markdown. Times are those of the processor, so that other programs disturb little;
# everything is built in a directory of its own, which is removed.
set -euo pipefail
functions=${1:-500}
runtime=$(realpath "$(dirname "$0")/../../runtime")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset CARGO_TARGET_DIR

# Seconds of the processor that a command takes.
seconds() {
    local TIMEFORMAT='%U %S'
    { time "$@" >"$work/log" 2>&1 || { cat "$work/log" >&2; exit 1; }; } 2>&1 | awk '{ printf "%.1f", $1 + $2 }'
}

# main.rs with as many functions under the attribute $1.
program() {
    cat <<'RUST'
use std::future::Future;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

#[derive(Default)]
struct Yield(bool);

impl Future for Yield {
    type Output = ();
    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}

fn drive<F: Future>(f: F) -> F::Output {
    let mut f = pin!(f);
    let mut cx = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = f.as_mut().poll(&mut cx) { return output; }
    }
}
RUST
    for ((i = 0; i < functions; i++)); do
        cat <<RUST

$1
async fn f$i(id: u64, name: &str) -> Result<u64, String> {
    Yield::default().await;
    let key = id.wrapping_mul(${i}7);
    if key % 1000 == ${i} { return Err(format!("{name} {key} ${i}")); }
    Ok(key + name.len() as u64)
}
RUST
    done
    echo 'fn main() { let mut sum = 0;'
    echo '    let size = size_of_val(&f0(1, "size")); if std::env::args().count() > 1 { println!("{size}"); }'
    for ((i = 0; i < functions; i++)); do
        echo "    sum ^= drive(f$i(black_box($i), \"name\")).unwrap_or(1);"
    done
    echo '    black_box(sum); }'
}

# A row: $1 name, $2 attribute, $3 dependency.
row() {
    local crate="$work/crate"
    rm -rf "$crate"
    mkdir -p "$crate/src"
    cat >"$crate/Cargo.toml" <<TOML
[workspace]
[package]
name = "annotated"
version = "0.1.0"
edition = "2024"
[dependencies]
$3
TOML
    echo 'fn main() {}' >"$crate/src/main.rs"
    cd "$crate"
    cargo fetch --quiet
    local dependencies check release text size
    dependencies=$(seconds cargo build --release)
    local crates
    crates=$(cargo tree --edges normal,build --prefix none | sort -u | wc -l)
    program "$2" >src/main.rs
    release=$(seconds cargo build --release)
    text=$(size target/release/annotated | awk 'NR == 2 { printf "%.0f", $1 / 1000 }')
    size=$(target/release/annotated size)
    cargo check --quiet
    echo '// again' >>src/main.rs
    check=$(seconds cargo check)
    echo "| $1 | $((crates - 1)) | $dependencies | $check | $release | $text | $size |"
    cd "$work"
}

echo "| $functions async functions | crates | dependencies, release, s | check, s | release build, s | text, kB | future, bytes |"
echo "| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
row "plain" "" ""
row "isohub \`#[span]\`" "#[isohub::span]" "isohub = { path = \"$runtime\" }"
row "isohub \`#[parallel_span]\`" "#[isohub::parallel_span]" "isohub = { path = \"$runtime\" }"
row "isohub \`#[span]\`, without \`enabled\`" "#[isohub::span]" \
    "isohub = { path = \"$runtime\", default-features = false }"
row "tracing \`#[instrument(skip_all)]\`" "#[tracing::instrument(skip_all)]" 'tracing = "0.1.44"'
row "fastrace \`#[trace]\`" "#[fastrace::trace]" 'fastrace = { version = "0.7.19", features = ["enable"] }'
