package outline

import (
	"fmt"
	"time"

	"gptsnap/formats/chat"
)

// Headings: of branches, and of turns.

// countSaid numbers the visible messages along every path.
func (w *walk) countSaid() {
	w.said = make([]int, len(w.d.Nodes))
	for i := range w.d.Preorder() {
		n := &w.d.Nodes[i]
		if n.Parent >= 0 {
			w.said[i] = w.said[n.Parent]
		}
		if n.Message != nil && n.Message.Visible() {
			w.said[i]++
		}
	}
}

// branch begins the part of the tree that hangs from s.Fork.
func (w *walk) branch(s *chat.Stretch) {
	i := s.Nodes[0]
	from := "from the beginning"
	if s.Fork >= 0 && w.said[s.Fork] > 0 {
		from = fmt.Sprintf("after message %d", w.said[s.Fork])
	}
	w.add(Block{Kind: Branch, Node: i, Text: "Branch " + from + ": " + w.version(i), Others: w.others(i)})
}

// version says which of its siblings node i is.
func (w *walk) version(i int) string {
	n := &w.d.Nodes[i]
	if n.Versions < 2 {
		return "another beginning"
	}
	s := fmt.Sprintf("version %d of %d", n.Version, n.Versions)
	if kind := w.d.VersionKind(i); kind != "" {
		s += " (" + string(kind) + ")"
	}
	if m := n.Message; m != nil && m.Chosen {
		s += ", the chosen one"
	}
	return s
}

func (w *walk) others(i int) (all []int) {
	if w.d.Nodes[i].Versions < 2 {
		return nil
	}
	for _, k := range w.d.Siblings(i) {
		if int(k) != i {
			all = append(all, int(k))
		}
	}
	return all
}

// turn writes a heading where the turn goes to the other side, where a user
// speaks again, and where another model answers.
func (w *walk) turn(s *chat.Stretch, j int, m *chat.Message) {
	i := s.Nodes[j]
	class := m.Class()
	switch {
	case class == chat.Setup:
	case m.Role == chat.User:
		w.side = asking
		w.heading(i, or(m.Name, w.o.UserName), "", m.Created)
	case w.side != answering || class == chat.Said && m.Model != "" && m.Model != w.model:
		w.side, w.model = answering, m.Model
		for _, k := range s.Nodes[j:] {
			next := w.d.Nodes[k].Message
			if next != nil && next.Role == chat.User && next.Class() != chat.Setup || w.model != "" {
				break
			}
			if next != nil {
				w.model = next.Model
			}
		}
		w.heading(i, w.o.AssistantName, w.model, m.Created)
	}
}

func (w *walk) heading(i int, who, model string, at time.Time) {
	words := or(line(who), "Somebody")
	for _, more := range []string{line(model), w.clock(at)} {
		if more != "" {
			words += " · " + more
		}
	}
	w.add(Block{Kind: Turn, Node: i, Text: words})
}

func (w *walk) clock(at time.Time) string {
	if at.IsZero() || w.o.Timestamps == "none" {
		return ""
	}
	return at.In(w.o.Location).Format("2006-01-02 15:04")
}
