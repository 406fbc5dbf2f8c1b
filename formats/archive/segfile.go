package archive

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
)

// A segFile is a file of a folder that holds a segment, or a part of one.
type segFile struct {
	name   string
	number int    // of the segment, from 1
	uuid   string // the first 8 digits of the segment's
	from   int64  // where it begins in the segment
	to     int64  // and ends; -1: with the segment
	state  segState
}

// A segState is how far a file has come. Only plain ones are not encrypted.
type segState int

const (
	segPlain segState = iota // grows until it is full
	segRest                  // whole runs, written once
	segHeld                  // of a run at work: is on the disk
	segOpen                  // of a run at work: a power failure may take it
)

var segSuffix = map[string]segState{"tar.zst": segPlain, "tar.zst.age": segRest, "held.age": segHeld, "open.age": segOpen}

var segName = regexp.MustCompile(`^([0-9]{6,9})-([0-9a-f]{8})(?:\.([0-9]{12,18})-([0-9]{12,18}))?\.(tar\.zst|tar\.zst\.age|held\.age|open\.age)$`)

// parseSegName reads the name of a file; ok is false if it is none of ours.
func parseSegName(name string) (s segFile, ok bool) {
	m := segName.FindStringSubmatch(name)
	if m == nil {
		return s, false
	}
	s = segFile{name: name, uuid: m[2], to: -1, state: segSuffix[m[5]]}
	s.number, _ = strconv.Atoi(m[1])
	if m[3] != "" {
		s.from, _ = strconv.ParseInt(m[3], 10, 64)
		s.to, _ = strconv.ParseInt(m[4], 10, 64)
	}
	ranged := m[3] != ""
	switch {
	case s.number < 1, ranged && s.to <= s.from, s.state == segPlain && ranged, s.state > segRest && !ranged:
		return s, false
	}
	return s, s.rename() == name // one name only for each
}

// rename is the name that says what s says.
func (s *segFile) rename() string {
	suffix := [...]string{"tar.zst", "tar.zst.age", "held.age", "open.age"}[s.state]
	if s.to < 0 {
		return fmt.Sprintf("%06d-%s.%s", s.number, s.uuid, suffix)
	}
	return fmt.Sprintf("%06d-%s.%012d-%012d.%s", s.number, s.uuid, s.from, s.to, suffix)
}

// use is what an encrypted file is opened for.
func (s *segFile) use() partUse {
	if s.to < 0 {
		return toRest
	}
	return toRead
}

// A cover is the files that make up the segments of a folder, in their order.
type cover struct {
	files  []segFile
	spare  []string       // files of ours that do not count any more: a writer removes them
	faults []*DamageError // what is missing, or there twice
	next   int            // the number of the next segment
	staged []string       // the file that is to become this one, if a writer has got so far

	strangers []string // names of files that are none of ours
}

// coverOf chooses among all files those that count: of segments from number
// first on, up to but not including limit unless that is 0. first 0 is the
// lowest number there is.
func coverOf(all []segFile, first, limit int) (c cover) {
	slices.SortFunc(all, func(a, b segFile) int {
		return cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.uuid, b.uuid), cmp.Compare(a.from, b.from), cmp.Compare(a.name, b.name))
	})
	c.next = max(first, 1)
	if first == 0 && len(all) > 0 {
		c.next = all[0].number
	}
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].number == all[0].number {
			n++
		}
		group := all[:n]
		all = all[n:]
		number := group[0].number
		if number < first || limit > 0 && number >= limit {
			for _, s := range group {
				c.spare = append(c.spare, s.name)
			}
			continue
		}
		if number > c.next {
			c.fault("segment %s missing: %s", numbers(c.next, number-1), group[0].name+" is there, but not what comes before it")
		}
		c.next = number + 1
		c.segment(group)
	}
	return c
}

func numbers(from, to int) string {
	if from == to {
		return fmt.Sprintf("%06d is", from)
	}
	return fmt.Sprintf("%06d to %06d are", from, to)
}

func (c *cover) fault(format string, a ...any) {
	c.faults = append(c.faults, &DamageError{-1, fmt.Sprintf(format, a...)})
}

// segment chooses among the files of one segment. What a larger file holds as
// well does not count: it has been merged, and was not removed yet.
func (c *cover) segment(group []segFile) {
	uuid := group[0].uuid
	for _, s := range group {
		if s.uuid != uuid {
			c.fault("two files are segment %06d: %s and %s", s.number, group[0].name, s.name)
			break
		}
	}
	var whole *segFile
	pos := int64(0)
	for i := range group {
		if s := &group[i]; s.uuid == uuid && s.to < 0 && (whole == nil || s.state == segRest) {
			whole = s
		}
	}
	if whole != nil {
		c.files = append(c.files, *whole)
		pos = 1<<63 - 1
	}
	var left []segFile
	for _, s := range group {
		switch {
		case s.uuid != uuid, whole != nil && s.name == whole.name:
		case s.to < 0:
			c.fault("two files are segment %06d: %s and %s", s.number, whole.name, s.name)
		default:
			left = append(left, s)
		}
	}
	used := map[string]bool{}
	for i := 0; i < len(left); {
		best := -1
		for ; i < len(left) && left[i].from <= pos; i++ {
			if s := &left[i]; s.from == pos && (best < 0 || s.to > left[best].to || s.to == left[best].to && s.state < left[best].state) {
				best = i
			}
		}
		if best >= 0 {
			c.files = append(c.files, left[best])
			used[left[best].name] = true
			pos = left[best].to
			continue
		}
		// What comes after a gap counts only if it was safe on the disk.
		after := slices.IndexFunc(left[i:], func(s segFile) bool { return s.state != segOpen })
		if after < 0 {
			break
		}
		i += after
		c.fault("bytes %d to %d of segment %06d are missing: no file is named so", pos, left[i].from, left[i].number)
		pos = left[i].from
	}
	for _, s := range left {
		if !used[s.name] {
			c.spare = append(c.spare, s.name)
		}
	}
}
