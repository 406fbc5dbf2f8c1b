package chattest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"time"
)

// A writer makes one conversation of the corpus.
type writer struct {
	r        *rand.Rand
	lang     *tongue
	official bool

	at     float64 // seconds since 1970, of the last message
	model  string
	nodes  []*corpusNode
	budget int // visible messages still to be written
	turn   string
	turns  int
}

type corpusNode struct {
	id, parent string
	children   []string
	message    string // JSON
}

func newWriter(seed uint64, i int) *writer {
	return &writer{r: rand.New(rand.NewPCG(seed, uint64(i)))}
}

// add puts a node under parent, whose message is the JSON that make writes for
// its id.
func (w *writer) add(parent *corpusNode, make func(id string) string) *corpusNode {
	n := &corpusNode{id: w.uuid()}
	if parent == nil {
		n.id = "client-created-root"
	} else {
		n.parent = parent.id
		parent.children = append(parent.children, n.id)
	}
	if make != nil {
		n.message = make(n.id)
	}
	w.nodes = append(w.nodes, n)
	return n
}

// tree writes a conversation's nodes and returns the current one.
func (w *writer) tree() *corpusNode {
	w.budget = int(math.Exp(math.Log(10) + 1.37*w.r.NormFloat64()))
	w.budget = min(max(w.budget, 2), 1155)
	forks := 0
	if w.r.IntN(100) < 15 {
		forks = 1
		for w.r.IntN(100) < 74 && forks < 40 {
			forks++
		}
	}
	// What the arms will take is kept back from the trunk.
	trunk := max(1, w.budget/2-forks)
	root := w.add(nil, nil)
	last := w.add(root, func(id string) string { return w.system(id, root.id) })
	if w.r.IntN(5) == 0 {
		up := last
		last = w.add(up, func(id string) string { return w.instructions(id, up.id) })
	}
	type place struct{ above, prompt *corpusNode }
	var places []place
	for range trunk {
		above := last
		prompt := w.prompt(above)
		last = w.answer(prompt)
		places = append(places, place{above, prompt})
	}
	current := last
	for range forks {
		p := places[w.r.IntN(len(places))]
		arm := p.prompt
		if w.r.IntN(100) < 45 { // an edited prompt
			arm = w.prompt(p.above)
		}
		end := w.answer(arm)
		for w.budget > 2 && w.r.IntN(4) == 0 { // the talk went on there
			end = w.answer(w.prompt(end))
		}
		if w.r.IntN(3) > 0 {
			current = end
		}
	}
	return current
}

func (w *writer) pause(mean float64) float64 {
	w.at += mean * w.r.ExpFloat64()
	return w.at
}

func (w *writer) prompt(above *corpusNode) *corpusNode {
	w.budget--
	w.turn = w.uuid()
	w.turns++
	w.pause(240)
	if w.r.IntN(30) == 0 {
		w.pause(86400 * 3)
	}
	return w.add(above, func(id string) string { return w.user(id, above.id) })
}

// answer writes what follows a prompt: reasoning, tools, and the answer.
func (w *writer) answer(prompt *corpusNode) *corpusNode {
	w.budget--
	last := prompt
	step := func(make func(id, parent string) string) {
		up := last
		w.pause(6)
		last = w.add(up, func(id string) string { return make(id, up.id) })
	}
	switch p := w.r.IntN(1000); {
	case p < 35:
		query := w.words(4)
		if strings.Contains(w.model, "thinking") {
			step(w.thoughts)
		}
		step(func(id, parent string) string { return w.call(id, parent, "web.run", "json", searchCall(query)) })
		found := w.results()
		step(func(id, parent string) string { return w.searched(id, parent, query, found) })
		step(func(id, parent string) string { return w.cited(id, parent, found) })
		return last
	case p < 55:
		_, source := w.code()
		step(func(id, parent string) string { return w.call(id, parent, "python", "python", source) })
		step(func(id, parent string) string { return w.output(id, parent, source) })
	case p < 62:
		step(func(id, parent string) string {
			return w.call(id, parent, "dalle.text2im", "json", fmt.Sprintf(`{"prompt":"%s","size":"1024x1024"}`, w.words(12)))
		})
		step(w.picture)
	case p < 100 && strings.Contains(w.model, "thinking"):
		step(w.thoughts)
		step(w.recap)
	}
	step(w.reply)
	return last
}

// models is who answered in which year.
var models = map[int][]string{
	2023: {"text-davinci-002-render-sha", "text-davinci-002-render-sha", "gpt-4"},
	2024: {"gpt-4", "gpt-4o", "gpt-4o", "gpt-4o-mini", "o1-preview"},
	2025: {"gpt-4o", "o3", "o4-mini-high", "gpt-5", "gpt-5-thinking"},
	2026: {"gpt-5-2", "gpt-5-2-thinking", "gpt-5-6", "gpt-5-6-thinking"},
}

// begin sets the stage: language, time, model.
func (w *writer) begin() {
	w.lang = w.speech()
	first := float64(time.Date(2023, 1, 9, 0, 0, 0, 0, time.UTC).Unix())
	last := float64(time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC).Unix())
	w.at = first + (last-first)*math.Sqrt(w.r.Float64()) // more with every year
	year := models[time.Unix(int64(w.at), 0).UTC().Year()]
	w.model = year[w.r.IntN(len(year))]
}

func (w *writer) uuid() string {
	a, b := w.r.Uint64(), w.r.Uint64()
	return fmt.Sprintf("%08x-%04x-4%03x-%04x-%012x", a>>32, a>>16&0xffff, a&0xfff, 0x8000|b>>48&0x3fff, b&0xffffffffffff)
}
