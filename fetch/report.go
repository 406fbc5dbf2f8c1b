package fetch

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"gptsnap/formats/archive"
	"gptsnap/formats/source"
)

// A Report is what a run did. Every run leaves one in the archive, as JSON, in
// a record of kind [archive.KindLedger] under the id of the command that ran;
// keys are only ever added.
type Report struct {
	Command string    `json:"command"` // "fetch" or "import"
	Started time.Time `json:"started"`
	Ended   time.Time `json:"ended,omitzero"`
	Outcome string    `json:"outcome"` // "complete", "incomplete", or why the run ended early

	Listed       int       `json:"listed"`              // conversations in the lists, or in the imported files
	New          int       `json:"new"`                 // of them not held before
	Changed      int       `json:"changed"`             // of them held in an older state
	Unchanged    int       `json:"unchanged"`           // of them held already
	Other        int       `json:"other,omitempty"`     // of the imported ones, versions no newer than what is held
	Outside      int       `json:"outside,omitempty"`   // of them older than --since
	Removed      int       `json:"removed,omitempty"`   // of them removed from the archive for good, and left out
	Fetched      int       `json:"fetched"`             // conversations got and stored
	Left         int       `json:"left,omitempty"`      // new or changed, but not got, for --limit or because the run ended
	Failed       []Failed  `json:"failed,omitempty"`    // conversations that could not be got, and why
	Gone         []string  `json:"gone,omitempty"`      // listed but deleted on the server; older versions stay
	Problems     []string  `json:"problems,omitempty"`  // what makes the run incomplete besides
	Files        int       `json:"files,omitempty"`     // other files stored
	Skipped      int       `json:"skipped,omitempty"`   // lists and ledgers of an imported archive, which tell of its own runs only
	Partial      int       `json:"partial,omitempty"`   // of the fetched, those of which only the current branch is to be had
	Truncated    []string  `json:"truncated,omitempty"` // of the imported, those whose first messages are not in the input
	Archived     []string  `json:"archived,omitempty"`  // since the last run, though nothing else of them changed
	Restored     []string  `json:"restored,omitempty"`  // out of the archived ones, likewise
	Renamed      []string  `json:"renamed,omitempty"`
	Unlisted     []string  `json:"unlisted,omitempty"`      // held and in no list, but the server still has them
	Projects     int       `json:"projects,omitempty"`      // in the list of projects
	GroupChats   int       `json:"group_chats,omitempty"`   // in the list of group chats
	Parts        int       `json:"parts,omitempty"`         // answers stored of what is no conversation
	Unavailable  []string  `json:"unavailable,omitempty"`   // what this account has not, or may not see
	FilesMissing []Failed  `json:"files_missing,omitempty"` // files that the server does not give any more, and why
	FilesFailed  []Failed  `json:"files_failed,omitempty"`  // files that this run could not get, but another may
	Account      string    `json:"account,omitempty"`
	Requests     int       `json:"requests,omitempty"`
	Bytes        int64     `json:"bytes"` // of the bodies stored
	Inputs       []string  `json:"inputs,omitempty"`
	Since        time.Time `json:"since,omitzero"`

	estimate string // of a plan
}

// Failed is a conversation that could not be got or read.
type Failed struct {
	ID     string `json:"id"`
	Title  string `json:"title,omitempty"`
	Reason string `json:"reason"`
}

func (r *Report) fail(id, title string, err error) {
	r.Failed = append(r.Failed, Failed{ID: id, Title: clean(title), Reason: clean(err.Error())})
}

// Incomplete reports whether something that should be in the archive is not.
// Files that the server has lost are named, but nobody can get them any more.
func (r *Report) Incomplete() bool {
	return len(r.Failed) > 0 || len(r.Problems) > 0 || len(r.FilesFailed) > 0
}

// finish ends a run: it gives err its exit code and hint, and leaves the
// ledger in the archive, also of a run that ended early.
func (r *run) finish(ctx context.Context, err error) (Report, error) {
	r.report.Ended = time.Now().UTC()
	r.report.Requests = r.client.count
	r.report.Since = r.o.Since
	if r.archive != nil && !errors.Is(err, errStore) && !r.o.plain {
		if serr := r.saveMemo(); serr != nil && err == nil {
			err = serr
		}
	}
	err = r.explain(ctx, err)
	r.report.outcome(err)
	if r.archive != nil && !errors.Is(err, errStore) {
		if serr := putLedger(r.archive, r.report); serr != nil && err == nil {
			err = storeFailure(serr)
		}
	}
	if err == nil && r.report.Incomplete() {
		hint := "run the same command again to try what is missing once more"
		if r.report.onlyTooLarge() {
			hint = "a larger --max-file-size, or none, gets it too"
		}
		err = source.Fail(source.ExitIncomplete, hint, "incomplete: %s", r.report.missing())
	}
	return *r.report, err
}

// explain makes a Failure of whatever ended a run.
func (r *run) explain(ctx context.Context, err error) error {
	failure := (*source.Failure)(nil)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &failure):
		return failure
	case errors.Is(err, errStore):
		return storeFailure(err)
	case ctx.Err() != nil:
		return interrupted()
	}
	if f := r.client.fatal(err); f != nil {
		return f
	}
	return source.Fail(source.ExitFailed, "check the connection and --base-url, then run the same command again", "%w", err)
}

func interrupted() *source.Failure {
	return source.Fail(source.ExitInterrupted, "the archive is whole; run the same command again to go on", "interrupted")
}

func storeFailure(err error) *source.Failure {
	return source.Fail(source.ExitFailed, "what was stored before is safe; make room or check the folder, then run the same command again", "%w", err)
}

func (r *Report) outcome(err error) {
	switch {
	case err != nil:
		r.Outcome = clean(err.Error())
	case r.Incomplete():
		r.Outcome = "incomplete"
	default:
		r.Outcome = "complete"
	}
}

func putLedger(w *archive.Writer, r *Report) error {
	raw, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("writing the ledger: %w", err)
	}
	_, err = w.Put(archive.Meta{Kind: archive.KindLedger, ID: r.Command, FetchedAt: r.Ended, Media: "application/json"}, raw)
	return storing(w, err)
}

// missing names in one line what is not there.
// onlyTooLarge reports whether nothing is missing but files that were not
// wanted for their size, which the same command would leave out again.
func (r *Report) onlyTooLarge() bool {
	small := func(f Failed) bool { return !strings.Contains(f.Reason, errTooLarge.Error()) }
	return len(r.Failed)+len(r.Problems) == 0 && !slices.ContainsFunc(r.FilesFailed, small)
}

func (r *Report) missing() string {
	var parts []string
	if n := len(r.Failed); n > 0 && r.Command == "import" {
		parts = append(parts, count(n, "part")+" of the input could not be taken")
	} else if n > 0 {
		parts = append(parts, count(n, "conversation")+" could not be got")
	}
	if n := len(r.FilesFailed); n > 0 {
		parts = append(parts, count(n, "file")+" could not be got")
	}
	return strings.Join(append(parts, r.Problems...), "; ")
}

// Summary is the report for people: a few lines, without a newline at the end.
func (r *Report) Summary() string {
	var b strings.Builder
	if r.Command == "import" {
		fmt.Fprintf(&b, "%s in the input: %d new, %d changed, %d already held", count(r.Listed, "conversation"), r.New, r.Changed, r.Unchanged)
		if r.Other > 0 {
			fmt.Fprintf(&b, ", %d in another version no newer than held", r.Other)
		}
		if r.Files > 0 {
			fmt.Fprintf(&b, "; %s stored", count(r.Files, "other file"))
		}
		if r.Skipped > 0 {
			fmt.Fprintf(&b, "; %s of the other archive's own runs left out", count(r.Skipped, "record"))
		}
	} else {
		fmt.Fprintf(&b, "%s listed: %d new, %d changed, %d unchanged", count(r.Listed, "conversation"), r.New, r.Changed, r.Unchanged)
		if r.Outside > 0 {
			fmt.Fprintf(&b, ", %d older than --since", r.Outside)
		}
		fmt.Fprintf(&b, "\n%d fetched (%s) with %s in %v", r.Fetched, size(r.Bytes), count(r.Requests, "request"), r.Ended.Sub(r.Started).Round(time.Second/10))
		r.extras(&b)
	}
	if r.Removed > 0 {
		fmt.Fprintf(&b, "\n%s left out: compact --redact has taken such from the archive for good", count(r.Removed, "conversation"))
	}
	if r.Left > 0 {
		fmt.Fprintf(&b, "\n%d left for another run", r.Left)
	}
	if n := len(r.Truncated); n > 0 {
		fmt.Fprintf(&b, "\nof %s the browser had not loaded the first messages; scroll up before saving, or fetch", count(n, "conversation"))
	}
	if n := len(r.Gone); n > 0 {
		fmt.Fprintf(&b, "\n%s deleted on the server; what the archive holds stays", count(n, "conversation"))
	}
	const shown = 10
	all := slices.Concat(r.Failed, r.FilesFailed)
	for i, f := range all {
		if i == shown {
			fmt.Fprintf(&b, "\nand %d more; the ledger in the archive names all", len(all)-shown)
			break
		}
		b.WriteString("\nmissing: ")
		if f.ID != "" {
			fmt.Fprintf(&b, "%s: ", clean(f.ID))
		}
		if f.Title != "" {
			fmt.Fprintf(&b, "%q: ", f.Title)
		}
		b.WriteString(f.Reason)
	}
	for _, p := range r.Problems {
		fmt.Fprintf(&b, "\nincomplete: %s", clean(p))
	}
	return b.String()
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func size(n int64) string {
	switch {
	case n >= 10<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 10<<10:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return count(int(n), "byte")
}
