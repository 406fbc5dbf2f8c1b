package analyze

import (
	"cmp"
	"io"
	"maps"
	"path"
	"slices"
	"strings"

	"gptsnap/formats/chat"
	"gptsnap/formats/source"
)

// A stock knows every file that conversations refer to, each once.
type stock struct {
	open func(*chat.File) (io.ReadCloser, error) // nil: nobody can look
	all  map[string]*stored
}

// A stored is one file.
type stored struct {
	chat.File
	conversation string // the first that names it
	title        string
	references   int
	looked       bool
	held         chat.File // what is known of its bytes where they are kept
}

func newStock(o Options) stock { return stock{open: o.File, all: map[string]*stored{}} }

// observe takes note of the files of one conversation, and looks for the
// bytes of those that it did not know.
func (k *stock) observe(t *Tally) {
	for i := range t.Chat.Nodes {
		m := t.Chat.Nodes[i].Message
		if m == nil {
			continue
		}
		for f := range m.Files() {
			id, err := source.FileID(f)
			if err != nil {
				id = cmp.Or(f.Pointer, f.ID, f.Name)
			}
			one := k.all[id]
			if one == nil {
				one = &stored{File: chat.File{Pointer: strings.Clone(f.Pointer), ID: strings.Clone(f.ID), Message: strings.Clone(cmp.Or(f.Message, m.ID))}}
				k.all[strings.Clone(id)] = one
			}
			if one.references == 0 || t.Chat.ID < one.conversation { // not the first met: order must not matter
				one.conversation, one.title = strings.Clone(t.Chat.ID), strings.Clone(t.Chat.Title)
			}
			one.references++
			one.learn(f)
			if !one.looked && k.open != nil {
				one.looked = true
				one.look(k.open)
			}
		}
	}
}

// learn takes over what f knows and one does not. Of two names or types the
// first in order counts, so that it does not matter who came first.
func (one *stored) learn(f *chat.File) {
	if f.Name != "" && (one.Name == "" || f.Name < one.Name) {
		one.Name = strings.Clone(f.Name)
	}
	if f.MIME != "" && (one.MIME == "" || f.MIME < one.MIME) {
		one.MIME = strings.Clone(f.MIME)
	}
	one.Size = max(one.Size, f.Size)
	one.Pasted = one.Pasted || f.Pasted
}

func (one *stored) look(open func(*chat.File) (io.ReadCloser, error)) {
	f := chat.File{Pointer: one.Pointer, ID: one.ID, Message: one.Message} // and not what messages say of it
	in, err := open(&f)
	if err != nil {
		one.Missing = err.Error()
		return
	}
	in.Close()
	one.held = f
}

// settle takes from the bytes what no message told, and their size: messages
// tell that of what was uploaded, and the site may have made it smaller.
func (one *stored) settle() {
	one.Name, one.MIME = cmp.Or(one.Name, one.held.Name), cmp.Or(one.MIME, one.held.MIME)
	one.Size = cmp.Or(one.held.Size, one.Size)
}

// fileKinds maps the endings of names to kinds, for files without a type that
// tells; every other one is "other".
var fileKinds = map[string]string{
	".png": "image", ".jpg": "image", ".jpeg": "image", ".webp": "image", ".gif": "image", ".heic": "image", ".svg": "image",
	".mp3": "audio", ".wav": "audio", ".m4a": "audio", ".ogg": "audio", ".mp4": "video", ".mov": "video", ".webm": "video",
	".pdf": "document", ".docx": "document", ".doc": "document", ".odt": "document", ".rtf": "document", ".pptx": "document", ".epub": "document",
	".csv": "data", ".tsv": "data", ".xlsx": "data", ".xls": "data", ".json": "data", ".jsonl": "data", ".parquet": "data", ".xml": "data", ".yaml": "data", ".sqlite": "data",
	".zip": "archive", ".gz": "archive", ".tar": "archive", ".7z": "archive", ".txt": "text", ".md": "text", ".log": "text", ".html": "text",
	".py": "code", ".js": "code", ".ts": "code", ".go": "code", ".rs": "code", ".c": "code", ".h": "code", ".cpp": "code", ".java": "code", ".sh": "code", ".ipynb": "code", ".sql": "code", ".css": "code",
}

// kindOf says what sort of file one is: by the ending of its name, else by its type.
func (one *stored) kindOf() string {
	if k := fileKinds[strings.ToLower(path.Ext(one.Name))]; k != "" {
		return k
	}
	kind, sub, _ := strings.Cut(one.MIME, "/")
	switch {
	case kind == "image" || kind == "audio" || kind == "video" || kind == "text":
		return kind
	case sub == "pdf" || strings.Contains(sub, "word") || strings.Contains(sub, "presentation"):
		return "document"
	case sub == "json" || sub == "xml" || strings.Contains(sub, "sheet") || strings.Contains(sub, "excel"):
		return "data"
	case sub == "zip" || sub == "gzip":
		return "archive"
	case strings.HasPrefix(one.Pointer, "sandbox:"):
		if k := fileKinds[strings.ToLower(path.Ext(one.Pointer))]; k != "" {
			return k
		}
	}
	return "other"
}

// files counts the files of conversations by their kind.
type files struct{ stock }

func newFiles(o Options) Metric { return &files{newStock(o)} }

// Observe takes note of the files of one conversation.
func (k *files) Observe(t *Tally) { k.observe(t) }

type fileRow struct {
	kind                                      string
	files, references, bytes, unsized, absent int
	missingBytes                              int
}

func (r *fileRow) add(f *stored) {
	r.files++
	r.references += f.references
	r.bytes += int(f.Size)
	r.unsized += one(f.Size == 0)
	if f.Missing != "" {
		r.absent++
		r.missingBytes += int(f.Size)
	}
}

// Table has the kind with the most files first.
func (k *files) Table() Table {
	rows := map[string]*fileRow{}
	var sum fileRow
	for _, one := range k.all {
		one.settle()
		kind := one.kindOf()
		if rows[kind] == nil {
			rows[kind] = &fileRow{kind: kind}
		}
		rows[kind].add(one)
		sum.add(one)
	}
	t := Table{
		Report: "files", Title: "Files by kind", Chart: Chart{Shape: Bars, Label: "kind", Value: "files"}, Counted: "each file once, whatever number of messages name it",
		Columns: []Column{
			{Key: "kind", Heading: "Kind"},
			{Key: "files", Heading: "Files", Kind: Int},
			{Key: "references", Heading: "References", Kind: Int, Rank: 1},
			{Key: "bytes", Heading: "Bytes", Kind: Int},
			{Key: "size_unknown", Heading: "No size", Kind: Int, Rank: 2, Optional: true},
			{Key: "missing", Heading: "Missing", Kind: Int},
			{Key: "missing_bytes", Heading: "Missing bytes", Kind: Int, Rank: 2, Optional: true},
		},
		Notes: []string{"each file: gptsnap list files"},
	}
	for _, r := range slices.SortedFunc(maps.Values(rows), func(a, b *fileRow) int {
		return cmp.Or(cmp.Compare(b.files, a.files), cmp.Compare(a.kind, b.kind))
	}) {
		t.Rows = append(t.Rows, r.values(r.kind))
	}
	t.Total = sum.values(nil)
	return t
}

func (r *fileRow) values(kind any) []any {
	return []any{kind, r.files, r.references, r.bytes, r.unsized, r.absent, r.missingBytes}
}

// fileList has a row for each file.
type fileList struct{ stock }

func newFileList(o Options) Metric { return &fileList{newStock(o)} }

// Observe takes note of the files of one conversation.
func (k *fileList) Observe(t *Tally) { k.observe(t) }

// Table is in the order of ids.
func (k *fileList) Table() Table {
	t := Table{
		Report: "list files", Title: "Files", Counted: "each file once; of the conversations that name it the first in order of ids",
		Columns: []Column{
			{Key: "id", Heading: "File", Flex: true},
			{Key: "name", Heading: "Name", Flex: true},
			{Key: "kind", Heading: "Kind"},
			{Key: "mime", Heading: "Type", Flex: true, Rank: 2},
			{Key: "bytes", Heading: "Bytes", Kind: Int},
			{Key: "references", Heading: "References", Kind: Int, Rank: 2},
			{Key: "missing", Heading: "Missing", Flex: true, Optional: true},
			{Key: "conversation_id", Heading: "Chat", Rank: 1},
			{Key: "title", Heading: "Title", Flex: true, Rank: 2},
		},
	}
	sum := fileRow{}
	for _, id := range slices.Sorted(maps.Keys(k.all)) {
		one := k.all[id]
		one.settle()
		var size any
		if one.Size > 0 {
			size = int(one.Size)
		}
		t.Rows = append(t.Rows, []any{id, text(one.Name), one.kindOf(), text(one.MIME), size, one.references, text(one.Missing), ID(one.conversation), text(one.title)})
		sum.add(one)
	}
	t.Total = []any{nil, nil, nil, nil, sum.bytes, sum.references, nil, nil, nil}
	return t
}
