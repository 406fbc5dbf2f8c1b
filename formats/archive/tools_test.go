package archive

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
)

func hexSum(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// sealed is a file of one frame with its seal.
func sealed(frame []byte, raw int, uuid [16]byte) []byte {
	s := seal{flags: flagWhole, segment: uuid, size: uint64(len(frame)), raw: uint64(raw), records: 2, sum: sha256.Sum256(frame)}
	s.chain = s.link([32]byte{})
	return append(frame, s.bytes()...)
}

// onDisk writes a lab's archive to a real file.
func (l *lab) onDisk() string {
	path := filepath.Join(l.TempDir(), "a.tar.zst")
	if err := os.WriteFile(path, l.data(), 0o600); err != nil {
		l.Fatal(err)
	}
	return path
}

// tool runs an ordinary program that must be able to read our files.
func tool(t *testing.T, name string, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("%s is not installed", name)
		}
		t.Skipf("%s is not installed", name)
	}
	cmd := exec.Command(name, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil || errs.Len() > 0 && name != "zstd" {
		t.Fatalf("%s %v: %v\n%s", name, args, err, &errs)
	}
	return out.String()
}

func TestOrdinaryProgramsReadTheArchive(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	history(l)
	path := l.onDisk()
	r, err := Open(path)
	l.must(err)
	defer r.Close()
	names := []string{readmeName, readmeName + metaSuffix, infoName, infoName + metaSuffix}
	for _, rec := range r.Records() {
		if rec.SameAs == "" {
			names = append(names, rec.Path)
		}
		names = append(names, rec.Path+metaSuffix)
	}
	want := strings.Join(names, "\n") + "\n"

	t.Run("tar", func(t *testing.T) {
		if got := tool(t, "tar", "--zstd", "-tf", path); got != want {
			t.Errorf("tar lists\n%s, want\n%s", got, want)
		}
		dir := t.TempDir()
		tool(t, "tar", "--zstd", "-xf", path, "-C", dir)
		for _, rec := range r.Records() {
			if rec.SameAs == "" {
				got, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(rec.Path)))
				if err != nil || hexSum(string(got)) != rec.SHA256 {
					t.Errorf("%s: %v", rec.Path, err)
				}
			}
		}
		if got, _ := os.ReadFile(filepath.Join(dir, readmeName)); string(got) != readme {
			t.Error("no readme")
		}
	})
	t.Run("bsdtar", func(t *testing.T) {
		if got := tool(t, "bsdtar", "-tf", path); got != want {
			t.Errorf("bsdtar lists\n%s", got)
		}
		for _, rec := range r.Records() {
			if rec.SameAs == "" && hexSum(tool(t, "bsdtar", "-xOf", path, rec.Path)) != rec.SHA256 {
				t.Error(rec.Path)
			}
		}
	})
	t.Run("7z", func(t *testing.T) {
		tool(t, "7zz", "t", path)
		dir := t.TempDir()
		tool(t, "sh", "-c", `7zz x -so "$0" | 7zz x -y -ttar -si -o"$1"`, path, dir)
		for _, rec := range r.Records() {
			if rec.SameAs == "" {
				got, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(rec.Path)))
				if err != nil || hexSum(string(got)) != rec.SHA256 {
					t.Errorf("%s: %v", rec.Path, err)
				}
			}
		}
	})
	t.Run("zstd", func(t *testing.T) {
		tool(t, "zstd", "-q", "-t", path)
		f, err := os.Open(path)
		l.must(err)
		defer f.Close()
		d, err := zstd.NewReader(f)
		l.must(err)
		defer d.Close()
		ours, err := io.ReadAll(d)
		l.must(err)
		if tool(t, "zstd", "-q", "-d", "-c", path) != string(ours) {
			t.Error("zstd and the library disagree")
		}
	})
	t.Run("jq", func(t *testing.T) {
		got := tool(t, "sh", "-c", `tar --zstd -xOf "$0" --wildcards 'conversation/*.meta.json' | jq -r .url`, path)
		n := 0
		for _, rec := range r.Records() {
			if rec.Kind == KindConversation {
				line, _, _ := strings.Cut(got, "\n")
				if got = strings.TrimPrefix(got, line+"\n"); line != rec.URL {
					t.Errorf("jq says %q, want %q", line, rec.URL)
				}
				n++
			}
		}
		if n == 0 || got != "" {
			t.Error("jq sees other records")
		}
	})
	t.Run("python", func(t *testing.T) {
		got := tool(t, "sh", "-c", `zstd -q -dc "$0" | python3 -c '
import hashlib, sys, tarfile
for e in (t := tarfile.open(fileobj=sys.stdin.buffer, mode="r|")):
    print(e.name, hashlib.sha256(t.extractfile(e).read()).hexdigest())'`, path)
		lines := strings.Split(strings.TrimSpace(got), "\n")
		if len(lines) != len(names) {
			t.Fatalf("python sees %d entries, want %d", len(lines), len(names))
		}
		for _, rec := range r.Records() {
			if rec.SameAs == "" && !slices.Contains(lines, rec.Path+" "+rec.SHA256) {
				t.Error(rec.Path)
			}
		}
	})
	t.Run("torn", func(t *testing.T) {
		torn := filepath.Join(t.TempDir(), "torn")
		l.must(os.WriteFile(torn, l.data()[:l.acked[5].end+40], 0o600))
		out, _ := exec.Command("sh", "-c", `zstd -q -dc "$0" 2>/dev/null | tar -tf - 2>/dev/null`, torn).Output()
		if !strings.Contains(string(out), l.acked[5].rec.Path+metaSuffix) {
			t.Error("what is whole of a torn archive cannot be listed")
		}
	})
}

// TestSeekTableIsTheStandardOne reads it as the specification of the zstd
// seekable format says, with nothing of this package.
func TestSeekTableIsTheStandardOne(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	history(l)
	b := l.data()
	le := binary.LittleEndian
	n := int(le.Uint32(b[len(b)-9:]))
	if le.Uint32(b[len(b)-4:]) != 0x8F92EAB1 || b[len(b)-5] != 0 {
		t.Fatal("no footer")
	}
	table := b[len(b)-9-8*n-8:]
	if le.Uint32(table) != 0x184D2A5E || int(le.Uint32(table[4:])) != 8*n+9 {
		t.Fatal("no skippable frame around the table")
	}
	d, err := zstd.NewReader(nil)
	l.must(err)
	defer d.Close()
	off, raw := 0, 0
	for i := range n {
		size, want := int(le.Uint32(table[8+8*i:])), int(le.Uint32(table[12+8*i:]))
		got, err := d.DecodeAll(b[off:off+size], nil)
		if err != nil || len(got) != want {
			t.Fatalf("entry %d: %d bytes, want %d (%v)", i, len(got), want, err)
		}
		off, raw = off+size, raw+want
	}
	all, err := d.DecodeAll(b, nil)
	if err != nil || off+len(table) != len(b) || len(all) != raw {
		t.Fatal("the table does not cover the file", err)
	}
}

func TestFirstBytesTellAnArchive(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.must(l.run("a=x"))
	head := l.data()
	for _, n := range []int{300, 512, 560, 1024, len(head)} {
		if !IsArchive(head[:n]) {
			t.Errorf("not recognised by %d bytes", n)
		}
	}
	if !bytes.Contains(head[:2000], []byte("tar --zstd -xf")) {
		t.Error("the readme cannot be read in the file itself")
	}
	var other bytes.Buffer
	w, err := zstd.NewWriter(&other)
	l.must(err)
	w.Write([]byte(text(1, 5000)))
	w.Close()
	plain, err := appendEntry(nil, readmeName, []byte("another readme, of another archive, with some more words"), time.Time{})
	l.must(err)
	for _, b := range [][]byte{nil, []byte("{"), other.Bytes(), storedFrame(plain), head[:20], []byte("PK\x03\x04")} {
		if IsArchive(b) {
			t.Errorf("%.30q is taken for an archive", b)
		}
	}
}

func TestOtherFilesAreRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var other bytes.Buffer
	w, err := zstd.NewWriter(&other)
	if err != nil {
		t.Fatal(err)
	}
	w.Write([]byte(text(1, 5000)))
	w.Close()
	for name, data := range map[string]string{
		"empty": "", "short": "x", "json": `{"mapping":{}}`, "zip": "PK\x03\x04" + strings.Repeat("x", 100),
		"zstd": other.String(), "zeros": strings.Repeat("\x00", 1<<20), "garbage": text(3, 1<<20),
		"skippable": "\x50\x2a\x4d\x18\xff\xff\xff\xff", "header": "\x28\xb5\x2f\xfd\x04\x38", "table": "\x5e\x2a\x4d\x18\x09\x00\x00\x00\x00\x00\x00\x00\x00\xb1\xea\x92\x8f",
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path); !errors.Is(err, ErrNotArchive) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := Append(path, Options{}); !errors.Is(err, ErrNotArchive) {
			t.Errorf("%s: appending: %v", name, err)
		}
		if got, _ := os.ReadFile(path); string(got) != data {
			t.Errorf("%s was changed", name)
		}
		if _, err := Verify(path, Deep); !errors.Is(err, ErrNotArchive) {
			t.Errorf("%s: verify: %v", name, err)
		}
	}
	if _, err := Open(dir); !errors.Is(err, ErrNotArchive) {
		t.Error(err)
	}
	if _, err := Open(filepath.Join(dir, "missing")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if _, err := Append(filepath.Join(dir, "missing", "a.tar.zst"), Options{}); err == nil {
		t.Error("an archive in no folder")
	}
}

// A hostile file may say anything of itself, with every checksum right.
func TestHostileArchivesFailInBoundedMemory(t *testing.T) {
	t.Parallel()
	if raceOn {
		t.Skip("memory is measured without the race detector: make faults")
	}
	uuid := [16]byte{7}
	frames := func(raws ...[]byte) []byte { // sealed frames and a seek table
		first, err := firstFrame(uuid, "gptsnap", time.Unix(0, 0))
		if err != nil {
			t.Fatal(err)
		}
		g := &segment{}
		s, _ := parseSeal(first[len(first)-sealSize:])
		g.entries = []entry{{uint32(s.size), uint32(s.raw)}, {sealSize, 0}}
		b := first
		for i, raw := range raws {
			packed := wideEncoder().EncodeAll(raw, nil)
			next := seal{flags: flagWhole, seq: uint32(i + 1), segment: uuid, size: uint64(len(packed)), raw: uint64(len(raw)), records: 1, sum: sha256.Sum256(packed)}
			if i == len(raws)-1 {
				next.flags |= flagManifest
			}
			next.chain = next.link(s.chain)
			s = next
			g.entries = append(g.entries, entry{uint32(s.size), uint32(s.raw)}, entry{sealSize, 0})
			b = append(append(b, packed...), s.bytes()...)
		}
		return appendTable(b, g.entries)
	}
	record := func(path, kind, body string, change func(*Meta)) []byte {
		m := Meta{V: 1, Kind: kind, ID: "x", Size: int64(len(body)), SHA256: hexSum(body), Seq: 1}
		if change != nil {
			change(&m)
		}
		meta, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		b, err := appendEntry(nil, path, []byte(body), time.Unix(0, 0))
		if err != nil {
			t.Fatal(err)
		}
		b, err = appendEntry(b, path+metaSuffix, meta, time.Unix(0, 0))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	line := func(s string) string {
		return `{"v":1,"run":"r","records":1}` + "\n" + s + "\n"
	}
	sum := strings.Repeat("a", 64)
	body := record("file/x/t.bin", "file", "hello", nil)
	for name, raws := range map[string][][]byte{
		"size 2^63":        {body, record("runs/r/records.jsonl", KindRun, line(`{"v":1,"kind":"file","id":"x","path":"file/x/t.bin","at":[1,512],"size":9223372036854775807,"sha256":"`+sum+`"}`), nil)},
		"size a terabyte":  {body, record("runs/r/records.jsonl", KindRun, line(`{"v":1,"kind":"file","id":"x","path":"file/x/t.bin","at":[1,512],"size":1000000000000,"sha256":"`+sum+`"}`), nil)},
		"points outside":   {body, record("runs/r/records.jsonl", KindRun, line(`{"v":1,"kind":"file","id":"x","path":"file/x/t.bin","at":[99999999,512],"size":5,"sha256":"`+sum+`"}`), nil)},
		"points at itself": {body, record("runs/r/records.jsonl", KindRun, `{"v":1,"run":"r","records":0,"prev":2}`+"\n", nil)},
		"many lines":       {body, record("runs/r/records.jsonl", KindRun, `{"v":1,"run":"r","records":2000000000}`+"\n", nil)},
		"path tricks":      {record("file/x/t.bin", "file", "hello", func(m *Meta) { m.SameAs = "../../etc/passwd" }), record("runs/r/records.jsonl", KindRun, `{"v":1,"run":"r","records":0}`+"\n", nil)},
		"wrong hash":       {record("file/x/t.bin", "file", "hello", func(m *Meta) { m.SHA256 = sum }), record("runs/r/records.jsonl", KindRun, line(`x`), nil)},
		"not tar":          {[]byte(text(1, 5000)), record("runs/r/records.jsonl", KindRun, line(`{}`), nil)},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			l.put(l.path, frames(raws...))
			r, err := openReader(l.memDisk, l.path)
			if err != nil {
				return
			}
			for _, rec := range r.Records() {
				if b, err := r.Read(rec); err == nil && rec.Kind == KindFile && string(b) != "hello" {
					t.Errorf("%d bytes for a record", len(b))
				}
				if s, err := r.Open(rec); err == nil {
					if n, err := io.Copy(io.Discard, s); err == nil && n > 1000 {
						t.Errorf("%d bytes for a record", n)
					}
				}
			}
			rep, err := verify(l.memDisk, l.path, Deep)
			if err == nil && len(rep.Problems) == 0 {
				t.Error("verify finds nothing wrong")
			}
		})
	}
	t.Run("bomb", func(t *testing.T) {
		l := newLab(t)
		first := frames(body)
		var bomb bytes.Buffer
		w, err := zstd.NewWriter(&bomb, zstd.WithWindowSize(1<<20))
		l.must(err)
		zeros := make([]byte, 1<<20)
		for range 300 {
			w.Write(zeros)
		}
		l.must(w.Close())
		for _, tail := range [][]byte{bomb.Bytes(), bomb.Bytes()[:bomb.Len()-20]} {
			l.put(l.path, append(bytes.Clone(first), tail...))
			r, err := openReader(l.memDisk, l.path)
			l.must(err)
			if r.Torn() == nil || len(r.Records()) == 0 {
				t.Fatal("the bomb is taken for data")
			}
		}
	})
}

func FuzzOpen(f *testing.F) {
	l := newLab(f)
	history(l)
	whole := l.data()
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add(whole[:len(whole)-30])
	f.Add(append(bytes.Clone(whole), whole...))
	f.Add([]byte("\x28\xb5\x2f\xfd"))
	two := newLab(f) // segments, of which each but the last says that another follows
	w, err := appendTo(two.memDisk, two.path, two.o)
	two.must(err)
	two.must(two.putOne(w, "one="+text(1, 700)))
	two.must(w.nextSegment())
	cut := w.g.start
	two.must(putAll(w, []string{"two=" + text(2, 300), "one=" + text(1, 700)}, two.putOne))
	f.Add(two.data())
	f.Add(two.data()[:cut])
	f.Fuzz(func(t *testing.T, data []byte) {
		x, err := openIndex(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		for _, rec := range x.recs.all() {
			b, err := x.read(rec)
			if err == nil && int64(len(b)) != rec.Size {
				t.Fatalf("%d bytes for a record of %d", len(b), rec.Size)
			}
		}
		v := verifier{rep: Report{Level: Deep}, ctx: t.Context()}
		if err := v.run(bytes.NewReader(data), int64(len(data))); err != nil {
			t.Fatalf("opens, but cannot be verified: %v", err)
		}
	})
}

func TestHeadersOfHugeBodiesAreReadBack(t *testing.T) {
	t.Parallel()
	for _, size := range []int64{0, 1, 8<<30 - 1, 8 << 30, 1 << 40} {
		b, err := appendHeader(nil, "file/x/t.bin", size, time.Unix(-5, 0))
		if err != nil {
			t.Fatal(err)
		}
		scan := tarScan{st: streamOf(b, 0)}
		h, err := scan.header()
		if err != nil || h.size != size || h.name != "file/x/t.bin" || scan.read != int64(len(b)) || (len(b) == tarBlock) != (size < 8<<30) {
			t.Errorf("%d: %+v %v, %d bytes", size, h, err, len(b))
		}
	}
}
