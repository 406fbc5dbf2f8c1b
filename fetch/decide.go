package fetch

import (
	"time"

	"gptsnap/formats/archive"
	"gptsnap/formats/chatgpt"
)

// rounding is by how much two forms of the same time may differ: a list gives
// microseconds, bodies and exports fractions of a second.
const rounding = time.Millisecond

// A state is what a listed conversation is to the archive.
type state int

const (
	same    state = iota // held as the server has it
	unheld               // not held
	newer                // held in an older state
	outside              // older than --since
)

func (r *run) state(item chatgpt.Item) state {
	if !r.o.Since.IsZero() && !item.Updated.IsZero() && item.Updated.Before(r.o.Since) {
		return outside
	}
	rec, ok := r.held.latest(archive.KindConversation, item.ID)
	switch {
	case !ok:
		return unheld
	case item.Updated.After(rec.Updated.Add(rounding)):
		return newer
	}
	return same
}

// removed reports whether a conversation was taken out of the archive for good.
func (h holding) removed(id string) bool {
	_, ok := h.latest(archive.KindTombstone, id)
	return ok
}

// wanted decides and counts whether an item is to be got.
func (r *run) wanted(item chatgpt.Item) bool {
	if r.held.removed(item.ID) {
		r.report.Removed++
		return false
	}
	switch r.state(item) {
	case outside:
		r.report.Outside++
		return false
	case unheld:
		r.report.New++
	case newer:
		r.report.Changed++
	default:
		r.report.Unchanged++
		return r.o.Full
	}
	return true
}

// changed is the time that later runs compare the list's with. It is the
// list's, or the body's when that is later because the conversation was
// touched in between; but never one in the future, which would hide changes.
func changed(item chatgpt.Item, head chatgpt.Head, now time.Time) time.Time {
	if head.Updated.After(item.Updated) && !head.Updated.After(now) || item.Updated.IsZero() {
		return head.Updated
	}
	return item.Updated
}
