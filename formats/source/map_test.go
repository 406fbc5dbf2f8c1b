package source

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gptsnap/formats/chat"
	"pgregory.net/rapid"
)

func of(n int, bad func(int) bool) *Source {
	return &Source{Entries: func(yield func(Entry, error) bool) {
		for i := range n {
			e := Entry{ID: fmt.Sprint(i), Decode: func() (*chat.Conversation, error) {
				if bad(i) {
					return nil, errors.New("bad")
				}
				return &chat.Conversation{ID: fmt.Sprint(i)}, nil
			}}
			if !yield(e, nil) {
				return
			}
		}
	}}
}

func TestMapKeepsOrderAndCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, w := rapid.IntRange(0, 40).Draw(t, "n"), rapid.IntRange(1, 6).Draw(t, "workers")
		i := 0
		for id, err := range Map(context.Background(), of(n, func(i int) bool { return i%7 == 3 }), w, func(c *chat.Conversation) (string, error) { return c.ID, nil }) {
			var ee *EntryError
			if errors.As(err, &ee) {
				id = ee.ID
			} else if err != nil {
				t.Fatal(err)
			}
			if id != fmt.Sprint(i) {
				t.Fatalf("got %s, want %d", id, i)
			}
			i++
		}
		if i != n {
			t.Fatalf("%d of %d", i, n)
		}
	})
}

func TestMapLeavesNoGoroutineWhenTheReaderStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for range Map(t.Context(), of(100, func(int) bool { return false }), 4, func(c *chat.Conversation) (int, error) { return 0, nil }) {
			break
		}
		synctest.Wait()
	})
}

func TestMapStopsOnCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last error
	for _, err := range Map(ctx, of(100, func(int) bool { return false }), 2, func(c *chat.Conversation) (int, error) { return 0, nil }) {
		cancel()
		last = err
	}
	if !errors.Is(last, context.Canceled) {
		t.Fatal(last)
	}
}

func TestMapHoldsFewConversationsAtOnce(t *testing.T) {
	const n = 3
	var begun, taken, most atomic.Int64
	src := of(200, func(int) bool { return false })
	for range Map(t.Context(), src, n, func(*chat.Conversation) (int, error) {
		most.Store(max(most.Load(), begun.Add(1)-taken.Load()))
		return 0, nil
	}) {
		time.Sleep(50 * time.Microsecond) // a slow reader
		taken.Add(1)
	}
	if most.Load() > 2*n+1 {
		t.Fatalf("%d held at once, want at most %d", most.Load(), 2*n+1)
	}
}
