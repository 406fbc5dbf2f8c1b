package archive

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/cespare/xxhash/v2"
	"github.com/klauspost/compress/zstd"
)

const (
	targetRaw = 512 << 10 // a frame is sealed when it has grown to this
	largeBody = 4 << 20   // larger bodies span frames of this size
	maxRaw    = 8 << 20   // nothing we write comes near; a reader refuses more
	maxFrame  = maxRaw + 1<<16
	maxBlock  = 128 << 10 // by RFC 8878
	maxWindow = 8 << 20
)

// The decoders are shared by all archives of the process. Each is used through
// DecodeAll only and gives at most maxRaw bytes.
var (
	decoder     = sync.OnceValue(func() *zstd.Decoder { return newDecoder(zstd.WithDecodeAllCapLimit(true)) }) // no more than the room it is given
	tailDecoder = sync.OnceValue(func() *zstd.Decoder { return newDecoder() })                                 // for frames of unknown size
	cutDecoder  = sync.OnceValue(func() *zstd.Decoder { return newDecoder(zstd.IgnoreChecksum(true)) })        // for frames cut before their checksum
)

func newDecoder(more ...zstd.DOption) *zstd.Decoder {
	d, err := zstd.NewReader(nil, append(more, zstd.WithDecoderConcurrency(0),
		zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderMaxMemory(maxRaw))...)
	if err != nil {
		panic(err) // the options are constants
	}
	return d
}

// newEncoder makes an encoder whose frames carry a checksum.
func newEncoder(level zstd.EncoderLevel, window int) *zstd.Encoder {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(level),
		zstd.WithWindowSize(window), zstd.WithEncoderCRC(true), zstd.WithLowerEncoderMem(true))
	if err != nil {
		panic(err) // the options are constants
	}
	return e
}

// decode unpacks a whole frame of known raw size into room made by the caller.
func decode(frame, room []byte, raw int) ([]byte, error) {
	out, err := decoder().DecodeAll(frame, room[:0])
	if err != nil {
		return nil, err
	}
	if len(out) != raw {
		return nil, fmt.Errorf("frame unpacks to %d bytes, %d expected", len(out), raw)
	}
	return out, nil
}

// decodePrefix unpacks the first blocks of a frame that was never ended.
func decodePrefix(blocks []byte) ([]byte, error) {
	ended := append(append(make([]byte, 0, len(blocks)+7), blocks...), 1, 0, 0, 0, 0, 0, 0)
	return cutDecoder().DecodeAll(ended, nil)
}

// frameEnd is what ends a frame of this content whose last block is not yet
// written: an empty last block and the checksum.
func frameEnd(raw []byte) []byte {
	return binary.LittleEndian.AppendUint32([]byte{1, 0, 0}, uint32(xxhash.Sum64(raw)))
}

// storedFrame makes a frame that holds raw uncompressed, so that the words in
// it can be read with any program.
func storedFrame(raw []byte) []byte {
	b := []byte{0x28, 0xb5, 0x2f, 0xfd, 1 << 2, 7 << 3} // checksum; window 128 KiB
	for rest := raw; len(rest) > 0; {
		n := min(len(rest), maxBlock)
		b = append(b, byte(n<<3), byte(n>>5), byte(n>>13))
		b = append(b, rest[:n]...)
		rest = rest[n:]
	}
	return append(b, frameEnd(raw)...)
}

// frameHead reads a zstd frame header. It is strict: a frame of ours has a
// checksum, no dictionary and a small window. io.ErrUnexpectedEOF means that
// b holds only the beginning of a header.
func frameHead(b []byte) (size int, err error) {
	if len(b) < 5 {
		return 0, io.ErrUnexpectedEOF
	}
	d := b[4]
	single := d&(1<<5) != 0
	switch {
	case binary.LittleEndian.Uint32(b) != magicZstd:
		return 0, errors.New("no zstd frame begins here")
	case d&(1<<3) != 0:
		return 0, errors.New("reserved bit set in the frame header")
	case d&(1<<2) == 0:
		return 0, errors.New("frame without checksum")
	case d&3 != 0:
		return 0, errors.New("frame needs a dictionary")
	}
	size = 5
	if !single {
		if len(b) < 6 {
			return 0, io.ErrUnexpectedEOF
		}
		base := uint64(1) << (10 + b[5]>>3)
		if base+base/8*uint64(b[5]&7) > maxWindow {
			return 0, errors.New("frame needs too large a window")
		}
		size++
	}
	if n := d >> 6; n > 0 {
		size += 1 << n
	} else if single {
		size++
	}
	if len(b) < size {
		return 0, io.ErrUnexpectedEOF
	}
	return size, nil
}

// A span is what a walk over the block headers of one frame found.
type span struct {
	size  int64   // of the whole frame; 0 if it does not end properly
	ends  []int64 // after the header and after each block but the last, from the start of the frame
	fault string  // why size is 0
}

// walkFrame finds the end of the frame at off without unpacking anything.
func walkFrame(r *peeker, off int64, ends []int64) span {
	s := span{ends: ends[:0]}
	head, err := frameHead(r.peek(off, 18))
	switch {
	case err == io.ErrUnexpectedEOF:
		s.fault = "frame header cut short"
		return s
	case err != nil:
		s.fault = err.Error()
		return s
	}
	at := int64(head)
	s.ends = append(s.ends, at)
	for {
		h := r.peek(off+at, 3)
		if len(h) < 3 {
			s.fault = "frame cut short"
			return s
		}
		last, kind, n := h[0]&1 != 0, h[0]>>1&3, int64(h[0])>>3|int64(h[1])<<5|int64(h[2])<<13
		if kind == 3 || n > maxBlock {
			s.fault = "impossible block in a frame"
			return s
		}
		if kind == 1 {
			n = 1
		}
		at += 3 + n
		if last {
			at += 4
		}
		switch {
		case at > maxFrame:
			s.fault = "frame too large"
			return s
		case off+at > r.end:
			s.fault = "frame cut short"
			return s
		case last:
			s.size = at
			return s
		case n > 0:
			s.ends = append(s.ends, at)
		}
	}
}

// A peeker looks at a few bytes here and there of a file that is taken to end at end.
type peeker struct {
	r   io.ReaderAt
	end int64
	buf [4096]byte
	off int64
	n   int
	err error // the first error that is not the end of the file
}

// peek returns up to n bytes at off, fewer only at the end or after an error.
func (p *peeker) peek(off int64, n int) []byte {
	n = int(max(0, min(int64(n), p.end-off)))
	if off < p.off || off+int64(n) > p.off+int64(p.n) {
		want := min(int64(len(p.buf)), p.end-off)
		if want <= 0 {
			return nil
		}
		got, err := p.r.ReadAt(p.buf[:want], off)
		if err != nil && err != io.EOF && p.err == nil {
			p.err = err
		}
		p.off, p.n = off, got
	}
	b := p.buf[off-p.off : p.n]
	return b[:min(n, len(b))]
}

// encoders are for frames that grow record by record; a writer has one for itself.
var encoders = sync.Pool{New: func() any { return newEncoder(zstd.SpeedDefault, 1<<20) }}

// Encoders for frames that are made in one go, shared by all writers.
var (
	wideEncoder = sync.OnceValue(func() *zstd.Encoder { return newEncoder(zstd.SpeedDefault, 4<<20) })
	fastEncoder = sync.OnceValue(func() *zstd.Encoder { return newEncoder(zstd.SpeedFastest, 4<<20) }) // for what no longer shrinks
)
