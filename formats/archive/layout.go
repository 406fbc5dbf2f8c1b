package archive

import (
	"io"
)

// A frame is one data frame in the file. Its number is its place in
// layout.frames; in its segment it has the number seq.
type frame struct {
	off  int64  // -1: the frame is gone, only its number is known
	size uint32 // bytes in the file, the seal that follows not counted
	raw  uint32
	seg  int32
	seq  uint32
	tail []byte // what could be unpacked of a frame that was never ended; else nil
}

// A segment is one archive as it was created; a file holds several after
// archives have been concatenated.
type segment struct {
	start   int64
	end     int64 // after its last whole piece
	uuid    [16]byte
	first   int     // number of its first frame
	frames  int     // how many data frames it has
	entries []entry // all zstd frames so far, as its next seek table must list them
	last    seal    // the newest
	ended   bool    // the last piece is a seek table that tells the truth
	holes   bool    // bytes in it are not accounted for
}

// A layout is where the frames of a file lie. Finding it needs no unpacking.
type layout struct {
	segs   []*segment
	frames []frame
	end    int64          // after the last piece that is whole and ends on a record
	stop   int64          // where the walk ended; end, unless a record's last frame is missing
	torn   *span          // the frame that begins at end, if one does
	why    string         // what is wrong at end; "" if the file ends there
	lone   bool           // what is wrong is one frame that was never synced
	damage []*DamageError // in the middle
}

// layoutByTables reads the layout from the seek tables at the end of each
// segment; the error is errNoTable unless they account for the whole file.
func layoutByTables(r io.ReaderAt, size int64) (*layout, error) {
	var segs []*segment // last first
	for end := size; end > 0; {
		s, err := segmentBefore(r, end)
		if err != nil {
			return nil, err
		}
		segs = append(segs, s)
		end = s.start
	}
	l := &layout{end: size, stop: size}
	for i := len(segs) - 1; i >= 0; i-- {
		s := segs[i]
		s.first = len(l.frames)
		off := s.start
		for _, e := range s.entries {
			if e.raw > 0 {
				l.frames = append(l.frames, frame{off: off, size: e.size, raw: e.raw, seg: int32(len(l.segs)), seq: uint32(len(l.frames) - s.first)})
			}
			off += int64(e.size)
		}
		l.segs = append(l.segs, s)
	}
	return l, nil
}

// segmentBefore reads the segment whose seek table ends at byte end. The
// table is believed if it is shaped like one of ours and the seal of its last
// frame lies where it says.
func segmentBefore(r io.ReaderAt, end int64) (*segment, error) {
	entries, off, err := tableBefore(r, end)
	if err != nil {
		return nil, err
	}
	s := &segment{end: end, ended: true}
	at, newest := off, int64(0) // newest: where the last seal lies, counted from the start
	for i, e := range entries {
		if at -= int64(e.size); at < 0 {
			return nil, errNoTable
		}
		if e.raw > 0 {
			if e.raw > maxRaw || e.size > maxFrame || i+1 == len(entries) || entries[i+1] != (entry{sealSize, 0}) {
				return nil, errNoTable
			}
			newest = off - at
			s.frames++
		}
	}
	s.start = at
	if s.frames == 0 {
		return nil, errNoTable
	}
	b := make([]byte, sealSize)
	if _, err := r.ReadAt(b, at+newest); err != nil {
		return nil, err
	}
	var ok bool
	if s.last, ok = parseSeal(b); !ok || s.last.seq != uint32(s.frames-1) || s.last.flags&flagWhole == 0 {
		return nil, errNoTable
	}
	s.uuid = s.last.segment
	s.entries = append(entries, entry{size: uint32(end - off)})
	return s, nil
}
