package fetch

import (
	"path/filepath"
	"strings"
	"testing"

	"gptsnap/formats/archive"
	"gptsnap/formats/source"
)

// Half an export must not look whole: what is there is imported, what is not
// is named, and the exit code says so.
func TestAMissingShardMakesAnImportIncomplete(t *testing.T) {
	t.Parallel()
	b := bodiesOf(3)
	manifest := `{"logical_files":{"conversations.json":{"files":["conversations-000.json","conversations-001.json"]}}}`
	members := map[string]string{"conversations-000.json": "[" + b[0] + "]", "conversations-001.json": "[" + b[1] + "]", "conversations-002.json": "[" + b[2] + "]", "export_manifest.json": manifest}
	for name, c := range map[string]struct {
		order   []string
		missing string
		held    int
	}{
		"named by the manifest only": {[]string{"conversations-000.json", "export_manifest.json"}, "conversations-001.json", 1},
		"a gap in the numbers":       {[]string{"conversations-000.json", "conversations-002.json"}, "conversations-001.json", 2},
		"the first one":              {[]string{"conversations-001.json", "export_manifest.json"}, "conversations-000.json", 1},
		"none":                       {[]string{"conversations-000.json", "conversations-001.json", "export_manifest.json"}, "", 2},
	} {
		dir := t.TempDir()
		to := filepath.Join(dir, "a.tar.zst")
		zip := exported(t, filepath.Join(dir, "export.zip"), members, c.order...)
		r, err := Import(t.Context(), ImportOptions{Archive: to, Inputs: []string{zip}})
		want := source.ExitIncomplete
		if c.missing == "" {
			want = 0
		}
		if exitOf(err) != want || r.Fetched != c.held || !strings.Contains(r.Summary(), c.missing) || len(stored(t, to, archive.KindConversation)) != c.held {
			t.Errorf("%s: exit %d: %v\n%s", name, exitOf(err), err, r.Summary())
		}
		if ledger := stored(t, to, archive.KindLedger)["import"]; c.missing != "" && !strings.Contains(ledger, c.missing) {
			t.Errorf("%s: the ledger does not name it: %s", name, ledger)
		}
	}
}
