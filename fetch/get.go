package fetch

import (
	"context"
	"errors"
	"net/http"

	"gptsnap/formats/chatgpt"
	"gptsnap/formats/source"
)

// getAll gets those of the items that are wanted, in their order, in groups
// where the account has batches.
func (r *run) getAll(ctx context.Context, items []chatgpt.Item) error {
	var todo []chatgpt.Item
	for _, item := range items {
		if r.wanted(item) {
			todo = append(todo, item)
		}
	}
	for done, saved := 0, 0; done < len(todo); {
		group := todo[done:min(done+r.group(), len(todo))]
		if r.o.Limit > 0 {
			left := r.o.Limit - r.report.Fetched - len(r.report.Failed) - len(r.report.Gone)
			group = group[:max(0, min(left, len(group)))]
		}
		if len(group) == 0 {
			r.report.Left += len(todo) - done
			return nil
		}
		r.progress(Progress{Stage: "fetching", Done: done, Total: len(todo)})
		n, err := r.getGroup(ctx, group)
		if err != nil {
			r.report.Left += len(todo) - done - n
			return err
		}
		if done += n; done-saved >= 100 {
			saved = done
			if err := r.saveMemo(); err != nil {
				return err
			}
		}
	}
	r.progress(Progress{Stage: "fetching", Done: len(todo), Total: len(todo)})
	return nil
}

// group is how many conversations are asked for at once.
func (r *run) group() int {
	if r.o.plain || r.memo.Route == routeSingle || r.memo.Route == routePaged {
		return 1
	}
	return batchLimit
}

// getGroup gets some conversations. It answers how many were dealt with; its
// error ends the run.
func (r *run) getGroup(ctx context.Context, group []chatgpt.Item) (int, error) {
	var got map[string]body
	if len(group) > 1 {
		var err error
		got, err = r.batch(ctx, group)
		switch {
		case err == nil:
			r.memo.Route = routeBatch
		case notFound(err):
			r.memo.Route = routeSingle
		case ctx.Err() != nil || r.client.fatal(err) != nil:
			return 0, err
		default:
			// One conversation that the server stumbles over must not cost the
			// other nine: each is asked for by itself, and tells how it is.
		}
	}
	for i, item := range group {
		b, ok := got[item.ID]
		if !ok {
			if err := r.get(ctx, item); err != nil {
				return i, err
			}
			continue
		}
		if err := r.keep(ctx, item, b); err != nil {
			return i, err
		}
	}
	return len(group), nil
}

// get asks for one conversation and stores it. Its error ends the run; what
// concerns this conversation alone goes into the report.
func (r *run) get(ctx context.Context, item chatgpt.Item) error {
	b, err := r.one(ctx, item.ID)
	if err == nil {
		return r.keep(ctx, item, b)
	}
	if ctx.Err() != nil || r.client.fatal(err) != nil {
		return err
	}
	status := (*StatusError)(nil)
	if errors.As(err, &status) && status.Deleted() {
		r.report.Gone = append(r.report.Gone, item.ID)
		return nil
	}
	r.report.fail(item.ID, item.Title, err)
	return r.lost(status, err)
}

// keep stores a conversation, then what belongs to it.
func (r *run) keep(ctx context.Context, item chatgpt.Item, b body) error {
	r.broken = 0
	m := r.meta(b.e, item.ID, b.a)
	m.Updated, m.Nodes, m.Note = changed(item, b.head, m.FetchedAt), b.head.Nodes, b.note
	rec, err := r.archive.Put(m, b.a.Body)
	if err := storing(r.archive, err); errors.Is(err, errStore) {
		return err
	} else if err != nil {
		r.report.fail(item.ID, item.Title, err)
		return nil
	}
	r.held.note(rec)
	r.report.Fetched++
	if b.head.HasMapping {
		r.trees++
	} else {
		r.report.Partial++
	}
	r.report.Bytes += int64(len(b.a.Body))
	if err := r.attend(ctx, rec, b.a.Body); err != nil {
		return err
	}
	r.attended(rec)
	return nil
}

// lost ends a run whose server has gone away: without it, every conversation
// left would be waited for in vain.
func (r *run) lost(status *StatusError, err error) error {
	switch {
	case status == nil:
		r.broken++
	case status.Code >= http.StatusBadGateway:
		r.broken++
	default:
		r.broken = 0
	}
	if r.broken < 5 {
		return nil
	}
	return source.Fail(source.ExitFailed, "check the connection, then run the same command again: it goes on from here",
		"the server could not be reached %d times in a row: %w", r.broken, err)
}
