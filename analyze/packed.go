package analyze

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"time"
)

// What stands before a value.
const (
	packedNil byte = iota
	packedNo
	packedYes
	packedInt
	packedFloat
	packedShare
	packedDollars
	packedBar
	packedSpan
	packedDuration
	packedTime
	packedString
	packedID
	packedUUID // an ID that is 16 bytes in the usual form
	packedList
	packedSmall // the int 0; those behind it are 1, 2, ...
)

const mostSmall = int(0xff - packedSmall)

// packed appends v to b.
func packed(b []byte, v any) []byte {
	number := func(kind byte, f float64) []byte {
		return binary.LittleEndian.AppendUint64(append(b, kind), math.Float64bits(f))
	}
	switch v := v.(type) {
	case nil:
		return append(b, packedNil)
	case bool:
		if v {
			return append(b, packedYes)
		}
		return append(b, packedNo)
	case int:
		if v >= 0 && v <= mostSmall {
			return append(b, packedSmall+byte(v))
		}
		return binary.AppendVarint(append(b, packedInt), int64(v))
	case float64:
		return number(packedFloat, v)
	case Share:
		return number(packedShare, float64(v))
	case Dollars:
		return number(packedDollars, float64(v))
	case Bar:
		return number(packedBar, float64(v))
	case Span:
		b = number(packedSpan, float64(v.Low))
		return binary.LittleEndian.AppendUint64(b, math.Float64bits(float64(v.High)))
	case time.Duration:
		return binary.AppendVarint(append(b, packedDuration), int64(v))
	case time.Time:
		b = binary.AppendVarint(append(b, packedTime), v.Unix())
		return binary.AppendUvarint(b, uint64(v.Nanosecond()))
	case string:
		return packedText(append(b, packedString), v)
	case ID:
		if id, ok := uuid(string(v)); ok {
			return append(append(b, packedUUID), id[:]...)
		}
		return packedText(append(b, packedID), string(v))
	case []string:
		b = binary.AppendUvarint(append(b, packedList), uint64(len(v)))
		for _, s := range v {
			b = packed(b, ID(s)) // most lists are of ids
		}
		return b
	}
	panic(fmt.Sprintf("a table holds a value of type %T", v))
}

func packedText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// unpacked is the value at the beginning of b, and what follows it.
func unpacked(b []byte) (v any, rest []byte) {
	end := size(b)
	kind, b, rest := b[0], b[1:end], b[end:]
	float := func() float64 { return math.Float64frombits(binary.LittleEndian.Uint64(b)) }
	text := func() string {
		_, n := binary.Uvarint(b)
		return string(b[n:])
	}
	switch kind {
	case packedNil:
	case packedNo, packedYes:
		v = kind == packedYes
	case packedInt:
		n, _ := binary.Varint(b)
		v = int(n)
	case packedFloat:
		v = float()
	case packedShare:
		v = Share(float())
	case packedDollars:
		v = Dollars(float())
	case packedBar:
		v = Bar(float())
	case packedSpan:
		low := float()
		b = b[8:]
		v = Span{Dollars(low), Dollars(float())}
	case packedDuration:
		n, _ := binary.Varint(b)
		v = time.Duration(n)
	case packedTime:
		sec, n := binary.Varint(b)
		nano, _ := binary.Uvarint(b[n:])
		v = time.Unix(sec, int64(nano)).UTC()
	case packedString:
		v = text()
	case packedID:
		v = ID(text())
	case packedUUID:
		v = ID(uuidText(b))
	case packedList:
		n, k := binary.Uvarint(b)
		list := make([]string, n)
		for i, b := 0, b[k:]; i < len(list); i++ {
			var id any
			id, b = unpacked(b)
			list[i] = string(id.(ID))
		}
		v = list
	default:
		v = int(kind - packedSmall)
	}
	return v, rest
}

// size is how many bytes the value at the beginning of b takes.
func size(b []byte) int {
	switch b[0] {
	case packedInt, packedDuration:
		_, n := binary.Varint(b[1:])
		return 1 + n
	case packedFloat, packedShare, packedDollars, packedBar:
		return 1 + 8
	case packedSpan, packedUUID:
		return 1 + 16
	case packedTime:
		_, n := binary.Varint(b[1:])
		_, k := binary.Uvarint(b[1+n:])
		return 1 + n + k
	case packedString, packedID:
		length, n := binary.Uvarint(b[1:])
		return 1 + n + int(length)
	case packedList:
		items, n := binary.Uvarint(b[1:])
		end := 1 + n
		for range items {
			end += size(b[end:])
		}
		return end
	}
	return 1
}

// uuid is the 16 bytes that an id in the usual form stands for, such as
// 6f2c81aa-0d1e-4b7a-9c3f-5e2d8b7a6c41; false if it has another.
func uuid(s string) (id [16]byte, ok bool) {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return id, false
	}
	n := 0
	for i := range len(s) {
		c := s[i]
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			continue
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		default:
			return id, false
		}
		id[n/2] = id[n/2]<<4 | c
		n++
	}
	return id, true
}

func uuidText(id []byte) string {
	var b [36]byte
	hex.Encode(b[:], id[:4])
	for to, from := 8, 4; from < 16; {
		b[to] = '-'
		n := 2
		if from == 10 {
			n = 6
		}
		hex.Encode(b[to+1:], id[from:from+n])
		to, from = to+1+2*n, from+n
	}
	return string(b[:])
}
