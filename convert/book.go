package convert

import (
	"io"

	"gptsnap/formats/chat"
)

// A Binder is a Renderer whose documents become chapters of one file.
type Binder interface {
	Renderer
	Open(path string) error
	// Put takes a chapter, Index the list of them once all are there; what it
	// answers with goes to Add.
	Put(name string, body []byte) error
	Index(docs []chat.Summary) (name string, body []byte, err error)
	Add(name string, body []byte) error
	Stream(name string, from io.Reader) error
	Close(keep bool) error
}

// A book is a Sink that hands everything to a Binder. It is a folder inside:
// its documents have names, and files stand beside them.
type book struct {
	binder Binder
	path   string
}

func openBook(b Binder, path string) (Sink, error) {
	at, err := fileAt(path)
	if err == nil {
		err = b.Open(at)
	}
	if err != nil {
		return nil, cannotWrite(path, err)
	}
	return &book{b, path}, nil
}

func (b *book) Folder() bool { return true }

func (b *book) Put(name, owner string, body []byte) (Outcome, error) {
	add := b.binder.Put
	if owner == "" {
		add = b.binder.Add
	}
	if err := add(name, body); err != nil {
		return 0, cannotWrite(b.path, err)
	}
	return Written, nil
}

func (b *book) Stream(name string, from io.Reader) error { return b.binder.Stream(name, from) }

func (b *book) Close(keep bool) error {
	if err := b.binder.Close(keep); err != nil {
		return cannotWrite(b.path, err)
	}
	return nil
}
