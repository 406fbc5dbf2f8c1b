package convert

import (
	"io"
	"os"
)

// A scratch is a temporary file that is made when it is first needed. Where the
// system lets a file that is open be removed, it loses its name at once, so
// that even a run that is killed leaves nothing.
type scratch struct {
	file *os.File // nil if there is none yet
	name string   // "" if it has none any more
}

func (s *scratch) open() (io.Writer, io.ReaderAt, error) {
	if s.file == nil {
		f, err := os.CreateTemp("", "gptsnap-*.part")
		if err != nil {
			return nil, nil, err
		}
		s.file, s.name = f, f.Name()
		if os.Remove(s.name) == nil {
			s.name = ""
		}
	}
	return s.file, s.file, nil
}

func (s *scratch) close() {
	if s.file != nil {
		s.file.Close() // what it held is not wanted any more
	}
	if s.name != "" {
		os.Remove(s.name)
	}
	*s = scratch{}
}
