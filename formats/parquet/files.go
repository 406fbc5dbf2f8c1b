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

// rowGroup is about how many bytes of rows are compressed together, and so
// held in memory.
const rowGroup = 32 << 20

// A table is one file, or one for each month. A file that is being written
// needs megabytes of buffers, so there is never more than one for a table:
// rows of months wait in the spool until all have come, in whatever order.
type table[T any] struct {
	w      *Writer
	name   string
	whole  *output[T]
	months map[string]*month
}

// A month is the rows of one month, waiting.
type month struct {
	rows *stream
	gob  *gob.Encoder
}

func newTable[T any](w *Writer, name string) *table[T] {
	return &table[T]{w: w, name: name, months: map[string]*month{}}
}

// write adds a row, of about size bytes, to the file of a month.
func (t *table[T]) write(name string, row *T, size int) error {
	if !t.w.byMonth {
		if err := t.begin(); err != nil {
			return err
		}
		return t.whole.write(row, size)
	}
	m := t.months[name]
	if m == nil {
		m = &month{rows: t.w.spool.stream()}
		m.gob = gob.NewEncoder(m.rows)
		t.months[name] = m
	}
	return m.gob.Encode(row)
}

// begin opens the file of a table that has only one.
func (t *table[T]) begin() (err error) {
	if t.whole == nil {
		t.whole, err = t.create(t.name + ".parquet")
	}
	return err
}

// close finishes every file of the table.
func (t *table[T]) close() error {
	if !t.w.byMonth {
		return errors.Join(t.begin(), t.whole.close()) // without rows it is a file all the same
	}
	for _, name := range slices.Sorted(maps.Keys(t.months)) {
		out, err := t.create(filepath.Join(t.name, "month="+name, t.w.part))
		if err != nil {
			return err
		}
		rows := gob.NewDecoder(t.months[name].rows.reader())
		for err == nil {
			var row T
			if err = rows.Decode(&row); err == nil {
				err = out.write(&row, sizeOf(&row))
			}
		}
		if err == io.EOF {
			err = nil
		}
		if err = errors.Join(err, out.close()); err != nil {
			return err
		}
	}
	return nil
}

func (t *table[T]) drop() {
	if t.whole != nil {
		_ = t.whole.f.Close() // the file is thrown away
	}
}

// create opens a new file, by its place in the data set.
func (t *table[T]) create(name string) (*output[T], error) {
	path := filepath.Join(t.w.tmp, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return nil, err
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	t.w.names = append(t.w.names, name)
	return &output[T]{f: f, pq: parquet.NewGenericWriter[T](f, parquet.Compression(&codec), parquet.MaxRowsPerRowGroup(100_000),
		parquet.CreatedBy("gptsnap", "1", ""), parquet.KeyValueMetadata("gptsnap.schema", "1"))}, nil
}

// codec is the fastest of zstd: the next slower one makes files 12 % smaller, but
// takes a quarter more time and tens of megabytes for what it looks back at.
var codec = zstd.Codec{Level: zstd.SpeedFastest}

// An output is one open file.
type output[T any] struct {
	f       *os.File
	pq      *parquet.GenericWriter[T]
	one     [1]T
	waiting int // bytes, about
}

func (o *output[T]) write(row *T, size int) error {
	o.one[0] = *row
	if _, err := o.pq.Write(o.one[:]); err != nil {
		return err
	}
	if o.waiting += size; o.waiting < rowGroup {
		return nil
	}
	o.waiting = 0
	return o.pq.Flush()
}

func (o *output[T]) close() error { return errors.Join(o.pq.Close(), o.f.Close()) }

// sizeOf is about how many bytes a row takes.
func sizeOf(row any) int {
	if m, ok := row.(*message); ok {
		return m.size()
	}
	return 256
}
