package rows

import (
	"slices"
	"time"
)

// A Ledger is what the runs that made an archive say of it: rows that belong
// to no conversation. Of an input that is no archive there are none.
type Ledger struct {
	Runs  []Run  // in the order in which they were made
	Lacks []Lack // what all of them together did not get
}

// A Run is the row of one run of fetch or import. Counts are of conversations
// unless their comment says otherwise.
type Run struct {
	Run                        string // its id
	Command                    string // fetch or import; "" if the run was killed before it could tell
	Started, Ended             time.Time
	Outcome                    string // complete, incomplete, or why it ended early; "" as for Command
	New, Changed, Same, Failed int    // not held before, held in another state, held as they were, not to be got
	Deleted                    int    // found to be deleted on the server
	Left                       int    // new or changed, and left for another run
	Partial                    int    // got with the current branch only
	Truncated                  int    // imported without their first messages
	FilesMissing               int    // files that the server has lost, or that could not be got
	Unavailable                int    // parts of the account that were not to be had
	Problems                   int    // lists that broke off, and the like
	Records                    int    // added to the archive, of all kinds
}

// A Lack is the row of one thing that the runs were to store and that is not
// there.
type Lack struct {
	What string // conversation, beginning (of one), file, gone file, list or part
	ID   string // of the conversation or file, else ""
	Why  string // in a run's own words
}

// LedgerOf makes the rows of a ledger fit for tables.
func LedgerOf(runs []Run, lacks []Lack) Ledger {
	l := Ledger{slices.Clone(runs), slices.Clone(lacks)}
	for i := range l.Runs {
		r := &l.Runs[i]
		r.Run, r.Command, r.Outcome = Clean(r.Run), Clean(r.Command), Clean(r.Outcome)
		r.Started, r.Ended = Known(r.Started), Known(r.Ended)
	}
	for i := range l.Lacks {
		k := &l.Lacks[i]
		k.What, k.ID, k.Why = Clean(k.What), Clean(k.ID), Clean(k.Why)
	}
	return l
}
