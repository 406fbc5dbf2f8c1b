package uuid

import (
	"regexp"
	"strings"
	"testing"
)

func TestANewOneIsRandomAndOfVersion4(t *testing.T) {
	shape := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	seen := map[UUID]bool{}
	for range 1000 {
		u := New()
		if !shape.MatchString(u.String()) {
			t.Fatalf("%s", u)
		}
		if seen[u] {
			t.Fatalf("%s came twice", u)
		}
		seen[u] = true
		if back, err := Parse(u.String()); err != nil || back != u {
			t.Fatalf("%s is read as %s, %v", u, back, err)
		}
	}
}

func TestParseReadsEveryFormAndNothingElse(t *testing.T) {
	want := UUID{0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0, 0xc0, 0x4f, 0xd4, 0x30, 0xc8}
	const plain = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
	for _, s := range []string{plain, strings.ToUpper(plain), "{" + plain + "}", "urn:uuid:" + plain, "URN:UUID:" + plain, strings.ReplaceAll(plain, "-", "")} {
		if u, err := Parse(s); err != nil || u != want || u.String() != plain {
			t.Errorf("%q: %s, %v", s, u, err)
		}
	}
	for _, s := range []string{"", plain[1:], plain + "0", "{" + plain, plain + "}", "urn:uuid:", "6ba7b810-9dad-11d1-80b400c04fd430c8-", "6ba7b810_9dad_11d1_80b4_00c04fd430c8",
		strings.Replace(plain, "6", "g", 1), strings.Repeat("0", 31), strings.Repeat("0", 33), "urn:uuid:{" + plain + "}", strings.Repeat("x", 1<<16)} {
		if u, err := Parse(s); err == nil || u != (UUID{}) || len(err.Error()) > 200 {
			t.Errorf("%.60q is taken for %s, %v", s, u, err)
		}
	}
	if b, err := want.MarshalBinary(); err != nil || len(b) != 16 || b[0] != 0x6b || b[15] != 0xc8 {
		t.Errorf("%x, %v", b, err)
	}
	if MustParse(plain) != want {
		t.Error(MustParse(plain))
	}
	defer func() {
		if recover() == nil {
			t.Error("what is no UUID is taken for one")
		}
	}()
	MustParse("no")
}
