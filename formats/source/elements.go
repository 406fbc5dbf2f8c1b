package source

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"gptsnap/formats/chatgpt"
)

// mostProblems of one member are told one by one, the rest as a number.
const mostProblems = 100

// elements yields what peek sees in each element of a member, with its body
// for the length of the call; what is no conversation as an *EntryError; and
// an *EntryError at the end if the member cannot be read to its end.
func (m *member) elements(lim limits) iter.Seq2[found, error] {
	return func(yield func(found, error) bool) {
		f, err := m.open()
		if err != nil {
			yield(found{}, &EntryError{Err: fmt.Errorf("%s: %w", m.name, err)})
			return
		}
		defer f.Close()
		s := newSplitter(f, lim)
		good, bad := 0, 0
		for {
			el, err := s.next(always)
			if err == io.EOF {
				break
			}
			if err != nil {
				yield(found{}, &EntryError{Err: fmt.Errorf("%s: %w after %d conversations: what follows is lost", m.name, err, good)})
				return
			}
			head, err := peek(el)
			if err == nil {
				good++
				if !yield(found{element: el, Head: head, own: s.own}, nil) {
					return
				}
				continue
			}
			if bad++; bad > mostProblems {
				continue
			}
			if strings.HasPrefix(head.ID, "sha256-") { // made of its bytes: nobody knows it by that
				head.ID = ""
			}
			if !yield(found{}, &EntryError{ID: head.ID, Err: fmt.Errorf("%s: element %d at byte %d: %w", m.name, el.n, el.offset, err)}) {
				return
			}
		}
		if bad > mostProblems {
			yield(found{}, &EntryError{Err: fmt.Errorf("%s: %d more elements are not conversations", m.name, bad-mostProblems)})
		}
	}
}

func always(int) bool { return true }

// found is one conversation in a member.
type found struct {
	element
	chatgpt.Head
	own func(element) []byte
}

func peek(el element) (chatgpt.Head, error) {
	if el.err != nil {
		return chatgpt.Head{}, el.err
	}
	if el.first != '{' {
		return chatgpt.Head{}, errors.New("not a conversation: no JSON object")
	}
	h, err := chatgpt.Peek(el.body)
	h.ID = strings.Clone(h.ID) // the body is on loan
	if err == nil && !h.HasMapping && !h.HasMessages {
		err = errors.New("not a conversation: it has neither mapping nor messages")
		if is := chatgpt.Stranger(el.body); is != "" {
			err = fmt.Errorf("not a conversation of ChatGPT but %s", is)
		}
	}
	return h, err
}
