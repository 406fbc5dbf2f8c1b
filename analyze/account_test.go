package analyze

import (
	"fmt"
	"math/rand/v2"
	"time"

	"gptsnap/formats/chat"
	"gptsnap/formats/source"
)

// account invents n conversations over some years, always the same: several
// scripts, forks of every kind, thinking, tools, messages without a time.
func account(n int) []*chat.Conversation {
	titles := []string{"Plan a bike trip along the coast", "二分探索のバグを直す 🐛", "Regex for | pipes and *stars*", "Επεξεργασία φωτογραφιών στο τηλέφωνο",
		"A very long title that goes on and on until no terminal of a reasonable width can show all of it in one line", "", "שיחה על מזג האוויר", "=SUM(A1:A9) in a sheet", "👩‍👩‍👧 family budget 🇬🇷"}
	models := []string{"gpt-4", "gpt-4o", "o3-mini", "gpt-5-thinking", "gpt-5-2", ""}
	var all []*chat.Conversation
	for k := range n {
		r := rand.New(rand.NewPCG(uint64(k), 7))
		at := time.Date(2023, 3, 1, 7, 30, 0, 0, time.UTC).Add(time.Duration(k*k%1200) * 24 * time.Hour).Add(time.Duration(r.IntN(900)) * time.Minute)
		g := &grower{r: r, at: at, model: models[(k/5+r.IntN(2))%len(models)]}
		g.c = &chat.Conversation{ID: fmt.Sprintf("%08x-1111-4222-8333-%012d", r.Uint32(), k), Title: titles[k%len(titles)], Created: at,
			Model: g.model, Archived: k%9 == 4, Starred: k%11 == 3}
		if k%6 == 2 {
			g.c.Project = "Garden"
		}
		g.grow(2 + r.IntN(12))
		g.c.Updated = g.at
		g.c.Link(g.links, g.c.Nodes[len(g.c.Nodes)-1].ID)
		all = append(all, g.c)
	}
	return all
}

type grower struct {
	c     *chat.Conversation
	r     *rand.Rand
	links []chat.Links
	at    time.Time
	model string
}

func (g *grower) add(parent int, m *chat.Message) int {
	i := len(g.c.Nodes)
	id := chat.NodeID(fmt.Sprintf("node-%04d", i))
	var l chat.Links
	if parent >= 0 {
		l.Parent = g.c.Nodes[parent].ID
	}
	if m != nil {
		m.ID = string(id)
	}
	g.c.Nodes, g.links = append(g.c.Nodes, chat.Node{ID: id, Message: m}), append(g.links, l)
	return i
}

func (g *grower) say(role chat.Role, words int) *chat.Message {
	s := ""
	for i := range words {
		s += []string{"soil ", "rain ", "code ", "route ", "why ", "because ", "日本 "}[(i*i+words)%7]
	}
	g.at = g.at.Add(time.Duration(20+g.r.IntN(300)) * time.Second)
	m := &chat.Message{Role: role, ContentType: "text", Recipient: "all", Created: g.at, Parts: []chat.Part{&chat.Text{Raw: s}}}
	if role == chat.Assistant {
		m.Model = g.model
	}
	if g.r.IntN(40) == 0 {
		m.Created = time.Time{}
	}
	return m
}

func (g *grower) grow(turns int) {
	at := g.add(-1, nil)
	system := g.say(chat.System, 0)
	system.Hidden, system.Created = true, time.Time{}
	at = g.add(at, system)
	for range turns {
		prompt := g.add(at, g.say(chat.User, 3+g.r.IntN(20)))
		if g.r.IntN(8) == 0 { // the prompt was edited; the first one had an answer
			g.add(prompt, g.say(chat.Assistant, 10))
			prompt = g.add(at, g.say(chat.User, 4))
		}
		at = prompt
		switch g.r.IntN(6) {
		case 0: // thinking comes first
			m := g.say(chat.Assistant, 0)
			m.ContentType, m.Parts, m.Thinking = "thoughts", []chat.Part{&chat.Thoughts{}}, 14*time.Second
			at = g.add(at, m)
		case 1: // a tool is called
			m := g.say(chat.Assistant, 5)
			m.Recipient, m.ContentType = "python", "code"
			at = g.add(at, m)
			at = g.add(at, g.say(chat.Tool, 9))
		case 2: // the answer was asked for again
			g.add(at, g.say(chat.Assistant, 12))
			if g.r.IntN(2) == 0 {
				g.add(at, g.say(chat.Assistant, 25))
			}
		}
		at = g.add(at, g.say(chat.Assistant, 20+g.r.IntN(200)))
	}
}

// from makes a source of conversations.
func from(all []*chat.Conversation) *source.Source {
	return &source.Source{Name: "invented account", Count: len(all), Close: func() error { return nil },
		Entries: func(yield func(source.Entry, error) bool) {
			for _, c := range all {
				e := source.Entry{ID: c.ID, Updated: c.Updated, Decode: func() (*chat.Conversation, error) { return c, nil }}
				if !yield(e, nil) {
					return
				}
			}
		}}
}

var utc = Options{Workers: 2, Zone: time.UTC, Clock: time.UTC}
