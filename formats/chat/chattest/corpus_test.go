package chattest_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode"

	"gptsnap/formats/chat/chattest"
)

func write(t *testing.T, o chattest.CorpusOptions) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := chattest.WriteCorpus(&b, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestTheSameSeedGivesTheSameBytesAndAnotherSeedOthers(t *testing.T) {
	t.Parallel()
	a := write(t, chattest.CorpusOptions{Conversations: 20, Seed: 7})
	if !bytes.Equal(a, write(t, chattest.CorpusOptions{Conversations: 20, Seed: 7})) {
		t.Error("one seed, two corpora")
	}
	if bytes.Equal(a, write(t, chattest.CorpusOptions{Conversations: 20, Seed: 8})) {
		t.Error("two seeds, one corpus")
	}
	if !bytes.Contains(a, chattest.Conversation(7, 13)) {
		t.Error("Conversation(7, 13) is not in the corpus of seed 7")
	}
}

func TestTheOfficialFormIsTheSameAccountInASCII(t *testing.T) {
	t.Parallel()
	plain := write(t, chattest.CorpusOptions{Conversations: 30, Seed: 1})
	official := write(t, chattest.CorpusOptions{Conversations: 30, Seed: 1, Official: true})
	if i := bytes.IndexFunc(official, func(r rune) bool { return r > unicode.MaxASCII }); i >= 0 {
		t.Fatalf("byte %d is not ASCII", i)
	}
	var a, b []map[string]any
	if err := json.Unmarshal(plain, &a); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(official, &b); err != nil {
		t.Fatal(err)
	}
	for i := range a {
		if b[i]["id"] != a[i]["conversation_id"] || b[i]["id"] == nil {
			t.Fatalf("id %v, want %v", b[i]["id"], a[i]["conversation_id"])
		}
		delete(b[i], "id")
		x, _ := json.Marshal(a[i])
		y, _ := json.Marshal(b[i])
		if !bytes.Equal(x, y) {
			t.Fatalf("conversation %d differs", i)
		}
	}
}

// The shape is the one on which every goal of speed and memory is stated.
func TestTheCorpusHasTheShapeOfARealAccount(t *testing.T) {
	t.Parallel()
	const n = 500
	raw := write(t, chattest.CorpusOptions{Conversations: n, Seed: 1})
	var all []struct {
		ID      string `json:"conversation_id"`
		Current string `json:"current_node"`
		Mapping map[string]struct {
			Parent   string
			Children []string
			Message  *struct {
				Author    struct{ Role string }
				Recipient string
				Content   struct {
					Type string `json:"content_type"`
				}
				Metadata struct {
					Hidden bool  `json:"is_visually_hidden_from_conversation"`
					Refs   []any `json:"content_references"`
				}
			}
		}
	}
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	nodes, branches, forked, cited := 0, 0, 0, 0
	ids, types := map[string]bool{}, map[string]int{}
	var visible []int
	for _, c := range all {
		ids[c.ID] = true
		leaves, seen := 0, 0
		for id, m := range c.Mapping {
			if len(m.Children) == 0 {
				leaves++
			}
			for _, k := range m.Children {
				if c.Mapping[k].Parent != id {
					t.Fatalf("%s: %s lists %s, whose parent is %s", c.ID, id, k, c.Mapping[k].Parent)
				}
			}
			if m.Message == nil {
				continue
			}
			types[m.Message.Content.Type]++
			cited += len(m.Message.Metadata.Refs)
			role, kind := m.Message.Author.Role, m.Message.Content.Type
			if (role == "user" || role == "assistant") && m.Message.Recipient == "all" && !m.Message.Metadata.Hidden && (kind == "text" || kind == "multimodal_text") {
				seen++
			}
		}
		if _, ok := c.Mapping[c.Current]; !ok {
			t.Errorf("%s: no current node", c.ID)
		}
		nodes += len(c.Mapping)
		branches += leaves
		if leaves > 1 {
			forked++
		}
		visible = append(visible, seen)
	}
	slices.Sort(visible)
	between := func(what string, got, low, high float64) {
		if got < low || got > high {
			t.Errorf("%s is %.2f, not between %.2f and %.2f", what, got, low, high)
		}
	}
	between("distinct ids", float64(len(ids)), n, n)
	between("nodes a conversation", float64(nodes)/n, 20, 36)
	between("bytes a node", float64(len(raw))/float64(nodes), 1900, 2300)
	between("share of forked chats", float64(forked)/n, 0.10, 0.20)
	between("branches a conversation", float64(branches)/n, 1.3, 1.9)
	between("median of visible messages", float64(visible[n/2]), 8, 12)
	between("longest chat", float64(visible[n-1]), 200, 1155)
	between("citations", float64(cited), 500, 20_000)
	for _, kind := range []string{"text", "multimodal_text", "code", "execution_output", "thoughts", "reasoning_recap", "user_editable_context"} {
		if types[kind] == 0 {
			t.Errorf("no message of type %s", kind)
		}
	}
	text := string(raw)
	for name, script := range map[string]*unicode.RangeTable{"Latin": unicode.Latin, "Cyrillic": unicode.Cyrillic, "Arabic": unicode.Arabic, "Han": unicode.Han, "Hiragana": unicode.Hiragana} {
		if strings.IndexFunc(text, func(r rune) bool { return unicode.Is(script, r) }) < 0 {
			t.Errorf("no %s letters", name)
		}
	}
	for _, fence := range []string{"```python", "```go", "```javascript", "```bash"} {
		if !strings.Contains(text, fence) {
			t.Errorf("no %s", fence)
		}
	}
}
