// Package crypt is how an archive is kept from other eyes: whole files in the
// age format (age-encryption.org/v1), read at any place, and the keys to them.
// It knows nothing of what is in them.
//
// Two kinds of key open an archive. A recipient, age1..., is a public key that
// its owner made with age-keygen; who has the identity that belongs to it, and
// nobody else, reads what is encrypted to it. A passphrase is for people who
// would not keep a key: turning it into a key takes a second of hard work, on
// purpose, and an archive is many files, so the passphrase protects one small
// file, [KeyFile], and in this lies the identity that opens all others.
//
//	passphrase ─ scrypt ─► key.age ─ identity ─┐
//	identity file ─────────────────────────────┴─► every other file
//
// All is what the age program does, so it opens each file by hand:
//
//	age -d -i key.txt FILE
//	age -d -o key.txt key.age && age -d -i key.txt FILE
//
// age vouches for each 64 KiB of a file by itself. Where a stretch has been
// changed, [Plain] gives zeros in its place and says so: the layer above has
// checksums of its own and salvages what surrounds it.
package crypt

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"

	"filippo.io/age"
	"filippo.io/age/armor"
)

// KeyFile is the name of the file that a passphrase opens.
const KeyFile = "key.age"

// A KeyError says that there is no key, or the wrong one.
type KeyError struct {
	Missing    bool // none was given
	Passphrase bool // a passphrase would do
	Err        error
}

func (e *KeyError) Error() string { return e.Err.Error() }
func (e *KeyError) Unwrap() error { return e.Err }

const smallFile = 1 << 20 // bytes of the largest file of keys that is read

// Keys are what a command was given to open archives with. Files are read and
// the passphrase is asked for when the first encrypted archive is met, and
// once only. Safe for many goroutines; nil opens nothing.
type Keys struct {
	Files      []string               // of identities, as age-keygen writes them
	Passphrase func() (string, error) // asks for it; nil if nobody can be asked
	// NewPassphrase asks for one that has not been used before, and so may have
	// been mistyped; nil means Passphrase.
	NewPassphrase func() (string, error)

	mu    sync.Mutex
	ids   []age.Identity
	read  bool
	asked *string
}

// A Key opens files.
type Key struct{ ids []age.Identity }

// Key finds the key to an archive, whose KeyFile is keyFile; nil if it has
// none. The error is a [*KeyError] unless a file cannot be read.
func (k *Keys) Key(keyFile []byte) (*Key, error) {
	none := &KeyError{Missing: true, Passphrase: keyFile != nil, Err: errors.New("the archive is encrypted")}
	if k == nil {
		return nil, none
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.read {
		for _, name := range k.Files {
			ids, err := k.file(name)
			if err != nil {
				return nil, err
			}
			k.ids = append(k.ids, ids...)
		}
		k.read = true
	}
	switch {
	case len(k.ids) > 0:
		return &Key{k.ids}, nil
	case keyFile == nil || k.Passphrase == nil:
		return nil, none
	}
	ids, err := k.unlock(keyFile)
	if err != nil {
		return nil, err
	}
	return &Key{ids}, nil
}

// file reads a file of identities, which may itself need the passphrase.
func (k *Keys) file(name string) ([]age.Identity, error) {
	raw, err := readSmall(name)
	if err != nil {
		return nil, &KeyError{Missing: true, Err: fmt.Errorf("identity file: %w", err)}
	}
	if bytes.HasPrefix(raw, []byte("age-encryption.org/")) || bytes.HasPrefix(raw, []byte(armor.Header)) {
		if k.Passphrase == nil {
			return nil, &KeyError{Missing: true, Passphrase: true, Err: fmt.Errorf("the identity file %s needs its passphrase", name)}
		}
		return k.unlock(raw)
	}
	ids, err := age.ParseIdentities(bytes.NewReader(raw))
	if err != nil {
		// What it holds may be a secret all the same: the library's message could quote it.
		return nil, &KeyError{Err: fmt.Errorf("%s holds no identity; it is a text with a line AGE-SECRET-KEY-1..., as age-keygen writes it", name)}
	}
	return ids, nil
}

// unlock opens a file of identities with the passphrase.
func (k *Keys) unlock(raw []byte) ([]age.Identity, error) {
	if k.asked == nil {
		pass, err := k.Passphrase()
		if err != nil {
			return nil, &KeyError{Passphrase: true, Err: fmt.Errorf("passphrase: %w", err)}
		}
		k.asked = &pass
	}
	id, err := age.NewScryptIdentity(*k.asked)
	if err != nil {
		return nil, &KeyError{Missing: true, Passphrase: true, Err: errors.New("the passphrase is empty")}
	}
	var src io.Reader = bytes.NewReader(raw)
	if bytes.HasPrefix(raw, []byte(armor.Header)) {
		src = armor.NewReader(src)
	}
	plain, err := age.Decrypt(src, id)
	if err != nil {
		return nil, &KeyError{Passphrase: true, Err: errors.New("the passphrase is wrong")}
	}
	ids, err := age.ParseIdentities(io.LimitReader(plain, smallFile))
	if err != nil {
		return nil, &KeyError{Passphrase: true, Err: errors.New("the passphrase opens the key file, but no identity is in it")}
	}
	return ids, nil
}

func readSmall(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, smallFile+1))
	if err == nil && len(raw) > smallFile {
		err = errors.New("too large for a file of keys")
	}
	return raw, err
}

// New asks for a passphrase and makes a new key with it: the lock, the key to
// it and the content of the archive's [KeyFile].
func (k *Keys) New() (*Lock, *Key, []byte, error) {
	if k == nil || k.Passphrase == nil {
		return nil, nil, nil, &KeyError{Missing: true, Passphrase: true, Err: errors.New("there is no passphrase")}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.asked == nil {
		ask := k.NewPassphrase
		if ask == nil {
			ask = k.Passphrase
		}
		pass, err := ask()
		if err != nil {
			return nil, nil, nil, &KeyError{Passphrase: true, Err: fmt.Errorf("passphrase: %w", err)}
		}
		k.asked = &pass
	}
	return newPassphrase(*k.asked)
}

// A Lock is the recipients that files are encrypted to.
type Lock struct {
	to    []age.Recipient
	names []string
}

// NewLock reads recipients: age1..., or @FILE with one a line.
func NewLock(recipients []string) (*Lock, error) {
	l := &Lock{}
	for _, r := range recipients {
		if name, isFile := strings.CutPrefix(r, "@"); isFile {
			raw, err := readSmall(name)
			if err != nil {
				return nil, fmt.Errorf("recipients: %w", err)
			}
			r = string(raw)
		}
		for line := range strings.Lines(r) {
			if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
				continue
			}
			to, err := age.ParseRecipients(strings.NewReader(line))
			if strings.HasPrefix(strings.ToUpper(line), "AGE-SECRET-KEY-") {
				return nil, errors.New("an identity, which is secret, is given as a recipient; the recipient is the line age1... that age-keygen prints with it")
			}
			if err != nil {
				return nil, fmt.Errorf("%.80q is no recipient; it is the line age1... that age-keygen prints, or @FILE with such lines", line)
			}
			if !slices.Contains(l.names, line) {
				l.to, l.names = append(l.to, to...), append(l.names, line)
			}
		}
	}
	if len(l.to) == 0 {
		return nil, errors.New("recipients: none is given")
	}
	slices.Sort(l.names)
	return l, nil
}

// Names are the recipients as they are written, sorted.
func (l *Lock) Names() []string { return l.names }

// Encrypt returns a writer that encrypts to w; Close it.
func (l *Lock) Encrypt(w io.Writer) (io.WriteCloser, error) { return age.Encrypt(w, l.to...) }

// work is how hard a passphrase is to guess: 2 to this power of scrypt's
// rounds, age's own default. Tests make it less.
var work = 18

// newPassphrase makes an identity, a lock and a key for it, and the content of
// a [KeyFile] in which passphrase keeps it.
func newPassphrase(passphrase string) (*Lock, *Key, []byte, error) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, nil, nil, err
	}
	to, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return nil, nil, nil, &KeyError{Missing: true, Passphrase: true, Err: errors.New("the passphrase is empty")}
	}
	to.SetWorkFactor(work)
	var out bytes.Buffer
	w, err := age.Encrypt(&out, to)
	if err == nil {
		_, err = fmt.Fprintf(w, "# the key of a gptsnap archive\n# public key: %s\n%s\n", id.Recipient(), id)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return nil, nil, nil, err
	}
	l, err := NewLock([]string{id.Recipient().String()})
	return l, &Key{[]age.Identity{id}}, out.Bytes(), err
}

// Fits makes sure that a key opens what is encrypted with the lock: nobody
// should fill an archive that he cannot read. The error is a [*KeyError].
func (l *Lock) Fits(k *Key) error {
	var out bytes.Buffer
	w, err := l.Encrypt(&out)
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		return err
	}
	if _, err := age.Decrypt(&out, k.ids...); err != nil {
		return &KeyError{Err: errors.New("the identity that is given belongs to none of the recipients, so the archive could not be read with it")}
	}
	return nil
}
