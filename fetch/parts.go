package fetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"gptsnap/formats/archive"
	"gptsnap/formats/chatgpt"
	"gptsnap/formats/source"
)

// Parts are the names that --only and --skip take.
func Parts() []string {
	var names []string
	for _, e := range endpoints() {
		if e.Part != "" && !slices.Contains(names, e.Part) {
			names = append(names, e.Part)
		}
	}
	return names
}

// chooseParts says which parts a run reads: all of only, or all if it is
// empty, less those of skip.
func chooseParts(only, skip []string) (map[string]bool, error) {
	all := Parts()
	for _, name := range slices.Concat(only, skip) {
		if !slices.Contains(all, name) {
			return nil, fmt.Errorf("there is no part %q: it is one of %s", name, strings.Join(all, ", "))
		}
	}
	chosen := map[string]bool{}
	for _, name := range all {
		chosen[name] = (len(only) == 0 || slices.Contains(only, name)) && !slices.Contains(skip, name)
	}
	return chosen, nil
}

// absent reports whether err says that this account has no such thing, or may
// not see it: an answer of the server itself that asking again does not change.
func absent(err error) bool {
	s := (*StatusError)(nil)
	return errors.As(err, &s) && (s.class == final && s.Code >= 400 && s.Code < 500 || s.class == forbidden)
}

// optional takes in the error of something that a run can do without. What
// ends every request ends the run; what the account lacks is noted; anything
// else makes the run incomplete.
func (r *run) optional(ctx context.Context, what string, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil || errors.Is(err, errStore) || errors.Is(err, errBudget) || errors.Is(err, errTime):
		return err
	case absent(err):
		r.report.Unavailable = append(r.report.Unavailable, fmt.Sprintf("%s: %s", what, clean(err.Error())))
		return nil
	case r.client.fatal(err) != nil:
		return err
	}
	r.report.Problems = append(r.report.Problems, fmt.Sprintf("%s could not be read: %v", what, err))
	return nil
}

// errCircle says that a list's cursors lead back to where it was.
var errCircle = errors.New("its pages go in a circle")

// A place is where in a list of pages to begin: the number that the page
// gets, and the cursor that asks for it.
type place struct {
	n      int
	cursor string
}

// mostEmpty bounds the empty pages in a row that lead on to another page.
const mostEmpty = 5

// pages asks for all pages of a list from a place on, whatever it is paged by,
// and hands each to take with its number. A page that holds less than was
// asked for, or nothing, is the last one only if nothing leads on from it: one
// that goes by cursors gives none, and one by offsets is empty.
func (r *run) pages(ctx context.Context, e endpoint, id string, from place, take func(n int, a *answer) error) error {
	seen := map[string]bool{}
	cursor, offset, empty := from.cursor, 0, 0
	var before []byte
	for n := from.n; n < maxPages; n++ {
		more := url.Values{}
		q := query{method: e.Method}
		switch {
		case e.Paging == "offset":
			more.Set("offset", strconv.Itoa(offset))
		case e.Body != "":
			q.body = fmt.Sprintf(e.Body, jsonText(cursor))
		case cursor != "" && e.Paging == "after":
			more.Set("after", cursor)
		case cursor != "":
			more.Set("cursor", cursor)
		}
		q.address = r.client.address(e, id, more)
		page := chatgpt.Page{}
		a, err := r.client.send(ctx, e, q, func(a *answer) (err error) {
			if e.Kind == archive.KindAccount { // in whatever shape: it is kept all the same
				if page, err = chatgpt.DecodePage(a.Body); err != nil && chatgpt.Valid(a.Body) {
					return nil
				}
				return err
			}
			page, err = chatgpt.DecodePage(a.Body)
			return err
		})
		if err != nil {
			return err
		}
		if err := take(n, a); err != nil {
			return err
		}
		if empty++; page.Items > 0 {
			empty = 0
		}
		limit, _ := strconv.Atoi(e.Query.Get("limit"))
		again := e.Paging == "offset" && bytes.Equal(a.Body, before)
		switch {
		case again && page.Items < limit: // a server that knows no offsets
			return nil
		case again:
			return errCircle
		case e.Paging == "", e.Paging == "offset" && page.Items == 0, e.Paging != "offset" && page.Cursor == "", empty > mostEmpty:
			return nil
		case e.Paging == "offset":
			offset, before = offset+page.Items, a.Body
		case seen[page.Cursor] || page.Cursor == cursor:
			return errCircle
		default:
			seen[page.Cursor], cursor = true, page.Cursor
		}
	}
	return errCircle
}

// account reads what the account holds besides conversations.
func (r *run) account(ctx context.Context) error {
	for _, e := range accountParts {
		if !r.parts[e.Part] {
			continue
		}
		r.progress(Progress{Stage: "reading " + e.Name})
		err := r.pages(ctx, e, "", place{}, func(n int, a *answer) error {
			id := e.Record
			if e.Paging != "" {
				id = fmt.Sprintf("%s-%d", e.Record, n)
			}
			r.report.Parts++
			switch e.Record {
			case shareList.Record:
				r.learnShares(a.Body)
			case roomList.Record:
				r.learnRooms(a.Body)
			}
			return r.store(page{e, id, a})
		})
		if err := r.optional(ctx, e.Name, err); err != nil {
			return err
		}
	}
	if err := r.getShares(ctx); err != nil {
		return err
	}
	return r.getRooms(ctx)
}

// gpts reads the custom GPTs that conversations were had with, each once: what
// is held, an answer that there is none included, is not asked for again.
func (r *run) gpts(ctx context.Context, l *listing) error {
	if !r.parts["gpts"] {
		return nil
	}
	seen := map[string]bool{}
	for _, item := range l.items {
		id := item.GizmoID
		if id == "" || seen[id] || strings.HasPrefix(id, "g-p-") {
			continue
		}
		seen[id] = true
		if rec, ok := r.held.latest(KindGPT, id); ok && !r.o.Full {
			if rec.Status >= http.StatusBadRequest {
				r.report.Unavailable = append(r.report.Unavailable, fmt.Sprintf("custom GPT %s: answered %d; --retry-failed asks again", clean(id), rec.Status))
			}
			continue
		}
		if err := r.getGPT(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// getGPT reads one GPT. That there is none is an answer too, and is stored.
func (r *run) getGPT(ctx context.Context, id string) error {
	address := r.client.address(oneGPT, id, nil)
	a, err := r.client.fetch(ctx, oneGPT, address, validJSON)
	if status := (*StatusError)(nil); absent(err) && errors.As(err, &status) {
		a = &answer{URL: address, Status: status.Code, Header: http.Header{}, Body: []byte(jsonText(clean(status.Error())))}
	}
	if err := r.optional(ctx, "custom GPT "+clean(id), err); err != nil || a == nil {
		return err
	}
	return r.store(page{oneGPT, id, a})
}

// retryGPTs asks again for GPTs that were not there.
func (r *run) retryGPTs(ctx context.Context) error {
	var lost []archive.Record
	for _, rec := range r.held {
		if rec.Kind == KindGPT && rec.Status >= http.StatusBadRequest && r.parts[oneGPT.Part] {
			lost = append(lost, rec)
		}
	}
	sortBySeq(lost)
	for _, rec := range lost {
		if err := r.getGPT(ctx, rec.ID); err != nil {
			return err
		}
	}
	return nil
}

func validJSON(a *answer) error {
	if !chatgpt.Valid(a.Body) {
		return errors.New("the answer is no JSON")
	}
	return nil
}

// identify makes sure that the archive is of the account that the token opens:
// two accounts in one archive could never be told apart again.
func (r *run) identify(ctx context.Context) error {
	a, err := r.client.fetch(ctx, accountsCheck, r.client.address(accountsCheck, "", nil), validJSON)
	if err != nil {
		return r.optional(ctx, accountsCheck.Name, err)
	}
	all, standard, err := chatgpt.DecodeAccounts(a.Body)
	if err != nil {
		r.report.Unavailable = append(r.report.Unavailable, "account: "+clean(err.Error()))
		return nil
	}
	used := Identity{Account: standard}
	if r.o.Workspace != "" {
		used.Account = r.o.Workspace
	}
	for _, one := range all {
		if one.ID == used.Account {
			used.User = one.User
		}
	}
	r.report.Account = used.Account
	pinned := r.memo.Identity
	if pinned.differs(used) {
		return source.Fail(source.ExitAuth, "give this account an archive of its own with -a, or pass the token (and --workspace) of the account that the archive belongs to",
			"the archive belongs to %s, but the token opens %s", pinned, used)
	}
	if pinned.Account == "" {
		r.memo.Identity = used
	}
	if r.archive == nil {
		return nil
	}
	if err := r.saveMemo(); err != nil {
		return err
	}
	return r.store(page{accountsCheck, accountsCheck.Record, a})
}
