package fetch

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"gptsnap/fetch/fakeapi"
	"gptsnap/formats/archive"
	"gptsnap/formats/chat"
	"gptsnap/formats/source"
)

// recorder is a transport that notes what passes as a browser's network panel
// does: with every header, and bodies that are no text in base64.
type recorder struct {
	entries []string
	through http.RoundTripper
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := r.through.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	raw, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(raw))
	content := map[string]any{"size": len(raw), "mimeType": resp.Header.Get("Content-Type"), "text": string(raw)}
	if len(r.entries)%2 == 1 || !strings.Contains(resp.Header.Get("Content-Type"), "json") {
		content["text"], content["encoding"] = base64.StdEncoding.EncodeToString(raw), "base64"
	}
	entry, err := json.Marshal(map[string]any{"startedDateTime": "2026-03-01T12:00:00.000Z", "time": 12.5,
		"request": map[string]any{"method": req.Method, "url": req.URL.String(), "headers": []any{map[string]string{"name": "Authorization", "value": req.Header.Get("Authorization")},
			map[string]string{"name": "Cookie", "value": "s=SECRETcookie"}}, "cookies": []any{map[string]string{"name": "s", "value": "SECRETcookie"}}},
		"response": map[string]any{"status": resp.StatusCode, "headers": []any{map[string]string{"name": "Set-Cookie", "value": "s=SECRETcookie"}}, "content": content}})
	if err != nil {
		return nil, err
	}
	r.entries = append(r.entries, string(entry))
	return resp, nil
}

// noise are entries that a capture of a browser has besides.
var noise = []string{
	`{"startedDateTime":"2026-03-01T12:00:00Z","request":{"method":"GET","url":"https://chatgpt.com/api/auth/session"},"response":{"status":200,"content":{"mimeType":"application/json","text":"{\"accessToken\":\"SECRETsession\"}"}}}`,
	`{"request":{"method":"GET","url":"https://tracker.example/backend-api/me"},"response":{"status":200,"content":{"text":"{\"id\":\"not ours\"}"}}}`,
	`{"request":{"method":"GET","url":"https://chatgpt.com/backend-api/sentinel/chat"},"response":{"status":200,"content":{"text":"{}"}}}`,
	`{"request":{"method":"POST","url":"https://chatgpt.com/backend-api/conversation"},"response":{"status":200,"content":{"text":"data: x"}}}`,
	`{"request":{"method":"GET","url":"https://chatgpt.com/backend-api/conversation/x"},"response":{"status":404,"content":{"text":"{}"}}}`,
	`{"request":{"method":7}}`, `{"response":"none"}`,
}

func writeHAR(t *testing.T, entries []string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "chatgpt.com.har")
	text := "\n{ \"log\": {\"version\":\"1.2\",\"creator\":{\"name\":\"WebInspector\"},\"pages\":[{\"id\":\"page_1\"}],\"entries\":[" + strings.Join(entries, ",\n") + "]}}"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestACaptureBecomesTheSameArchive(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]fakeapi.Options{"batches": {}, "single answers": {NoBatch: true}, "pages": {Paged: true, Turns: 7}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := project(withFiles(), 3)
			for n, f := range many(30) {
				if n != "000001.json" {
					files[n] = f
				}
			}
			if o.Paged {
				for n, f := range long(40) {
					files[n], files["chat.json"] = f, files["000000.json"]
					delete(files, "000000.json")
				}
			}
			_, run := whole(t, files, o)
			r := &recorder{through: run.Transport}
			run.Transport = r
			mustRun(t, run)
			har := writeHAR(t, append(noise, r.entries...))
			to := filepath.Join(t.TempDir(), "a.tar.zst")
			report, err := Import(t.Context(), ImportOptions{Archive: to, Inputs: []string{har}})
			if err != nil {
				t.Fatalf("%v\n%s", err, report.Summary())
			}
			for _, kind := range []string{archive.KindConversation, archive.KindProject, archive.KindAccount, KindCanvas} {
				want, got := stored(t, run.Archive, kind), stored(t, to, kind)
				if len(want) == 0 && kind != KindCanvas {
					t.Fatalf("no %s", kind)
				}
				for id, body := range want {
					if got[id] != body {
						t.Errorf("%s %s:\n%.200s\n%.200s", kind, id, got[id], body)
					}
				}
			}
			if !o.Paged && stored(t, to, archive.KindFile)["file-AbCdEf0123456789AbCdEf01"] != "%PDF-paper" {
				t.Error("the file is not there")
			}
			all, err := os.ReadFile(to)
			if err != nil {
				t.Fatal(err)
			}
			for _, rec := range recordsIn(t, to) {
				meta, err := json.Marshal(rec.Meta)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, meta...)
				all = append(all, stored(t, to, rec.Kind)[rec.ID]...)
			}
			for _, secret := range []string{"SECRET", fakeapi.DefaultToken, fakeapi.Signature(), "not ours"} {
				if bytes.Contains(all, []byte(secret)) {
					t.Errorf("%q is in the archive", secret)
				}
			}
			direct, imported := decoded(t, har), decoded(t, to)
			if len(direct) < report.Listed || !o.Paged && direct["file-AbCdEf0123456789AbCdEf01"] != "%PDF-paper" || !reflect.DeepEqual(direct, imported) {
				t.Errorf("opened by itself it holds %d conversations, imported %d, or they differ", len(direct), len(imported))
			}
			before := len(recordsIn(t, to))
			if report, err = Import(t.Context(), ImportOptions{Archive: to, Inputs: []string{har}}); err != nil || len(recordsIn(t, to)) != before {
				t.Errorf("a second time: %v, %+v", err, report)
			}
		})
	}
}

// decoded are the conversations at path, and the bytes of the files in them.
func decoded(t *testing.T, path string) map[string]any {
	t.Helper()
	s, err := source.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	all := map[string]any{}
	for c, err := range source.Map(t.Context(), s, 2, func(c *chat.Conversation) (*chat.Conversation, error) { return c, nil }) {
		if err != nil {
			t.Fatal(err)
		}
		c.Project = "" // its name is in lists, which only an archive has
		all[c.ID] = c
	}
	f := chat.File{ID: "file-AbCdEf0123456789AbCdEf01"}
	in, err := s.File(&f)
	if err != nil {
		return all
	}
	defer in.Close()
	raw, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	all[f.ID] = string(raw)
	return all
}

func TestCapturesThatAreDamagedGiveWhatTheyHold(t *testing.T) {
	t.Parallel()
	other, err := fakeapi.New(many(3), fakeapi.Options{})
	if err != nil {
		t.Fatal(err)
	}
	chat := func(i int) string {
		text, err := json.Marshal(string(other.Body(chatOf(i))))
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf(`{"startedDateTime":"2026-03-01T12:00:00Z","request":{"method":"GET","url":"https://chatgpt.com/backend-api/conversation/%s"},"response":{"status":200,"content":{"mimeType":"application/json","text":%s}}}`, chatOf(i), text)
	}
	without := `{"request":{"method":"GET","url":"https://chatgpt.com/backend-api/conversation/` + chatOf(2) + `"},"response":{"status":200,"content":{"size":900}}}`
	whole := `{"log":{"entries":[` + chat(0) + `,` + chat(1) + `,` + without + `]}}`
	for name, c := range map[string]struct {
		text   string
		held   int
		failed string
	}{
		"content not saved": {whole, 2, "with content"},
		"cut in an entry":   {whole[:len(chat(0))+200], 1, "cannot be read further"},
		"cut at the end":    {whole[:len(whole)-1], 2, "cannot be read further"},
		"nothing of ours":   {`{"log":{"entries":[` + noise[1] + `]}}`, 0, "no answer of ChatGPT's API"},
		"no entries":        {`{"log":{"version":"1.2"}}`, 0, "no answer of ChatGPT's API"},
		"entries no list":   {`{"log":{"entries":{"a":1}}}`, 0, "no list"},
		"bad base64":        {`{"log":{"entries":[` + strings.Replace(chat(0), `"mimeType"`, `"encoding":"base64","mimeType"`, 1) + `]}}`, 0, "base64"},
		"no JSON":           {`{"log":{"entries":[{"request":{"method":"GET","url":"https://chatgpt.com/backend-api/me"},"response":{"status":200,"content":{"text":"<html>"}}}]}}`, 0, "no JSON"},
	} {
		path := filepath.Join(t.TempDir(), "x.har")
		if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(t.TempDir(), "a.tar.zst")
		r, err := Import(t.Context(), ImportOptions{Archive: to, Inputs: []string{path}})
		if exitOf(err) != source.ExitIncomplete || len(r.Failed) == 0 || !strings.Contains(fmt.Sprint(r.Failed), c.failed) || r.Fetched != c.held {
			t.Errorf("%s: %v: %+v", name, err, r)
		}
	}
}

func TestACaptureThatBeginsInTheMiddleSaysSo(t *testing.T) {
	t.Parallel()
	page := func(query, cursor string, more bool) string {
		text, err := json.Marshal(fmt.Sprintf(`{"conversation_id":"chat-1","update_time":1700000000,"messages":[{"id":"m%s"}],"page_info":{"has_previous_page":%v,"start_cursor":%q}}`, cursor, more, cursor))
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf(`{"request":{"method":"GET","url":"https://chatgpt.com/backend-api/conversations/chat-1%s"},"response":{"status":200,"content":{"text":%s}}}`, query, text)
	}
	for want, entries := range map[string][]string{
		`"truncated":["chat-1"]`: {page("", "c1", true), page("/messages?before=c1", "c2", true)},
		`"fetched":1`:            {page("", "c1", true), page("/messages?before=c1", "c2", false)},
	} {
		to := filepath.Join(t.TempDir(), "a.tar.zst")
		r, err := Import(t.Context(), ImportOptions{Archive: to, Inputs: []string{writeHAR(t, entries)}})
		ledger := stored(t, to, archive.KindLedger)["import"]
		if err != nil || !strings.Contains(ledger, want) || strings.Contains(ledger, "truncated") != strings.Contains(r.Summary(), "scroll up") || strings.Contains(ledger, "truncated") != strings.Contains(want, "truncated") {
			t.Errorf("%v: %s\n%s", err, ledger, r.Summary())
		}
	}
}
