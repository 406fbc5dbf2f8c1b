package fetch

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gptsnap/fetch/fakeapi"
	"gptsnap/formats/archive"
	"gptsnap/formats/source"
)

// exported writes an official export as a ZIP: shards of conversations, and
// other files.
func exported(t *testing.T, path string, members map[string]string, order ...string) string {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	for _, name := range order {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(members[name])); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// bodiesOf are the conversations of an account, oldest first.
func bodiesOf(n int) []string {
	files := many(n)
	var all []string
	for i := range n {
		all = append(all, string(files[fmt.Sprintf("%06d.json", i)].Data))
	}
	return all
}

func mustImport(t *testing.T, o ImportOptions) Report {
	t.Helper()
	r, err := Import(t.Context(), o)
	if err != nil {
		t.Fatalf("exit %d: %v\n%s", exitOf(err), err, r.Summary())
	}
	return r
}

func export(t *testing.T, dir string) string {
	b := bodiesOf(6)
	return exported(t, filepath.Join(dir, "export.zip"), map[string]string{
		"conversations-000.json":          "[" + b[0] + ",\n  " + b[1] + "," + b[2] + "]",
		"conversations-001.json":          "[" + b[3] + "," + b[4] + "," + b[5] + "]",
		"user.json":                       `{"id":"user-1"}`,
		"message_feedback.json":           `[]`,
		"file-AbCdEfGh12345678-photo.png": "\x89PNG\r\n\x1a\n and so on",
	}, "conversations-000.json", "conversations-001.json", "user.json", "message_feedback.json", "file-AbCdEfGh12345678-photo.png")
}

func TestAnExportIsImportedWholeAndOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := ImportOptions{Archive: filepath.Join(dir, "a.tar.zst"), Inputs: []string{export(t, dir)}}
	r := mustImport(t, o)
	if r.Listed != 6 || r.New != 6 || r.Fetched != 6 || r.Files != 3 {
		t.Errorf("%+v", r)
	}
	held := stored(t, o.Archive, archive.KindConversation)
	for i, body := range bodiesOf(6) {
		if held[chatOf(i)] != body {
			t.Errorf("conversation %d: %d bytes of %d", i, len(held[chatOf(i)]), len(body))
		}
	}
	if got := stored(t, o.Archive, archive.KindExport); got["user.json"] != `{"id":"user-1"}` || got["message_feedback.json"] != "[]" {
		t.Errorf("%q", got)
	}
	if got := stored(t, o.Archive, archive.KindFile); !strings.HasPrefix(got["file-AbCdEfGh12345678"], "\x89PNG") {
		t.Errorf("%q", got)
	}
	for _, rec := range recordsIn(t, o.Archive) {
		if rec.Kind != archive.KindConversation {
			continue
		}
		if rec.URL != "import:export.zip" || rec.Updated.IsZero() || rec.Nodes != 2 {
			t.Errorf("%+v", rec.Meta)
		}
	}
	before, err := os.ReadFile(o.Archive)
	if err != nil {
		t.Fatal(err)
	}
	r = mustImport(t, o)
	if r.Unchanged != 6 || r.New+r.Changed+r.Other+r.Files != 0 || r.Bytes != 0 {
		t.Errorf("again: %+v", r)
	}
	if after, err := os.ReadFile(o.Archive); err != nil || !bytes.Equal(before, after) {
		t.Error("importing the same file again changed the archive")
	}
}

func TestImportedVersionsAreToldApart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, body string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	b := bodiesOf(1)[0]
	newer := strings.Replace(b, `"update_time":1700000050`, `"update_time":1800000050`, 1)
	older := strings.Replace(b, `"update_time":1700000050`, `"update_time":1600000050`, 1)
	o := ImportOptions{Archive: filepath.Join(dir, "a.tar.zst"), Inputs: []string{file("one.json", b)}}
	mustImport(t, o)
	o.Inputs = []string{file("two.json", "["+newer+","+older+","+b+"]")}
	dry := o
	dry.DryRun = true
	size := fileSize(t, o.Archive)
	if r := mustImport(t, dry); r.Changed != 1 || r.Other != 1 || r.Unchanged != 1 || r.Left != 2 || fileSize(t, o.Archive) != size {
		t.Errorf("dry run: %+v", r)
	}
	if r := mustImport(t, o); r.Changed != 1 || r.Other != 1 || r.Unchanged != 1 || r.Fetched != 2 {
		t.Errorf("%+v", r)
	}
	if n := versions(t, o.Archive, chatOf(0)); n != 3 {
		t.Errorf("%d versions", n)
	}
}

func TestABadElementIsReportedAndTheRestImported(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := bodiesOf(3)
	path := exported(t, filepath.Join(dir, "export.zip"), map[string]string{
		"conversations.json": "[" + b[0] + `, "not a conversation", {"title":"no tree"}, ` + b[1] + "," + b[2] + "]",
	}, "conversations.json")
	o := ImportOptions{Archive: filepath.Join(dir, "a.tar.zst"), Inputs: []string{path, filepath.Join(dir, "absent.zip")}}
	r, err := Import(t.Context(), o)
	if exitOf(err) != source.ExitIncomplete || r.Fetched != 3 || len(r.Failed) == 0 || len(r.Problems) != 1 {
		t.Errorf("exit %d: %v\n%+v", exitOf(err), err, r)
	}
	var ledger Report
	if err := json.Unmarshal([]byte(stored(t, o.Archive, archive.KindLedger)["import"]), &ledger); err != nil || ledger.Outcome != "incomplete" || len(ledger.Failed) != len(r.Failed) {
		t.Errorf("%v: %+v", err, ledger)
	}
}

func TestAnExportCutShortGivesWhatItHas(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	all := "[" + strings.Join(bodiesOf(5), ",") + "]"
	path := filepath.Join(dir, "conversations.json")
	if err := os.WriteFile(path, []byte(all[:len(all)*7/10]), 0o600); err != nil {
		t.Fatal(err)
	}
	o := ImportOptions{Archive: filepath.Join(dir, "a.tar.zst"), Inputs: []string{path}}
	r, err := Import(t.Context(), o)
	if exitOf(err) != source.ExitIncomplete || r.Fetched != 3 {
		t.Errorf("exit %d: %v\n%+v", exitOf(err), err, r)
	}
}

func TestNothingToImportMakesNoArchive(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	page := filepath.Join(dir, "page.html")
	if err := os.WriteFile(page, []byte("<html>"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, inputs := range [][]string{nil, {filepath.Join(dir, "absent.zip")}, {page}} {
		o := ImportOptions{Archive: filepath.Join(dir, "a.tar.zst"), Inputs: inputs}
		if _, err := Import(t.Context(), o); exitOf(err) < 1 {
			t.Errorf("%q: %v", inputs, err)
		}
		if _, err := os.Stat(o.Archive); err == nil {
			t.Errorf("%q: an archive was made", inputs)
		}
	}
}

func TestAnInterruptedImportGoesOn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := ImportOptions{Archive: filepath.Join(dir, "a.tar.zst"), Inputs: []string{export(t, dir)}}
	ctx, cancel := context.WithCancel(t.Context())
	stopping := o
	stopping.Progress = func(p Progress) {
		if p.Done == 4 {
			cancel()
		}
	}
	r, err := Import(ctx, stopping)
	if exitOf(err) != source.ExitInterrupted || r.Fetched != 4 {
		t.Fatalf("%v: %+v", err, r)
	}
	if r = mustImport(t, o); r.Unchanged != 4 || r.New != 2 || r.Files != 3 {
		t.Errorf("%+v", r)
	}
}

func TestFetchAndImportShareAnArchive(t *testing.T) {
	t.Parallel()
	fake, o := serve(t, many(10), fakeapi.Options{})
	dir := t.TempDir()
	in := ImportOptions{Archive: o.Archive, Inputs: []string{export(t, dir)}} // chats 0 to 5
	mustImport(t, in)
	r := mustRun(t, o)
	if r.New != 4 || r.Unchanged != 6 || fake.Count(fakeapi.RouteConversation) != 4 {
		t.Errorf("fetch after import: %+v", r)
	}
	fake.Touch(chatOf(2))
	mustRun(t, o)
	reads := fake.Count(fakeapi.RouteConversation)
	// An older version arrives from elsewhere: the archive still holds the newest.
	old := filepath.Join(dir, "old.json")
	if err := os.WriteFile(old, []byte(strings.Replace(bodiesOf(3)[2], "Number 2", "Number two", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	in.Inputs = []string{old}
	if r := mustImport(t, in); r.Other != 1 {
		t.Errorf("%+v", r)
	}
	if r := mustRun(t, o); r.Unchanged != 10 || fake.Count(fakeapi.RouteConversation) != reads {
		t.Errorf("an old import made fetch ask again: %+v", r)
	}
}

func TestAnotherArchiveIsImportedWithItsMemory(t *testing.T) {
	t.Parallel()
	fake, o := serve(t, many(8), fakeapi.Options{})
	mustRun(t, o)
	fake.Touch(chatOf(3))
	mustRun(t, o)
	in := ImportOptions{Archive: filepath.Join(t.TempDir(), "merged.tar.zst"), Inputs: []string{o.Archive}}
	r := mustImport(t, in)
	if r.New != 8 || r.Changed != 1 || r.Skipped == 0 || versions(t, in.Archive, chatOf(3)) != 2 {
		t.Errorf("%+v", r)
	}
	held := stored(t, in.Archive, archive.KindConversation)
	for _, id := range fake.IDs() {
		if held[id] != string(fake.Body(id)) {
			t.Errorf("%s differs", id)
		}
	}
	for _, rec := range recordsIn(t, in.Archive) {
		if rec.Kind == archive.KindConversation && (rec.Method != "GET" || rec.Status != 200) {
			t.Errorf("%+v", rec.Meta)
		}
	}
	if r := mustImport(t, in); r.Unchanged != 9 || r.Fetched != 0 {
		t.Errorf("again: %+v", r)
	}
}
