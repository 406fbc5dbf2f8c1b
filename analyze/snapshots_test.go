package analyze

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"gptsnap/formats/source"
)

func TestListSnapshotsShowsTheRunsOfAnArchive(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 10, 0, 0, 0, time.UTC)
	table, scope := snapshots([]source.Snapshot{
		{Run: "20260102T100000Z-4711", Started: at, Ended: at, New: 7, Records: 9},
		{Run: "20260202T100000Z-4712", Command: "fetch", Started: at.AddDate(0, 1, 0), Ended: at.AddDate(0, 1, 0).Add(time.Hour), Outcome: "complete", New: 2, Changed: 3, Same: 4, Failed: 1, Deleted: 1,
			Left: 5, Partial: 6, Truncated: 7, FilesMissing: 8, Unavailable: 9, Problems: 10, Records: 8},
	}, time.UTC)
	var b bytes.Buffer
	for _, w := range []int{60, 80, 120} {
		if err := Print(&b, &table, scope, Screen{Width: w, Unicode: true, Zone: time.UTC}); err != nil {
			t.Fatal(err)
		}
	}
	golden(t, "snapshots.txt", b.String())
	addUp(t, &table, "new", "changed", "records")

	p := jsonOf(t, "list", "-a", "../testdata/archives/v1-plain.tar.zst", "-f", "json", "snapshots")
	if p.Report != "list snapshots" || len(p.Rows) == 0 || p.Rows[0]["run"] == "" || p.Rows[0]["started"] == nil {
		t.Errorf("%+v", p)
	}
	if out, log, code := gptsnap(t, "list", "-a", "../testdata/archives/v1-plain.tar.zst", "-f", "csv", "--columns", "new,command", "--sort", "new", "snapshots"); code != 0 || !strings.HasPrefix(out, "new,command\r\n") {
		t.Errorf("code %d, %q, %s", code, out, log)
	}
	if out, log, code := gptsnap(t, "list", "-a", samples+"01-plain-linear.json", "snapshots"); code != source.ExitUsage || out != "" {
		t.Errorf("code %d, %q, %s", code, out, log)
	}
}
