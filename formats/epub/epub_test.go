package epub

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gptsnap/formats/chat"
)

func one(title string, parts ...chat.Part) *chat.Document {
	c := &chat.Conversation{ID: "id-" + title, Title: title, Created: time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC),
		Nodes: []chat.Node{{ID: "a", Message: &chat.Message{Role: chat.Assistant, ContentType: "text", Parts: parts}}}}
	c.Link([]chat.Links{{}}, "a")
	return &chat.Document{Conversation: c, Path: title + ".xhtml"}
}

// bind writes a book of docs and reads it back, by name.
func bind(t testing.TB, pictures map[string][]byte, docs ...*chat.Document) (map[string]string, []byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.epub")
	b := New(Options{})
	if err := b.Open(path); err != nil {
		t.Fatal(err)
	}
	for name, body := range pictures {
		if err := b.Stream(name, bytes.NewReader(body)); err != nil {
			t.Fatal(err)
		}
	}
	var all []chat.Summary
	for _, d := range docs {
		var w bytes.Buffer
		if err := b.Render(&w, d); err != nil {
			t.Fatal(err)
		}
		if err := b.Put(d.Path, w.Bytes()); err != nil {
			t.Fatal(err)
		}
		all = append(all, chat.Summary{ID: d.ID, Title: d.Title, Path: d.Path, Created: d.Created})
	}
	name, body, err := b.Index(all)
	if err == nil {
		err = b.Add(name, body)
	}
	if err == nil {
		err = b.Close(true)
	}
	if err != nil {
		t.Fatal(err)
	}
	left, _ := os.ReadDir(filepath.Dir(path))
	if len(left) != 1 {
		t.Errorf("beside the book: %v", left)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for i, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(body)
		if (i == 0) != (f.Name == "mimetype") || i == 0 && (f.Method != zip.Store || len(f.Extra) > 0 || string(raw[30:58]) != "mimetypeapplication/epub+zip") {
			t.Errorf("file %d is %s, method %d", i, f.Name, f.Method)
		}
	}
	return files, raw
}

// wellFormed reads XML to its end.
func wellFormed(s string) error {
	d := xml.NewDecoder(strings.NewReader(s))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func dot(t testing.TB) []byte {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 2, 2))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestABookIsTheSameWheneverItIsMade(t *testing.T) {
	t.Parallel()
	pictures := map[string][]byte{"files/b.png": dot(t), "files/a.png": dot(t), "files/c.png": dot(t)}
	var first []byte
	for range 5 { // a map gives its pictures in any order
		_, raw := bind(t, pictures, one("A", &chat.Text{Raw: "words"}), one("B", &chat.Text{Raw: "more"}))
		if first == nil {
			first = raw
		}
		if !bytes.Equal(raw, first) {
			t.Fatal("other bytes")
		}
	}
}

func TestEveryFileOfABookIsListedAndWellFormed(t *testing.T) {
	t.Parallel()
	files, _ := bind(t, map[string][]byte{"files/dot.png": dot(t)},
		one("A & <B> \"C\"", &chat.Text{Raw: "x"}, &chat.Image{File: &chat.File{Name: "dot.png", Href: "../files/dot.png"}}))
	pack := files["book/content.opf"]
	for name, body := range files {
		if strings.HasSuffix(name, "ml") || strings.HasSuffix(name, ".opf") || strings.HasSuffix(name, ".ncx") {
			if err := wellFormed(body); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if in, ok := strings.CutPrefix(name, "book/"); ok && in != "content.opf" && !strings.Contains(pack, `href="`+in+`"`) {
			t.Errorf("%s is not in the package", name)
		}
	}
	if !strings.Contains(files["book/c00001.xhtml"], `<img src="`+inBook("files/dot.png")+`"`) || !strings.Contains(pack, `media-type="image/png"`) {
		t.Error(files["book/c00001.xhtml"])
	}
	if !strings.Contains(pack, "2024-05-01T00:00:00Z") || !strings.Contains(files["book/nav.xhtml"], "A &amp; &lt;B&gt;") {
		t.Error(pack, files["book/nav.xhtml"])
	}
}

func TestALongChapterIsCutAndItsLinksStillArrive(t *testing.T) {
	t.Parallel()
	c := &chat.Conversation{ID: "long", Title: "Long"}
	var links []chat.Links
	add := func(id, parent, text string) {
		c.Nodes = append(c.Nodes, chat.Node{ID: chat.NodeID(id), Message: &chat.Message{Role: chat.Assistant, ContentType: "text", Parts: []chat.Part{&chat.Text{Raw: text}}}})
		links = append(links, chat.Links{Parent: chat.NodeID(parent)})
	}
	add("root", "", "start")
	add("one", "root", "first version")
	add("two", "root", "second version")
	for i := range 60 {
		add(fmt.Sprint("n", i), map[bool]string{true: "two", false: fmt.Sprint("n", i-1)}[i == 0], strings.Repeat(fmt.Sprintf("paragraph %d\n\n", i), 1000))
	}
	add("code", "n59", "```\n"+strings.Repeat("x := 1\n", 100_000)+"```\n")
	c.Nodes[len(c.Nodes)-1].Message.Parts = append(c.Nodes[len(c.Nodes)-1].Message.Parts, &chat.Code{Source: strings.Repeat("long line without an end ", 40_000)})
	c.Link(links, "code")
	files, _ := bind(t, nil, &chat.Document{Conversation: c, Path: "long.xhtml"})
	parts, ids := 0, map[string]string{}
	for name, body := range files {
		if !strings.HasPrefix(name, "book/c") || !strings.HasSuffix(name, ".xhtml") {
			continue
		}
		parts++
		if err := wellFormed(body); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, m := range anchor.FindAllStringSubmatch(body, -1) {
			if ids[m[1]] != "" {
				t.Errorf("%s in %s and %s", m[1], ids[m[1]], name)
			}
			ids[m[1]] = strings.TrimPrefix(name, "book/")
		}
	}
	if parts < 5 {
		t.Errorf("%d files", parts)
	}
	jumps := 0
	for name, body := range files {
		for _, piece := range strings.Split(body, `href="`)[1:] {
			target, _, _ := strings.Cut(piece, `"`)
			file, id, isJump := strings.Cut(target, "#")
			if !isJump {
				continue
			}
			jumps++
			if file == "" {
				file = strings.TrimPrefix(name, "book/")
			}
			if ids[id] != file {
				t.Errorf("%s leads to %s, which is in %q", name, target, ids[id])
			}
		}
	}
	if jumps < 2 {
		t.Errorf("%d links between versions", jumps)
	}
}

func TestWhatIsNoPictureIsNotHeld(t *testing.T) {
	b := New(Options{})
	dir := t.TempDir()
	if err := b.Open(filepath.Join(dir, "x.epub")); err != nil {
		t.Fatal(err)
	}
	for name, body := range map[string]string{"files/a.pdf": "%PDF-1.7", "files/b.png": "\x89PNG\r\n\x1a\ncut off", "files/c.png": "", "files/d.svg": "<svg onload='x'/>"} {
		if err := b.Stream(name, strings.NewReader(body)); !errors.Is(err, ErrNotHeld) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := b.Close(false); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("an aborted book left %v", left)
	}
}

func TestNoTextBreaksThePage(t *testing.T) {
	t.Parallel()
	for _, s := range hostile {
		checkText(t, s)
	}
}

var hostile = []string{
	"<script>alert(1)</script> <b>x</b> <!-- cut -->\n<!-- cut -->", "&nbsp; &#0; &#1; &#xFFFE; &bogus; &lt;", "[a](javascript:alert(1)) [b](#m1) [c](https://c.example/?a=1&b=2 \"t\")",
	"[x <https://a.example> y](https://b.example)", "![alt [in](https://c.example)](https://d.example/p.png)", "[![i](https://e.example)](https://f.example)",
	"| a | b |\n|:-:|--:|\n| `x` | <br> |\n", "# h1\n###### h6\n", strings.Repeat("> ", 5000) + "deep", strings.Repeat("- ", 3000) + "deep", strings.Repeat("*a ", 3000), strings.Repeat("[", 3000) + strings.Repeat("](x)", 3000),
	"a\x00b\x1b[31m\ufffe\uffff\ue200cite\ue202turn0\ue201", "```\n<b>&amp;\n", "\xff\xfe", "<div>\n\n</div>\n<?php ?>\n<![CDATA[ x ]]>", "<https://g.example/\"onclick=x>", "~~s~~ **b** _i_ `c`", "1. a\n   - b\n\n     c\n2. d", "[r]\n\n[r]: https://h.example 'ti\"tle'",
}

func checkText(t testing.TB, s string) {
	t.Helper()
	var b bytes.Buffer
	d := one(s, &chat.Text{Raw: s}, &chat.Code{Source: s}, &chat.Quote{Title: s, URL: s, Text: s}, &chat.Transcript{Text: s})
	d.Nodes[0].Message.Attachments = []*chat.File{{Name: s}}
	if err := New(Options{}).Render(&b, d); err != nil {
		t.Fatal(err)
	}
	if err := wellFormed(b.String()); err != nil {
		t.Errorf("%.200q: %v", s, err)
	}
	for _, bad := range []string{"<script", "<b>", `href="javascript`, `href="#`, "<?php", "<div", "onclick=x>"} {
		if strings.Contains(b.String(), bad) {
			t.Errorf("%.200q became markup: %q", s, bad)
		}
	}
	inLink := 0
	dec := xml.NewDecoder(&b)
	for {
		tok, err := dec.Token()
		if err != nil {
			break
		}
		if e, ok := tok.(xml.StartElement); ok && e.Name.Local == "a" {
			if inLink++; inLink > 1 {
				t.Errorf("%.200q: links nest", s)
			}
		} else if e, ok := tok.(xml.EndElement); ok && e.Name.Local == "a" {
			inLink--
		}
	}
}

func FuzzNoTextBreaksThePage(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkText(t, s) })
}
