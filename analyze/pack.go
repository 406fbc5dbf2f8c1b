package analyze

import (
	"fmt"
	"slices"
)

// A pack holds rows as bytes. It is what a report keeps that has a row for
// every conversation, or file: as values such a row takes a kilobyte, all of
// it for the garbage collector to follow, and in here about a hundred bytes.
// So an account of 50,000 conversations takes little more memory than one of
// 5,000. Rows come out one at a time, when they are printed.
//
// A value is a byte that says of what type it is, and then what it is; small
// numbers, unknown and yes or no are that one byte. What comes out is what
// went in, with times in UTC. The bytes of a row never move: an order of rows
// is an order of their spots, and copies of a pack may share the bytes as
// long as nothing is appended.
type pack struct {
	width  int // values of each row
	blocks [][]byte
	spots  []spot // of the rows, in the order in which they stand
	pick   []int  // the columns that come out, in this order; nil: all
	row    []byte // room to pack one in
}

// A spot is where a row begins: in which block, and at which byte of it.
type spot struct{ block, at uint32 }

// Blocks double from the first of these sizes to the second: few rows take
// little, and many leave little empty. A row is in one block.
const (
	leastBlock = 1 << 10
	mostBlock  = 64 << 10
)

// append packs a row behind the others, and keeps nothing else of it. All
// rows have the same number of values, of the types that a [Table] holds.
func (p *pack) append(row []any) {
	if len(p.spots) == 0 {
		p.width = len(row)
	} else if len(row) != p.width {
		panic(fmt.Sprintf("a row of %d values among rows of %d", len(row), p.width))
	}
	p.row = p.row[:0]
	for _, v := range row {
		p.row = packed(p.row, v)
	}
	last := len(p.blocks) - 1
	if last < 0 || len(p.blocks[last])+len(p.row) > cap(p.blocks[last]) {
		size := leastBlock
		if last >= 0 {
			size = min(2*cap(p.blocks[last]), mostBlock)
		}
		p.blocks = append(p.blocks, make([]byte, 0, max(size, len(p.row))))
		last++
	}
	p.spots = append(p.spots, spot{uint32(last), uint32(len(p.blocks[last]))})
	p.blocks[last] = append(p.blocks[last], p.row...)
}

// at is row i.
func (p *pack) at(i int) []any {
	row, b := make([]any, p.width), p.bytes(i)
	for k := range row {
		row[k], b = unpacked(b)
	}
	if p.pick == nil {
		return row
	}
	some := make([]any, len(p.pick))
	for to, k := range p.pick {
		some[to] = row[k]
	}
	return some
}

// cell is column k of row i.
func (p *pack) cell(i, k int) any {
	if p.pick != nil {
		k = p.pick[k]
	}
	b := p.bytes(i)
	for range k {
		b = b[size(b):]
	}
	v, _ := unpacked(b)
	return v
}

func (p *pack) bytes(i int) []byte { return p.blocks[p.spots[i].block][p.spots[i].at:] }

// copy is a pack of the same rows, which may be put in another order.
func (p *pack) copy() *pack {
	c := *p
	c.spots, c.row = slices.Clone(p.spots), nil
	return &c
}

// sort orders the rows by columns; of equals the one that stood first.
func (p *pack) sort(by ...rank) {
	order, first := make([]int32, len(p.spots)), make([]any, len(p.spots))
	for i := range order {
		order[i], first[i] = int32(i), p.cell(i, by[0].column)
	}
	slices.SortFunc(order, func(i, j int32) int {
		d := by[0].compare(first[i], first[j])
		for k := 1; k < len(by) && d == 0; k++ { // few come here: it need not be fast
			d = by[k].compare(p.cell(int(i), by[k].column), p.cell(int(j), by[k].column))
		}
		if d == 0 {
			d = int(i - j)
		}
		return d
	})
	spots := make([]spot, len(order))
	for to, i := range order {
		spots[to] = p.spots[i]
	}
	p.spots = spots
}

// keep leaves only the rows of which ok is true.
func (p *pack) keep(ok func(row int) bool) {
	var spots []spot
	for i, at := range p.spots {
		if ok(i) {
			spots = append(spots, at)
		}
	}
	p.spots = spots
}

// choose lets only these columns come out, in this order.
func (p *pack) choose(columns []int) {
	pick := slices.Clone(columns)
	for i, k := range pick {
		if p.pick != nil {
			pick[i] = p.pick[k]
		}
	}
	p.pick = pick
}
