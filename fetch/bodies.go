package fetch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"gptsnap/formats/chatgpt"
)

// There are three ways to a conversation, and which of them an account has is
// found out at run time and remembered in the state:
//
//   - the batch: ten whole trees in one request;
//   - the single answer: one whole tree;
//   - pages of messages, newest first, of the current branch only.
//
// Another way is tried only when one answers 404. Any other answer says
// nothing about the way, and asking in another would only add to the trouble.
const (
	routeBatch  = "batch"
	routeSingle = "single" // after a batch was not found
	routePaged  = "paged"  // after a single answer was not found and pages were
)

// mostPages bounds the pages of one conversation.
const mostPages = 2000

// A body is one conversation as it goes into the archive.
type body struct {
	e    endpoint
	a    *answer // whose Body is the conversation's own bytes
	head chatgpt.Head
	note string
}

func notFound(err error) bool {
	s := (*StatusError)(nil)
	return errors.As(err, &s) && s.Code == http.StatusNotFound && !s.Deleted()
}

// batch asks for a group in one request. What the answer lacks is not in the
// result, for the caller to ask singly: ids that the server does not know are
// left out without a word.
func (r *run) batch(ctx context.Context, group []chatgpt.Item) (map[string]body, error) {
	ids := make([]string, len(group))
	for i, item := range group {
		ids[i] = item.ID
	}
	raw, err := json.Marshal(map[string]any{"conversation_ids": ids})
	if err != nil {
		return nil, err
	}
	var parts [][]byte
	q := query{method: conversationBatch.Method, address: r.client.address(conversationBatch, "", nil), body: string(raw)}
	a, err := r.client.send(ctx, conversationBatch, q, func(a *answer) (err error) {
		parts, err = chatgpt.SplitBatch(a.Body)
		return err
	})
	if err != nil {
		return nil, err
	}
	got := map[string]body{}
	for _, part := range parts {
		head, err := chatgpt.Peek(part)
		if err != nil || !head.HasMapping || !slices.Contains(ids, head.ID) {
			continue
		}
		one := *a
		one.Body = part
		got[head.ID] = body{e: conversationBatch, a: &one, head: head, note: "element of a batch"}
	}
	return got, nil
}

// single asks for one conversation with its whole tree.
func (r *run) single(ctx context.Context, id string) (body, error) {
	b := body{e: oneConversation}
	var err error
	b.a, err = r.client.fetch(ctx, oneConversation, r.client.address(oneConversation, id, nil), func(a *answer) (err error) {
		if b.head, err = chatgpt.Peek(a.Body); err != nil {
			return err
		}
		if b.head.ID != id || !b.head.HasMapping {
			return errors.New("the answer is not this conversation with its tree")
		}
		return nil
	})
	return b, err
}

// paged asks for all pages of one conversation. They are kept as one JSON
// array, newest first, each page's bytes as they came; saving the first page
// alone would cut the conversation short without a sign.
func (r *run) paged(ctx context.Context, id string) (body, error) {
	b := body{e: newestPage}
	joined := []byte("[")
	e, more, n := newestPage, url.Values{}, 0
	seen := map[string]bool{}
	for {
		var info chatgpt.PageInfo
		a, err := r.client.fetch(ctx, e, r.client.address(e, id, more), func(a *answer) (err error) {
			info, err = chatgpt.DecodePageInfo(a.Body)
			return err
		})
		if err != nil {
			if n > 0 {
				err = fmt.Errorf("page %d: %w", n+1, errors.Join(errPages, err))
			}
			return b, err
		}
		if n == 0 {
			b.a = a
			if b.head, err = chatgpt.Peek(a.Body); err != nil {
				return b, err
			}
			if b.head.ID != id {
				return b, errors.New("the answer is not this conversation")
			}
			b.head.Nodes = 0
		} else {
			joined = append(joined, ',')
		}
		joined = append(joined, a.Body...)
		n++
		for _, m := range info.IDs {
			if !seen["m"+m] {
				seen["m"+m] = true
				b.head.Nodes++
			}
		}
		switch {
		case !info.Earlier:
			one := *b.a
			one.Body = append(joined, ']')
			b.a, b.note = &one, fmt.Sprintf("%d pages, newest first: the current branch, other branches unknown", n)
			return b, nil
		case info.Start == "" || seen["c"+info.Start]:
			return b, fmt.Errorf("page %d: the server says that there are earlier messages, but %w", n, errNoWay)
		case len(info.IDs) == 0 || n == mostPages || len(joined) > int(r.client.maxBody):
			return b, fmt.Errorf("page %d: the pages have no end", n)
		}
		seen["c"+info.Start] = true
		e, more = olderPage, url.Values{"before": {info.Start}}
	}
}

var (
	errPages = errors.New("the conversation broke off between its pages")
	errNoWay = errors.New("gives no new cursor to ask for them")
)

// one asks for a conversation in the way that the account is known to have,
// then in the other if that is not found.
func (r *run) one(ctx context.Context, id string) (body, error) {
	ways := []func(context.Context, string) (body, error){r.single, r.paged}
	names := []string{routeSingle, routePaged}
	if r.memo.Route == routePaged {
		slices.Reverse(ways)
		slices.Reverse(names)
	}
	b, err := ways[0](ctx, id)
	if !notFound(err) || errors.Is(err, errPages) {
		return b, err
	}
	b, second := ways[1](ctx, id)
	switch {
	case second == nil:
		// One conversation is no proof against a way that others came by.
		if names[1] == routeSingle || r.trees == 0 {
			r.memo.Route = names[1]
		}
		return b, nil
	case notFound(second):
		return b, err // neither way knows it: the first way's words are the better known ones
	}
	return b, second
}
