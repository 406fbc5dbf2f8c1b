package fetch

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"gptsnap/formats/archive"
	"gptsnap/formats/chatgpt"
)

// Besides the conversations of the lists an account has two sorts of talk that
// are had from addresses of their own: what shared links show, which is kept
// as it is, and group chats, which are read like conversations. Neither is
// needed for the rest, and accounts without them answer 404.

func (r *run) learnShares(raw []byte) {
	shares, err := chatgpt.DecodeShares(raw)
	if err == nil {
		r.shares = append(r.shares, shares...)
	}
}

func (r *run) learnRooms(raw []byte) {
	rooms, ok := chatgpt.DecodeRooms(raw)
	r.rooms = append(r.rooms, rooms...)
	if !ok {
		r.report.Unavailable = append(r.report.Unavailable, roomList.Name+": the list has a form that this version does not know; it is kept as it is")
	}
}

// aboutChat is the note of a shared link: which conversation it shows, for
// those who take that out of the archive.
const aboutChat = "shows conversation "

// A vacancy is a shared link that shows nothing any more.
type vacancy struct {
	Conversation string    `json:"conversation,omitempty"`
	Updated      time.Time `json:"updated,omitzero"` // as the list of links had it
	Reason       string    `json:"reason"`
}

// getShares reads what shared links show, each again only if the link was
// changed since. That one shows nothing is remembered in the same way, and
// told by every run.
func (r *run) getShares(ctx context.Context) error {
	seen := map[string]bool{}
	for _, share := range r.shares {
		if seen[share.ID] || r.held.removed(share.Conversation) {
			continue
		}
		seen[share.ID] = true
		if rec, held := r.held.latest(archive.KindShare, share.ID); held && !r.o.Full && !share.Updated.After(rec.Updated.Add(rounding)) {
			continue
		}
		if v, empty := r.memo.Vacant[share.ID]; empty && !r.o.Full && !share.Updated.After(v.Updated.Add(rounding)) {
			r.report.Unavailable = append(r.report.Unavailable, fmt.Sprintf("shared link %s: %s; --retry-failed asks again", clean(share.ID), v.Reason))
			continue
		}
		r.progress(Progress{Stage: "reading shared links", Done: len(seen), Total: len(r.shares)})
		if err := r.getShare(ctx, share); err != nil {
			return err
		}
	}
	maps.DeleteFunc(r.memo.Vacant, func(id string, _ vacancy) bool { return len(r.shares) > 0 && !seen[id] })
	return nil
}

// retryShares asks again for what links that showed nothing show.
func (r *run) retryShares(ctx context.Context) error {
	if !r.parts[oneShare.Part] {
		return nil
	}
	for _, id := range slices.Sorted(maps.Keys(r.memo.Vacant)) {
		v := r.memo.Vacant[id]
		if err := r.getShare(ctx, chatgpt.Share{ID: id, Conversation: v.Conversation, Updated: v.Updated}); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) getShare(ctx context.Context, share chatgpt.Share) error {
	a, err := r.client.fetch(ctx, oneShare, r.client.address(oneShare, share.ID, nil), validJSON)
	if err == nil {
		m := r.meta(oneShare, share.ID, a)
		m.Updated = share.Updated
		if share.Conversation != "" {
			m.Note = aboutChat + share.Conversation
		}
		r.report.Parts++
		_, err = r.archive.Put(m, a.Body)
		err = storing(r.archive, err)
		delete(r.memo.Vacant, share.ID)
	}
	if absent(err) && classOf(err) == final {
		if r.memo.Vacant == nil {
			r.memo.Vacant = map[string]vacancy{}
		}
		r.memo.Vacant[share.ID] = vacancy{share.Conversation, share.Updated, clean(err.Error())}
	}
	return r.optional(ctx, "shared link "+clean(share.ID), err)
}

// isRoom reports whether a conversation is a group chat, which no list holds.
func isRoom(rec archive.Record) bool { return strings.Contains(rec.URL, roomPath) }

// getRooms reads the group chats. Nothing tells when one was last changed, so
// the newest page of each is asked for, and the older ones if that has changed.
func (r *run) getRooms(ctx context.Context) error {
	for i, room := range r.rooms {
		if r.held.removed(room.ID) {
			r.report.Removed++
			continue
		}
		r.progress(Progress{Stage: "reading group chats", Done: i, Total: len(r.rooms)})
		r.report.GroupChats++
		if err := r.optional(ctx, fmt.Sprintf("group chat %q", clean(room.Name)), r.getRoom(ctx, room)); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) getRoom(ctx context.Context, room chatgpt.Room) error {
	var pages [][]byte
	var first *answer
	var updated time.Time
	seen := map[string]bool{}
	for more := (url.Values{}); ; {
		var page chatgpt.RoomPage
		a, err := r.client.fetch(ctx, roomMessages, r.client.address(roomMessages, room.ID, more), func(a *answer) (err error) {
			page, err = chatgpt.DecodeRoomPage(a.Body, roomLimit)
			return err
		})
		if err != nil {
			return err
		}
		if first == nil {
			first, updated = a, page.Updated
			if r.sameRoom(room, a.Body) {
				return nil
			}
		}
		pages = append(pages, a.Body)
		fresh := false
		for _, id := range page.IDs {
			fresh = fresh || !seen[id]
			seen[id] = true
		}
		switch {
		case page.Before == "":
			m := r.meta(roomMessages, room.ID, first)
			m.Updated, m.Nodes, m.Note = updated, len(seen), fmt.Sprintf("group chat, %d pages, newest first", len(pages))
			body := chatgpt.JoinRoom(room.Raw, pages)
			rec, err := r.archive.Put(m, body)
			if err := storing(r.archive, err); err != nil {
				return err
			}
			r.held.note(rec)
			if err := r.attend(ctx, rec, body); err != nil {
				return err
			}
			r.attended(rec)
			return nil
		case !fresh || len(pages) == mostPages:
			return errCircle
		}
		more = url.Values{"before": {page.Before}}
	}
}

// sameRoom reports whether a group chat is held with this newest page.
func (r *run) sameRoom(room chatgpt.Room, newest []byte) bool {
	rec, held := r.held.latest(archive.KindConversation, room.ID)
	if !held || r.o.Full {
		return false
	}
	raw, err := r.read(rec)
	pages := chatgpt.RoomPages(raw)
	return err == nil && len(pages) > 0 && bytes.Equal(pages[0], bytes.TrimSpace(newest))
}
