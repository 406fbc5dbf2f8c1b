package serve

import (
	"slices"
	"sync"

	"gptsnap/formats/chat"
)

// mostShown is how many conversations a list shows that is not whole yet.
const mostShown = 100

// growing is what is known while conversations are read: how many were, and
// which are the newest of them.
type growing struct {
	mu          sync.Mutex
	done, total int
	ended       bool
	newest      []chat.Summary // at most twice as many as are shown
	some        chan struct{}  // closed when there is one
}

func (g *growing) add(s chat.Summary) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.done++; g.done == 1 {
		close(g.some)
	}
	if g.newest = append(g.newest, s); len(g.newest) >= 2*mostShown {
		g.cut()
	}
}

// cut drops all that is not shown.
func (g *growing) cut() {
	slices.SortStableFunc(g.newest, func(a, b chat.Summary) int { return b.Changed().Compare(a.Changed()) })
	g.newest = slices.Clip(g.newest[:min(mostShown, len(g.newest))])
}

// Some is closed when the first conversation is read: if none is, there is
// nothing to show.
func (s *Site) Some() <-chan struct{} { return s.growing.some }

// end says that all are read.
func (g *growing) end() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.ended, g.newest = true, nil
}

// now answers what there is to show, and whether conversations are still read.
func (g *growing) now() (newest []chat.Summary, done, total int, reading bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ended {
		return nil, g.done, g.total, false
	}
	g.cut()
	return slices.Clone(g.newest), g.done, g.total, true
}
