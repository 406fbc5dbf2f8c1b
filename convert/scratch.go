package convert

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"io"
	"os"
)

// A scratch is a temporary file that is made when it is first needed. What is
// in it is encrypted with a key that only this run has: a page may come from an
// encrypted archive, and `serve` promises to write nothing of it to a disk.
// Where the system lets a file that is open be removed, it also loses its name
// at once, so that even a run that is killed leaves nothing.
type scratch struct {
	file  *os.File // nil if there is none yet
	name  string   // "" if it has none any more
	block cipher.Block
	to    cipher.StreamWriter
}

// open returns what is written behind all that was written, and what is read.
func (s *scratch) open() (io.Writer, io.ReaderAt, error) {
	if s.file == nil {
		key := make([]byte, 32)
		rand.Read(key) // never fails
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, nil, err
		}
		f, err := os.CreateTemp("", "gptsnap-*.part")
		if err != nil {
			return nil, nil, err
		}
		s.file, s.name, s.block = f, f.Name(), block
		s.to = cipher.StreamWriter{S: s.stream(0), W: f}
		if os.Remove(s.name) == nil {
			s.name = ""
		}
	}
	return s.to, s, nil
}

// stream is the key's stream from a place in the file on: its counter counts
// blocks, so it can begin anywhere.
func (s *scratch) stream(at int64) cipher.Stream {
	var counter [aes.BlockSize]byte
	binary.BigEndian.PutUint64(counter[8:], uint64(at/aes.BlockSize))
	stream := cipher.NewCTR(s.block, counter[:])
	before := make([]byte, at%aes.BlockSize)
	stream.XORKeyStream(before, before)
	return stream
}

// ReadAt reads what was written, from any goroutine.
func (s *scratch) ReadAt(p []byte, at int64) (int, error) {
	n, err := s.file.ReadAt(p, at)
	if n > 0 {
		s.stream(at).XORKeyStream(p[:n], p[:n])
	}
	return n, err
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
