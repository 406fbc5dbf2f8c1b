// Package brotli stands in for github.com/andybalholm/brotli in this program.
//
// The Parquet library names it for one of its codecs. The original also holds
// a handler for web servers and so imports net/http, which nothing that
// convert or analyze reaches may do: offline is structural. gptsnap compresses
// Parquet with zstd and reads none, so the codec is left out: whoever asks for
// it is told so. The line "replace" in go.mod puts this package in its place.
package brotli

import (
	"errors"
	"io"
)

// ErrLeftOut is what every use of the codec answers.
var ErrLeftOut = errors.New("the brotli codec is not part of this program: use zstd")

// WriterOptions are those of the original.
type WriterOptions struct{ Quality, LGWin int }

// A Writer answers ErrLeftOut.
type Writer struct{}

// NewWriterOptions makes a Writer.
func NewWriterOptions(io.Writer, WriterOptions) *Writer { return &Writer{} }

func (*Writer) Write([]byte) (int, error) { return 0, ErrLeftOut }

// Close answers ErrLeftOut too, so that nobody takes an empty stream for a whole one.
func (*Writer) Close() error { return ErrLeftOut }

// Reset does nothing.
func (*Writer) Reset(io.Writer) {}

// A Reader answers ErrLeftOut.
type Reader struct{}

// NewReader makes a Reader.
func NewReader(io.Reader) *Reader { return &Reader{} }

func (*Reader) Read([]byte) (int, error) { return 0, ErrLeftOut }

// Reset answers ErrLeftOut.
func (*Reader) Reset(io.Reader) error { return ErrLeftOut }
