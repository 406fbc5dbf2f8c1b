package html

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gptsnap/formats/chat"
	"gptsnap/formats/chat/chattest"
	"gptsnap/formats/chatgpt"
)

// longTalk is a conversation as long as the longest that people report: so
// many messages, at so many places two or three versions of a prompt or an
// answer, now and then one inside another, and code in every third answer.
func longTalk(messages, forks int) *chat.Conversation {
	c := &chat.Conversation{ID: "long", Title: "A talk that never ends"}
	var links []chat.Links
	add := func(parent chat.NodeID, m *chat.Message) chat.NodeID {
		id := chat.NodeID(fmt.Sprintf("%08x-0000-4000-8000-00000000%04x", len(c.Nodes)*2654435761&0xffffffff, len(c.Nodes)))
		c.Nodes = append(c.Nodes, chat.Node{ID: id, Message: m})
		links = append(links, chat.Links{Parent: parent})
		return id
	}
	prompt := func(n int) *chat.Message {
		return say(chat.User, &chat.Text{Raw: fmt.Sprintf("Question %d: what changes if we water bed %d in the morning?", n, n%17)})
	}
	reply := func(n int) *chat.Message {
		s := fmt.Sprintf("Answer %d. ", n) + strings.Repeat(fmt.Sprintf("In bed %d the *soil* holds about %d mm, so the **roots** find water for %d days. ", n%17, 20+n%23, 2+n%5), 4+n%11)
		if n%3 == 0 {
			s += "\n\n```python\n" + strings.Repeat(fmt.Sprintf("def step%d(storage, rain, et0):\n    # one day\n    return max(0.0, %d - storage - rain + et0)\n\n", n, 30+n%7), 3) + "```\n\n- first\n- second\n\n| day | mm |\n|---|---|\n| 1 | 2.5 |\n"
		}
		return answer(s)
	}
	last := chat.NodeID("")
	every := max(1, messages/max(forks, 1)/2*2)
	for n := 0; len(c.Nodes) < messages; n += 2 {
		before := last
		q := add(before, prompt(n))
		last = add(q, reply(n+1))
		if n%every == 0 && n > 0 && forks > 0 {
			forks--
			if forks%2 == 0 { // the answer once more, and a talk that was left
				other := add(q, reply(n+1001))
				add(add(other, prompt(n+1002)), reply(n+1003))
			} else { // the prompt edited twice, one of them with a fork of its own
				for k := range 2 {
					edited := add(before, prompt(n+2000+k))
					add(edited, reply(n+2001+k))
					if k == 1 && forks > 1 {
						forks--
						add(edited, reply(n+3001))
					}
				}
			}
		}
	}
	c.Link(links, last)
	return c
}

func TestALongPageIsLaidOutOnlyWhereItIsRead(t *testing.T) {
	t.Parallel()
	b := newTab(t)
	c := longTalk(1155, 80)
	dir := site(t, Defaults(), map[string]*chat.Conversation{"long.html": c})
	b.open(filepath.Join(dir, "long.html"), "")
	count := func(which string) int {
		return eval[int](b, `[...document.querySelectorAll('article>.b')].filter(e => e.checkVisibility({ contentVisibilityAuto: true }) === `+which+`).length`)
	}
	if laid, left := count("true"), count("false"); laid < 3 || laid > 100 || laid+left < 1155 {
		t.Errorf("%d messages are laid out, %d are not", laid, left)
	}
	// A link into the middle, and into a version far from the current path, ends
	// where the message begins.
	for _, i := range []int{len(c.Nodes) / 2, 17, len(c.Nodes) - 3} {
		id := anchorOf(c, i)
		b.open(filepath.Join(dir, "long.html"), id)
		b.wait(`(() => { const at = document.getElementById('` + id + `').getBoundingClientRect(); return at.height > 20 && at.top >= 0 && (at.top < 60 || innerHeight + scrollY >= document.documentElement.scrollHeight - 2) })()`)
	}
	t.Logf("%.1f MB, interactive after %.0f ms, complete after %.0f ms", eval[float64](b, `performance.getEntriesByType('navigation')[0].encodedBodySize`)/1e6,
		eval[float64](b, `performance.getEntriesByType('navigation')[0].domInteractive`), eval[float64](b, `performance.getEntriesByType('navigation')[0].domComplete`))
	b.quiet()
}

func TestPagesOfAnAccountAreLight(t *testing.T) {
	t.Parallel()
	r := renderer(t, Defaults())
	var sizes []int
	for i := range 100 {
		c, err := chatgpt.Decode(chattest.Conversation(1, i))
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := r.Render(&b, &chat.Document{Conversation: c}); err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, b.Len())
	}
	slices.Sort(sizes)
	if median, most := sizes[50], sizes[95]; median > 150_000 || most > 1_000_000 {
		t.Errorf("the median page weighs %d bytes, one in twenty more than %d", median, most)
	}
}
