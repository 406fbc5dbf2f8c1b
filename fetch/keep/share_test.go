package keep

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"gptsnap/formats/archive"
)

// TestSharedCopiesOfRemovedConversationsAreRemoved has links that a note, a
// list or their own body lay to a conversation: what they show names nobody.
func TestSharedCopiesOfRemovedConversationsAreRemoved(t *testing.T) {
	t.Parallel()
	path := account(t)
	w, err := archive.Append(path, archive.Options{})
	if err != nil {
		t.Fatal(err)
	}
	shared := func(text string) string {
		return fmt.Sprintf(`{"title":"T","share_id":"s","mapping":{"b":{"id":"b","message":{"author":{"role":"user"},"content":{"content_type":"text","parts":[%q]}}}}}`, text)
	}
	for _, r := range []struct{ kind, id, note, body string }{
		{archive.KindShare, "77777777-0000-4000-8000-000000000001", "shows conversation " + gone, shared("shared by note")},
		{archive.KindShare, "77777777-0000-4000-8000-000000000002", "", shared("shared by list")},
		{archive.KindShare, "77777777-0000-4000-8000-000000000003", "", `{"backing_conversation_id":"` + gone + `","mapping":{},"title":"shared by itself"}`},
		{archive.KindShare, "77777777-0000-4000-8000-000000000004", "shows conversation " + stay, shared("shared by another")},
		{archive.KindAccount, "shared-0", "", `{"items":[{"id":"77777777-0000-4000-8000-000000000002","conversation_id":"` + gone + `","title":"hush-hush link"},
			{"id":"77777777-0000-4000-8000-000000000004","conversation_id":"` + stay + `","title":"open link"}]}`},
		{archive.KindLedger, "fetch", "", `{"command":"fetch","unavailable":["shared link 77777777-0000-4000-8000-000000000002: gone","models: gone"]}`},
	} {
		if _, err := w.Put(archive.Meta{Kind: r.kind, ID: r.id, Note: r.note, Media: "application/json", Status: 200}, []byte(r.body)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Compact(path, archive.CompactOptions{}, []string{gone}); err != nil {
		t.Fatal(err)
	}
	all, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := archive.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, rec := range r.Records() {
		body, err := r.Read(rec)
		if err != nil {
			t.Fatal(err)
		}
		if rec.Kind != archive.KindTombstone && rec.Kind != archive.KindRun {
			all = append(append(all, body...), fmt.Sprintf("%+v", rec)...)
		}
	}
	for _, word := range []string{"shared by note", "shared by list", "shared by itself", "hush-hush link", "77777777-0000-4000-8000-000000000002", gone} {
		if bytes.Contains(all, []byte(word)) {
			t.Errorf("%q is still there", word)
		}
	}
	for _, word := range []string{"shared by another", "open link", "models: gone"} {
		if !bytes.Contains(all, []byte(word)) {
			t.Errorf("%q is not there any more", word)
		}
	}
}
