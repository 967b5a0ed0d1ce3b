#!/usr/bin/env bash
# Measures anew, and puts what was printed into PERFORMANCE.md: benches/regenerate.sh [PART..]
# The parts are compare, instructions, growth, loss and compile_time; all of them take some fifteen minutes.
# Run it while the machine does nothing else.
set -euo pipefail
cd "$(dirname "$0")/.."

bench() { cargo run --quiet --release --manifest-path benches/Cargo.toml -- "$@"; }

part() {
    case $1 in
        compare) bench ;;
        instructions) cargo run --quiet --release --manifest-path benches/instructions/Cargo.toml -- bless ;;
        growth | loss) echo '```text' && bench "$1" && echo '```' ;;
        compile_time) benches/compile_time/run.sh ;;
        *) echo "there is no part $1" >&2 && return 1 ;;
    esac
}

parts=("$@")
[ $# -gt 0 ] || parts=(compare instructions growth loss compile_time)
for name in "${parts[@]}"; do
    printed=$(mktemp)
    part "$name" >"$printed" || echo "$name has failed: see what it says in PERFORMANCE.md" >&2
    # What stands between the two marks of the part is replaced.
    awk -v begin="<!-- $name -->" -v end="<!-- end of $name -->" -v printed="$printed" '
        $0 == end { inside = 0 }
        !inside { print }
        $0 == begin { inside = 1; while ((getline line < printed) > 0) print line }
    ' PERFORMANCE.md >PERFORMANCE.md.new
    mv PERFORMANCE.md.new PERFORMANCE.md
    rm "$printed"
done
