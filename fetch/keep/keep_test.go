package keep

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gptsnap/formats/archive"
)

const (
	gone = "6f2c81aa-0000-4000-8000-000000000001"
	stay = "6f2c81aa-0000-4000-8000-000000000002"
)

// talk is a conversation of one message that names files.
func talk(id, text string, files ...string) string {
	var attached []string
	for _, f := range files {
		attached = append(attached, fmt.Sprintf(`{"id":%q,"name":"notes.txt"}`, f))
	}
	return fmt.Sprintf(`{"conversation_id":%q,"title":"T %s","create_time":1,"update_time":2,"current_node":"b","mapping":{
		"a":{"id":"a","children":["b"]},
		"b":{"id":"b","parent":"a","message":{"id":"b","author":{"role":"user"},"content":{"content_type":"text","parts":[%q]},
		"metadata":{"attachments":[%s]}}}}}`, id, text, text, strings.Join(attached, ","))
}

// account is an archive with two conversations and what is said of them.
func account(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.tar.zst")
	for run := range 2 {
		w, err := archive.Append(path, archive.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range []struct{ kind, id, media, body string }{
			{archive.KindConversation, gone, "application/json", talk(gone, fmt.Sprint("hush-hush ", run), "file-OnlyTheGone0001", "file-BothNameThis0001")},
			{archive.KindConversation, stay, "application/json", talk(stay, fmt.Sprint("in the open ", run), "file-BothNameThis0001")},
			{archive.KindFile, "file-OnlyTheGone0001", "text/plain", "hush-hush file"},
			{archive.KindFile, "file-BothNameThis0001", "text/plain", "shared file"},
			{archive.KindFile, "file-OfNobody00000001", "text/plain", "hush-hush file, not"},
			{archive.KindListing, "active-0", "application/json", fmt.Sprintf(`{"items":[{"id":%q,"title":"hush-hush title"},{"id":%q,"title":"open title","more":1.50}],"total":%d}`, gone, stay, run)},
			{archive.KindLedger, "fetch", "application/json", fmt.Sprintf(`{"command":"fetch","gone":[%q],"renamed":[%q],"run":%d}`, gone, stay, run)},
			{archive.KindExport, "chat.html", "text/html", "<html>" + talk(gone, "hush-hush again") + "</html>"},
			{archive.KindExport, "user.json", "application/json", `{"name":"A. Person"}`},
		} {
			if _, err := w.Put(archive.Meta{Kind: r.kind, ID: r.id, Media: r.media, Status: 200}, []byte(r.body)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func TestRemovedConversationsLeaveNothingButATombstone(t *testing.T) {
	t.Parallel()
	path := account(t)
	p, err := Compact(path, archive.CompactOptions{}, []string{gone[:8] + gone[8:]})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Swept) != 2 || p.Swept[0].ID != "chat.html" || len(p.Removed) != 4 {
		t.Errorf("removed %+v, swept %+v", p.Removed, p.Swept)
	}
	f, err := Verify(context.Background(), path, archive.Deep, nil)
	if err != nil || f.Damaged() || len(f.Odd) > 0 {
		t.Fatalf("%+v, %v", f, err)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := archive.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	all, stones := raw, 0
	have := map[string]int{}
	for _, rec := range r.Records() {
		have[rec.Kind+" "+rec.ID]++
		body, err := r.Read(rec)
		if err != nil {
			t.Fatal(err)
		}
		if rec.Kind == archive.KindTombstone {
			stones++
			continue // it has to name what may not come back
		}
		if rec.Kind == archive.KindRun {
			continue // lists the tombstone
		}
		all = append(append(all, body...), fmt.Sprintf("%+v", rec)...)
	}
	for _, word := range []string{"hush-hush title", "hush-hush 0", "hush-hush 1", "hush-hush again", "file-OnlyTheGone0001", gone} {
		if bytes.Contains(all, []byte(word)) {
			t.Errorf("%q is still there", word)
		}
	}
	for _, word := range []string{"open title", `"more":1.50`, "shared file", "in the open 0", "in the open 1", "hush-hush file, not", "A. Person"} {
		if !bytes.Contains(all, []byte(word)) {
			t.Errorf("%q is not there any more", word)
		}
	}
	if stones != 1 || have[archive.KindConversation+" "+stay] != 2 || have[archive.KindListing+" active-0"] != 2 {
		t.Errorf("%d tombstones, and %v", stones, have)
	}
}

func TestOnlyNamedConversationsOfArchivesAreRemoved(t *testing.T) {
	t.Parallel()
	path := account(t)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, ids := range [][]string{{"00000000-none"}, {"6f2c81aa"}, {""}} { // unknown, of two, none
		if _, err := Compact(path, archive.CompactOptions{}, ids); err == nil {
			t.Errorf("%q: removed", ids)
		}
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the archive was changed, %v", err)
	}
}

func TestTreesThatAreNoneAreFound(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.tar.zst")
	w, err := archive.Append(path, archive.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []struct{ id, body string }{{"good", talk("good", "x")}, {"cut", `{"mapping":{"a":`}, {"list", `[1,2]`}, {"page", `<html>`}} {
		kind := archive.KindConversation
		if r.id == "page" {
			kind = archive.KindListing
		}
		if _, err := w.Put(archive.Meta{Kind: kind, ID: r.id, Media: "application/json"}, []byte(r.body)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := Verify(context.Background(), path, archive.Deep, nil)
	if err != nil || f.Damaged() || len(f.Odd) != 3 || f.Odd[0].ID != "cut" || f.Odd[1].ID != "list" || f.Odd[2].ID != "page" {
		t.Fatalf("%+v, %v", f, err)
	}
}
