package html

import (
	"encoding/binary"
	"iter"
	"math/bits"
)

// gapLists are lists of rising numbers, each list grown by turns with the
// others. A list lies in blocks of growing size, which end in the place of
// the next one; the numbers are gaps, seven bits a byte. So a hundred million
// numbers need little more than as many bytes, and nothing is ever copied.
type gapLists struct {
	lists  []gapList
	held   [][]byte // pieces of pieceSize that blocks are cut from
	pieces int      // of these that are in use
	used   uint32   // of the last piece in use
}

type gapList struct {
	head, at uint32 // places of its first block, and of its next byte
	room     uint32 // bytes left in its last block
	last     uint32 // number, counted from 1
	count    uint32
}

// A place is a piece's number and an offset in it.
const (
	pieceBits = 20
	pieceSize = 1 << pieceBits
	linkSize  = 4
)

// add puts number behind list n, which there is now if there was not. It must
// be larger than all that the list holds.
func (g *gapLists) add(n, number int) {
	for n >= len(g.lists) {
		g.lists = append(g.lists, gapList{})
	}
	l := &g.lists[n]
	gap := uint32(number+1) - l.last
	l.last = uint32(number + 1)
	l.count++
	for ; gap > 127; gap >>= 7 {
		g.put(l, byte(gap)|128)
	}
	g.put(l, byte(gap))
}

// roomOf is what a block holds that is begun for the count-th number of a list.
func roomOf(count uint32) uint32 { return min(256, uint32(8)<<bits.Len32(count>>3)) - linkSize }

func (g *gapLists) put(l *gapList, b byte) {
	if l.room == 0 {
		l.room = roomOf(l.count)
		if g.pieces == 0 || g.used+l.room+linkSize > pieceSize {
			if g.pieces++; g.pieces > len(g.held) {
				g.held = append(g.held, make([]byte, pieceSize))
			}
			g.used = 0
		}
		place := uint32(g.pieces-1)<<pieceBits | g.used
		g.used += l.room + linkSize
		if l.at == 0 {
			l.head = place
		} else { // a block ends in the place of the next one
			binary.LittleEndian.PutUint32(g.bytes(l.at), place)
		}
		l.at = place
	}
	g.bytes(l.at)[0] = b
	l.at++
	l.room--
}

// clear makes them empty, and keeps the room that they had.
func (g *gapLists) clear() { g.lists, g.pieces = g.lists[:0], 0 }

// size is about how many bytes they take.
func (g *gapLists) size() int { return len(g.lists)*20 + g.pieces*pieceSize }

func (g *gapLists) bytes(place uint32) []byte { return g.held[place>>pieceBits][place&(pieceSize-1):] }

// all yields the numbers of list n.
func (g *gapLists) all(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		l := &g.lists[n]
		at, room, number := l.head, roomOf(1), -1
		for count := range l.count {
			gap, shift := 0, 0
			for more := true; more; shift += 7 {
				if room == 0 {
					at, room = binary.LittleEndian.Uint32(g.bytes(at)), roomOf(count+1)
				}
				b := g.bytes(at)[0]
				at++
				room--
				gap |= int(b&127) << shift
				more = b > 127
			}
			if number += gap; !yield(number) {
				return
			}
		}
	}
}
