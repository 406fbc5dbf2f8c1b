package archive

import (
	"bytes"
	"fmt"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// anyRecord draws records as this program writes them, and stranger ones.
var anyRecord = rapid.Custom(func(t *rapid.T) Record {
	text := rapid.OneOf(rapid.Just(""), rapid.SampledFrom([]string{"GET", "a", "application/json", "image/png", "über", "conversation"}), rapid.String(), rapid.StringN(130, 200, -1))
	id := rapid.OneOf(rapid.StringMatching(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`), rapid.StringMatching(`[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}`), rapid.StringN(1, -1, 300))
	at := func(zero bool) time.Time {
		if zero {
			return time.Time{}
		}
		zone := rapid.SampledFrom([]*time.Location{time.UTC, time.UTC, time.FixedZone("", 5400), time.FixedZone("", 0), time.FixedZone("", -3600)}).Draw(t, "zone")
		return time.Unix(rapid.Int64Range(-62167219200, 253402300799).Draw(t, "sec"), rapid.Int64Range(0, 999_999_999).Draw(t, "nsec")).In(zone)
	}
	m := Meta{
		V: rapid.IntRange(1, 3).Draw(t, "v"), Kind: rapid.OneOf(rapid.SampledFrom([]string{"conversation", "file", "runs"}), rapid.StringN(1, 40, -1)).Draw(t, "kind"),
		ID: id.Draw(t, "id"), Method: text.Draw(t, "method"), Status: rapid.Int().Draw(t, "status"),
		FetchedAt: at(rapid.Bool().Draw(t, "never")), Updated: at(rapid.Bool().Draw(t, "unknown")),
		Size: rapid.Int64Range(0, 1<<40).Draw(t, "size"), SHA256: rapid.StringMatching(`[0-9a-f]{64}|[0-9A-Fg]{0,64}`).Draw(t, "sha256"),
		Run: text.Draw(t, "run"), Seq: rapid.Int64().Draw(t, "seq"), Nodes: rapid.Int().Draw(t, "nodes"),
		Name: text.Draw(t, "name"), Media: text.Draw(t, "media"), Note: text.Draw(t, "note"),
	}
	m.URL = rapid.SampledFrom([]string{"", "https://x/" + m.ID, m.ID + "?" + m.ID, "https://x/?a=b"}).Draw(t, "url")
	if h := rapid.MapOfN(text, text, 0, 4).Draw(t, "headers"); len(h) > 0 {
		m.Headers = h
	}
	r := Record{Meta: m, at: place{rapid.Int32Min(noFrame).Draw(t, "frame"), rapid.Uint32().Draw(t, "offset")}}
	paths := []string{"", "runs/x/records.jsonl", rapid.String().Draw(t, "path")}
	if len(m.Kind) <= longestKind {
		paths = append(paths, bodyName(&m, 0), bodyName(&m, m.Seq))
	}
	r.Path = rapid.SampledFrom(paths).Draw(t, "which path")
	r.SameAs = rapid.SampledFrom(append(paths, r.Path+"x")).Draw(t, "same_as")
	return r
})

// alike compares records; a zone is its offset.
func alike(a, b Record) bool {
	for _, t := range [][2]*time.Time{{&a.FetchedAt, &b.FetchedAt}, {&a.Updated, &b.Updated}} {
		_, x := t[0].Zone()
		_, y := t[1].Zone()
		if !t[0].Equal(*t[1]) || x != y || (t[0].Location() == time.UTC) != (t[1].Location() == time.UTC) {
			return false
		}
		*t[0], *t[1] = time.Time{}, time.Time{}
	}
	return reflect.DeepEqual(a, b)
}

func TestAListGivesBackWhatWasPutIntoIt(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		recs := rapid.SliceOf(anyRecord).Draw(t, "records")
		l := newList(newDictionary())
		other := newList(l.dict)
		for i := range recs {
			if i%3 == 2 {
				other.add(&recs[i])
				l.addAll(other)
				other = newList(l.dict)
			} else {
				l.add(&recs[i])
			}
		}
		if l.len() != len(recs) {
			t.Fatalf("%d records of %d", l.len(), len(recs))
		}
		v := l.now()
		for i, got := range l.all() {
			if !alike(got, recs[i]) {
				t.Fatalf("put %+v\ngot %+v", recs[i], got)
			}
			if v.kind(i) != recs[i].Kind || v.seq(i) != recs[i].Seq || v.place(i) != recs[i].at {
				t.Fatalf("%+v has kind %q, seq %d, place %v", recs[i], v.kind(i), v.seq(i), v.place(i))
			}
			changed := got
			changed.at.offset++
			if !bytes.Equal(l.said(&changed), v.said(i)) {
				t.Fatalf("does not say what it says itself: %+v", got)
			}
			if changed.Nodes++; bytes.Equal(l.said(&changed), v.said(i)) {
				t.Fatalf("says what another says: %+v", got)
			}
		}
		if len(recs) == 0 {
			return
		}
		from := rapid.IntRange(0, len(recs)-1).Draw(t, "from")
		l.sortFrom(from)
		slices.SortStableFunc(recs[from:], func(a, b Record) int {
			switch {
			case a.Seq < b.Seq:
				return -1
			case a.Seq > b.Seq:
				return 1
			}
			return 0
		})
		l.setPlace(0, place{7, 8})
		recs[0].at = place{7, 8}
		for i, got := range l.all() {
			if !alike(got, recs[i]) {
				t.Fatalf("sorted, number %d is %+v, want %+v", i, got, recs[i])
			}
		}
	})
}

func TestWordsThatNeverComeAgainDoNotFillMemory(t *testing.T) {
	t.Parallel()
	l := newList(newDictionary())
	for i := range 3 * mostWords {
		l.add(&Record{Meta: Meta{Note: fmt.Sprint("note ", i)}})
	}
	if len(l.dict.words) > mostWords {
		t.Fatalf("%d words are kept", len(l.dict.words))
	}
	for i, rec := range l.all() {
		if rec.Note != fmt.Sprint("note ", i) {
			t.Fatalf("record %d has the note %q", i, rec.Note)
		}
	}
}

// An account of ten times the size must not take ten times the memory to be
// read: what an open archive keeps of each record is bounded.
func TestAnOpenArchiveKeepsFewBytesOfEachRecord(t *testing.T) {
	if raceOn {
		t.Skip("memory is measured without the race detector: make faults")
	}
	const records, most = 20_000, 160
	path := filepath.Join(t.TempDir(), "a.tar.zst")
	manySmall(t, path, records)
	live := func() int64 {
		var m runtime.MemStats
		for range 3 { // what pools hold goes in the second
			runtime.GC()
		}
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	r, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close() // what archives share, such as decoders, is there now
	before := live()
	if r, err = Open(path); err != nil {
		t.Fatal(err)
	}
	if got := (live() - before) / records; got > most {
		t.Errorf("an opened archive keeps %d bytes of each record, more than %d", got, most)
	}
	if r.Len() != records+1 {
		t.Errorf("%d records", r.Len())
	}
	r.Close()
	runtime.KeepAlive(r)

	before = live()
	w, err := Append(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := (live() - before) / records; got > most+60 {
		t.Errorf("a writer keeps %d bytes of each record, more than %d", got, most+60)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// manySmall makes an archive of small records as a fetch stores them.
func manySmall(t testing.TB, path string, n int) {
	w, err := Append(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		id := fmt.Sprintf("6f2c81aa-0000-4000-8000-%012d", i)
		m := Meta{Kind: KindConversation, ID: id, Method: "GET", URL: "https://chat.example/backend-api/conversation/" + id, Status: 200,
			Headers: map[string]string{"Content-Type": "application/json"}, Media: "application/json", Nodes: i, Updated: time.Unix(1_700_000_000+int64(i), int64(i))}
		if _, err := w.Put(m, fmt.Append(nil, i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}
