package archive

import (
	"encoding/binary"
	"encoding/hex"
	"strings"
	"time"
)

// An unpacker reads what pack wrote.
type unpacker struct {
	b     []byte
	words []string
}

func (u *unpacker) number() int64 {
	n, k := binary.Varint(u.b)
	u.b = u.b[k:]
	return n
}

func (u *unpacker) count() uint64 {
	n, k := binary.Uvarint(u.b)
	u.b = u.b[k:]
	return n
}

func (u *unpacker) bytes(n uint64) []byte {
	b := u.b[:n]
	u.b = u.b[n:]
	return b
}

func (u *unpacker) text() string { return string(u.bytes(u.count())) }

func (u *unpacker) word() string {
	if n := u.count(); n > 0 {
		return u.words[n-1]
	}
	return u.text()
}

func (u *unpacker) time() time.Time {
	sec := u.number()
	nsec := u.count()
	t := time.Unix(sec, int64(nsec>>1))
	if nsec&1 == 0 {
		return t.UTC()
	}
	return t.In(time.FixedZone("", int(u.number())))
}

func (v view) kind(i int) string {
	u := unpacker{v.said(i)[sumSize:], v.words}
	u.count()
	return u.word()
}

func (v view) seq(i int) int64 {
	u := unpacker{v.said(i)[sumSize:], v.words}
	u.count()
	u.word()
	return u.number()
}

func (v view) record(i int) Record {
	packed := v.packed(i)
	u := unpacker{packed[placeSize+sumSize:], v.words}
	flags := u.count()
	r := Record{at: v.place(i), Meta: Meta{Kind: u.word(), Seq: u.number()}}
	if flags&hasOddSum != 0 {
		r.SHA256 = u.text()
	} else {
		r.SHA256 = hex.EncodeToString(packed[placeSize:][:sumSize])
	}
	if flags&hasUUID != 0 {
		r.ID = uuidText([16]byte(u.bytes(16)))
	} else {
		r.ID = u.text()
	}
	r.V = int(u.number())
	r.Method = u.word()
	r.URL = u.word()
	if flags&hasIDInURL != 0 {
		r.URL += r.ID + u.word()
	}
	r.Status = int(u.number())
	r.FetchedAt = u.time()
	if flags&hasUpdated != 0 {
		r.Updated = u.time()
	}
	if flags&hasHeaders != 0 {
		r.Headers = make(map[string]string)
		for range u.count() {
			k := u.word()
			r.Headers[k] = u.word()
		}
	}
	r.Size = u.number()
	r.Run = u.word()
	r.Nodes = int(u.number())
	r.Name, r.Media, r.Note = u.text(), u.word(), u.word()
	r.SameAs = u.text()
	switch {
	case flags&hasPlainPath != 0:
		r.Path = bodyName(&r.Meta, 0)
	case flags&hasNumberedPath != 0:
		r.Path = bodyName(&r.Meta, r.Seq)
	default:
		r.Path = u.text()
	}
	if flags&hasNearSameAs != 0 {
		r.SameAs = r.Path[:strings.LastIndexByte(r.Path, '/')+1] + r.SameAs
	}
	return r
}
