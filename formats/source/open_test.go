package source

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gptsnap/formats/chat"
)

func TestOpenTakesEveryShapeOfJSON(t *testing.T) {
	t.Parallel()
	a, b := talk("aaaaaaaa-1", 10, 2), talk("bbbbbbbb-2", 20, 3)
	for _, k := range []struct {
		name, text     string
		want, problems []string
	}{
		{"one conversation", a, []string{"aaaaaaaa-1/3"}, nil},
		{"an array", "[" + a + ",\n" + b + "]", []string{"aaaaaaaa-1/3", "bbbbbbbb-2/4"}, nil},
		{"an empty array", "[]", nil, nil},
		{"a wrapper", `{"exported":"today","conversations":[` + a + `,` + b + `]}`, []string{"aaaaaaaa-1/3", "bbbbbbbb-2/4"}, nil},
		{"one a line after a byte order mark", "\ufeff" + a + "\n" + b + "\n", []string{"aaaaaaaa-1/3", "bbbbbbbb-2/4"}, nil},
		{"what is no conversation between two", `[` + a + `,null,17,{"items":[]},{"id":"l","mapping":null},{"mapping":{"a":tru}},` + b + `]`, []string{"aaaaaaaa-1/3", "bbbbbbbb-2/4"},
			[]string{"element 2 at byte", "element 3 at byte", "element 4 at byte", "element 5 at byte", "element 6 at byte"}},
		{"a cut in the second", "[" + a + "," + b[:200], []string{"aaaaaaaa-1/3"},
			[]string{fmt.Sprintf("the file ends early, at byte %d after 1 conversations: what follows is lost", len(a)+2+200)}},
		{"garbage after the end", "[" + a + "]]]", []string{"aaaaaaaa-1/3"}, []string{"not JSON from here on"}},
		{"zeros after the end", "[" + a + "]\x00\x00\x00", []string{"aaaaaaaa-1/3"}, []string{"not JSON from here on"}},
	} {
		s := opened(t, put(t, filepath.Join(t.TempDir(), "chats.json"), k.text))
		got, problems := read(t, s)
		same(t, k.name, got, k.want...)
		holds(t, k.name, problems, k.problems...)
		if s.Count != len(k.want) || s.Name != "JSON file" {
			t.Errorf("%s: count %d, name %s", k.name, s.Count, s.Name)
		}
		again, _ := read(t, s)
		same(t, k.name+", read again", again, k.want...)
	}
}

func TestOpenReadsEverySample(t *testing.T) {
	t.Parallel()
	all, err := filepath.Glob("../../testdata/samples/*.json")
	if err != nil || len(all) < 15 {
		t.Fatal(all, err)
	}
	for _, name := range all {
		s := opened(t, name)
		got, problems := read(t, s)
		if len(got) != 1 || len(problems) != 0 {
			t.Errorf("%s: %q, %q", name, got, problems)
		}
	}
}

func TestWhatIsNoSourceIsRefusedInWords(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, text string) string { return put(t, filepath.Join(dir, name), text) }
	talk1 := talk("aaaaaaaa-1", 1, 1)
	for name, k := range map[string]struct {
		path, want string
		code       int
	}{
		"a missing file":        {filepath.Join(dir, "none"), "no such file or folder", ExitFailed},
		"an empty file":         {file("empty", ""), "an empty file", ExitFailed},
		"white space":           {file("blank", " \n\n"), "nothing but white space", ExitFailed},
		"HTML":                  {file("page.html", "\n<!DOCTYPE html><html>"), "an HTML page", ExitFailed},
		"HTML named JSON":       {file("page.json", "<html><title>Just a moment...</title>"), "an HTML page", ExitFailed},
		"UTF-16":                {file("utf16.json", "\xff\xfe[\x00"), "UTF-16", ExitFailed},
		"gzip":                  {file("a.gz", "\x1f\x8b\x08\x00"), "gzip", ExitFailed},
		"another zstd file":     {file("a.tar.zst", "\x28\xb5\x2f\xfd\x04\x00\x01\x00\x00"), "not one of our archives", ExitFailed},
		"a PNG":                 {file("a.png", "\x89PNG\r\n\x1a\n0000"), "image/png", ExitFailed},
		"a binary file":         {file("a.bin", "\x7fELF\x00\x01"), "a binary file", ExitFailed},
		"prose":                 {file("a.txt", "Dear diary"), "neither an archive nor JSON", ExitFailed},
		"JSON of another kind":  {file("a.json", `{"items":[],"total":3}`), "no conversation in it", ExitFailed},
		"an array of numbers":   {file("n.json", `[1,2,3]`), "no conversation in it", ExitFailed},
		"broken JSON":           {file("b.json", `{"mapping": {"a": `), "the file ends early", ExitFailed},
		"an empty folder":       {t.TempDir(), "a folder without conversations", ExitFailed},
		"a folder of pictures":  {folder(t, pair{"a.png", "x"}, pair{"sub/b.json", talk1}), "a folder without conversations", ExitFailed},
		"a folder of settings":  {folder(t, pair{"package.json", `{"name":"x"}`}), "no conversation in it", ExitFailed},
		"a ZIP without JSON":    {zipped(t, pair{"a.txt", "x"}), "a ZIP without conversations", ExitFailed},
		"an empty ZIP":          {zipped(t), "a ZIP without conversations", ExitFailed},
		"a ZIP of other JSON":   {zipped(t, pair{"package.json", `{"name":"x"}`}), "no conversation in it", ExitFailed},
		"a ZIP with HTML in it": {zipped(t, pair{"conversations.json", "<html>"}), "no conversation in it", ExitFailed},
		"the start of a ZIP":    {file("cut.zip", "PK\x03\x04\x14\x00\x00\x00"), "a ZIP that ends early or is damaged", ExitFailed},
	} {
		s, err := Open(k.path)
		fail := (*Failure)(nil)
		if s != nil || !errors.As(err, &fail) || fail.Code != k.code || !strings.Contains(err.Error(), k.want) {
			t.Errorf("%s: %v, want %q", name, err, k.want)
			continue
		}
		if _, err := Contents(k.path); err != nil && err.Error() != fail.Error() && !strings.Contains(k.want, "no conversation") {
			t.Errorf("%s: import says %q, the others %q", name, err, fail)
		}
	}
}

func TestOfTwoCopiesTheNewerWinsThenTheLargerThenTheLater(t *testing.T) {
	t.Parallel()
	for name, k := range map[string]struct{ in, want []string }{
		"newer first":            {[]string{talk("aaaaaaaa", 20, 1), talk("bbbbbbbb", 1, 1), talk("aaaaaaaa", 10, 9)}, []string{"aaaaaaaa/2", "bbbbbbbb/2"}},
		"newer last":             {[]string{talk("aaaaaaaa", 10, 9), talk("bbbbbbbb", 1, 1), talk("aaaaaaaa", 20, 1)}, []string{"bbbbbbbb/2", "aaaaaaaa/2"}},
		"larger first":           {[]string{talk("aaaaaaaa", 10, 5), talk("aaaaaaaa", 10, 4)}, []string{"aaaaaaaa/6"}},
		"larger last":            {[]string{talk("aaaaaaaa", 10, 4), talk("aaaaaaaa", 10, 5)}, []string{"aaaaaaaa/6"}},
		"equal":                  {[]string{talk("aaaaaaaa", 10, 4), talk("bbbbbbbb", 1, 1), talk("aaaaaaaa", 10, 4)}, []string{"bbbbbbbb/2", "aaaaaaaa/5"}},
		"three, the middle best": {[]string{talk("aaaaaaaa", 10, 4), talk("aaaaaaaa", 30, 2), talk("aaaaaaaa", 20, 6)}, []string{"aaaaaaaa/3"}},
	} {
		array := "[" + strings.Join(k.in, ",") + "]"
		shards := []pair{}
		files := []pair{}
		for i, text := range k.in {
			shards = append(shards, pair{fmt.Sprintf("conversations-%03d.json", i), "[" + text + "]"})
			files = append(files, pair{fmt.Sprintf("chat %d.json", i), text})
		}
		for kind, path := range map[string]string{
			"JSON": put(t, filepath.Join(t.TempDir(), "a.json"), array), "ZIP": zipped(t, pair{"conversations.json", array}), "shards": zipped(t, shards...),
			"folder": folder(t, files...), "unzipped": folder(t, shards...), "ZIP of files": zipped(t, files...),
		} {
			got, problems := read(t, opened(t, path))
			same(t, name+", "+kind, got, k.want...)
			holds(t, name+", "+kind, problems)
		}
	}
}

func TestAFolderIsReadWithoutLeavingIt(t *testing.T) {
	t.Parallel()
	outside := put(t, filepath.Join(t.TempDir(), "secret.json"), talk("outside1", 1, 1))
	dir := folder(t, pair{"b.json", talk("bbbbbbbb", 1, 1)}, pair{"a.JSON", talk("aaaaaaaa", 1, 1)}, pair{".hidden.json", "{"}, pair{"notes.txt", "x"})
	if err := os.Symlink(outside, filepath.Join(dir, "link.json")); err != nil {
		t.Skip(err)
	}
	s := opened(t, dir)
	got, problems := read(t, s)
	same(t, "folder", got, "aaaaaaaa/2", "bbbbbbbb/2")
	holds(t, "folder", problems, `"link.json" left out: it is a link`)
	if s.Name != "folder of JSON files" {
		t.Error(s.Name)
	}
}

func TestAnUnzippedExportIsReadAlsoUnderTmp(t *testing.T) {
	t.Parallel()
	a := "[" + talk("aaaaaaaa", 1, 1) + "]"
	for name, dir := range map[string]string{
		"at the root": folder(t, pair{"conversations.json", a}, pair{"user.json", "{}"}, pair{"other/conversations.json", "[1]"}),
		"under tmp":   folder(t, pair{"tmp/conversations.json", a}, pair{"tmp/user.json", "{}"}),
		"numbered":    folder(t, pair{"conversations-000.json", a}, pair{"chat.html", "<html>"}),
	} {
		s := opened(t, dir)
		got, problems := read(t, s)
		same(t, name, got, "aaaaaaaa/2")
		holds(t, name, problems)
		if s.Name != "official export" {
			t.Errorf("%s: %s", name, s.Name)
		}
	}
}

func TestAFileThatChangesWhileItIsReadIsNoticed(t *testing.T) {
	t.Parallel()
	dir := folder(t, pair{"a.json", talk("aaaaaaaa", 1, 9)}, pair{"b.json", talk("bbbbbbbb", 1, 1)}, pair{"c.json", talk("cccccccc", 1, 1)})
	s := opened(t, dir)
	put(t, filepath.Join(dir, "a.json"), "{}")
	if err := os.Remove(filepath.Join(dir, "b.json")); err != nil {
		t.Fatal(err)
	}
	got, problems := read(t, s)
	same(t, "the rest", got, "cccccccc/2")
	holds(t, "problems", problems, "a.json: has changed since it was opened", "it has gone since the folder was read")
}

func TestTheBytesOfAnEntryAreThoseOfTheInput(t *testing.T) {
	t.Parallel()
	odd := strings.Replace(talk("aaaaaaaa", 1, 2), "words 1", `\ud83d\u00e9 \/ é\t`, 1)
	text := "[ " + odd + " ,\n " + talk("bbbbbbbb", 2, 1) + " ]"
	for kind, path := range map[string]string{"JSON": put(t, filepath.Join(t.TempDir(), "a.json"), text), "ZIP": zipped(t, pair{"conversations.json", text})} {
		for e, err := range opened(t, path).Entries {
			if err != nil {
				t.Fatal(err)
			}
			raw, err := e.Raw()
			if want := map[string]string{"aaaaaaaa": odd, "bbbbbbbb": talk("bbbbbbbb", 2, 1)}[e.ID]; err != nil || string(raw) != want {
				t.Errorf("%s: %s is %q, %v", kind, e.ID, raw, err)
			}
			if e.Updated.IsZero() {
				t.Errorf("%s: no time", kind)
			}
		}
	}
}

func TestIDsFromTheInputCannotWriteToTheTerminal(t *testing.T) {
	t.Parallel()
	hostile := `{"conversation_id":"\u001b[2J\u202eaaaaaaaa","mapping":null}`
	_, problems := read(t, opened(t, put(t, filepath.Join(t.TempDir(), "a.json"), "["+hostile+","+strings.Replace(talk("HOSTILE", 1, 1), `"HOSTILE"`, `"\u001b]0;x\u0007aaaa"`, 1)+"]")))
	for _, p := range append(problems, (&EntryError{ID: "\x1b[31m\u202e", Err: errors.New("bad")}).Error()) {
		if strings.ContainsAny(p, "\x1b\u202e\x07") {
			t.Errorf("%q", p)
		}
	}
	evil := strings.Replace(talk("HOSTILE", 1, 1), `"conversation_id":"HOSTILE"`, `"conversation_id":"aaaaaaaa\u001b[2J"`, 1)
	s := opened(t, put(t, filepath.Join(t.TempDir(), "b.json"), "["+evil+","+talk("aaaaaaaa2", 1, 1)+"]"))
	if _, err := s.Select(Selection{IDs: []string{"aaaaaaaa"}}); err == nil || strings.Contains(err.Error(), "\x1b") || !strings.Contains(err.Error(), `"aaaaaaaa\x1b[2J"`) {
		t.Errorf("%q", err)
	}
}

func TestMillionsOfWrongElementsAreCountedNotKept(t *testing.T) {
	t.Parallel()
	text := "[" + strings.Repeat("1,", 5000) + talk("aaaaaaaa", 1, 1) + "]"
	got, problems := read(t, opened(t, put(t, filepath.Join(t.TempDir(), "a.json"), text)))
	same(t, "conversations", got, "aaaaaaaa/2")
	if len(problems) != mostProblems+1 || !strings.Contains(problems[mostProblems], "4900 more elements are not conversations") {
		t.Errorf("%d problems, the last %q", len(problems), problems[len(problems)-1])
	}
}

// longLine is in MB.
var longLine = 300

func TestALineOf300MegabytesIsOneConversation(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 300 MB")
	}
	name := filepath.Join(t.TempDir(), "long.json")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	half := talk("aaaaaaaa", 1, 2)
	at := strings.Index(half, "words 2")
	parts := []string{"[" + talk("bbbbbbbb", 1, 1) + "," + half[:at], strings.Repeat("lorem ipsum ", 1<<20), half[at:] + "]"}
	for i, n := range []int{1, longLine / 12, 1} {
		for range n {
			if _, err := f.WriteString(parts[i]); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	got, problems := read(t, opened(t, name))
	same(t, "conversations", got, "bbbbbbbb/2", "aaaaaaaa/3")
	holds(t, "problems", problems)
}

// FuzzOpenJSON opens any bytes as a JSON file: it must end, never panic, and
// what it calls conversations must decode or be reported.
func FuzzOpenJSON(f *testing.F) {
	a := talk("aaaaaaaa", 1, 2)
	for _, text := range []string{a, "[" + a + "]", `{"conversations":[` + a + `]}`, "[" + a + "," + a[:50], `[{"mapping":{}},{"id":1,"mapping":[]},null]`, `{"messages":[],"conversation_id":"x"}`} {
		f.Add([]byte(text))
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) > 1<<16 {
			t.Skip()
		}
		name := put(t, filepath.Join(dir, fmt.Sprint(os.Getpid())+".json"), string(in))
		s, err := Open(name)
		if err != nil {
			if fail := (*Failure)(nil); !errors.As(err, &fail) {
				t.Fatalf("no Failure: %v", err)
			}
			return
		}
		defer s.Close()
		n := 0
		for _, err := range Map(t.Context(), s, 2, func(c *chat.Conversation) (int, error) { return len(c.Nodes), nil }) {
			if one := (*EntryError)(nil); err != nil && !errors.As(err, &one) {
				t.Fatal(err)
			}
			n++
		}
		if n < s.Count {
			t.Fatalf("%d of %d", n, s.Count)
		}
	})
}

func TestAnExportIsFoundWhereUnpackingPutIt(t *testing.T) {
	t.Parallel()
	chats := "[" + talk("aaaaaaaa-1", 10, 2) + "]"
	page := "<html><script>var jsonData = " + chats + ";\nvar assetsJson = {};</script>"
	long := strings.Repeat("<p>nothing yet</p>", 20_000) + page
	for name, k := range map[string]struct{ path, is string }{
		"a folder in a folder":           {folder(t, pair{"out/export/conversations.json", chats}, pair{"out/export/user.json", "{}"}, pair{"readme.txt", "x"}), "official export"},
		"a ZIP with a folder":            {zipped(t, pair{"out/conversations.json", chats}), "official export"},
		"only chat.html is left":         {zipped(t, pair{"user.json", "{}"}, pair{"chat.html", long}), "official export, of which only chat.html is left"},
		"chat.html beside conversations": {zipped(t, pair{"conversations.json", chats}, pair{"chat.html", page}), "official export"},
	} {
		s := opened(t, k.path)
		got, problems := read(t, s)
		same(t, name, got, "aaaaaaaa-1/3")
		if len(problems) > 0 || s.Name != k.is {
			t.Errorf("%s: %s, %q", name, s.Name, problems)
		}
		again, _ := read(t, s)
		same(t, name+", read again", again, "aaaaaaaa-1/3")
	}
}

func TestStrangersAreNamed(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`[{"uuid":"u","name":"n","chat_messages":[{"text":"hi"}]}]`:            "not a conversation of ChatGPT but one of Claude",
		`[{"header":"Gemini Apps","title":"x","time":"2025-01-01T00:00:00Z"}]`: "an activity of Google's Gemini",
		`{"chunkedPrompt":{},"runSettings":{}}`:                                "a prompt of Google AI Studio",
		`{"accessToken":"secret-token","user":{}}`:                             "holds a secret token: delete this file",
		`{"detail":{"message":"Unauthorized\u001b[31m"}}`:                      "an error of the site: Unauthorized",
		`{"items":[],"total":0}`:                                               "a list of conversations, without their messages",
		`{"chats":[]}`:                                                         "an export's list of group chats",
		`{"id":"x","mapping":null}`:                                            "an entry of a list of conversations",
		`{"other":1}`:                                                          "neither mapping nor messages",
	} {
		_, err := Open(put(t, filepath.Join(t.TempDir(), "x.json"), body))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret-token") || strings.Contains(err.Error(), "sha256-") {
			t.Errorf("%s: %v", body, err)
		}
	}
	_, err := Open(zipped(t, pair{"export.zip", "PK"}))
	if err == nil || !strings.Contains(err.Error(), `with "export.zip" in it`) {
		t.Error(err)
	}
}
