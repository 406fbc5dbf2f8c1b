package analyze

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"gptsnap/formats/chat"
	"gptsnap/formats/chat/chattest"
	"gptsnap/formats/chatgpt"
	"gptsnap/formats/source"

	"pgregory.net/rapid"
)

func showVersions(t testing.TB, node string, s Screen, all ...*chat.Conversation) (string, error) {
	t.Helper()
	var b bytes.Buffer
	v, err := newVersions(&b, s, node)
	if err != nil {
		return "", err
	}
	for _, c := range all {
		v.Observe(&Tally{Chat: c})
	}
	return b.String(), v.err()
}

func branchesSample(t testing.TB) *chat.Conversation {
	t.Helper()
	raw, err := os.ReadFile("../testdata/samples/02-branches-regenerate-edit.json")
	if err != nil {
		t.Fatal(err)
	}
	c, err := chatgpt.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestVersionsOfOneMessageAreComparedWordByWord(t *testing.T) {
	c := branchesSample(t)
	got, err := showVersions(t, "all", Screen{Width: 80, Unicode: true}, c)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Plan a {+RAINY+} weekend in Porto.", "edited prompt", "regenerated answer", "regenerated answer, of 3: 1 gpt-4o (41b70602-a64…) → 2 gpt-4o", "[-Day 1: Ribeira."} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in:\n%s", want, got)
		}
	}
	for i := range c.Nodes { // any version, and the message before them, mean the same fork
		if len(c.Nodes[i].Children) != 3 {
			continue
		}
		kid, err := showVersions(t, string(c.Nodes[c.Nodes[i].Children[1]].ID), Screen{Width: 80, Unicode: true}, c)
		if err != nil || strings.Count(kid, ": 1 gpt") != 1 || strings.Count(kid, "→") != 2 {
			t.Errorf("%v:\n%s", err, kid)
		}
	}
}

func TestAnAnswerSplitForLengthIsComparedAsOne(t *testing.T) {
	say := func(id string, finish string, text string) chat.Node {
		return chat.Node{ID: chat.NodeID(id), Message: &chat.Message{Role: chat.Assistant, ContentType: "text", Finish: finish, Parts: []chat.Part{&chat.Text{Raw: text}}}}
	}
	c := &chat.Conversation{ID: "x", Nodes: []chat.Node{{ID: "root-000"}, say("one-0000", "max_tokens", "a sen"), say("one-more", "stop", "tence here"), say("two-0000", "stop", "a sentence there")}}
	c.Link([]chat.Links{{}, {Parent: "root-000"}, {Parent: "one-0000"}, {Parent: "root-000"}}, "two-0000")
	got, err := showVersions(t, "one-0000", Screen{Width: 80, Unicode: true}, c)
	if err != nil || !strings.Contains(got, "a sentence [-here-] {+there+}") {
		t.Errorf("%v\n%s", err, got)
	}
}

func TestWhatHasNoVersionsIsSaid(t *testing.T) {
	c := branchesSample(t)
	leaf := string(c.Nodes[c.Current].ID)
	for node, code := range map[string]int{"short": source.ExitUsage, "no-such-node": source.ExitNothing} {
		_, err := showVersions(t, node, Screen{Width: 80}, c)
		if f := (*source.Failure)(nil); !errors.As(err, &f) || f.Code != code {
			t.Errorf("%s: %v", node, err)
		}
	}
	lone := &chat.Conversation{Nodes: []chat.Node{{ID: chat.NodeID(leaf)}}}
	lone.Link([]chat.Links{{}}, chat.NodeID(leaf))
	for _, node := range []string{leaf, "all"} {
		if _, err := showVersions(t, node, Screen{Width: 80}, lone); err == nil {
			t.Errorf("%s: no error", node)
		}
	}
}

func TestNoLineOfADifferenceIsWiderThanTheScreenOrSteersIt(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		c := chattest.Tree(rt)
		for i := range c.Nodes {
			if m := c.Nodes[i].Message; m != nil {
				m.Parts = []chat.Part{&chat.Text{Raw: rapid.StringOf(rapid.SampledFrom([]rune("ab \n\x1b\u202e日é🌊"))).Draw(rt, "text") + strings.Repeat("w", rapid.IntRange(0, 90).Draw(rt, "long"))}}
			}
		}
		s := Screen{Width: 44, Unicode: rapid.Bool().Draw(rt, "unicode")}
		got, err := showVersions(t, "all", s, c)
		if f := (*source.Failure)(nil); err != nil && (!errors.As(err, &f) || f.Code != source.ExitNothing) {
			rt.Fatal(err)
		}
		for line := range strings.Lines(got) {
			if line = strings.TrimSuffix(line, "\n"); width(line) > s.Width || strings.ContainsAny(line, "\x1b\u202e\t") {
				rt.Fatalf("%q", line)
			}
		}
	})
}
