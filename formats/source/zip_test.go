package source

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gptsnap/formats/chat"
)

func TestAnExportIsReadInTheOrderOfItsNumbers(t *testing.T) {
	t.Parallel()
	one := func(id string) string { return "[" + talk(id, 1, 1) + "]" }
	var shards []pair
	for _, n := range []int{10, 2, 1, 0, 9, 8, 7, 6, 5, 4, 3} {
		shards = append(shards, pair{fmt.Sprintf("conversations-%03d.json", n), one(fmt.Sprintf("shard-%03d", n))})
	}
	var want []string
	for n := range 11 {
		want = append(want, fmt.Sprintf("shard-%03d/2", n))
	}
	for name, path := range map[string]string{
		"numbered":            zipped(t, shards...),
		"in a folder":         zipped(t, prefixed("my export/", shards)...),
		"under tmp":           zipped(t, prefixed("tmp/", shards)...),
		"a folder, under tmp": zipped(t, prefixed("my export/tmp/", shards)...),
		"with backslashes":    zipped(t, prefixed(`export\`, shards)...),
		"with a Mac's additions": zipped(t, append([]pair{{"__MACOSX/._conversations-000.json", "junk"}, {"__MACOSX/conversations.json", "junk"}, {".DS_Store", "junk"}},
			shards...)...),
	} {
		got, problems := read(t, opened(t, path))
		same(t, name, got, want...)
		holds(t, name, problems)
	}
}

func prefixed(prefix string, in []pair) (out []pair) {
	for _, m := range in {
		out = append(out, pair{prefix + m.name, m.text})
	}
	return out
}

func TestMissingShardsAreNamed(t *testing.T) {
	t.Parallel()
	a := pair{"conversations-000.json", "[" + talk("aaaaaaaa", 1, 1) + "]"}
	c := pair{"conversations-002.json", "[" + talk("cccccccc", 1, 1) + "]"}
	manifest := pair{"export_manifest.json", `{"version":1,"export_files":[{"path":"conversations-003.json","size_bytes":9},{"path":"user.json"}],"logical_files":{"conversations.json":{"files":["conversations-000.json","conversations-001.json"],"sharded":true}}}`}
	got, problems := read(t, opened(t, zipped(t, a, c)))
	same(t, "a gap in the numbers", got, "aaaaaaaa/2", "cccccccc/2")
	holds(t, "a gap in the numbers", problems, `"conversations-001.json" belongs to this export and is not in it`)
	for kind, path := range map[string]string{"ZIP": zipped(t, a, manifest), "folder": folder(t, a, manifest)} {
		got, problems = read(t, opened(t, path))
		same(t, "the manifest, "+kind, got, "aaaaaaaa/2")
		holds(t, "the manifest, "+kind, problems, "conversations-001.json", "conversations-003.json")
	}
	_, problems = read(t, opened(t, zipped(t, a, pair{"export_manifest.json", "<html>"})))
	holds(t, "a manifest that is none", problems, "export_manifest.json cannot be read")
}

func TestNamesThatReachOutsideAreLeftOut(t *testing.T) {
	t.Parallel()
	a := "[" + talk("aaaaaaaa", 1, 1) + "]"
	evil := []string{"../conversations.json", "/etc/conversations.json", `C:\conversations.json`, "c:/conversations.json", `..\..\conversations.json`, "a/../../conversations.json", "a//conversations.json",
		"./conversations.json", "x\x00/conversations.json", "x\x1b[31m/conversations.json", "\xff/conversations.json", strings.Repeat("a/", 600) + "conversations.json", "aux:stream/conversations.json"}
	members := []pair{{"conversations.json", a}}
	for _, name := range evil {
		members = append(members, pair{name, "[" + talk("evilevil", 1, 1) + "]"})
	}
	path := zipped(t, members...)
	s := opened(t, path)
	got, problems := read(t, s)
	same(t, "conversations", got, "aaaaaaaa/2")
	if len(problems) != len(evil) {
		t.Errorf("%d problems of %d: %q", len(problems), len(evil), problems)
	}
	for _, p := range problems {
		if strings.ContainsAny(p, "\x1b\x00") || !strings.Contains(p, "left out: its name is not one of an export") {
			t.Errorf("%q", p)
		}
	}
}

func TestLinksInAZIPAreLeftOut(t *testing.T) {
	t.Parallel()
	path := made(t, func(z *zip.Writer) {
		w, _ := z.Create("conversations.json")
		io.WriteString(w, "["+talk("aaaaaaaa", 1, 1)+"]")
		h := &zip.FileHeader{Name: "conversations-001.json"}
		h.SetMode(os.ModeSymlink | 0o777)
		w, _ = z.CreateHeader(h)
		io.WriteString(w, "/etc/passwd")
	})
	got, problems := read(t, opened(t, path))
	same(t, "conversations", got, "aaaaaaaa/2")
	holds(t, "problems", problems, "it is a link or a device")
}

func made(t testing.TB, fill func(*zip.Writer)) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	fill(z)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return put(t, filepath.Join(t.TempDir(), "made.zip"), b.String())
}

// A bomb is refused by what it claims, before anything is unpacked.
func TestBombsAreRefused(t *testing.T) {
	t.Parallel()
	good := "[" + talk("aaaaaaaa", 1, 1) + "]"
	zeros := strings.Repeat(" ", 4<<20)
	lim := zipLimits{directory: 1 << 20, members: 50, ratio: 250, floor: 1 << 20}
	try := func(path string, lim zipLimits) error {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		_, err = openZIP("x.zip", f, lim)
		return err
	}
	if err := try(zipped(t, pair{"conversations.json", "[" + zeros + "]"}), lim); err == nil || !strings.Contains(err.Error(), "ZIP bomb") {
		t.Errorf("one that shrank a thousand times: %v", err)
	}
	var many []pair
	for i := range 51 {
		many = append(many, pair{fmt.Sprint(i), "x"})
	}
	if err := try(zipped(t, many...), lim); err == nil || !strings.Contains(err.Error(), "holds 51 members") {
		t.Errorf("too many members: %v", err)
	}
	if err := try(zipped(t, many...), zipLimits{directory: 1000, members: 1000, ratio: 250, floor: 1 << 20}); err == nil || !strings.Contains(err.Error(), "directory is larger") {
		t.Errorf("too large a directory: %v", err)
	}
	if err := try(zipped(t, pair{"conversations.json", good}), lim); err != nil {
		t.Errorf("an honest one: %v", err)
	}
	// Directory entries that all point at the same bytes.
	raw, err := os.ReadFile(zipped(t, pair{"a.json", good + strings.Repeat("x", 2000)}, pair{"b.json", "1"}))
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.LastIndex(raw, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(raw[at+20:], uint32(len(raw)))
	if err := try(put(t, filepath.Join(t.TempDir(), "overlap.zip"), string(raw)), lim); err == nil || !strings.Contains(err.Error(), "lie over one another") {
		t.Errorf("members that overlap: %v", err)
	}
	// A size that is claimed small and is not.
	raw, err = os.ReadFile(zipped(t, pair{"conversations.json", good + zeros}))
	if err != nil {
		t.Fatal(err)
	}
	at = bytes.LastIndex(raw, []byte("PK\x01\x02"))
	binary.LittleEndian.PutUint32(raw[at+24:], uint32(len(good)+10))
	if _, err := Open(put(t, filepath.Join(t.TempDir(), "liar.zip"), string(raw))); err == nil || !strings.Contains(err.Error(), "cannot be read further") {
		t.Errorf("a liar: %v", err)
	}
}

func TestOneBombAmongMembersIsLeftOut(t *testing.T) {
	t.Parallel()
	b := &box{}
	lim := zipLimits{ratio: 250, floor: 1 << 20}
	b.zipMember(&zip.File{FileHeader: zip.FileHeader{Name: "file-Bomb000000.dat", Method: zip.Deflate, CompressedSize64: 1000, UncompressedSize64: 1 << 30}}, lim)
	if _, err := b.members[0].open(); err == nil || !strings.Contains(err.Error(), "ZIP bomb") {
		t.Error(err)
	}
}

func TestMembersThatCannotBeUnpackedAreNamed(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(zipped(t, pair{"conversations-000.json", "[" + talk("aaaaaaaa", 1, 1) + "]"}, pair{"conversations-001.json", "[" + talk("bbbbbbbb", 1, 1) + "]"}))
	if err != nil {
		t.Fatal(err)
	}
	second := bytes.LastIndex(raw, []byte("PK\x01\x02"))
	for name, k := range map[string]struct {
		at   int
		to   byte
		want string
	}{
		"encrypted":      {second + 8, raw[second+8] | 1, "encrypted"},
		"another method": {second + 10, 93, "packed by method 93"},
		"a wrong sum":    {second + 16, raw[second+16] ^ 1, "checksum"},
	} {
		bad := bytes.Clone(raw)
		bad[k.at] = k.to
		got, problems := read(t, opened(t, put(t, filepath.Join(t.TempDir(), "bad.zip"), string(bad))))
		if got[0] != "aaaaaaaa/2" || len(problems) != 1 || !strings.Contains(problems[0], k.want) || !strings.Contains(problems[0], "conversations-001.json") {
			t.Errorf("%s: %q, %q", name, got, problems)
		}
	}
}

func TestAZIPThatWasCutIsRefused(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(zipped(t, pair{"conversations.json", "[" + talk("aaaaaaaa", 1, 5) + "]"}, pair{"user.json", "{}"}))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for n := 4; n < len(raw); n += 7 {
		_, err := Open(put(t, filepath.Join(dir, "cut.zip"), string(raw[:n])))
		if err == nil || !strings.Contains(err.Error(), "ends early or is damaged") {
			t.Fatalf("%d of %d bytes: %v", n, len(raw), err)
		}
	}
}

// FuzzZIP opens any bytes as a ZIP: it must end, never panic, yield no name
// that reaches outside, and keep within the sizes it allows.
func FuzzZIP(f *testing.F) {
	for _, members := range [][]pair{
		{{"conversations.json", "[" + talk("aaaaaaaa", 1, 2) + "]"}},
		{{"conversations-000.json", "[" + talk("aaaaaaaa", 1, 2) + "]"}, {"file-Abc12345678.dat", "\x89PNG\r\n\x1a\n"}, {assetMap, `{"file-Abc12345678.dat":"a.png"}`}, {"../x", "y"}},
		{{"a/b.json", talk("aaaaaaaa", 1, 2)}},
	} {
		raw, err := os.ReadFile(zipped(f, members...))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) > 1<<16 || !bytes.HasPrefix(in, []byte("PK")) {
			t.Skip()
		}
		name := put(t, filepath.Join(dir, fmt.Sprint(os.Getpid())+".zip"), string(in))
		inv, err := Contents(name)
		if err != nil {
			return
		}
		defer inv.Close()
		for it, err := range inv.Items {
			if one := (*EntryError)(nil); err != nil && !errors.As(err, &one) {
				t.Fatal(err)
			}
			if err == nil && it.Body == nil && (strings.HasPrefix(it.ID, "/") || strings.Contains("/"+it.ID+"/", "/../")) {
				t.Fatalf("name %q", it.ID)
			}
		}
		s, err := Open(name)
		if err != nil {
			return
		}
		defer s.Close()
		for _, err := range Map(t.Context(), s, 2, func(c *chat.Conversation) (int, error) { return 0, nil }) {
			if one := (*EntryError)(nil); err != nil && !errors.As(err, &one) {
				t.Fatal(err)
			}
		}
	})
}
