package keep

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

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
// [archive.Deep] also looks into every body. progress, which may be nil, is
// told how far that has come. An encrypted archive is opened with the keys.
func Verify(ctx context.Context, path string, level archive.Level, progress func(done, total int), keys ...*archive.Keys) (f Finding, err error) {
	if level < archive.Deep {
		f.Report, err = archive.Verify(path, level, keys...)
	} else {
		f.Report, f.Odd, err = archive.VerifyBodies(ctx, path, archive.Look{Wants: promisesJSON, Odd: odd, Progress: progress}, keys...)
	}
	return f, err
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

// odd says what is odd about a body, "" if nothing is. What cannot be read is
// in the container's report.
func odd(rec *archive.Record, read func() ([]byte, error), open func() (io.ReadCloser, error)) string {
	if rec.Size > wholeBody {
		in, err := open()
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
	raw, err := read()
	if err != nil {
		return ""
	}
	if rec.Kind != archive.KindConversation {
		if !json.Valid(raw) {
			return "the body is not JSON"
		}
		return ""
	}
	c, err := chatgpt.Skeleton(raw)
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
