package archive

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"
)

// What is put is read, whatever was done in between.
func TestArchiveIsAMapWithHistory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		if n++; raceOn && n > 15 {
			return
		}
		path := filepath.Join(dir, fmt.Sprintf("%d.tar.zst", n))
		type stored struct {
			rec  Record
			body []byte
		}
		var model []stored
		newest := map[string]int{}
		clock := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
		o := Options{target: 4 << 10, large: 8 << 10, Now: func() time.Time {
			clock = clock.Add(time.Duration(rapid.IntRange(-5, 5).Draw(t, "clock")) * time.Second) // also backwards
			return clock
		}}
		body := rapid.OneOf(
			rapid.SliceOfN(rapid.Byte(), 0, 40),
			rapid.Custom(func(t *rapid.T) []byte {
				return []byte(text(rapid.IntRange(0, 3).Draw(t, "seed"), rapid.IntRange(0, 40_000).Draw(t, "size")))
			}))
		for range rapid.IntRange(1, 4).Draw(t, "runs") {
			w, err := Append(path, o)
			if err != nil {
				t.Fatal(err)
			}
			for range rapid.IntRange(0, 8).Draw(t, "puts") {
				m := Meta{
					Kind: rapid.SampledFrom([]string{KindConversation, KindListing, KindFile}).Draw(t, "kind"),
					ID:   rapid.OneOf(rapid.StringN(1, 30, 100), rapid.SampledFrom([]string{"a", "A", "con", "..", "x/../y"})).Draw(t, "id"),
					URL:  "https://chat.example/", Name: rapid.SampledFrom([]string{"", "photo.PNG", "../../etc/passwd", "a.b c"}).Draw(t, "name"),
					Nodes: rapid.IntRange(0, 5).Draw(t, "nodes"),
				}
				b := body.Draw(t, "body")
				rec, err := w.Put(m, b)
				if err != nil {
					t.Fatal(err)
				}
				if rec.Size != int64(len(b)) || rec.Kind != m.Kind || rec.ID != m.ID || rec.Seq < 1 {
					t.Fatalf("%+v", rec)
				}
				newest[m.Kind+"\x00"+m.ID] = len(model)
				model = append(model, stored{rec, b})
				if got, ok := w.Latest(m.Kind, m.ID); !ok || got.Path != rec.Path {
					t.Fatalf("latest is %+v", got)
				}
				if got, ok := w.Has(rec.SHA256); !ok || got.SHA256 != rec.SHA256 || got.SameAs != "" {
					t.Fatalf("has %+v", got)
				}
				old := model[rapid.IntRange(0, len(model)-1).Draw(t, "old")]
				if got, err := w.Read(old.rec); err != nil || !bytes.Equal(got, old.body) {
					t.Fatalf("read %s: %v", old.rec.Path, err)
				}
				if rapid.IntRange(0, 5).Draw(t, "sync") == 0 {
					if err := w.Sync(); err != nil {
						t.Fatal(err)
					}
				}
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
		}
		r, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		k := 0
		for _, rec := range r.Records() {
			if rec.Kind == KindRun {
				continue
			}
			want := model[k]
			k++
			got, err := r.Read(rec)
			if err != nil || !bytes.Equal(got, want.body) || rec.Path != want.rec.Path || rec.ID != want.rec.ID {
				t.Fatalf("%+v: %v", rec, err)
			}
			s, err := r.Open(rec)
			if err != nil {
				t.Fatal(err)
			}
			if err := iotest.TestReader(s, want.body); err != nil {
				t.Fatal(err)
			}
			s.Close()
		}
		if k != len(model) {
			t.Fatalf("%d records, want %d", k, len(model))
		}
		for _, kind := range []string{KindConversation, KindListing, KindFile} {
			for _, rec := range r.Latest(kind) {
				if i, ok := newest[kind+"\x00"+rec.ID]; !ok || model[i].rec.Path != rec.Path {
					t.Fatalf("latest of %q is %s", rec.ID, rec.Path)
				}
				delete(newest, kind+"\x00"+rec.ID)
			}
		}
		if len(newest) > 0 {
			t.Fatalf("no latest of %v", newest)
		}
		if rep, err := Verify(path, Deep); err != nil || rep.Torn != nil || len(rep.Problems) > 0 {
			t.Fatalf("%+v %v", rep, err)
		}
	})
}

func TestLargeBodies(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.tar.zst")
	bodies := map[string][]byte{"5 MB": []byte(text(1, 5_000_000)), "20 MB": []byte(text(2, 20_000_000)), "4 MiB": []byte(text(3, 4<<20)), "small": []byte("x")}
	w, err := Append(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var recs []Record
	for _, id := range []string{"5 MB", "small", "20 MB", "4 MiB"} {
		put := func() (Record, error) {
			return w.PutReader(Meta{Kind: KindFile, ID: id}, iotest.OneByteReader(bytes.NewReader(bodies[id][:1000])))
		}
		if id != "small" {
			put = func() (Record, error) {
				return w.PutReader(Meta{Kind: KindFile, ID: id}, struct{ io.Reader }{bytes.NewReader(bodies[id])})
			}
		} else {
			bodies[id] = bytes.Repeat([]byte("x"), 1000)
		}
		rec, err := put()
		if err != nil {
			t.Fatal(err)
		}
		recs = append(recs, rec)
	}
	again, err := w.Put(Meta{Kind: KindFile, ID: "copy"}, bodies["20 MB"])
	if err != nil || again.SameAs == "" {
		t.Fatal(again, err)
	}
	bodies["copy"] = bodies["20 MB"]
	for _, rec := range append(recs, again) {
		if b, err := w.Read(rec); err != nil || !bytes.Equal(b, bodies[rec.ID]) {
			t.Fatal(rec.ID, err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(path + "*.part"); len(left) > 0 {
		t.Fatal(left)
	}
	r, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, rec := range r.Latest(KindFile) {
		s, err := r.Open(rec)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(s)
		if err != nil || !bytes.Equal(b, bodies[rec.ID]) {
			t.Fatal(rec.ID, err)
		}
		s.Close()
		if _, err := s.Read(make([]byte, 1)); err == nil {
			t.Fatal("a closed body can be read")
		}
		if b, err := r.Read(rec); err != nil || !bytes.Equal(b, bodies[rec.ID]) {
			t.Fatal(rec.ID, err)
		}
	}
	if rep, err := Verify(path, Deep); err != nil || rep.Torn != nil || len(rep.Problems) > 0 {
		t.Fatalf("%+v %v", rep, err)
	}
}

func TestABodyThatFailsDoesNotEndTheWriter(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.tar.zst")
	w, err := Append(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("connection reset")
	for _, size := range []int{100, 5 << 20} {
		_, err := w.PutReader(Meta{Kind: KindFile, ID: "f"}, io.MultiReader(strings.NewReader(text(1, size)), iotest.ErrReader(broken)))
		if !errors.Is(err, broken) {
			t.Fatal(err)
		}
	}
	for _, m := range []Meta{{ID: "x"}, {Kind: "Upper", ID: "x"}, {Kind: "a/b", ID: "x"}, {Kind: KindRun, ID: "x"}, {Kind: KindFile},
		{Kind: KindFile, ID: "\xff"}, {Kind: "nul", ID: "x"}, {Kind: KindFile, ID: "x", Note: strings.Repeat("n", 1<<20)},
		{Kind: KindFile, ID: "x", FetchedAt: time.Date(12345, 1, 1, 0, 0, 0, 0, time.UTC)}} {
		if _, err := w.Put(m, nil); err == nil {
			t.Errorf("%.60q is accepted", fmt.Sprint(m))
		}
	}
	if _, err := w.Put(Meta{Kind: KindFile, ID: "good"}, []byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Put(Meta{Kind: KindFile, ID: "late"}, nil); err == nil {
		t.Fatal("a closed writer takes records")
	}
	if err := w.Close(); err == nil {
		t.Fatal("closed twice")
	}
	if rep, err := Verify(path, Deep); err != nil || rep.Records != 1 || rep.Torn != nil || len(rep.Problems) > 0 {
		t.Fatalf("%+v %v", rep, err)
	}
	if files, _ := os.ReadDir(filepath.Dir(path)); len(files) != 2 {
		t.Fatal("something is left beside the archive and its lock", files)
	}
}

func TestARunWithoutRecordsLeavesNoTrace(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.must(l.run())
	r := l.check(0)
	if r.Torn() != nil || len(r.Records()) != 0 {
		t.Fatal("a new archive should be whole and empty", r.Torn())
	}
	empty := bytes.Clone(l.data())
	l.must(l.run())
	if !bytes.Equal(empty, l.data()) {
		t.Fatal("an idle run wrote something")
	}
	history(l)
	full := bytes.Clone(l.data())
	l.must(l.run())
	if !bytes.Equal(full, l.data()) {
		t.Fatal("an idle run wrote something")
	}
	l.whole()
}

func TestConcatenatedArchivesAreAnArchive(t *testing.T) {
	t.Parallel()
	a, b := newLab(t), newLab(t)
	history(a)
	b.now = a.now
	b.must(b.run("other="+text(50, 4000), "shared="+text(4, 11_000)))
	b.must(b.run("shared2=" + text(4, 11_000)))
	c := newLab(t)
	c.now = b.now
	c.put(c.path, append(bytes.Clone(a.data()), b.data()...))
	r, err := openReader(c.memDisk, c.path)
	c.must(err)
	if r.Torn() != nil || r.Damage() != nil || len(r.Infos()) != 2 {
		t.Fatal(r.Torn(), r.Damage())
	}
	want := append(append([]ack{}, a.acked...), b.acked...)
	for _, rec := range r.Records() {
		if rec.Kind != KindConversation {
			continue
		}
		body, err := r.Read(rec)
		if err != nil || string(body) != want[0].body {
			t.Fatal(rec.Path, err)
		}
		want = want[1:]
	}
	if len(want) > 0 {
		t.Fatal("lost", len(want))
	}
	c.whole()
	// And it goes on like any other.
	c.must(c.run("three="+text(51, 2000), "copy="+text(1, 700)))
	if c.acked[1].rec.SameAs == "" {
		t.Fatal("bytes of the first archive are stored again")
	}
	c.must(c.run("four=" + text(52, 2000)))
	r, err = openReader(c.memDisk, c.path)
	c.must(err)
	for _, rec := range r.Records() {
		if b, err := r.Read(rec); err != nil || rec.ID == "copy" && string(b) != text(1, 700) {
			t.Fatal(rec.ID, err)
		}
	}
	c.whole()
	// The same archive twice is odd, but no error.
	d := newLab(t)
	d.put(d.path, append(bytes.Clone(a.data()), a.data()...))
	d.whole()
}

func TestManyRunsNeedFewManifests(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	for i := range 60 {
		l.must(l.run(fmt.Sprintf("%d=%s", i%20, text(i, 200))))
	}
	l.check(60)
	l.whole()
	x, err := openIndex(bytes.NewReader(l.data()), int64(len(l.data())))
	l.must(err)
	if x.chain.length > chainLength+1 {
		t.Fatalf("%d manifests must be read", x.chain.length)
	}
	runs := 0
	for _, rec := range x.recs.all() {
		if rec.Kind == KindRun {
			runs++
		}
	}
	if runs != 60 {
		t.Fatalf("%d runs are known", runs)
	}
	// Without its seek table the file is walked, to the same end.
	tables, err := layoutByWalk(bytes.NewReader(l.data()), int64(len(l.data())), nil)
	l.must(err)
	if len(tables.frames) != len(x.layout.frames) || tables.end != x.end || !tables.segs[0].ended {
		t.Fatal("walking finds something else than the seek table says")
	}
	for i := range tables.frames {
		if a, b := tables.frames[i], x.layout.frames[i]; a.off != b.off || a.size != b.size || a.raw != b.raw || a.seq != b.seq {
			t.Fatalf("frame %d: %+v, %+v", i, a, b)
		}
	}
}

func TestSecondWriterIsToldWhoHoldsTheArchive(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.tar.zst")
	w, err := Append(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	link := path + ".link"
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{path, link} {
		_, err = Append(p, Options{})
		held := (*LockedError)(nil)
		if !errors.As(err, &held) || held.PID != os.Getpid() || held.Start.IsZero() || !strings.Contains(err.Error(), fmt.Sprint(os.Getpid())) {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if w, err = Append(path, Options{}); err != nil {
		t.Fatal(err)
	}
	w.Close()
}

func TestReaderBesideAWriterSeesWhatWasPut(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	w, err := appendTo(l.memDisk, l.path, l.o)
	l.must(err)
	var early *Reader
	for i := range 40 {
		l.must(l.putOne(w, fmt.Sprintf("%d=%s", i%7, text(i, 100+i*400%6000))))
		r := l.check(len(l.acked))
		if r.Torn() == nil {
			t.Fatal("the run has not been ended")
		}
		if i == 10 {
			early = r
		}
	}
	l.must(w.Close())
	n := len(early.Records())
	for _, rec := range early.Records() {
		if b, err := early.Read(rec); err != nil || string(b) != l.acked[rec.Seq-1].body {
			t.Fatal(err)
		}
	}
	if n != 11 {
		t.Fatal(n)
	}
	l.check(len(l.acked))
	l.whole()
}

func TestAFileChangedByOthersIsNotWrittenTo(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(l *lab){
		"grown":    func(l *lab) { l.files[l.path].data = append(l.files[l.path].data, 'x') },
		"cut":      func(l *lab) { l.files[l.path].data = l.files[l.path].data[:len(l.data())-1] },
		"replaced": func(l *lab) { l.put(l.path, l.data()) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLab(t)
			w, err := appendTo(l.memDisk, l.path, l.o)
			l.must(err)
			l.must(l.putOne(w, "a="+text(1, 5000)))
			change(l)
			before := bytes.Clone(l.data())
			if err := l.putOne(w, "b="+text(2, 5000)); err == nil || !strings.Contains(err.Error(), "another program") {
				t.Fatal(err)
			}
			if err := w.Close(); err == nil || !bytes.Equal(before, l.data()) {
				t.Fatal("written after all", err)
			}
		})
	}
}

func TestAnArchiveOfANewerVersionIsLeftAlone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, from, to     string
		mayRead, mayAppend bool
	}{
		{"format", `"format": 1`, `"format": 2`, false, false},
		{"read feature", `"read": []`, `"read": ["x"]`, false, false},
		{"write feature", `"write": []`, `"write": ["x"]`, true, false},
		{"new field", `"tool"`, `"more": 1, "tool"`, true, true},
	} {
		l := newLab(t)
		uuid := [16]byte{1}
		b, err := firstFrame(uuid, "gptsnap", l.now)
		l.must(err)
		s, _ := parseSeal(b[len(b)-sealSize:])
		raw, err := decode(b[:len(b)-sealSize], make([]byte, 0, s.raw), int(s.raw))
		l.must(err)
		var recs []Record
		_, err = scanTar(streamOf(raw, 0), collect(&recs))
		l.must(err)
		// Make the frame again with other content.
		var changed []byte
		for _, rec := range recs {
			body := string(raw[rec.at.offset:][:rec.Size])
			body = strings.Replace(body, c.from, c.to, 1)
			m := rec.Meta
			m.Size, m.SHA256 = int64(len(body)), hexSum(body)
			meta, err := metaJSON(&m)
			l.must(err)
			changed, _ = appendEntry(changed, rec.Path, []byte(body), l.now)
			changed, _ = appendEntry(changed, rec.Path+metaSuffix, meta, l.now)
		}
		l.put(l.path, sealed(storedFrame(changed), len(changed), uuid))
		_, err = openReader(l.memDisk, l.path)
		if (err == nil) != c.mayRead || err != nil && !strings.Contains(err.Error(), "newer") {
			t.Errorf("%s: reading: %v", c.name, err)
		}
		err = l.run("a=x")
		if (err == nil) != c.mayAppend || err != nil && !strings.Contains(err.Error(), "newer") {
			t.Errorf("%s: writing: %v", c.name, err)
		}
	}
}

func TestNamesAreSafeAndDiffer(t *testing.T) {
	t.Parallel()
	legal := regexp.MustCompile(`^[a-z0-9._-]+/[a-z0-9._-]+/[a-z0-9._-]+$`)
	device := regexp.MustCompile(`^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)`)
	seen := map[string]string{}
	rapid.Check(t, func(t *rapid.T) {
		m := Meta{
			Kind: rapid.SampledFrom([]string{"file", "conversation", "a-kind-of-length"}).Draw(t, "kind"),
			ID: rapid.OneOf(rapid.String(), rapid.StringMatching(`[a-zA-Z0-9_.-]{0,60}`), rapid.SampledFrom(
				[]string{"con", "CON", "nul", "com1", "lpt9", ".", "..", "...", "a.", "a ", "-", "_", "a/b", `a\b`, "é", "6f2c81aa-0000-4000-8000-000000000000"})).Draw(t, "id"),
			Name:      rapid.SampledFrom([]string{"", "x.png", "x.tar.gz", "x.", "x.meta.json", "x.toolongext", "x.é"}).Draw(t, "name"),
			FetchedAt: time.UnixMilli(rapid.Int64Range(0, 1<<41).Draw(t, "time")),
		}
		again := rapid.SampledFrom([]int64{0, 1, 9_999_999}).Draw(t, "again")
		name := bodyName(&m, again) + metaSuffix
		if len(name) > maxName || !legal.MatchString(name) || !safeName(name) {
			t.Fatalf("%q for %q", name, m.ID)
		}
		for part := range strings.SplitSeq(name, "/") {
			if device.MatchString(part) || strings.HasPrefix(part, ".") || strings.HasSuffix(part, ".") {
				t.Fatalf("%q for %q", name, m.ID)
			}
		}
		if strings.HasSuffix(strings.TrimSuffix(name, metaSuffix), metaSuffix) {
			t.Fatalf("the body's name %q looks like that of a meta", name)
		}
		part := component(m.ID, 43)
		if old, ok := seen[part]; ok && old != m.ID {
			t.Fatalf("%q and %q are both %q", old, m.ID, part)
		}
		seen[part] = m.ID
	})
	if got := component("6f2c81aa-0000-4000-8000-0000000000Ab", 43); got != "6f2c81aa-0000-4000-8000-0000000000_ab" {
		t.Error(got)
	}
}

func TestRecordsOfOneMillisecondHaveTheirOwnNames(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.o.Now = func() time.Time { return l.now }
	l.must(l.run("a=1", "a=2", "a=3", "A=4"))
	l.o.Now = func() time.Time { return l.now.Add(-time.Hour) } // the clock was set back
	l.must(l.run("a=5"))
	l.must(l.run("a=6")) // in the same millisecond as the run before
	r := l.check(6)
	for _, rec := range r.Latest(KindConversation) {
		if b, err := r.Read(rec); err != nil || rec.ID == "a" && string(b) != "6" {
			t.Fatalf("the latest of %s is %s (%v)", rec.ID, b, err)
		}
	}
	l.whole()
}
