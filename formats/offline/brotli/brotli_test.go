package brotli

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestWhoeverAsksForTheCodecIsToldThatItIsLeftOut(t *testing.T) {
	var out bytes.Buffer
	w := NewWriterOptions(&out, WriterOptions{Quality: 5})
	n, err := w.Write([]byte("text"))
	if n != 0 || !errors.Is(err, ErrLeftOut) {
		t.Errorf("%d bytes written, %v", n, err)
	}
	w.Reset(&out)
	if err := w.Close(); !errors.Is(err, ErrLeftOut) || out.Len() != 0 {
		t.Errorf("closed with %v and %d bytes", err, out.Len())
	}
	r := NewReader(strings.NewReader("text"))
	if b, err := io.ReadAll(r); !errors.Is(err, ErrLeftOut) || len(b) != 0 {
		t.Errorf("read %q, %v", b, err)
	}
	if err := r.Reset(strings.NewReader("")); !errors.Is(err, ErrLeftOut) {
		t.Error(err)
	}
	if !strings.Contains(ErrLeftOut.Error(), "zstd") {
		t.Error("it does not say what to use")
	}
}
