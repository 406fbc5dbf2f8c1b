package convert

import (
	"bufio"
	"bytes"
	"encoding/gob"
	"fmt"
	"io"
	"math"

	"gptsnap/formats/chat"
)

// summaries are what an index says of the documents, in their order. While
// conversations are converted, which is when memory is needed, those of a
// large account wait in a temporary file.
type summaries struct {
	n    int
	buf  bytes.Buffer // the newest
	enc  *gob.Encoder
	past scratch // all before
}

const mostWaiting = 512 << 10 // bytes of buf: those of some 2,000 documents

func (s *summaries) add(one chat.Summary) error {
	if s.enc == nil {
		s.enc = gob.NewEncoder(&s.buf)
	}
	err := s.enc.Encode(one)
	if s.n++; err == nil && s.buf.Len() >= mostWaiting {
		var file io.Writer
		if file, _, err = s.past.open(); err == nil {
			_, err = s.buf.WriteTo(file)
		}
	}
	if err != nil {
		return fmt.Errorf("temporary list of the documents: %w", err)
	}
	return nil
}

// all gives them back, once.
func (s *summaries) all() ([]chat.Summary, error) {
	from := io.Reader(&s.buf)
	if s.past.file != nil {
		from = io.MultiReader(bufio.NewReader(io.NewSectionReader(&s.past, 0, math.MaxInt64)), from)
	}
	dec := gob.NewDecoder(from)
	all := make([]chat.Summary, s.n)
	known := map[string]string{} // few projects and models, many conversations
	for i := range all {
		d := &all[i]
		if err := dec.Decode(d); err != nil {
			return nil, fmt.Errorf("temporary list of the documents: %w", err)
		}
		for _, text := range []*string{&d.Project, &d.Model, &d.Gizmo} {
			if _, ok := known[*text]; !ok {
				known[*text] = *text
			}
			*text = known[*text]
		}
	}
	return all, nil
}

func (s *summaries) close() { s.past.close() }
