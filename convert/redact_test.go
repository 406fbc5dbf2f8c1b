package convert

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"gptsnap/formats/chat"
	"gptsnap/formats/chat/chattest"

	"pgregory.net/rapid"
)

func redactor(t testing.TB, kinds ...string) *Redactor {
	t.Helper()
	r, err := NewRedactor(kinds)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func redactText(r *Redactor, s string) string {
	c := &chat.Conversation{Title: s}
	r.Redact(c)
	return c.Title
}

// invented secrets are put together here, so that no scanner takes this file for a leak.
var secrets = map[string]string{
	"an API key":             "sk-" + "proj-Inv3nted0Inv3nted0Inv3nted0",
	"a GitHub token":         "ghp" + "_Inv3nted0Inv3nted0Inv3nted0Inv3nted",
	"a cloud key":            "AKIA" + "INVENTED00INVENT",
	"a web token":            "eyJ" + "hbGciOiJub25lIn0" + ".eyJpbnZlbnRlZCI6MX0.c2lnbmF0dXJl",
	"a chat token":           "xoxb" + "-1234567890-invented",
	"a payment key":          "sk" + "_live_Inv3nted0Inv3nted0",
	"a private key":          "-----BEGIN RSA " + "PRIVATE KEY-----\nSW52ZW50ZWQ=\n-----END RSA PRIVATE KEY-----",
	"a private key, cut off": "-----BEGIN " + "PRIVATE KEY-----\nSW52ZW50ZWQ=",
}

func TestSecretsOfKnownShapesAreTakenOut(t *testing.T) {
	t.Parallel()
	for name, s := range secrets {
		r := redactor(t, "secrets")
		if got := redactText(r, "it is "+s); got != "it is [secret 1]" {
			t.Errorf("%s: %q", name, got)
		}
		if r.Line() != "redacted 1 secret" {
			t.Errorf("%s: %s", name, r.Line())
		}
	}
	for in, want := range map[string]string{
		"Authorization: Bearer abcdefghijklmnop1234":          "Authorization: Bearer [secret 1]",
		`"password": "hunter22 and more"`:                     `"password": "[secret 1]"`,
		"PASSWORD=correcthorse":                               "PASSWORD=[secret 1]",
		"api_key: 'abcd1234'":                                 "api_key: '[secret 1]'",
		"postgres://ann:hunter2@db.example/x":                 "postgres://ann:[secret 1]@db.example/x",
		"https://a.example/?x=1&access_token=abcdefgh12#frag": "https://a.example/?x=1&access_token=[secret 1]#frag",
		"password=correcthorse and password=correcthorse":     "password=[secret 1] and password=[secret 1]",
		"password=correcthorse and password=batterystaple":    "password=[secret 1] and password=[secret 2]",
	} {
		if got := redactText(redactor(t, "secrets"), in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestAddressesAndNumbersOfPeopleAreTakenOut(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"write to ann.b+x@mail.example.org, please": "write to [email 1], please",
		"a@b.example, c@d.example, a@b.example.":    "[email 1], [email 2], [email 1].",
		"jürgen@müller.example":                     "[email 1]",
		"call +49 30 1234567.":                      "call [phone 1].",
		"tel:+1-202-555-0123":                       "tel:[phone 1]",
		"(202) 555-0123 or 202-555-0123":            "[phone 1] or [phone 2]",
		"030 / 123 456 78":                          "[phone 1]",
	} {
		if got := redactText(redactor(t, "email", "phone"), in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestWhatIsNoSecretStays(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"2024-05-01 14:32", "37c0eb26-a8d0-5936-8614-9b14edcacdfe", "version 1.2.3.4", "192.168.0.1", "1,000,000 and 3.14159265358979",
		"the password is forgotten", "a skeleton-key", "sk-short", "x@y", "@property", "[secret 1] [email 2]", "password=[secret 1]", "0x00123456789", "file-0012345678901", "$1 200 555 000",
	} {
		if got := redactText(redactor(t, Redactable...), s); got != s {
			t.Errorf("%q became %q", s, got)
		}
	}
	if _, err := NewRedactor([]string{"everything"}); err == nil {
		t.Error("an unknown kind was taken")
	}
}

// TestNoFormatShowsWhatWasRedacted puts values into every string of every
// part, with the very types of the model, and looks for them in all formats.
func TestNoFormatShowsWhatWasRedacted(t *testing.T) {
	t.Parallel()
	values := []string{"ann@mail.example.org", "+49 30 1234567", secrets["an API key"], secrets["a GitHub token"]}
	for _, p := range chattest.EveryPart() {
		for n, value := range values {
			if !plant(reflect.ValueOf(p), value) {
				t.Fatalf("%T has no text", p)
			}
			c := chain("12345678", "About "+value, 2)
			c.Project = value
			c.Nodes[2].Message.Parts = []chat.Part{p}
			c.Nodes[2].Message.Name = value
			c.Nodes[3].Message.Attachments = []*chat.File{{ID: "f", Name: value + ".txt"}}
			redactor(t, Redactable...).Redact(c)
			for _, f := range formats {
				_, r := renderer(t, f.name, Look{})
				var b bytes.Buffer
				if err := r.Render(&b, &chat.Document{Conversation: c, Path: "x"}); err != nil {
					t.Fatal(err)
				}
				if strings.Contains(b.String(), value) {
					t.Errorf("%T as %s shows value %d", p, f.name, n)
				}
			}
			if name := summaryOf(c, &chat.Document{Conversation: c}); strings.Contains(name.Title+name.Project, value) {
				t.Error("the index shows it")
			}
		}
	}
}

// plant sets every free text below v.
func plant(v reflect.Value, value string) (found bool) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		return !v.IsNil() && plant(v.Elem(), value)
	case reflect.String:
		v.SetString("see " + value + " there")
		return true
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			b, _ := json.Marshal(map[string]string{"a": "\n" + value + "\\"})
			v.SetBytes(b)
			return true
		}
		for i := range v.Len() {
			found = plant(v.Index(i), value) || found
		}
	case reflect.Struct:
		for i := range v.NumField() {
			name := v.Type().Field(i).Name
			if !contains(technical[v.Type()], name) {
				found = plant(v.Field(i), value) || found
			}
		}
	}
	return found
}

func contains(all []string, s string) bool {
	for _, x := range all {
		if x == s {
			return true
		}
	}
	return false
}

func TestRedactedJSONStaysJSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		s := rapid.StringOf(rapid.SampledFrom([]rune(`ab"\ /`+"\n\x01é"))).Draw(rt, "before") + rapid.SampledFrom([]string{"ann@mail.example", "password=hunter22", `password="hunter22\"`, "+49 30 1234567"}).Draw(rt, "value") + rapid.StringOf(rapid.SampledFrom([]rune(`"\, `))).Draw(rt, "after")
		raw, err := json.Marshal(map[string]any{"k": s, "ann@mail.example": 3})
		if err != nil {
			rt.Fatal(err)
		}
		c := chain("x", "T", 1)
		u := &chat.Unknown{Kind: "k", JSON: raw}
		c.Nodes[2].Message.Parts = []chat.Part{u}
		redactor(t, Redactable...).Redact(c)
		if !json.Valid(u.JSON) || bytes.Contains(u.JSON, []byte("ann@mail")) {
			rt.Fatalf("%s became %s", raw, u.JSON)
		}
	})
}

func TestCitesMoveAlongWithTheirText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		var raw strings.Builder
		text := &chat.Text{}
		want := ""
		numbers := map[string]int{}
		for range rapid.IntRange(0, 8).Draw(rt, "pieces") {
			if rapid.Bool().Draw(rt, "cite") {
				label := rapid.SampledFrom([]string{"", "L", "longer label"}).Draw(rt, "label")
				from := raw.Len()
				raw.WriteString("¤")
				text.Cites = append(text.Cites, chat.Cite{Start: from, End: raw.Len(), Label: label})
				want += label
			} else {
				v := rapid.SampledFrom([]string{"a@b.example", "ccc@ddd.example"}).Draw(rt, "value")
				raw.WriteString(" " + v + " ")
				if numbers[v] == 0 {
					numbers[v] = len(numbers) + 1
				}
				want += fmt.Sprintf(" [email %d] ", numbers[v])
			}
		}
		text.Raw = raw.String()
		c := chain("x", "T", 1)
		c.Nodes[2].Message.Parts = []chat.Part{text}
		redactor(t, "email").Redact(c)
		if got := text.Plain(); got != want {
			rt.Fatalf("%q, want %q", got, want)
		}
	})
}

func TestCitesWithinAValueStayInOrder(t *testing.T) {
	text := &chat.Text{Raw: "x ann@mail.example y", Cites: []chat.Cite{{Start: 0, End: 4, Label: "A"}, {Start: 5, End: 6, Label: "B"}, {Start: 7, End: 19, Label: "C"}}}
	c := chain("x", "T", 1)
	c.Nodes[2].Message.Parts = []chat.Part{text}
	redactor(t, "email").Redact(c)
	last := 0
	for _, k := range text.Cites {
		if k.Start < last || k.End < k.Start || k.End > len(text.Raw) {
			t.Errorf("%+v in %q", text.Cites, text.Raw)
		}
		last = k.End
	}
	if strings.Contains(text.Plain(), "ann") {
		t.Error(text.Plain())
	}
}
