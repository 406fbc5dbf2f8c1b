package jsonl

import (
	"slices"

	"gptsnap/formats/chat"
)

// preferences writes a pair for every answer that is known to have lost
// against another one to the same prompt, and says under "source" how that is
// known: the site offered both and one was taken (choice), the user compared the
// two (comparison), thumbs were given (feedback), or the talk went on with one
// of them (current).
func (l *lines) preferences() {
	on := l.c.OnCurrent()
	for i := range l.c.Nodes {
		if len(l.c.Nodes[i].Children) > 1 {
			l.fork(i, l.c.Nodes[i].Children, on)
		}
		if l.err != nil {
			return
		}
	}
}

type answer struct {
	pieces          []string
	chosen, current bool
	rated           chat.Rating            // the last thumb it was given
	ids             []string               // of its messages
	compared        map[string]chat.Rating // with a message of another answer
}

// against is what the user said who compared a with b, "" if nobody did.
func (a *answer) against(b *answer) chat.Rating {
	for _, id := range b.ids {
		if r := a.compared[id]; r != "" {
			return r
		}
	}
	return ""
}

// thumb is 1, 0 or -1.
func (a *answer) thumb() int {
	switch a.rated {
	case chat.ThumbsUp:
		return 1
	case chat.ThumbsDown:
		return -1
	}
	return 0
}

// over says how it is known that a was preferred to b, "" if it is not.
func (a *answer) over(b *answer) string {
	compared := a.against(b)
	switch {
	case a.chosen != b.chosen:
		if a.chosen {
			return "choice"
		}
	case compared != "":
		if compared == chat.Better {
			return "comparison"
		}
	case a.thumb() != b.thumb():
		if a.thumb() > b.thumb() {
			return "feedback"
		}
	case a.current && !b.current:
		return "current"
	}
	return ""
}

func (l *lines) fork(i int, kids []int32, on []bool) {
	var answers []answer
	for _, k := range kids {
		if m := l.c.Nodes[k].Message; m == nil || m.Role == chat.User || m.Role == chat.System {
			continue
		}
		if a := l.answer(int(k), on); len(a.pieces) > 0 {
			answers = append(answers, a)
		}
	}
	if len(answers) < 2 {
		return
	}
	best := 0 // of answers that are equal in all that is known, the newest
	for k := range answers {
		if answers[best].over(&answers[k]) == "" {
			best = k
		}
	}
	prompt := l.sayings(l.c.PathTo(i))
	var before []string
	if n := len(prompt); n > 0 && prompt[n-1].role == chat.Assistant {
		before = prompt[n-1].pieces // the fork is amid an answer: its beginning belongs to both
		prompt = prompt[:n-1]
	}
	won := saying{chat.Assistant, slices.Concat(before, answers[best].pieces)}
	if n := len(prompt); n == 0 || prompt[n-1].role != chat.User || !l.enough(append(prompt[:n:n], won)) {
		return
	}
	for k := range answers {
		source := answers[best].over(&answers[k])
		if source == "" || slices.Equal(answers[k].pieces, answers[best].pieces) {
			continue
		}
		lost := saying{chat.Assistant, slices.Concat(before, answers[k].pieces)}
		l.b = text(key(append(l.b, '{'), "id"), l.c.ID)
		l.b = list(l.b, "prompt", prompt, openAI)
		l.b = openAI(key(l.b, "chosen"), &won)
		l.b = openAI(key(l.b, "rejected"), &lost)
		l.b = append(text(key(l.b, "source"), source), '}')
		l.end()
	}
}

// answer is what the model said from node i on until the user spoke again:
// along the current path where that goes on, else along the newest version.
func (l *lines) answer(i int, on []bool) answer {
	var said []saying
	a := answer{current: on[i]}
	for l.err == nil {
		l.spend(1)
		n := &l.c.Nodes[i]
		if m := n.Message; m != nil {
			if m.Role == chat.User && m.Class() != chat.Setup {
				break
			}
			if m.Visible() {
				said = l.add(said, m)
			}
			a.chosen = a.chosen || m.Chosen
			if r := m.Rated(); r != "" {
				a.rated = r
			}
			a.ids = append(a.ids, m.ID, string(n.ID))
			for _, f := range m.Feedback {
				if f.Against != "" {
					if a.compared == nil {
						a.compared = map[string]chat.Rating{}
					}
					a.compared[f.Against] = f.Rating
				}
			}
		}
		if len(n.Children) == 0 {
			break
		}
		i = int(n.Children[len(n.Children)-1])
		for _, k := range n.Children {
			if on[k] {
				i = int(k)
			}
		}
	}
	if len(said) > 0 {
		a.pieces = said[0].pieces
	}
	return a
}
