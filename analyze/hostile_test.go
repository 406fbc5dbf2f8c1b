package analyze

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"gptsnap/formats/chat"

	"pgregory.net/rapid"
)

var hostile = []string{
	"\x1b[2J\x1b[31mred\x1b[0m", "\x1b]0;owned\x07title", "\x1b]8;;http://evil.example\x1b\\link\x1b]8;;\x1b\\", "\x1bPq\x1b\\", "\x9b31m", "\u009b31mC1", "\x1b",
	"two\nlines\r\nand\ta tab\vand\u2028more\u0085end", "\u202egnp.exe\u202c", "\u2066isolated\u2069\u200f\u061c", strings.Repeat("long ", 60), strings.Repeat("長", 300),
	"日本語のとても長い題名がここにあります", "👨‍👩‍👧‍👦 👍🏽 🇬🇷🇬 1️⃣ ❤️", "각가 क्षि ไทยนี้", "e" + strings.Repeat("\u0301", 500), "\x00\x01\x7f\x80\xff\xfe", "\ufeffbom\u00ad", "\U000e0041tags",
	"\ue200cite\ue202turn0\ue201", "=cmd|' /C calc'!A1", "a|b`c`*d*<script>alert(1)</script>", "", "   ", "\u3000\u00a0",
}

func TestCellIsOneSafeLine(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"plain":                        "plain",
		"\x1b[31mred\x1b[0m":           "red",
		"\x1b]0;owned\x07title":        "title",
		"\x1b]8;;http://x\x1b\\link":   "link",
		"\x1b]never ends":              "]never ends",
		"\x1b[1;":                      "1;",
		"\u009b31mC1":                  "C1",
		"a\nb\r\n\tc ":                 "a b c",
		"\u202egnp.exe":                "gnp.exe",
		"🇬🇷":                           "GR",
		"👍🏽":                           "👍",
		"\xff":                         "\ufffd",
		"e\u0301":                      "e\u0301",
		"日本":                           "日本",
		"a" + string(rune(0x10fffd)):   "a\ufffd",
		strings.Repeat("x", maxCell+9): strings.Repeat("x", maxCell) + "…",
	} {
		if got := cell(in, true); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := cell("日本 ok é", false); got != "???? ok ?" {
		t.Errorf("ASCII: %q", got)
	}
}

func FuzzCell(f *testing.F) {
	for _, s := range hostile {
		f.Add(s, 10)
	}
	f.Fuzz(func(t *testing.T, s string, w int) {
		for _, unicodes := range []bool{true, false} {
			got := cell(s, unicodes)
			fits(t, got, Screen{Width: 1 << 30})
			if strings.Contains(got, "\n") || !utf8.ValidString(got) {
				t.Errorf("%q becomes %q", s, got)
			}
			if again := cell(got, unicodes); again != got && utf8.RuneCountInString(got) <= maxCell {
				t.Errorf("%q becomes %q and then %q", s, got, again)
			}
			w = max(0, min(w, 500))
			if cut := truncate(got, w, unicodes); width(cut) > w {
				t.Errorf("%q is %d columns, not %d", cut, width(cut), w)
			}
		}
	})
}

// dress gives every text of c that a table may show.
func dress(c *chat.Conversation, say func() string) {
	c.ID, c.Title, c.Project, c.Model, c.Gizmo, c.URL, c.Partial = say(), say(), say(), say(), say(), say(), say()
	for i := range c.Nodes {
		c.Nodes[i].ID = chat.NodeID(say())
		if m := c.Nodes[i].Message; m != nil {
			m.Model, m.Name = say(), say()
			m.Parts = []chat.Part{&chat.Text{Raw: say()}}
			if len(m.Parts[0].(*chat.Text).Raw)%5 == 0 {
				m.Parts = []chat.Part{&chat.Image{Title: say()}}
			}
		}
	}
}

func TestHostileTextKeepsEveryLineWithinTheScreen(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		all := conversations(rt)
		say := func() string {
			if rapid.Bool().Draw(rt, "any") {
				return rapid.String().Draw(rt, "text")
			}
			return rapid.SampledFrom(hostile).Draw(rt, "hostile") + rapid.SampledFrom(hostile).Draw(rt, "more")
		}
		for _, c := range all {
			dress(c, say)
		}
		s := Screen{Width: rapid.IntRange(narrowest, 140).Draw(rt, "width"), Unicode: rapid.Bool().Draw(rt, "unicode"), Zone: time.UTC}
		var b bytes.Buffer
		for _, m := range every(utc) {
			table := find(rt, all, m)
			if err := Print(&b, &table, Scope{Conversations: 3}, s); err != nil {
				rt.Fatal(err)
			}
		}
		for _, c := range all {
			if err := draw(&b, c, s); err != nil {
				rt.Fatal(err)
			}
		}
		before := t.Failed()
		fits(t, b.String(), s)
		if !s.Unicode && strings.IndexFunc(b.String(), func(r rune) bool { return r >= 0x7f }) >= 0 {
			rt.Fatalf("not ASCII: %q", b.String())
		}
		if t.Failed() && !before {
			rt.Fatalf("width %d", s.Width)
		}
	})
}

func TestColumnsStandInLineWhateverTheirText(t *testing.T) {
	t.Parallel()
	var all []*chat.Conversation
	for i, title := range hostile {
		all = append(all, &chat.Conversation{Current: -1, ID: fmt.Sprintf("%08d", i), Title: title, Updated: time.Date(2024, 1, 1, 0, 0, i, 0, time.UTC)})
	}
	table, scope := tableOf(t, all, newList(utc), utc)
	if err := table.Pick([]string{"title", "messages"}); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := Print(&b, &table, scope, Screen{Width: 60, Unicode: true, Zone: time.UTC}); err != nil {
		t.Fatal(err)
	}
	rows, columns := 0, 0
	for l := range strings.Lines(b.String()) {
		if l = strings.TrimSuffix(l, "\n"); strings.HasSuffix(l, " 0") {
			rows++
			if columns == 0 {
				columns = width(l)
			}
			if width(l) != columns {
				t.Errorf("%d columns, not %d: %q", width(l), columns, l)
			}
		}
	}
	if rows != len(hostile)+1 {
		t.Errorf("%d rows of %d and a total:\n%s", rows, len(hostile), b.String())
	}
}
