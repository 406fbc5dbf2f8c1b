package source

import (
	"cmp"
	"fmt"
	"io"
	"iter"
	"path"
	"regexp"
	"strings"
	"time"

	"gptsnap/formats/archive"
)

// An Item is one member of an input as import stores it: a conversation, with
// its exact bytes, or any other file of an export.
type Item struct {
	Kind    string // archive.KindConversation, KindExport or KindFile; of an archive, any kind
	ID      string // the conversation's or file's id; for other members their path in the export
	Name    string // of a file, as its owner knows it, or ""; never a path
	Media   string // MIME type, "" if unknown
	Updated time.Time
	Nodes   int    // of a conversation's tree
	Size    int64  // in bytes
	Body    []byte // of a conversation, nil otherwise; the receiver's to keep
	// Open reads the bytes of what has no Body. It may be called until the
	// Inventory is closed.
	Open func() (io.ReadCloser, error)
	// Truncated: older messages of a conversation are not in the input.
	Truncated bool
	Meta      *archive.Meta // what an archive says of its record; nil for other inputs
}

// An Inventory is everything in an input, in its order, conversations first:
// all copies of a conversation, not only the best. An [*EntryError] among the
// items concerns one of them; any other error ends the walk. Items may be
// ranged over more than once.
type Inventory struct {
	Name  string // of the kind of input: "official export", "JSON file", ...
	Path  string
	Items iter.Seq2[Item, error]
	Close func() error
}

// Contents opens path, anything that [Open] takes, for a walk over all that it
// holds. The input is read once, while Items is ranged over, and no more than
// one conversation is in memory. An encrypted archive is opened with the keys.
func Contents(path string, keys ...*archive.Keys) (*Inventory, error) {
	b, err := open(path)
	if err != nil {
		return nil, err
	}
	if b == nil {
		return archiveContents(path, keys...)
	}
	files := b.assets()
	return &Inventory{Name: b.name, Path: path, Close: b.close,
		Items: func(yield func(Item, error) bool) { b.items(files, normal, yield) }}, nil
}

func (b *box) items(files *assets, lim limits, yield func(Item, error) bool) {
	for _, err := range b.problems {
		if !yield(Item{}, err) {
			return
		}
	}
	isChat := make([]bool, len(b.members))
	for _, k := range b.chats {
		isChat[k] = true
		for f, err := range b.members[k].elements(lim) {
			it := Item{}
			if err == nil {
				it = Item{Kind: archive.KindConversation, ID: f.Head.ID, Media: "application/json", Updated: f.Updated, Nodes: f.Nodes, Size: f.size, Body: f.own(f.element)}
			}
			if !yield(it, err) {
				return
			}
		}
	}
	for i := range b.members {
		if isChat[i] {
			continue
		}
		it, err := b.item(&b.members[i], files)
		if err != nil {
			err = &EntryError{Err: fmt.Errorf("%s: %w", b.members[i].name, err)}
		}
		if !yield(it, err) {
			return
		}
	}
}

// assetName matches the names that begin with the provider's id of a file:
// file-Xy12.dat, file-Xy12-holiday.png, file_0a1b-sanitized.png.
var assetName = regexp.MustCompile(`^(file-[A-Za-z0-9]{8,}|file_[0-9A-Za-z]{8,})(?:[-.].*)?$`)

// item describes a member that holds no conversations.
func (b *box) item(m *member, files *assets) (Item, error) {
	name := strings.TrimPrefix(m.name, b.root)
	it := Item{Kind: archive.KindExport, ID: name, Name: path.Base(name), Size: m.size, Open: m.open}
	if id := assetName.FindStringSubmatch(path.Base(name)); id != nil && files.lookup(id[1]).member == m {
		it.Kind, it.ID = archive.KindFile, id[1]
		it.Name = cmp.Or(files.title(path.Base(name), id[1]), path.Base(name))
	} else if known, ok := files.titles[path.Base(name)]; ok {
		it.Name = path.Base(known)
	}
	if it.Media = cmp.Or(mediaOf(it.Name), mediaOf(name)); it.Media != "" {
		return it, nil
	}
	in, err := m.open()
	if err != nil {
		return Item{}, err
	}
	defer in.Close()
	head, _, err := begin(in)
	it.Media = sniff(head)
	return it, err
}

// archiveContents lists another archive's records, every version of them.
func archiveContents(path string, keys ...*archive.Keys) (*Inventory, error) {
	r, err := archive.Open(path, keys...)
	if err != nil {
		return nil, archiveError(path, err)
	}
	return &Inventory{Name: "archive", Path: path, Close: r.Close, Items: func(yield func(Item, error) bool) {
		for _, rec := range r.All() {
			if rec.Kind == archive.KindRun {
				continue // tells of that archive, not of the account
			}
			it := Item{Kind: rec.Kind, ID: rec.ID, Name: rec.Name, Media: rec.Media, Updated: rec.Updated, Nodes: rec.Nodes, Size: rec.Size, Meta: &rec.Meta}
			it.Open = func() (io.ReadCloser, error) { return r.Open(rec) }
			var err error
			if rec.Kind == archive.KindConversation && answered(&rec) {
				if it.Body, err = r.Read(rec); err != nil {
					it, err = Item{}, &EntryError{ID: rec.ID, Err: err}
				}
			}
			if !yield(it, err) {
				return
			}
		}
		for _, err := range archiveProblems(path, r) {
			if !yield(Item{}, err) {
				return
			}
		}
	}}, nil
}
