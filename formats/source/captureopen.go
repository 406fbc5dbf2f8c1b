package source

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"

	"gptsnap/formats/archive"
	"gptsnap/formats/chat"
)

// seen is a file's answer in a capture.
type seen struct {
	offset int64 // of its entry
	name   string
	media  string
	size   int64
}

// openCapture makes a Source of a browser's capture; nil if the file at path
// is none. Bodies stand escaped in it, so they are not read at their places:
// each walk reads the capture again, one entry at a time.
func openCapture(path string) (*Source, error) {
	f := captureFile(path)
	if f == nil {
		return nil, nil
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, Fail(ExitFailed, "", "%w", err)
	}
	read := func(yield func(Item, int64, error) bool) {
		readCapture(io.NewSectionReader(f, 0, info.Size()), nil, yield)
	}
	var all []slot
	files := map[string]seen{}
	n, count, first := 0, 0, error(nil)
	read(func(it Item, offset int64, err error) bool {
		switch n++; {
		case err != nil:
			all = append(all, slot{err: err, n: n})
			if first == nil {
				first = err
			}
		case it.Kind == archive.KindFile:
			files[it.ID] = seen{offset, it.Name, it.Media, it.Size}
		default:
			count++
			all = append(all, slot{id: it.ID, updated: it.Updated, nodes: it.Nodes, n: n, size: it.Size, api: true})
		}
		return true
	})
	if count == 0 {
		f.Close()
		if first == nil {
			first = errors.New("only files are in it; open the chats in the browser while it records")
		}
		return nil, Fail(ExitFailed, accepted, "%s: no conversation in it: %w", path, first)
	}
	slots := winners(all)
	ix := indexOf(slots, func(want []bool) iter.Seq2[Entry, error] {
		return func(yield func(Entry, error) bool) { walkCapture(read, slots, want, yield) }
	})
	s := &Source{Name: "browser capture", Path: path, index: ix, Close: f.Close}
	s.File = func(c *chat.File) (io.ReadCloser, error) { return openSeen(f, info.Size(), files, c) }
	return s.narrowed(nil, nil), nil
}

// walkCapture yields the wanted slots, which are numbered as what is read is.
func walkCapture(read func(func(Item, int64, error) bool), slots []slot, want []bool, yield func(Entry, error) bool) {
	i, n, changed := 0, 0, errors.New("the capture has changed since it was opened")
	stopped := false
	read(func(it Item, _ int64, err error) bool {
		n++
		for i < len(slots) && !want[i] {
			i++
		}
		if i == len(slots) {
			return false
		}
		at := &slots[i]
		if at.n != n {
			return true
		}
		i++
		switch {
		case at.err != nil:
			stopped = !yield(Entry{}, at.err)
		case err != nil || it.ID != at.id:
			stopped = true
			yield(Entry{}, changed)
		default:
			body := it.Body
			stopped = !yield(entry(at, func() ([]byte, error) { return body, nil }), nil)
		}
		return !stopped
	})
	for ; !stopped && i < len(slots); i++ {
		if want[i] {
			yield(Entry{}, changed)
			return
		}
	}
}

// openSeen is [Source.File] of a capture.
func openSeen(f *os.File, size int64, files map[string]seen, c *chat.File) (io.ReadCloser, error) {
	id, err := fileID(c)
	if err != nil {
		return nil, err
	}
	at, ok := files[id]
	if !ok {
		return nil, errors.New("not in the browser capture")
	}
	// What stands before the entry is white space, a comma, or the bracket.
	in := bufio.NewReader(io.NewSectionReader(f, at.offset, size-at.offset))
	if _, err := in.ReadString('{'); err != nil {
		return nil, fmt.Errorf("the capture has changed since it was opened: %w", err)
	}
	if err := in.UnreadByte(); err != nil {
		return nil, err
	}
	var e harEntry
	if err := json.NewDecoder(in).Decode(&e); err != nil {
		return nil, fmt.Errorf("the capture has changed since it was opened: %w", err)
	}
	body, err := e.body()
	if err != nil {
		return nil, err
	}
	if c.Size == 0 {
		c.Size = at.size
	}
	if c.MIME == "" {
		c.MIME = at.media
	}
	return typed(c, io.NopCloser(bytes.NewReader(body)))
}
