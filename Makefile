# make demo: see gptsnap work, no account needed.   make test: pass all tests.

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
BUILD   := go build -trimpath -ldflags "-s -w -X main.version=$(VERSION)"

.PHONY: katex katex-missing build demo test check tools race stories faults bench bench-once fuzz clean

build: katex
	$(BUILD) -o build/gptsnap .

# What the HTML site draws formulas with. Without npm they are shown as TeX.
KATEX := formats/html/katex
katex: $(if $(shell command -v npm),$(KATEX)/dist/katex.css,katex-missing)
katex-missing:
	@test -f $(KATEX)/dist/katex.css || echo "npm is not installed: formulas will be shown as TeX"

$(KATEX)/dist/katex.css: $(KATEX)/package-lock.json $(KATEX)/build.mjs
	cd $(KATEX) && npm ci --ignore-scripts --no-audit --no-fund --silent && node build.mjs && rm -rf node_modules

demo: build
	build/gptsnap demo -o demo

# Everything that decides whether a change may land.
test: tools katex check race stories faults bench-once

check:
	@test -z "$$(gofmt -s -l .)" || { echo "gofmt -s would change:"; gofmt -s -l .; exit 1; }
	go mod tidy -diff
	go vet ./...
	go tool staticcheck ./...
	GOOS=windows go vet ./...
	GOOS=darwin go vet ./...

race:
	go test -race -shuffle=on -timeout 10m $$(go list ./... | grep /)

# The stories start the program some hundred times, which under the race
# detector takes five times as long; the rooms are raced by their own tests.
stories:
	go test -shuffle=on -timeout 10m .

# The race detector makes each step ten times as dear, so under it the archive's
# tests take samples. Here they take every byte, and 100 kills for each shape.
faults:
	ARCHIVE_KILLS=100 go test -timeout 10m ./formats/archive

# One turn of every benchmark, so that they never rot.
bench-once:
	go test -run '^$$' -bench . -benchtime 1x ./...

# Whole commands on a corpus of 5,000 conversations; see testdata/bench.
bench:
	testdata/bench/run.sh

# Each fuzz target for a while: make fuzz FOR=1m
FOR ?= 15s
fuzz:
	@for f in $$(grep -rlE '^func Fuzz' --include='*_test.go' .); do \
	  for t in $$(grep -oE '^func Fuzz[A-Za-z0-9_]+' $$f | cut -c6-); do \
	    echo "== $$f $$t"; go test -run '^$$' -fuzz "^$$t\$$" -fuzztime $(FOR) ./$$(dirname $$f) || exit 1; \
	  done; done

# What the tests run besides Go: a browser, the tools that must be able to read
# our archives and databases, the checker of books, and Node.js for DuckDB.
TOOLS := chromium zstd age 7zz jq bsdtar epubcheck sqlite3 python3 node npm
tools:
	@missing=""; for t in $(TOOLS); do command -v $$t >/dev/null || missing="$$missing $$t"; done; \
	if [ -n "$$missing" ]; then \
	  if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
	      $$(echo "$$missing" | sed 's/bsdtar/libarchive-tools/; s/node/nodejs/; s/7zz/7zip/') fonts-noto-cjk fonts-noto-color-emoji >/dev/null; \
	  else echo "these tests need:$$missing (on Debian: apt-get install chromium zstd age 7zip jq libarchive-tools epubcheck sqlite3 python3 nodejs npm)"; exit 1; fi; \
	fi

clean:
	rm -rf build demo
