#!/usr/bin/env bash
# Whole-command benchmarks on a generated corpus: CPU seconds are what to
# compare. Usage: testdata/bench/run.sh [CONVERSATIONS] [FOLDER]
set -euo pipefail
cd "$(dirname "$0")/../.."
n=${1:-5000}
dir=${2:-build/bench}
mkdir -p "$dir"
go build -o "$dir/gptsnap" .
go build -o "$dir/measure" ./testdata/bench/measure
[ -s "$dir/corpus-$n.json" ] || go run ./testdata/bench/corpus -n "$n" -o "$dir/corpus-$n.json"
ls -l "$dir/corpus-$n.json" | awk '{printf "corpus: %d conversations, %.0f MB\n", '"$n"', $5/1e6}'
run() { printf '%-28s' "$1"; shift; "$dir/measure" "$dir/gptsnap" -q "$@"; }
a="$dir/corpus-$n.tar.zst"
rm -rf "$a" "$a.lock" "$dir"/out-*
run import import -a "$a" "$dir/corpus-$n.json"
run "import again" import -a "$a" "$dir/corpus-$n.json"
ls -l "$a" | awk '{printf "archive: %.1f MB\n", $5/1e6}'
run "markdown" convert -a "$a" -f markdown -o "$dir/out-md"
run "markdown, unchanged" convert -a "$a" -f markdown -o "$dir/out-md"
run "jsonl" convert -a "$a" -f jsonl -o "$dir/out.jsonl"
run "sqlite" convert -a "$a" -f sqlite -o "$dir/out-chats.db"
run "parquet" convert -a "$a" -f parquet -o "$dir/out-parquet"
run "parquet, by month" convert -a "$a" -f parquet --partition month -o "$dir/out-lake"
run "html" convert -a "$a" -f html -o "$dir/out-html"
run "html, unchanged" convert -a "$a" -f html -o "$dir/out-html"
run "html, no highlighting" convert -a "$a" -f html --no-highlight -o "$dir/out-html-plain"
for r in overview monthly models branches hours; do run "analyze $r" analyze -a "$a" "$r"; done
run "analyze --tokens" analyze -a "$a" --tokens
run "analyze --cost, every report" analyze -a "$a" -f json --cost all
run "list" list -a "$a"
run "branches" branches -a "$a"
run "help" --help
echo "the site in Chromium:"
GPTSNAP_SITE=$(realpath "$dir/out-html") go test -count=1 -run '^TestASiteIsMeasured$' -v ./formats/html | sed -n 's/^ *measure_test.go:[0-9]*: /  /p'
