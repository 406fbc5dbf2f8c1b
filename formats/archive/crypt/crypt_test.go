package crypt

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/armor"
)

func init() { work = 4 } // a passphrase of tests need not be hard to guess

const (
	identity  = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"
	recipient = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"
)

func file(t *testing.T, content string) string {
	name := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func seal(t testing.TB, l *Lock, plain []byte) []byte {
	var out bytes.Buffer
	w, err := l.Encrypt(&out)
	if err == nil {
		_, err = w.Write(plain)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func keyOf(t testing.TB, k *Keys, keyFile []byte) *Key {
	key, err := k.Key(keyFile)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestAFileIsReadAtAnyPlaceAndDamageIsZerosThatAreNamed(t *testing.T) {
	lock, err := NewLock([]string{"@" + file(t, "# me\n"+recipient+"\n\n"), recipient})
	if err != nil || len(lock.Names()) != 1 {
		t.Fatal(lock, err)
	}
	key := keyOf(t, &Keys{Files: []string{file(t, identity+"\n")}}, nil)
	plain := bytes.Repeat([]byte("all the leaves are brown "), 20_000) // 7.6 chunks
	sealed := seal(t, lock, plain)
	open := func(b []byte) *Plain {
		t.Helper()
		p, err := key.Open(Faithful(bytes.NewReader(b)), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	p := open(sealed)
	for _, at := range []int64{0, 1, chunk - 1, chunk, 3*chunk - 10, int64(len(plain)) - 5} {
		got := make([]byte, 100_000)
		n, err := p.ReadAt(got, at)
		if want := plain[at:min(int64(len(plain)), at+100_000)]; !bytes.Equal(got[:n], want) || err != nil && err != io.EOF {
			t.Fatalf("at %d: %d bytes, %v", at, n, err)
		}
	}
	if p.Size() != int64(len(plain)) || p.Damaged() != "" {
		t.Error(p.Size(), p.Damaged())
	}

	flipped := bytes.Clone(sealed)
	flipped[len(flipped)/2] ^= 4 // in chunk 3
	p = open(flipped)
	got, err := io.ReadAll(io.NewSectionReader(p, 0, p.Size()))
	if err != nil || p.Damaged() == "" {
		t.Fatal(err, p.Damaged())
	}
	zeros := 0
	for i := range got {
		if got[i] != plain[i] {
			if got[i] != 0 {
				t.Fatalf("byte %d is wrong", i)
			}
			zeros++
		}
	}
	if zeros == 0 || zeros > chunk {
		t.Errorf("%d bytes are lost", zeros)
	}

	for _, torn := range [][]byte{sealed[:len(sealed)-1], sealed[:len(sealed)-chunk], append(bytes.Clone(sealed), 1, 2, 3)} {
		p := open(torn)
		got, err := io.ReadAll(io.NewSectionReader(p, 0, p.Size()))
		if err != nil || p.Damaged() == "" || !bytes.HasPrefix(plain, got) || len(got) < len(plain)-2*chunk {
			t.Errorf("cut to %d: %d bytes, %v %s", len(torn), len(got), err, p.Damaged())
		}
		back := make([]byte, 50)
		if _, err := p.ReadAt(back, 7); err != nil || !bytes.Equal(back, plain[7:57]) {
			t.Errorf("going back: %v", err)
		}
	}
	for n := range 220 { // in the header
		b := bytes.Clone(sealed[:400])
		b[n] ^= 1
		if p, err := key.Open(Faithful(bytes.NewReader(b)), int64(len(b))); err == nil && p.Damaged() == "" {
			t.Fatalf("byte %d of the header is not what it was, and nothing is said", n)
		}
	}
	broken := errors.New("the disk is broken")
	if _, err := key.Open(Faithful(failing{broken}), 1000); !Unreadable(err) || !errors.Is(err, broken) {
		t.Errorf("a disk that fails: %v", err)
	}
}

type failing struct{ err error }

func (f failing) ReadAt([]byte, int64) (int, error) { return 0, f.err }

func TestAPassphraseIsAskedForOnce(t *testing.T) {
	asked := 0
	k := &Keys{Passphrase: func() (string, error) { asked++; return "seven herons", nil }}
	lock, key, keyFile, err := k.New()
	if err != nil {
		t.Fatal(err)
	}
	if err := lock.Fits(key); err != nil {
		t.Error(err)
	}
	sealed := seal(t, lock, []byte("hello"))
	for range 3 {
		key := keyOf(t, k, keyFile)
		if p, err := key.Open(bytes.NewReader(sealed), int64(len(sealed))); err != nil || p.Size() != 5 {
			t.Fatal(err)
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
	key2 := (*KeyError)(nil)
	for _, c := range []struct {
		k       *Keys
		missing bool
	}{
		{nil, true},
		{&Keys{}, true},
		{&Keys{Passphrase: func() (string, error) { return "", nil }}, true},
		{&Keys{Passphrase: func() (string, error) { return "", errors.New("no terminal") }}, false},
		{&Keys{Passphrase: func() (string, error) { return "eight herons", nil }}, false},
	} {
		if _, err := c.k.Key(keyFile); !errors.As(err, &key2) || key2.Missing != c.missing || !key2.Passphrase {
			t.Errorf("%+v: %v", c, err)
		}
	}
	// The identity by itself, as the age program gives it, and a file of it with a passphrase.
	for _, armored := range []bool{false, true} {
		var out bytes.Buffer
		var w io.WriteCloser = nopCloser{&out}
		if armored {
			w = armor.NewWriter(&out)
		}
		to, _ := age.NewScryptRecipient("seven herons")
		to.SetWorkFactor(work)
		enc, err := age.Encrypt(w, to)
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(enc, identity+"\n")
		if err := errors.Join(enc.Close(), w.Close()); err != nil {
			t.Fatal(err)
		}
		mine := &Keys{Files: []string{file(t, out.String())}, Passphrase: k.Passphrase}
		l, _ := NewLock([]string{recipient})
		if err := l.Fits(keyOf(t, mine, nil)); err != nil {
			t.Errorf("armored %v: %v", armored, err)
		}
	}
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

func TestNoMessageQuotesASecret(t *testing.T) {
	for _, content := range []string{identity + "x\n", identity[:40], "  " + identity + " # mine", strings.ToLower(identity) + "\n"} {
		if _, err := (&Keys{Files: []string{file(t, content)}}).Key(nil); err != nil && strings.Contains(strings.ToUpper(err.Error()), identity[20:30]) {
			t.Errorf("%v", err)
		}
	}
	for _, bad := range []string{"", "age1xyz", identity, "@" + file(t, "\n# nobody\n"), "@no-such-file"} {
		if _, err := NewLock([]string{bad}); err == nil {
			t.Errorf("%q is taken for a recipient", bad)
		} else if strings.Contains(err.Error(), identity[20:30]) {
			t.Errorf("%v", err)
		}
	}
}
