package archive

import (
	"fmt"
	"path/filepath"
	"strings"

	"gptsnap/formats/archive/crypt"
)

// begin makes a view an archive whose first segment is as yet first.
func (f *folder) begin(v folderView, first []byte) error {
	if !v.shadow {
		if err := f.disk.mkdir(v.dir); err != nil {
			return err
		}
		if v.dir != f.root {
			if err := f.wipe(v); err != nil {
				return err
			}
		}
		if f.pass != nil {
			if err := f.whole(filepath.Join(v.dir, crypt.KeyFile), f.pass, true); err != nil {
				return err
			}
		}
		h := *f.head
		h.First, h.Limit = 1, 0
		if err := f.writeHead(v.dir, h); err != nil {
			return err
		}
		if v.dir == f.root {
			f.head = &h
		}
		return f.addSegment(v.dir, 1, first)
	}
	h := f.headOr()
	if h.Limit == 0 {
		c, err := f.listing(folderView{f.root, false})
		if err != nil {
			return err
		}
		h.Limit = c.next
	}
	if h.First == 0 {
		h.First = 1
	}
	if err := f.writeHead(v.dir, h); err != nil {
		return err
	}
	f.head = &h
	return f.addSegment(v.dir, h.Limit, first)
}

// headOr is what segments.json says, or would say if it were there.
func (f *folder) headOr() folderHead {
	if f.head != nil {
		return *f.head
	}
	h := folderHead{V: 1, Format: folderFormat, Size: segmentSize}
	if f.lock != nil {
		h.Recipients = f.lock.Names()
	}
	return h
}

// take puts the segments of a finished compaction in the place of the others.
// Writing segments.json is the moment at which that happens.
func (f *folder) take() error {
	h := *f.head
	h.First, h.Limit = h.Limit, 0
	if err := f.writeHead(f.root, h); err != nil {
		return err
	}
	f.head = &h
	return f.tidy(folderView{f.root, false})
}

// tidy removes files that do not count any more.
func (f *folder) tidy(v folderView) error {
	c, err := f.listing(v)
	if err != nil {
		return err
	}
	for _, name := range c.spare {
		f.disk.remove(filepath.Join(v.dir, name)) // it only takes room; the next writer tries again
	}
	return nil
}

// wipe removes everything of ours.
func (f *folder) wipe(v folderView) error {
	names, err := f.disk.list(v.dir)
	for _, name := range names {
		_, ours := parseSegName(strings.TrimSuffix(name, stagingMark))
		if ours || name == folderFile || name == crypt.KeyFile {
			if err := f.disk.remove(filepath.Join(v.dir, name)); err != nil {
				return err
			}
		}
	}
	return err
}

// dropShadow gives up a compaction that did not come to its end.
func (f *folder) dropShadow() error {
	if f.head == nil || f.head.Limit == 0 {
		return nil
	}
	if err := f.tidy(folderView{f.root, false}); err != nil {
		return err
	}
	c, err := f.listing(folderView{f.root, true})
	if err != nil {
		return err
	}
	if len(c.files) > 0 {
		return fmt.Errorf("segments of a compaction that was given up cannot be removed, %s first", c.files[0].name)
	}
	h := *f.head
	h.Limit = 0
	if err := f.writeHead(f.root, h); err != nil {
		return err
	}
	f.head = &h
	return nil
}
