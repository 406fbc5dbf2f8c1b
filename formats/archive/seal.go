package archive

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"hash/crc32"
)

const (
	magicSeal  = 0x184D2A57
	magicTable = 0x184D2A5E
	magicZstd  = 0xFD2FB528

	sealSize = 132
	sealWord = "CHATSEAL"
)

// The flags of a seal. A reader ignores those it does not know, a writer
// refuses the file.
const (
	flagWhole     = 1 << 0 // the frame ends on the end of a record
	flagManifest  = 1 << 1 // the frame belongs to a run's manifest
	flagHealed    = 1 << 2 // the frame was torn and has been ended by a later writer
	flagCompacted = 1 << 3
	flagContinued = 1 << 4 // the frame is the last of its segment, and another segment follows
	flagsKnown    = flagWhole | flagManifest | flagHealed | flagCompacted | flagContinued
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// A seal follows every data frame and vouches for it, and through its chain
// for the order of all frames before it.
type seal struct {
	flags   uint16
	seq     uint32 // number of the frame in its segment, from 0
	segment [16]byte
	size    uint64 // bytes of the frame in the file
	raw     uint64 // bytes it unpacks to
	records uint32 // records whose meta lies in the frame
	sum     [32]byte
	chain   [32]byte
}

// link is the chain value of s after a seal whose chain was prev.
func (s *seal) link(prev [32]byte) [32]byte {
	var b [sealSize]byte
	s.put(&b)
	h := sha256.New()
	h.Write(prev[:])
	h.Write(b[8:96])
	return [32]byte(h.Sum(nil))
}

func (s *seal) put(b *[sealSize]byte) {
	le := binary.LittleEndian
	le.PutUint32(b[0:], magicSeal)
	le.PutUint32(b[4:], sealSize-8)
	copy(b[8:], sealWord)
	le.PutUint16(b[16:], 1)
	le.PutUint16(b[18:], s.flags)
	le.PutUint32(b[20:], s.seq)
	copy(b[24:], s.segment[:])
	le.PutUint64(b[40:], s.size)
	le.PutUint64(b[48:], s.raw)
	le.PutUint32(b[56:], s.records)
	le.PutUint32(b[60:], 0)
	copy(b[64:], s.sum[:])
}

func (s *seal) bytes() []byte {
	var b [sealSize]byte
	s.put(&b)
	copy(b[96:], s.chain[:])
	binary.LittleEndian.PutUint32(b[128:], crc32.Checksum(b[:128], castagnoli))
	return b[:]
}

// sealHead is what every seal of version 1 begins with.
var sealHead = []byte{0x57, 0x2a, 0x4d, 0x18, sealSize - 8, 0, 0, 0, 'C', 'H', 'A', 'T', 'S', 'E', 'A', 'L', 1, 0}

// parseSeal reads a seal; ok is false unless every bit of it is as written.
func parseSeal(b []byte) (s seal, ok bool) {
	le := binary.LittleEndian
	if len(b) < sealSize || !bytes.HasPrefix(b, sealHead) || le.Uint32(b[60:]) != 0 ||
		le.Uint32(b[128:]) != crc32.Checksum(b[:128], castagnoli) {
		return s, false
	}
	s = seal{
		flags: le.Uint16(b[18:]), seq: le.Uint32(b[20:]), segment: [16]byte(b[24:40]),
		size: le.Uint64(b[40:]), raw: le.Uint64(b[48:]), records: le.Uint32(b[56:]),
		sum: [32]byte(b[64:96]), chain: [32]byte(b[96:128]),
	}
	return s, s.size > 0 && s.size <= maxFrame && s.raw > 0 && s.raw <= maxRaw
}
