package parquet

import (
	"encoding/gob"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

// A file that is being written needs megabytes of buffers, for each column of
// its own, so never is more than one open: that of the messages while
// conversations come, if they go into one file. All other rows, and those of
// months, wait in the spool until all have come, in whatever order; then file
// after file is written. What is compressed waits for the rest of its row
// group in a second spool.
const (
	// rowGroup is about how many bytes of rows stand together: what an engine
	// reads at a time, and the least that two of its workers can share.
	rowGroup = 32 << 20
	// pageSize is about how many bytes of a column are compressed at a time,
	// and so held in memory, for each of some ninety columns.
	pageSize = 128 << 10
)

// A table is one file, or one for each month.
type table[T any] struct {
	w        *Writer
	name     string
	byMonth  bool
	straight bool       // written as its rows come: one table at most, and not by months
	out      *output[T] // nil while nothing is open
	waiting  map[string]*waiting
}

// waiting are rows of one file.
type waiting struct {
	rows *stream
	gob  *gob.Encoder
}

func newTable[T any](w *Writer, name string, byMonth bool) *table[T] {
	return &table[T]{w: w, name: name, byMonth: byMonth, waiting: map[string]*waiting{}}
}

// file is the place of a file in the data set; month is "" if there are none.
func (t *table[T]) file(month string) string {
	switch {
	case t.byMonth:
		return filepath.Join(t.name, "month="+month, t.w.part)
	case t.w.byMonth:
		return filepath.Join(t.name, t.w.part)
	}
	return t.name + ".parquet"
}

// write adds a row to the file of a month.
func (t *table[T]) write(month string, row *T) error {
	if t.straight {
		if err := t.begin(""); err != nil {
			return err
		}
		return t.out.write(row)
	}
	return t.wait(month).gob.Encode(row)
}

func (t *table[T]) wait(month string) *waiting {
	m := t.waiting[month]
	if m == nil {
		m = &waiting{rows: t.w.spool.stream()}
		m.gob = gob.NewEncoder(m.rows)
		t.waiting[month] = m
	}
	return m
}

// close finishes every file of the table.
func (t *table[T]) close() error {
	if t.straight {
		if err := t.begin(""); err != nil { // without rows it is a file all the same
			return err
		}
		return t.out.end()
	}
	if !t.byMonth {
		t.wait("") // likewise
	}
	for _, month := range slices.Sorted(maps.Keys(t.waiting)) {
		if err := t.begin(month); err != nil {
			return err
		}
		rows := gob.NewDecoder(t.waiting[month].rows.reader())
		for {
			var row T
			if err := rows.Decode(&row); err == io.EOF {
				break
			} else if err != nil {
				return err
			}
			if err := t.out.write(&row); err != nil {
				return err
			}
		}
		if err := t.out.end(); err != nil {
			return err
		}
		delete(t.waiting, month)
	}
	t.out = nil
	return nil
}

// drop gives up the file that is open, which is thrown away.
func (t *table[T]) drop() {
	if t.out != nil && t.out.f != nil {
		_ = t.out.f.Close() // nobody reads it
	}
}

// begin opens the file of a month, unless it is open.
func (t *table[T]) begin(month string) error {
	if t.out != nil && t.out.f != nil {
		return nil
	}
	name := t.file(month)
	path := filepath.Join(t.w.tmp, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	t.w.names = append(t.w.names, name)
	if t.out != nil {
		t.out.f = f
		t.out.pq.Reset(f) // its buffers serve again
		return nil
	}
	options := []parquet.WriterOption{parquet.Compression(&codec), parquet.MaxRowsPerRowGroup(100_000),
		parquet.PageBufferSize(pageSize), parquet.ColumnPageBuffers(t.w.pages),
		parquet.CreatedBy("gptsnap", "1", ""), parquet.KeyValueMetadata("gptsnap.schema", "1")}
	for _, column := range prose {
		options = append(options, parquet.SkipPageBounds(column...))
	}
	t.out = &output[T]{f: f, pq: parquet.NewGenericWriter[T](f, options...)}
	return nil
}

// prose are the columns of which nobody wants to know the least and the
// greatest value of a page. To keep those costs megabytes: they are as long as
// messages are, and the library holds them until the file ends.
var prose = [][]string{
	{"text"}, {"parts", "list", "element", "text"}, {"feedback", "list", "element", "text"},
	{"citations", "list", "element", "label"}, {"citations", "list", "element", "title"}, {"citations", "list", "element", "url"},
	{"parts", "list", "element", "title"}, {"parts", "list", "element", "url"},
}

// codec is the fastest of zstd: the next slower one makes files 12 % smaller, but
// takes a quarter more time and tens of megabytes for what it looks back at.
var codec = zstd.Codec{Level: zstd.SpeedFastest}

// An output writes one file after the other.
type output[T any] struct {
	f       *os.File // nil between two files
	pq      *parquet.GenericWriter[T]
	one     [1]T
	waiting int // bytes of the row group, about
}

func (o *output[T]) write(row *T) error {
	o.one[0] = *row
	if _, err := o.pq.Write(o.one[:]); err != nil {
		return err
	}
	if o.waiting += sizeOf(row); o.waiting < rowGroup {
		return nil
	}
	o.waiting = 0
	return o.pq.Flush()
}

// end finishes the file.
func (o *output[T]) end() error {
	err := errors.Join(o.pq.Close(), o.f.Close())
	o.f, o.waiting = nil, 0
	return err
}

// sizeOf is about how many bytes a row takes.
func sizeOf(row any) int {
	if m, ok := row.(*message); ok {
		return m.size()
	}
	return 256
}
