package analyze

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"gptsnap/formats/chat"
	"gptsnap/formats/source"
)

func TestABadConversationIsWarnedAboutCountedAndNotTheEnd(t *testing.T) {
	t.Parallel()
	all := account(7)
	src := from(all)
	good := src.Entries
	src.Entries = func(yield func(source.Entry, error) bool) {
		n := 0
		for e, err := range good {
			if n++; n == 3 {
				e.Decode = func() (*chat.Conversation, error) { return nil, errors.New("not JSON") }
			}
			if n == 5 && !yield(source.Entry{}, &source.EntryError{ID: "torn", Err: errors.New("torn")}) {
				return
			}
			if !yield(e, err) {
				return
			}
		}
	}
	var warned []string
	o := utc
	o.Warn = func(err error) { warned = append(warned, err.Error()) }
	scope, err := Run(t.Context(), src, []Metric{newList(o)}, o)
	if err != nil || scope.Conversations != 6 || scope.Failed != 2 || len(warned) != 2 {
		t.Fatalf("%v: %+v, warned %q", err, scope, warned)
	}
	var f *source.Failure
	if !errors.As(scope.Err(), &f) || f.ExitCode() != source.ExitIncomplete {
		t.Errorf("%v", scope.Err())
	}
	if want := "conversation " + all[2].ID + ": not JSON"; warned[0] != want {
		t.Errorf("%q, want %q", warned[0], want)
	}
}

func TestNothingMatchedIsAnErrorOfItsOwn(t *testing.T) {
	t.Parallel()
	_, err := Run(t.Context(), from(nil), []Metric{newOverview(utc)}, utc)
	var f *source.Failure
	if !errors.As(err, &f) || f.Code != source.ExitNothing || f.Hint == "" {
		t.Errorf("%v", err)
	}
}

func TestARunEndsWhenItIsCancelledOrTheSourceBreaks(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Run(ctx, from(account(50)), nil, utc); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	broken := errors.New("broken")
	src := &source.Source{Entries: func(yield func(source.Entry, error) bool) { yield(source.Entry{}, broken) }}
	if _, err := Run(t.Context(), src, nil, utc); !errors.Is(err, broken) {
		t.Error(err)
	}
}

func TestTimesThatNoCalendarHasAreUnknown(t *testing.T) {
	t.Parallel()
	all := account(1)
	for i := range all[0].Nodes {
		if m := all[0].Nodes[i].Message; m != nil {
			m.Created = []time.Time{time.Unix(1<<55, 0), time.Unix(-1<<55, 0), {}}[i%3]
		}
	}
	all[0].Created, all[0].Updated = time.Unix(1<<55, 0), time.Unix(-1<<55, 0)
	for name, m := range every(utc) {
		table, scope := tableOf(t, all, m, utc)
		for _, row := range table.Rows {
			for _, v := range row {
				if at, ok := v.(time.Time); ok {
					t.Errorf("%s: %v", name, at)
				}
			}
			if len(table.Rows) > 1 && (name == "daily" || name == "yearly") {
				t.Errorf("%s: %v", name, fmt.Sprint(table.Rows))
			}
		}
		if err := Print(t.Output(), &table, scope, wide); err != nil {
			t.Error(err)
		}
	}
}
