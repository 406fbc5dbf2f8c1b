package archive

import (
	"encoding/binary"
	"errors"
	"io"
)

const (
	magicFooter = 0x8F92EAB1
	footerSize  = 9
	maxTable    = 1 << 30 // bytes of the largest seek table that is believed
)

// An entry of a seek table: one zstd frame, skippable ones with raw 0.
type entry struct{ size, raw uint32 }

// appendTable appends the seek table of a segment's frames, as the zstd
// seekable format has it: one skippable frame without checksums.
func appendTable(b []byte, frames []entry) []byte {
	le := binary.LittleEndian
	b = le.AppendUint32(b, magicTable)
	b = le.AppendUint32(b, uint32(8*len(frames)+footerSize))
	for _, e := range frames {
		b = le.AppendUint32(b, e.size)
		b = le.AppendUint32(b, e.raw)
	}
	b = le.AppendUint32(b, uint32(len(frames)))
	b = append(b, 0)
	return le.AppendUint32(b, magicFooter)
}

var errNoTable = errors.New("no seek table ends here")

// tableBefore reads the seek table that ends at byte end of the file; the
// error is errNoTable or one of reading.
func tableBefore(r io.ReaderAt, end int64) (frames []entry, off int64, err error) {
	var foot [footerSize]byte
	if end < footerSize+8 {
		return nil, 0, errNoTable
	}
	if _, err := r.ReadAt(foot[:], end-footerSize); err != nil {
		return nil, 0, err
	}
	le := binary.LittleEndian
	n := int64(le.Uint32(foot[:]))
	size := 8 + 8*n + footerSize
	if le.Uint32(foot[5:]) != magicFooter || foot[4] != 0 || size > end || size > maxTable {
		return nil, 0, errNoTable
	}
	b := make([]byte, size)
	if _, err := r.ReadAt(b, end-size); err != nil {
		return nil, 0, err
	}
	if le.Uint32(b) != magicTable || int64(le.Uint32(b[4:])) != size-8 {
		return nil, 0, errNoTable
	}
	frames = make([]entry, n)
	for i := range frames {
		frames[i] = entry{le.Uint32(b[8+8*i:]), le.Uint32(b[12+8*i:])}
	}
	return frames, end - size, nil
}
