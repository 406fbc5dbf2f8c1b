package convert

import (
	"path"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"gptsnap/formats/chat"

	"pgregory.net/rapid"
)

var device = regexp.MustCompile(`(?i)^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?$`)

// legal says what is wrong with one component of a path, on any of the three systems.
func legal(s string) string {
	switch {
	case s == "" || s == "." || s == "..":
		return "no name"
	case len(s) > maxName:
		return "too long"
	case !utf8.ValidString(s):
		return "not UTF-8"
	case strings.ContainsAny(s, `<>:"/\|?*`):
		return "holds a character that Windows forbids"
	case strings.HasSuffix(s, ".") || strings.HasSuffix(s, " ") || strings.HasPrefix(s, " "):
		return "begins or ends with a space, or ends with a dot"
	case device.MatchString(s):
		return "names a device"
	}
	for _, r := range s {
		if unicode.IsControl(r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return "holds a control character"
		}
	}
	return ""
}

func hostileTitle(t *rapid.T) string {
	some := rapid.SliceOfN(rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"/", `\`, "..", "con", "conin$", "NUL.txt", "\n", "\u202e", "é", "e\u0301", "👩‍👩‍👧‍👦", "日本語", strings.Repeat("long ", 40), ".", " ", "\x00", "\x1b[2J", "|", "\ufeff"})), 0, 12)
	return strings.Join(some.Draw(t, "title"), "")
}

func TestNamesAreLegalOnThreeSystems(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tmpl, err := ParseTemplate(rapid.SampledFrom([]string{DefaultName, "{{title}}", "{{year}}/{{project}}/{{title}}", "{{id}}", "{{model}}.{{title}}."}).Draw(t, "template"), time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		c := &chat.Conversation{ID: rapid.OneOf(rapid.String(), rapid.Just("6f2c81aa-0000-4000-8000-000000000000")).Draw(t, "id"), Title: hostileTitle(t), Project: hostileTitle(t), Model: hostileTitle(t)}
		taken := map[digest]struct{}{}
		for range 3 {
			name := unique(taken, withSuffix(tmpl.Expand(c), " - branch 17"), ".jsonl")
			for _, part := range strings.Split(name, "/") {
				if why := legal(part); why != "" {
					t.Fatalf("%q in %q: %s", part, name, why)
				}
			}
			if path.Clean(name) != name || path.IsAbs(name) {
				t.Fatalf("%q is not a clean relative path", name)
			}
		}
		if len(taken) != 3 {
			t.Fatalf("three documents share %d names", len(taken))
		}
	})
}

func TestALongTitleLeavesTheIDWhole(t *testing.T) {
	tmpl, err := ParseTemplate(DefaultName, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	c := &chat.Conversation{ID: "6f2c81aa-1111", Title: strings.Repeat("Ünïcode title ", 60), Created: time.Date(2024, 5, 1, 23, 0, 0, 0, time.UTC)}
	got := tmpl.Expand(c)
	if !strings.HasPrefix(got, "2024-05-01 Ünïcode") || !strings.HasSuffix(got, " 6f2c81aa") || len(got) > maxName {
		t.Errorf("%d bytes: %s", len(got), got)
	}
}

func TestNamesByTemplate(t *testing.T) {
	c := &chat.Conversation{ID: "6f2c81aa-1111", Title: "Tea: black/green?", Project: "Kitchen", Created: time.Date(2024, 5, 1, 23, 0, 0, 0, time.UTC)}
	east := time.FixedZone("east", 3*3600)
	for tmpl, want := range map[string]string{
		DefaultName:                "Kitchen/2024-05-02 Tea- black-green 6f2c81aa",
		"{{year}}/{{title}}":       "2024/Tea- black-green",
		"{{project}}-{{id8}}":      "Kitchen-6f2c81aa",
		"{{ month }}":              "Kitchen/2024-05",
		"chats/{{updated}}-{{id}}": "chats/undated-6f2c81aa-1111",
	} {
		p, err := ParseTemplate(tmpl, east)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Expand(c); got != want {
			t.Errorf("%s: %s, want %s", tmpl, got, want)
		}
	}
	for _, bad := range []string{"", " ", "{{tittle}}", "/etc/{{id}}", "../{{id}}", "a/../../{{id}}"} {
		if _, err := ParseTemplate(bad, time.UTC); err == nil {
			t.Errorf("template %q was taken", bad)
		}
	}
}

func TestNamesThatDifferOnlyInCaseDoNotMeet(t *testing.T) {
	taken := map[digest]struct{}{}
	a, b, c := unique(taken, "Tea", ".md"), unique(taken, "TEA", ".md"), unique(taken, "tea (2)", ".md")
	if a != "Tea.md" || b != "TEA (2).md" || c == "tea (2).md" {
		t.Error(a, b, c)
	}
}

func TestANameOfADeviceGetsAnother(t *testing.T) {
	for _, name := range []string{"con", "NUL.txt", "Com1", "lpt¹.md", "CONIN$", "conout$.md"} {
		if got := Safe(name, maxName); got == name || legal(got) != "" {
			t.Errorf("%s becomes %s: %s", name, got, legal(got))
		}
	}
}
