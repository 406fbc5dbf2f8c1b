package source

import (
	"fmt"
	"strconv"
	"strings"
)

// The exit codes of the program, as documented in its help and README.
const (
	ExitFailed      = 1
	ExitUsage       = 2
	ExitIncomplete  = 3
	ExitDamaged     = 4
	ExitAuth        = 5
	ExitBlocked     = 6
	ExitBudget      = 7
	ExitNothing     = 8
	ExitInterrupted = 130
)

// An EntryError names the one conversation, or the one part of an input, that
// could not be handled. The run that meets it goes on and ends with
// [ExitIncomplete].
type EntryError struct {
	ID  string // of the conversation; "" if it has none, Err then says what was lost
	Err error
}

func (e *EntryError) Error() string {
	if e.ID == "" {
		return e.Err.Error()
	}
	return fmt.Sprintf("conversation %s: %v", shown(e.ID), e.Err)
}

// Unwrap returns Err.
func (e *EntryError) Unwrap() error { return e.Err }

// A Failure is an error that knows the program's exit code and what the user
// can do about it. Only main prints it and exits.
type Failure struct {
	Code int
	Hint string // what to do next; may be ""
	Err  error
}

// Fail makes a Failure of a message; hint may be "".
func Fail(code int, hint, format string, a ...any) *Failure {
	return &Failure{Code: code, Hint: hint, Err: fmt.Errorf(format, a...)}
}

func (f *Failure) Error() string { return f.Err.Error() }
func (f *Failure) Unwrap() error { return f.Err }

// ExitCode is the program's exit code for f.
func (f *Failure) ExitCode() int { return f.Code }

// shown is an id as it may stand in a message: ids come from the input, and
// one that is not the plain word it should be is quoted and cut.
func shown(id string) string {
	if len(id) <= 80 && strings.IndexFunc(id, func(r rune) bool { return !strconv.IsPrint(r) || r == '\ufffd' }) < 0 {
		return id
	}
	return strconv.Quote(short(id))
}
