package source

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
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
				return &chat.Conversation{ID: fmt.Sprint(i), Title: fmt.Sprint("Talk ", i)}, nil
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

func TestMapPassesOverWhatIsNotSelected(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, w := rapid.IntRange(0, 40).Draw(t, "n"), rapid.IntRange(1, 6).Draw(t, "workers")
		all := of(n, func(i int) bool { return i%7 == 3 })
		some, err := all.Select(Selection{Title: regexp.MustCompile("[02468]$")})
		if err != nil {
			t.Fatal(err)
		}
		var got, want []string
		for id, err := range Map(context.Background(), some, w, func(c *chat.Conversation) (string, error) { return c.ID, nil }) {
			if one := (*EntryError)(nil); errors.As(err, &one) {
				id = one.ID // whether it would have been chosen nobody can tell
			} else if err != nil {
				t.Fatal(err)
			}
			got = append(got, id)
		}
		for i := range n {
			if i%7 == 3 || i%2 == 0 {
				want = append(want, fmt.Sprint(i))
			}
		}
		if !slices.Equal(got, want) {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

func TestWhatTheFunctionAnswersIsNeverPassedOver(t *testing.T) {
	n := 0
	for _, err := range Map(t.Context(), of(3, func(int) bool { return false }), 2, func(*chat.Conversation) (int, error) { return 0, ErrSkip }) {
		if !errors.Is(err, ErrSkip) {
			t.Fatal(err)
		}
		n++
	}
	if n != 3 {
		t.Fatal(n)
	}
}

func TestMapLeavesNoGoroutineWhateverItReads(t *testing.T) {
	text := "[" + talk("aaaaaaaa", 1, 1) + ",1," + talk("bbbbbbbb", 1, 1) + "," + talk("cccccccc", 1, 1) + "]"
	for _, path := range []string{zipped(t, pair{"conversations.json", text}), folder(t, pair{"conversations.json", text})} {
		s := opened(t, path)
		none, err := s.Select(Selection{Starred: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []*Source{s, none} {
			for stop := range 5 {
				synctest.Test(t, func(t *testing.T) {
					n := 0
					for range Map(t.Context(), s, 2, func(*chat.Conversation) (int, error) { return 0, nil }) {
						if n++; n > stop {
							break
						}
					}
					synctest.Wait()
				})
			}
		}
	}
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
