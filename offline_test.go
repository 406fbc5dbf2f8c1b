package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheStandInsKeepTheirWord runs the tests of formats/offline, which are
// modules of their own that ./... does not reach, and sees that nothing in
// them can be reached that could reach the network.
func TestTheStandInsKeepTheirWord(t *testing.T) {
	t.Parallel()
	dirs, err := filepath.Glob("formats/offline/*/go.mod")
	if err != nil || len(dirs) != 2 {
		t.Fatalf("%q, %v", dirs, err)
	}
	for _, mod := range dirs {
		dir := filepath.Dir(mod)
		test := exec.Command("go", "test", "./...")
		test.Dir = dir
		if out, err := test.CombinedOutput(); err != nil || !strings.Contains(string(out), "ok") {
			t.Errorf("%s: %v\n%s", dir, err, out)
		}
		list := exec.Command("go", "list", "-deps", ".")
		list.Dir = dir
		out, err := list.Output()
		if err != nil {
			t.Fatal(err)
		}
		for _, dep := range strings.Fields(string(out)) {
			if dep == "net" || strings.HasPrefix(dep, "net/") {
				t.Errorf("%s reaches %s", dir, dep)
			}
		}
	}
}
