package keep

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"

	"gptsnap/formats/archive"
	"gptsnap/formats/chat"
	"gptsnap/formats/chatgpt"
)

// A Finding is what [Verify] found: the container's report, and what its
// bodies are not that they should be.
type Finding struct {
	archive.Report
	// Odd are bodies whose bytes are what was received, but which are not
	// what their kind promises: JSON that does not parse, a conversation
	// whose tree is none. Nothing of them is damaged.
	Odd []archive.Problem
}

// Damaged reports whether the file is not as it was written. A torn end
// counts: whether its writer was killed or the file was cut cannot be known.
func (f *Finding) Damaged() bool { return len(f.Problems) > 0 || f.Torn != nil }

// Verify examines an archive as [archive.Verify] does, and with
// [archive.Deep] also reads every body. progress, which may be nil, is told
// of the bodies.
func Verify(ctx context.Context, path string, level archive.Level, progress func(done, total int)) (Finding, error) {
	rep, err := archive.Verify(path, level)
	if err != nil {
		return Finding{}, err
	}
	f := Finding{Report: rep}
	if level < archive.Deep {
		return f, nil
	}
	r, err := archive.Open(path)
	if err != nil {
		return Finding{}, err
	}
	defer r.Close()
	f.Odd, err = bodies(ctx, r, progress)
	return f, err
}

// bodies reads every body once, on all processors, and says what is odd in
// the order of the records. What cannot be read is in the container's report.
func bodies(ctx context.Context, r *archive.Reader, progress func(done, total int)) ([]archive.Problem, error) {
	var todo []archive.Record
	seen := map[string]bool{}
	for _, rec := range r.Records() {
		if !seen[rec.Kind+rec.SHA256] && promisesJSON(&rec) {
			seen[rec.Kind+rec.SHA256] = true
			todo = append(todo, rec)
		}
	}
	what := make([]string, len(todo))
	var next, done atomic.Int64
	var workers sync.WaitGroup
	var tell sync.Mutex
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for {
				i := int(next.Add(1)) - 1
				if i >= len(todo) || ctx.Err() != nil {
					return
				}
				what[i] = odd(r, todo[i])
				if n := int(done.Add(1)); progress != nil && n%64 == 0 {
					tell.Lock()
					progress(n, len(todo))
					tell.Unlock()
				}
			}
		})
	}
	workers.Wait()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	var all []archive.Problem
	for i, s := range what {
		if s != "" {
			all = append(all, archive.Problem{Offset: -1, Kind: todo[i].Kind, ID: todo[i].ID, Problem: s})
		}
	}
	return all, nil
}

// promisesJSON reports whether a record should hold JSON: an answer of the
// server that was no error, or a file that says so of itself.
func promisesJSON(rec *archive.Record) bool {
	switch {
	case rec.Status != 0 && (rec.Status < 200 || rec.Status > 299), rec.Size == 0:
		return false
	case rec.Kind == archive.KindFile, rec.Kind == archive.KindMissing, rec.Kind == archive.KindRun:
		return false // a user may store what he likes in a file
	}
	return rec.Media == "application/json" || rec.Kind == archive.KindConversation
}

const wholeBody = 256 << 20 // larger bodies are only looked through, not decoded

// odd says what is odd about a body, "" if nothing is.
func odd(r *archive.Reader, rec archive.Record) string {
	if rec.Size > wholeBody {
		in, err := r.Open(rec)
		if err != nil {
			return ""
		}
		defer in.Close()
		for d := json.NewDecoder(in); ; {
			_, err := d.Token()
			if err == io.EOF || errors.As(err, new(*archive.DamageError)) {
				return ""
			}
			if err != nil {
				return "the body is not JSON"
			}
		}
	}
	raw, err := r.Read(rec)
	if err != nil {
		return ""
	}
	if rec.Kind != archive.KindConversation {
		if !json.Valid(raw) {
			return "the body is not JSON"
		}
		return ""
	}
	c, err := chatgpt.Decode(raw)
	if err != nil {
		return "the body cannot be read as a conversation: " + err.Error()
	}
	return lawless(c)
}

// lawless says which law of trees a conversation breaks, "" if none: every
// node hangs under its parent and is reached from a root exactly once.
func lawless(c *chat.Conversation) string {
	n := len(c.Nodes)
	for _, root := range c.Roots {
		if root < 0 || int(root) >= n || c.Nodes[root].Parent != -1 {
			return "the tree has a root that is none"
		}
	}
	for i := range c.Nodes {
		for k, child := range c.Nodes[i].Children {
			if child < 0 || int(child) >= n || c.Nodes[child].Parent != i || c.Nodes[child].Version != k+1 {
				return fmt.Sprintf("node %d of the tree has a child that is none of its own", i)
			}
		}
	}
	seen := make([]bool, n)
	reached := 0
	for i := range c.Preorder() {
		if p := c.Nodes[i].Parent; seen[i] || p >= 0 && !seen[p] {
			return fmt.Sprintf("node %d of the tree is met twice, or before its parent", i)
		}
		seen[i] = true
		reached++
	}
	switch {
	case reached != n:
		return fmt.Sprintf("%d of %d nodes of the tree are reached from its roots", reached, n)
	case n > 0 && (c.Current < 0 || c.Current >= n):
		return "the tree has no current node"
	}
	return ""
}
