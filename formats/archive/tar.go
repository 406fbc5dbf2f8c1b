package archive

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

const tarBlock = 512

// appendHeader appends the tar header of a regular file: plain ustar, with a
// PAX header before it only when the size needs one.
func appendHeader(b []byte, name string, size int64, at time.Time) ([]byte, error) {
	var buf bytes.Buffer
	err := tar.NewWriter(&buf).WriteHeader(&tar.Header{
		Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o644,
		ModTime: time.Unix(min(max(at.Unix(), 0), 1<<33-1), 0),
	})
	return append(b, buf.Bytes()...), err
}

// appendEntry appends a whole tar entry.
func appendEntry(b []byte, name string, body []byte, at time.Time) ([]byte, error) {
	b, err := appendHeader(b, name, int64(len(body)), at)
	if err != nil {
		return nil, err
	}
	b = append(b, body...)
	return append(b, make([]byte, padding(int64(len(body))))...), nil
}

// padding is the number of zero bytes after a tar entry's content.
func padding(size int64) int64 { return -size & (tarBlock - 1) }

// A header is what a tar header block says.
type header struct {
	name string
	size int64
	kind byte // '0' for a file, 'x' for a PAX header
}

// parseHeader reads one tar header block. It knows no more of tar than a
// writer of this format uses; anything else is an error.
func parseHeader(b []byte) (h header, err error) {
	if string(b[257:265]) != "ustar\x0000" {
		return h, errors.New("no tar header")
	}
	sum := int64(8 * ' ')
	for i, c := range b[:tarBlock] {
		if i < 148 || i >= 156 {
			sum += int64(c)
		}
	}
	if want, err := octal(b[148:156]); err != nil || want != sum {
		return h, errors.New("tar header with a wrong checksum")
	}
	if h.size, err = octal(b[124:136]); err != nil {
		return h, errors.New("tar header with a wrong size")
	}
	h.name, _, _ = strings.Cut(string(b[:100]), "\x00")
	h.kind = b[156]
	switch {
	case h.kind != tar.TypeReg && h.kind != tar.TypeXHeader:
		return h, fmt.Errorf("tar entry of type %q", h.kind)
	case b[345] != 0, h.kind == tar.TypeReg && !safeName(h.name):
		return h, errors.New("tar entry with an unsafe name")
	case h.kind == tar.TypeXHeader && h.size > tarBlock:
		return h, errors.New("tar entry with a long PAX header")
	}
	return h, nil
}

// paxSize reads the only PAX record that we write.
func paxSize(b []byte) (int64, error) {
	for line := range strings.SplitSeq(string(b), "\n") {
		if _, v, ok := strings.Cut(line, " size="); ok {
			if n, err := strconv.ParseInt(v, 10, 64); err == nil && n >= 0 {
				return n, nil
			}
		}
	}
	return 0, errors.New("PAX header without a size")
}

func octal(b []byte) (int64, error) {
	return strconv.ParseInt(strings.Trim(string(b), " \x00"), 8, 64)
}
