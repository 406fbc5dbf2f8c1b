package fetch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gptsnap/formats/chatgpt"
)

// projects reads the list of projects and the list of each one's
// conversations into l. Cursors are opaque: they are sent back as they came.
func (r *run) projects(ctx context.Context, l *listing) error {
	if !r.parts["projects"] {
		return nil
	}
	seen := map[string]bool{}
	c := &chain{e: projectList, name: "sidebar", take: func(raw []byte) (stands bool, err error) {
		found, _, err := chatgpt.DecodeProjects(raw)
		for _, p := range found {
			if !seen[p.ID] {
				seen[p.ID] = true
				r.found = append(r.found, p)
			}
		}
		return false, err // nobody has said in what order projects come
	}}
	r.chains = append(r.chains, c)
	if err := r.optional(ctx, projectList.Name, r.follow(ctx, c)); err != nil {
		return err
	}
	for _, p := range r.found {
		if err := r.projectChats(ctx, l, p); err != nil {
			return err
		}
	}
	return nil
}

// projectChats reads the list of one project's conversations.
func (r *run) projectChats(ctx context.Context, l *listing, p chatgpt.Project) error {
	r.report.Projects++
	before := len(l.items)
	inside := map[string]time.Time{} // when each was last changed
	c := &chain{e: projectChats, id: p.ID, name: "project-" + p.ID, take: func(raw []byte) (stands bool, err error) {
		got, err := chatgpt.DecodeListing(raw)
		if err != nil {
			return false, err
		}
		for i, item := range got.Items {
			if item.GizmoID == "" {
				got.Items[i].GizmoID = p.ID
			}
			when, known := inside[item.ID]
			stands = known && !item.Updated.After(when)
			inside[item.ID] = item.Updated
		}
		l.take(fmt.Sprintf("project %q", clean(p.Name)), &got)
		r.progress(Progress{Stage: "listing", Done: len(l.items)})
		return stands, nil
	}}
	r.chains = append(r.chains, c)
	return r.chatsOf(ctx, l, p, r.follow(ctx, c), before)
}

// chatsOf takes in how the reading of a project's list ended.
func (r *run) chatsOf(ctx context.Context, l *listing, p chatgpt.Project, err error, before int) error {
	if errors.Is(err, errCircle) {
		// What a circle repeats was seen: the list is what it is.
		l.problems = append(l.problems, fmt.Sprintf("the list of project %q: %v after %d new conversations", clean(p.Name), err, len(l.items)-before))
		return nil
	}
	return r.optional(ctx, fmt.Sprintf("list of project %q", clean(p.Name)), err)
}

// projectTops reads again the tops of those lists that earlier runs have read,
// and the lists of projects that came since. Conversations of projects are in
// the main list as well, but not for every account.
func (r *run) projectTops(ctx context.Context, l *listing) error {
	known := len(r.found)
	for _, c := range slices.Clone(r.chains) {
		if !c.resumed {
			continue
		}
		err := r.pages(ctx, c.e, c.id, place{}, c.keep(r, true))
		if errors.Is(err, errStands) || errors.Is(err, errCircle) {
			continue
		}
		if err := r.optional(ctx, c.e.Name, err); err != nil {
			return err
		}
	}
	for _, p := range r.found[known:] {
		if err := r.projectChats(ctx, l, p); err != nil {
			return err
		}
	}
	return nil
}
