package source

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gptsnap/formats/chat"
)

// export is an official export with files under every name that was seen.
func export(conversations string) []pair {
	return []pair{
		{"conversations-000.json", conversations},
		{"user.json", `{"id":"user-1"}`},
		{"chat.html", "<html></html>"},
		{assetMap, `{"file-Syn0UserUpload0000000003.dat":"sketch.png","file-Syn0DalleImage000000004.dat":"dalle-generations/0f0e0d0c.webp","file-NoExt00000000000000005.dat":"9f8a1380-0000-4000-8000-742adc20908b","file_bad.dat":7}`},
		{"file-Syn0UserUpload0000000003.dat", "\x89PNG\r\n\x1a\nsketch"},
		{"file-Syn0DalleImage000000004.dat", "RIFF0000WEBPdalle"},
		{"file-NoExt00000000000000005.dat", "\xff\xd8\xffphoto"},
		{"file-Old00000000000000000001-my holiday.png", "\x89PNG\r\n\x1a\nold"},
		{"file-Old0000000000000000000-shorter id.txt", "shorter"},
		{"dalle-generations/file-Gen00000000000000000001-0a0b.webp", "RIFF0000WEBPgen"},
		{"user-Abc123/file_00000000aaaa-1234.png", "\x89PNG\r\n\x1a\nuser"},
		{"user-Abc123/file_00000000bbbb.dat", "best"},
		{"file_00000000bbbb-sanitized.png", "second"},
		{"f4c60200-30a6/audio/file_00000000cccc-part.wav", "RIFF0000WAVEaudio"},
	}
}

func TestContentsListEverythingInTheExport(t *testing.T) {
	t.Parallel()
	old, recent := talk("aaaaaaaa", 10, 1), talk("aaaaaaaa", 20, 2)
	members := export("[" + old + "," + recent + ",null]")
	for kind, path := range map[string]string{"ZIP": zipped(t, members...), "ZIP in a folder": zipped(t, prefixed("export/", members)...), "folder": folder(t, members...)} {
		inv, err := Contents(path)
		if err != nil {
			t.Fatal(err)
		}
		defer inv.Close()
		if inv.Name != "official export" {
			t.Error(inv.Name)
		}
		for range 2 {
			var got, problems []string
			for it, err := range inv.Items {
				if one := (*EntryError)(nil); errors.As(err, &one) {
					problems = append(problems, err.Error())
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				body := it.Body
				if body == nil {
					in, err := it.Open()
					if err != nil {
						t.Fatal(err)
					}
					body, err = io.ReadAll(in)
					if err = errors.Join(err, in.Close()); err != nil {
						t.Fatal(err)
					}
				} else if it.Updated.IsZero() || it.Nodes != strings.Count(string(body), `"children"`) {
					t.Errorf("%s: %+v", kind, it)
				}
				if int64(len(body)) != it.Size {
					t.Errorf("%s: %s has %d bytes, says %d", kind, it.ID, len(body), it.Size)
				}
				got = append(got, fmt.Sprintf("%s|%s|%s|%s|%d", it.Kind, it.ID, it.Name, it.Media, it.Size))
			}
			holds(t, kind, problems, "element 3 at byte")
			want := []string{
				fmt.Sprintf("conversation|aaaaaaaa||application/json|%d", len(old)),
				fmt.Sprintf("conversation|aaaaaaaa||application/json|%d", len(recent)),
				"export|user.json|user.json|application/json|15",
				"export|chat.html|chat.html|text/html|13",
				fmt.Sprintf("export|%s|%s|application/json|%d", assetMap, assetMap, len(members[3].text)),
				"file|file-Syn0UserUpload0000000003|sketch.png|image/png|14",
				"file|file-Syn0DalleImage000000004|0f0e0d0c.webp|image/webp|17",
				"file|file-NoExt00000000000000005|9f8a1380-0000-4000-8000-742adc20908b|image/jpeg|8",
				"file|file-Old00000000000000000001|my holiday.png|image/png|11",
				"file|file-Old0000000000000000000|shorter id.txt|text/plain|7",
				"file|file-Gen00000000000000000001|0a0b.webp|image/webp|15",
				"file|file_00000000aaaa|1234.png|image/png|12",
				"file|file_00000000bbbb|file_00000000bbbb.dat||4",
				"export|file_00000000bbbb-sanitized.png|file_00000000bbbb-sanitized.png|image/png|6",
				"file|file_00000000cccc|part.wav|audio/wav|17",
			}
			if kind == "folder" { // by name, not as packed
				slices.Sort(got)
				slices.Sort(want)
			}
			if strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Errorf("%s:\n%s\nwant\n%s", kind, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		}
	}
}

func TestPointersLeadToTheFilesOfAnExport(t *testing.T) {
	t.Parallel()
	members := export("[" + talk("aaaaaaaa", 10, 1) + "]")
	for kind, path := range map[string]string{"ZIP": zipped(t, members...), "under tmp": zipped(t, prefixed("export/tmp/", members)...), "folder": folder(t, members...)} {
		s := opened(t, path)
		for _, k := range []struct{ id, name, mime, text string }{
			{"file-Syn0UserUpload0000000003", "sketch.png", "image/png", "\x89PNG\r\n\x1a\nsketch"},
			{"file-Syn0DalleImage000000004", "0f0e0d0c.webp", "image/webp", "RIFF0000WEBPdalle"},
			{"file-NoExt00000000000000005", "9f8a1380-0000-4000-8000-742adc20908b", "image/jpeg", "\xff\xd8\xffphoto"},
			{"file-Old00000000000000000001", "my holiday.png", "image/png", "\x89PNG\r\n\x1a\nold"},
			{"file-Old0000000000000000000", "shorter id.txt", "text/plain", "shorter"},
			{"file-Gen00000000000000000001", "0a0b.webp", "image/webp", "RIFF0000WEBPgen"},
			{"file_00000000aaaa", "1234.png", "image/png", "\x89PNG\r\n\x1a\nuser"},
			{"file_00000000bbbb", "", "", "best"},
			{"file_00000000cccc", "part.wav", "audio/wav", "RIFF0000WAVEaudio"},
			{"sediment://#file_00000000cccc#", "part.wav", "audio/wav", "RIFF0000WAVEaudio"},
		} {
			f := &chat.File{Pointer: "sediment://" + k.id, ID: k.id}
			in, err := s.File(f)
			if err != nil {
				t.Errorf("%s, %s: %v", kind, k.id, err)
				continue
			}
			got, err := io.ReadAll(in)
			in.Close()
			if err != nil || string(got) != k.text || f.Name != k.name || f.MIME != k.mime || f.Size != int64(len(k.text)) {
				t.Errorf("%s, %s: %q %v %+v", kind, k.id, got, err, f)
			}
		}
		kept := &chat.File{ID: "file_00000000aaaa", Name: "mine.gif", MIME: "image/gif", Size: 1}
		if in, err := s.File(kept); err != nil || kept.Name != "mine.gif" || kept.MIME != "image/gif" || kept.Size != 1 {
			t.Error(kept, err)
		} else {
			in.Close()
		}
		for f, want := range map[chat.File]string{
			{ID: "file_0000000000000000"}:                               "not in the official export",
			{ID: "file_00000000aaa"}:                                    "not in the official export", // a beginning of an id is none
			{Pointer: "sandbox:/mnt/data/x.csv", ID: "/mnt/data/x.csv"}: "never exported",
			{}:                   "no id",
			{ID: "../user.json"}: "no id",
		} {
			if in, err := s.File(&f); in != nil || err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s, %+v: %v, want %q", kind, f, err, want)
			}
		}
	}
	alone := opened(t, put(t, filepath.Join(t.TempDir(), "a.json"), talk("aaaaaaaa", 1, 1)))
	if _, err := alone.File(&chat.File{ID: "file_00000000aaaa"}); err == nil || err.Error() != "not in the JSON file" {
		t.Error(err)
	}
}

func TestABrokenAssetMapIsReportedAndNotNeeded(t *testing.T) {
	t.Parallel()
	s := opened(t, zipped(t, pair{"conversations.json", "[" + talk("aaaaaaaa", 1, 1) + "]"}, pair{assetMap, "<html>"}, pair{"file_00000000aaaa.dat", "x"}))
	got, problems := read(t, s)
	same(t, "conversations", got, "aaaaaaaa/2")
	holds(t, "problems", problems, assetMap+" cannot be read")
	if in, err := s.File(&chat.File{ID: "file_00000000aaaa"}); err != nil {
		t.Error(err)
	} else {
		in.Close()
	}
}

func TestReadingMayStopAnywhere(t *testing.T) {
	t.Parallel()
	path := zipped(t, export("["+talk("aaaaaaaa", 1, 1)+",1,"+talk("bbbbbbbb", 1, 1)+"]")...)
	inv, err := Contents(path)
	if err != nil {
		t.Fatal(err)
	}
	defer inv.Close()
	s := opened(t, path)
	for stop := range 20 {
		n := 0
		for range inv.Items {
			if n++; n > stop {
				break
			}
		}
		n = 0
		for range s.Entries {
			if n++; n > stop {
				break
			}
		}
	}
}
