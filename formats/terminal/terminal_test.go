package terminal

import (
	"bytes"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode"

	"pgregory.net/rapid"
)

func TestSafeTextCannotSteerATerminal(t *testing.T) {
	for in, want := range map[string]string{
		"plain":               "plain",
		"a\x1b[2Jb":           "a\uFFFD[2Jb",
		"a\x1b]0;title\x07b":  "a\uFFFD]0;title\uFFFDb",
		"tab\tand\r\nline":    "tab and \nline",
		"\u202egnp.exe":       "\uFFFDgnp.exe",
		"\u0085\u009b31m":     " \uFFFD31m",
		"family 👩\u200d👧":     "family 👩\u200d👧",
		"\xff\xfe":            "\uFFFD\uFFFD",
		"\ue200cite\ue201":    "\uFFFDcite\uFFFD",
		"nbsp\u00a0here":      "nbsp here",
		"line\u2028separator": "line separator",
	} {
		if got := Safe(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		for _, r := range Line(rapid.String().Draw(t, "s")) {
			if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
				t.Fatalf("%U came through", r)
			}
		}
	})
}

func TestTheProgressLineIsNeverPrintedInto(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		talk := &Talker{W: &out, Mode: ProgressLine}
		talk.Progress(1, 10, "reading\x1b[2J")
		talk.Log().Warn("odd", "id", "a\nb")
		time.Sleep(time.Second)
		talk.Progress(5, 10, "reading")
		talk.Progress(6, 10, "too soon to draw again")
		talk.End()
		want := "reading\uFFFD[2J: 1 of 10 (10%)\r\x1b[Kwarning: odd; id: a b\nreading: 5 of 10 (50%)\r\x1b[K"
		if out.String() != want {
			t.Errorf("%q, want %q", out.String(), want)
		}
	})
}

func TestWhatIsPrintedTakesTheProgressLineAway(t *testing.T) {
	var screen bytes.Buffer
	talk := &Talker{W: &screen, Mode: ProgressLine}
	talk.Progress(1, 2, "reading")
	fmt.Fprintln(Beside{&screen, talk}, "a table")
	talk.End()
	if want := "reading: 1 of 2 (50%)\r\x1b[Ka table\n"; screen.String() != want {
		t.Errorf("%q, want %q", screen.String(), want)
	}
}

func TestProgressForLogsAndPrograms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for mode, want := range map[string]string{
			ProgressPlain: "converting: 1 of 4 (25%)\nconverting: 3 of 4 (75%), 13 a minute, about 5s left\n",
			ProgressJSON:  "{\"progress\":\"converting\",\"done\":1,\"total\":4}\n{\"progress\":\"converting\",\"done\":3,\"total\":4}\n",
			ProgressNone:  "",
			"":            "",
		} {
			var out bytes.Buffer
			talk := &Talker{W: &out, Mode: mode}
			talk.Progress(1, 4, "converting")
			time.Sleep(9 * time.Second)
			talk.Progress(3, 4, "converting")
			talk.End()
			if out.String() != want {
				t.Errorf("%s: %q, want %q", mode, out.String(), want)
			}
		}
	})
}

// TestEveryPieceOfWorkHasAPaceOfItsOwn reads slow lists, then fast chats with
// a file in between: how long the lists took says nothing of the chats.
func TestEveryPieceOfWorkHasAPaceOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		talk := &Talker{W: &out, Mode: ProgressLine}
		talk.Progress(1, -1, "listing")
		time.Sleep(time.Hour)
		talk.Progress(0, 1000, "fetching")
		time.Sleep(time.Second)
		talk.Progress(1, -1, "getting files")
		time.Sleep(9 * time.Second)
		talk.Progress(200, 1000, "fetching")
		time.Sleep(time.Second)
		talk.Progress(0, 500, "fetching") // a second list
		time.Sleep(time.Hour)
		talk.Progress(2, 500, "fetching")
		got := strings.Split(out.String(), "\r\x1b[K")
		want := []string{"listing: 1", "fetching: 0 of 1000 (0%)", "getting files: 1", "fetching: 200 of 1000 (20%), 20 a second, about 40s left",
			"fetching: 0 of 500 (0%)", "fetching: 2 of 500 (0%), 2 an hour, about 249h0m0s left"}
		if !slices.Equal(got, want) {
			t.Errorf("%q", got)
		}
	})
}

func TestALogForPeople(t *testing.T) {
	var out bytes.Buffer
	talk := &Talker{W: &out}
	log := talk.Log().With("archive", "my.tar.zst").WithGroup("g")
	log.Info("not unless verbose")
	talk.Verbose = true
	log.Info("read", "records", 3)
	talk.Quiet = true
	log.Info("not when quiet")
	log.Error("broken", "why", slog.StringValue("x\x07"))
	want := "info: read; archive: my.tar.zst; records: 3\nerror: broken; archive: my.tar.zst; why: x\uFFFD\n"
	if out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}

func TestManyMayTalkAtOnce(t *testing.T) {
	var out bytes.Buffer
	talk := &Talker{W: &out, Mode: ProgressLine}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 100 {
				talk.Progress(i, 100, "x")
				talk.Log().Warn("w")
			}
		})
	}
	all.Wait()
	talk.End()
	if n := strings.Count(out.String(), "warning: w\n"); n != 800 {
		t.Errorf("%d whole lines of 800", n)
	}
}
