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

// A stock knows every file that conversations refer to, each once. The reports
// of one run share it.
type stock struct {
	open   func(*chat.File) (io.ReadCloser, error) // nil: nobody can look
	all    map[string]*stored
	listed bool              // each file is shown, with all that is told of it
	last   *Tally            // the one that was observed last
	same   map[string]string // types of files and reasons, which are few
}

// A stored is one file.
type stored struct {
	name, mime         string
	sandbox            string // what kind the ending of its place in a sandbox tells
	heldName, heldMIME string // what is known of its bytes where they are kept
	size, heldSize     int64
	missing            string // why there are none; what it quotes only if listed
	conversation       string // the first that names it, if listed or missing
	title              string // if listed
	references         int
}

// newStock is the stock of the run, or a new one.
func newStock(o Options) *stock {
	if o.stock != nil {
		return o.stock
	}
	return &stock{open: o.File, all: map[string]*stored{}, same: map[string]string{}}
}

// observe takes note of the files of one conversation, and looks for the
// bytes of those that it did not know.
func (k *stock) observe(t *Tally) {
	if k.last == t {
		return // another report has shown it
	}
	k.last = t
	var chat, title string // clones, once somebody needs them
	for i := range t.Chat.Nodes {
		m := t.Chat.Nodes[i].Message
		if m == nil {
			continue
		}
		for f := range m.Files() {
			id := source.FileKey(f)
			one := k.all[id]
			if one == nil {
				one = &stored{}
				if strings.HasPrefix(f.Pointer, "sandbox:") {
					one.sandbox = fileKinds[strings.ToLower(path.Ext(f.Pointer))]
				}
				k.all[strings.Clone(id)] = one
				k.look(one, f, m)
			}
			// Not the first met: order must not matter.
			if (k.listed || one.missing != "") && (one.references == 0 || t.Chat.ID < one.conversation) {
				if chat == "" {
					chat = strings.Clone(t.Chat.ID)
				}
				if title == "" && k.listed {
					title = strings.Clone(t.Chat.Title)
				}
				one.conversation, one.title = chat, title
			}
			one.references++
			k.learn(one, f)
		}
	}
}

// learn takes over what f knows and one does not. Of two names or types the
// first in order counts, so that it does not matter who came first.
func (k *stock) learn(one *stored, f *chat.File) {
	if f.Name != "" && (one.name == "" || f.Name < one.name) {
		one.name = strings.Clone(f.Name)
	}
	if f.MIME != "" && (one.mime == "" || f.MIME < one.mime) {
		one.mime = k.shared(f.MIME)
	}
	one.size = max(one.size, f.Size)
}

// look looks for the bytes of one by what f, of message m, calls it, and not
// by what f says of it.
func (k *stock) look(one *stored, f *chat.File, m *chat.Message) {
	if k.open == nil {
		return
	}
	held := chat.File{Pointer: f.Pointer, ID: f.ID, Message: cmp.Or(f.Message, m.ID)}
	in, err := k.open(&held)
	if err != nil {
		if one.missing = err.Error(); !k.listed {
			one.missing = k.shared(general(one.missing))
		}
		return
	}
	in.Close()
	one.heldName, one.heldMIME, one.heldSize = strings.Clone(held.Name), k.shared(held.MIME), held.Size
}

// shared is a copy of s that all who have the same share.
func (k *stock) shared(s string) string {
	have, ok := k.same[s]
	if !ok {
		have = strings.Clone(s)
		k.same[have] = have
	}
	return have
}

// settle takes from the bytes what no message told, and their size: messages
// tell that of what was uploaded, and the site may have made it smaller.
func (one *stored) settle() {
	one.name, one.mime = cmp.Or(one.name, one.heldName), cmp.Or(one.mime, one.heldMIME)
	one.size = cmp.Or(one.heldSize, one.size)
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
	if k := fileKinds[strings.ToLower(path.Ext(one.name))]; k != "" {
		return k
	}
	kind, sub, _ := strings.Cut(one.mime, "/")
	switch {
	case kind == "image" || kind == "audio" || kind == "video" || kind == "text":
		return kind
	case sub == "pdf" || strings.Contains(sub, "word") || strings.Contains(sub, "presentation"):
		return "document"
	case sub == "json" || sub == "xml" || strings.Contains(sub, "sheet") || strings.Contains(sub, "excel"):
		return "data"
	case sub == "zip" || sub == "gzip":
		return "archive"
	}
	return cmp.Or(one.sandbox, "other")
}

// files counts the files of conversations by their kind.
type files struct{ *stock }

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
	r.bytes += int(f.size)
	r.unsized += one(f.size == 0)
	if f.missing != "" {
		r.absent++
		r.missingBytes += int(f.size)
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
type fileList struct{ *stock }

func newFileList(o Options) Metric {
	o.stock = nil
	k := &fileList{newStock(o)}
	k.listed = true
	return k
}

// Observe takes note of the files of one conversation.
func (k *fileList) Observe(t *Tally) { k.observe(t) }

// Table is in the order of ids.
func (k *fileList) Table() Table {
	t := Table{
		Report: "list files", Title: "Files", many: &pack{}, Counted: "each file once; of the conversations that name it the first in order of ids",
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
		if one.size > 0 {
			size = int(one.size)
		}
		t.put([]any{id, text(one.name), one.kindOf(), text(one.mime), size, one.references, text(one.missing), ID(one.conversation), text(one.title)})
		sum.add(one)
	}
	t.Total = []any{nil, nil, nil, nil, sum.bytes, sum.references, nil, nil, nil}
	return t
}
