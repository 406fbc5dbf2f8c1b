package archive

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
)

// Files beside an encrypted archive must not tell what is in it either. There
// are two: what is kept of a torn end for a person to look at, which is
// encrypted as the segments are, and bodies on their way into the archive,
// which nobody needs once the program has ended.

// scrambled opens a temporary file whose bytes are encrypted with a key that is
// kept in memory only and forgotten with it.
func (f *folder) scrambled(name string, flag int) (file, error) {
	var key [32]byte
	rand.Read(key[:])
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	under, err := f.disk.open(name, flag)
	if err != nil {
		return nil, err
	}
	return &scrambledFile{under, block}, nil
}

// A scrambledFile is written once, from its beginning to its end: writing
// other bytes to a place would show how the two differ.
type scrambledFile struct {
	file
	block cipher.Block
}

func (s *scrambledFile) stream(out, in []byte, off int64) {
	var iv [aes.BlockSize]byte
	binary.BigEndian.PutUint64(iv[8:], uint64(off/aes.BlockSize))
	ctr := cipher.NewCTR(s.block, iv[:])
	var skip [aes.BlockSize]byte
	ctr.XORKeyStream(skip[:off%aes.BlockSize], skip[:off%aes.BlockSize])
	ctr.XORKeyStream(out, in)
}

func (s *scrambledFile) WriteAt(b []byte, off int64) (int, error) {
	out := make([]byte, len(b))
	s.stream(out, b, off)
	return s.file.WriteAt(out, off)
}

func (s *scrambledFile) ReadAt(b []byte, off int64) (int, error) {
	n, err := s.file.ReadAt(b, off)
	s.stream(b[:n], b[:n], off)
	return n, err
}

// sealed opens a new file for what is written from its beginning on and then
// synced; only that completes it.
func (f *folder) sealed(name string, flag int) (file, error) {
	under, err := f.disk.open(name, flag|os.O_TRUNC)
	if err != nil {
		return nil, err
	}
	w, err := f.lock.Encrypt(&sequence{f: under})
	if err != nil {
		under.Close()
		return nil, err
	}
	return &sealedFile{under: under, w: w}, nil
}

type sealedFile struct {
	under file
	w     io.WriteCloser
	at    int64
}

func (s *sealedFile) WriteAt(b []byte, off int64) (int, error) {
	if off != s.at {
		return 0, errors.New("an encrypted file is written from its beginning to its end")
	}
	n, err := s.w.Write(b)
	s.at += int64(n)
	return n, err
}

func (s *sealedFile) Sync() error {
	if err := s.w.Close(); err != nil {
		return err
	}
	return s.under.Sync()
}

func (s *sealedFile) ReadAt([]byte, int64) (int, error) { return 0, errors.ErrUnsupported }
func (s *sealedFile) Truncate(int64) error              { return errors.ErrUnsupported }
func (s *sealedFile) Stat() (fs.FileInfo, error)        { return s.under.Stat() }
func (s *sealedFile) Close() error                      { return s.under.Close() }
