package source

import (
	"fmt"
	"io"

	"gptsnap/formats/chat"
	"gptsnap/formats/chatgpt"
)

// walk yields the wanted slots. Where a member can be read at any place, the
// bytes are read when they are asked for; a packed one is streamed again.
func (b *box) walk(slots []slot, want []bool, lim limits, yield func(Entry, error) bool) {
	for i := 0; i < len(slots); {
		at := &slots[i]
		switch {
		case !want[i]:
			i++
		case at.err != nil:
			if !yield(Entry{}, at.err) {
				return
			}
			i++
		case b.members[at.file].random:
			m := &b.members[at.file]
			if !yield(entry(at, func() ([]byte, error) { return m.readAt(at.offset, at.size) }), nil) {
				return
			}
			i++
		default:
			end := i
			for end < len(slots) && (slots[end].err != nil || slots[end].file == at.file) {
				end++
			}
			if !b.stream(slots[i:end], want[i:end], lim, yield) {
				return
			}
			i = end
		}
	}
}

// stream yields the wanted slots of one packed member, problems between them
// included.
func (b *box) stream(slots []slot, want []bool, lim limits, yield func(Entry, error) bool) bool {
	last := -1 // the last conversation that is wanted
	for i := range slots {
		if want[i] && slots[i].err == nil {
			last = i
		}
	}
	m := &b.members[slots[0].file]
	f, err := m.open()
	if err != nil {
		return yield(Entry{}, fmt.Errorf("%s: %w", m.name, err))
	}
	defer f.Close()
	s := newSplitter(f, lim)
	for i := range slots {
		at := &slots[i]
		if !want[i] {
			continue
		}
		if at.err != nil {
			if !yield(Entry{}, at.err) {
				return false
			}
			continue
		}
		if i > last {
			continue
		}
		for {
			el, err := s.next(func(n int) bool { return n == at.n })
			if err == nil && el.n < at.n {
				continue
			}
			if err != nil || el.n != at.n || el.body == nil {
				return yield(Entry{}, fmt.Errorf("%s: has changed since it was opened", m.name))
			}
			body := s.own(el)
			if !yield(entry(at, func() ([]byte, error) { return body, nil }), nil) {
				return false
			}
			break
		}
	}
	return true
}

// readAt reads a stretch of a member that can be read at any place.
func (m *member) readAt(offset, size int64) ([]byte, error) {
	f, err := m.open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw := make([]byte, size)
	if _, err := f.(io.ReaderAt).ReadAt(raw, offset); err != nil {
		return nil, fmt.Errorf("%s: has changed since it was opened: %w", m.name, err)
	}
	return raw, nil
}

func entry(at *slot, raw func() ([]byte, error)) Entry {
	return Entry{ID: at.id, Updated: at.updated, Raw: raw, Decode: func() (*chat.Conversation, error) {
		body, err := raw()
		if err != nil {
			return nil, err
		}
		return decode(at.id, body)
	}}
}

// decode reads one conversation, in the tree form or as a page of messages.
func decode(id string, body []byte) (*chat.Conversation, error) {
	c, err := chatgpt.Decode(body)
	if err != nil {
		return nil, err
	}
	if c.ID == "" {
		c.ID = id
	}
	return c, nil
}
