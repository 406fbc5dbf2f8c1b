package source

import (
	"context"
	"errors"
	"iter"
	"sync"

	"gptsnap/formats/chat"
)

// Map decodes every entry and runs f on it, n at a time, and yields what f
// made in the order of s. What a Selection leaves out, seen or unseen, is
// passed over. An [*EntryError] concerns one conversation and the run goes on;
// any other error is the last thing yielded. At most 2n+1 conversations are
// held at once.
func Map[T any](ctx context.Context, s *Source, n int, f func(*chat.Conversation) (T, error)) iter.Seq2[T, error] {
	type result struct {
		value T
		err   error
		skip  bool
	}
	return func(yield func(T, error) bool) {
		ctx, stop := context.WithCancel(ctx)
		var crew sync.WaitGroup
		defer crew.Wait() // s may be closed once Map returns
		defer stop()
		queue := make(chan chan result, n)
		slots := make(chan struct{}, n)
		crew.Go(func() {
			defer close(queue)
			send := func(r chan result) bool {
				select {
				case queue <- r:
					return true
				case <-ctx.Done():
					return false
				}
			}
			for e, err := range s.Entries {
				r := make(chan result, 1)
				if err != nil {
					r <- result{err: err}
					if one := (*EntryError)(nil); !send(r) || !errors.As(err, &one) {
						return
					}
					continue
				}
				select {
				case slots <- struct{}{}:
				case <-ctx.Done():
					return
				}
				if !send(r) {
					return
				}
				crew.Go(func() {
					defer func() { <-slots }()
					c, err := e.Decode()
					var v T
					if errors.Is(err, ErrSkip) {
						r <- result{skip: true}
						return
					}
					if err == nil {
						v, err = f(c)
					}
					if err != nil {
						err = &EntryError{ID: e.ID, Err: err}
					}
					r <- result{value: v, err: err}
				})
			}
		})
		for r := range queue {
			got := <-r
			if got.skip {
				continue
			}
			if !yield(got.value, got.err) {
				return
			}
			if one := (*EntryError)(nil); got.err != nil && !errors.As(got.err, &one) {
				return
			}
		}
		if err := context.Cause(ctx); err != nil {
			var zero T
			yield(zero, err)
		}
	}
}
