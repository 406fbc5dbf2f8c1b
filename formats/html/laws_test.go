package html

import (
	"bytes"
	"fmt"
	stdhtml "html"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gptsnap/formats/chat"
)

// What any page of ours may hold, whatever the chat says. The list is short on
// purpose: a tag or attribute that is not here fails every test.
var (
	tagsAllowed = words(`html progress head meta title link style script body header nav main footer section article details summary
		figure figcaption form h1 h2 h3 h4 h5 h6 p div span a b i em strong del code pre blockquote ul ol li dl dt dd hr br
		table thead tbody tr th td sup bdi time img audio video input`)
	attrsAllowed = words(`lang max value charset http-equiv content name rel href src class id dir tabindex aria-label role title datetime start
		type disabled checked alt width height loading decoding controls preload download data-v data-of data-is data-rows`)
	void = words("meta link br hr img input")
	tag  = regexp.MustCompile(`^<(/?)([a-z][a-z0-9]*)((?: [a-z-]+(?:=(?:"[^"<>]*"|[A-Za-z0-9:;_./*#,=~-]+))?)*)>`)
	attr = regexp.MustCompile(` ([a-z-]+)(?:=(?:"([^"]*)"|([^ "]+)))?`)
)

func words(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

// lawful reads a page as strictly as can be and returns the words that a
// reader sees, one string for each text between two tags.
func lawful(page []byte) (texts []string, err error) {
	s := string(page)
	s, ok := strings.CutPrefix(s, "<!doctype html>\n")
	if !ok {
		return nil, fmt.Errorf("no doctype")
	}
	for _, own := range []string{styleSheet, script, styleSheet + listStyle, script + listScript, versionsScript, katexParts().style, katexParts().library, formulasScript} { // of a single page
		s = strings.Replace(s, ">"+own+"<", "><", 1)
	}
	var open []string
	for len(s) > 0 {
		if s[0] != '<' {
			words, _, _ := strings.Cut(s, "<")
			s = s[len(words):]
			if strings.ContainsAny(words, ">\x00\"'") {
				return nil, fmt.Errorf("text is not escaped: %.80q", words)
			}
			if len(open) == 0 || open[len(open)-1] != "title" {
				texts = append(texts, stdhtml.UnescapeString(words))
			}
			continue
		}
		m := tag.FindStringSubmatch(s)
		if m == nil {
			return nil, fmt.Errorf("no tag of ours: %.120q", s)
		}
		s = s[len(m[0]):]
		switch name := m[2]; {
		case !tagsAllowed[name]:
			return nil, fmt.Errorf("tag not allowed: %q", m[0])
		case m[1] == "/":
			if len(open) == 0 || open[len(open)-1] != name {
				return nil, fmt.Errorf("%q closes %q", m[0], open)
			}
			open = open[:len(open)-1]
		default:
			if err := attributes(name, m[3]); err != nil {
				return nil, fmt.Errorf("%w in %.200q", err, m[0])
			}
			if name == "a" && slices.Contains(open, "a") {
				return nil, fmt.Errorf("a link in a link: %.200q", m[0])
			}
			if !void[name] {
				open = append(open, name)
			}
		}
	}
	if len(open) > 0 {
		return nil, fmt.Errorf("left open: %q", open)
	}
	return texts, nil
}

func attributes(tag, s string) error {
	for _, m := range attr.FindAllStringSubmatch(s, -1) {
		name, value := m[1], stdhtml.UnescapeString(m[2]+m[3])
		if !attrsAllowed[name] {
			return fmt.Errorf("attribute not allowed: %s", name)
		}
		if name != "href" && name != "src" {
			continue
		}
		scheme, _, has := strings.Cut(value, ":")
		relative := !has && !strings.HasPrefix(value, "//") && !strings.HasPrefix(value, "/") || strings.HasPrefix(value, "#")
		web := tag == "a" && slices.Contains([]string{"http", "https", "mailto"}, strings.ToLower(scheme))
		data := scheme == "data" && (value == "data:," || strings.HasPrefix(value, "data:image/png;base64,") || strings.HasPrefix(value, "data:application/octet-stream;base64,"))
		if !relative && !web && !data {
			return fmt.Errorf("address not allowed: %s=%q", name, value)
		}
		if strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r >= 0x7F }) {
			return fmt.Errorf("address not encoded: %q", value)
		}
	}
	return nil
}

// linear is a conversation in which each message follows the one before.
func linear(messages ...*chat.Message) *chat.Conversation {
	c := &chat.Conversation{ID: "c", Title: "A talk", Current: -1}
	links := make([]chat.Links, len(messages))
	for i, m := range messages {
		id := chat.NodeID(fmt.Sprint("n", i))
		c.Nodes = append(c.Nodes, chat.Node{ID: id, Message: m})
		if i > 0 {
			links[i].Parent = c.Nodes[i-1].ID
		}
	}
	c.Link(links, chat.NodeID(fmt.Sprint("n", len(messages)-1)))
	return c
}

func say(role chat.Role, parts ...chat.Part) *chat.Message {
	m := &chat.Message{Role: role, Recipient: "all", ContentType: "text", Parts: parts}
	if role == chat.Assistant {
		m.Model = "gpt-4o"
	}
	return m
}

func answer(markdown string) *chat.Message { return say(chat.Assistant, &chat.Text{Raw: markdown}) }

func renderer(t testing.TB, o Options) *Renderer {
	t.Helper()
	r, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// draw renders c and holds the page to the laws.
func draw(t testing.TB, r *Renderer, c *chat.Conversation) (page string, texts []string) {
	t.Helper()
	var b bytes.Buffer
	if err := r.Render(&b, &chat.Document{Conversation: c, Path: "a.html"}); err != nil {
		t.Fatal(err)
	}
	texts, err := lawful(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return b.String(), texts
}

// body is the HTML that a text of Markdown becomes.
func body(t testing.TB, text *chat.Text) string {
	t.Helper()
	page, _ := draw(t, renderer(t, Defaults()), linear(say(chat.Assistant, text)))
	_, s, _ := strings.Cut(page, "<div class=b dir=auto lang=\"\">\n")
	s, _, _ = strings.Cut(s, "</div>\n</article>")
	return s
}
