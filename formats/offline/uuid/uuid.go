// Package uuid stands in for github.com/google/uuid in this program.
//
// The SQLite driver and the Parquet library ask for four functions of it. The
// original also makes UUIDs out of network addresses and so imports net, which
// nothing that convert or analyze reaches may do: offline is structural. The
// line "replace" in go.mod puts this package in its place; it knows the same
// four functions and no network.
package uuid

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
)

// A UUID is the 128 bits of RFC 9562.
type UUID [16]byte

// New is a random UUID (version 4).
func New() UUID {
	var u UUID
	_, _ = rand.Read(u[:]) // never fails: it ends the program instead
	u[6] = u[6]&0x0f | 0x40
	u[8] = u[8]&0x3f | 0x80
	return u
}

// Parse reads xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx in either case, also in
// braces, with urn:uuid: in front, or without its dashes.
func Parse(s string) (UUID, error) {
	var u UUID
	text := s
	if len(text) == 45 && strings.EqualFold(text[:9], "urn:uuid:") {
		text = text[9:]
	}
	if len(text) == 38 && text[0] == '{' && text[37] == '}' {
		text = text[1:37]
	}
	if len(text) == 36 && text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-' {
		text = text[:8] + text[9:13] + text[14:18] + text[19:23] + text[24:]
	}
	if n, err := hex.Decode(u[:], []byte(text[:min(len(text), 32)])); len(text) != 32 || err != nil || n != 16 {
		return UUID{}, fmt.Errorf("%.60q is no UUID", s)
	}
	return u, nil
}

// MustParse is Parse for what the caller knows to be right; it panics otherwise.
func MustParse(s string) UUID {
	u, err := Parse(s)
	if err != nil {
		panic(err)
	}
	return u
}

// String writes u with dashes, in lower case.
func (u UUID) String() string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}

// MarshalBinary returns the 16 bytes.
func (u UUID) MarshalBinary() ([]byte, error) { return u[:], nil }
