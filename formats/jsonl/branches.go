package jsonl

import (
	"strings"

	"gptsnap/formats/chat"
)

// A saying is one message of a training example.
type saying struct {
	role   chat.Role // user, assistant or system
	pieces []string  // of its content, parted by blank lines
}

// sayings are what people said and read along path, the answers of one turn
// joined.
func (l *lines) sayings(path []int) []saying {
	l.spend(len(path))
	var all []saying
	for _, i := range path {
		if m := l.c.Nodes[i].Message; m != nil {
			all = l.add(all, m)
		}
	}
	return all
}

// add appends m, if it belongs to the talk.
func (l *lines) add(all []saying, m *chat.Message) []saying {
	role, content := m.Role, ""
	switch {
	case m.Visible():
		content = chat.Unmark(m.Plain())
	case l.o.System == "keep":
		role, content = chat.System, instructions(m)
	}
	content = strings.TrimSpace(content)
	if content == "" {
		return all
	}
	if n := len(all); n > 0 && role == chat.Assistant && all[n-1].role == role {
		all[n-1].pieces = append(all[n-1].pieces, content)
		return all
	}
	return append(all, saying{role, []string{content}})
}

// spend counts the nodes that are walked over. Every branch walks its trunk,
// so a tree made for it could take for ever.
func (l *lines) spend(nodes int) {
	if l.walked += nodes; l.walked > l.most/16 && l.err == nil {
		l.err = l.tooMany()
	}
}

// paragraphs appends the pieces of a content as one string.
func paragraphs(b []byte, pieces []string) []byte {
	b = append(b, '"')
	for i, s := range pieces {
		if i > 0 {
			b = append(b, `\n\n`...)
		}
		b = inner(b, s)
	}
	return append(b, '"')
}

// instructions is what m tells the model without being part of the talk.
func instructions(m *chat.Message) string {
	var all []string
	for _, p := range m.Parts {
		switch p := p.(type) {
		case *chat.Text:
			if m.Role == chat.System || m.Instruction {
				all = append(all, p.Plain())
			}
		case *chat.Context:
			for _, s := range p.Sections {
				all = append(all, strings.TrimSpace(s.Title+"\n"+s.Text))
			}
		}
	}
	return chat.Unmark(strings.Join(all, "\n"))
}

// enough reports whether a branch has answered prompts enough, and anything
// at all.
func (l *lines) enough(all []saying) bool {
	turns, asked := 0, false
	for _, s := range all {
		switch {
		case s.role == chat.User:
			asked = true
		case s.role == chat.Assistant && asked:
			turns++
			asked = false
		}
	}
	return len(all) > 0 && turns >= l.o.MinTurns
}

func (l *lines) openAI() {
	for branch := range l.c.Branches() {
		if all := l.sayings(branch.Nodes); l.enough(all) {
			l.b = list(append(l.b, '{'), "messages", all, openAI)
			l.b = append(l.b, '}')
			l.end()
		}
		if l.err != nil {
			return
		}
	}
}

func openAI(b []byte, s *saying) []byte {
	b = text(key(append(b, '{'), "role"), string(s.role))
	return append(paragraphs(key(b, "content"), s.pieces), '}')
}

func (l *lines) shareGPT() {
	for branch := range l.c.Branches() {
		if all := l.sayings(branch.Nodes); l.enough(all) {
			l.b = text(key(append(l.b, '{'), "id"), l.c.ID)
			l.b = list(l.b, "conversations", all, shareGPT)
			l.b = append(l.b, '}')
			l.end()
		}
		if l.err != nil {
			return
		}
	}
}

func shareGPT(b []byte, s *saying) []byte {
	from := "system"
	switch s.role {
	case chat.User:
		from = "human"
	case chat.Assistant:
		from = "gpt"
	}
	b = text(key(append(b, '{'), "from"), from)
	return append(paragraphs(key(b, "value"), s.pieces), '}')
}
