package archive

import (
	"slices"
	"strings"
	"testing"
)

// FuzzCover gives a folder any files: what is chosen must be without gaps
// unless something is said, and no file may be forgotten or chosen twice.
func FuzzCover(f *testing.F) {
	const u = "000001-1b2c3d4e"
	f.Add(u+".tar.zst\n000002-00000000.tar.zst\n000004-00000001.tar.zst.age\nnotes.txt", uint8(1), uint8(0))
	f.Add(u+".000000000000-000000005268.tar.zst.age\n"+u+".000000005268-000000006000.held.age\n"+u+".000000006000-000000006001.open.age", uint8(0), uint8(3))
	f.Add(u+".000000000000-000000000009.open.age\n"+u+".000000000000-000000000009.held.age\n"+u+".000000000010-000000000012.open.age", uint8(1), uint8(2))
	f.Add(u+".tar.zst.age\n"+u+".tar.zst\n"+u+".000000000000-000000000009.held.age\n000001-ffffffff.tar.zst", uint8(1), uint8(0))
	f.Add("000002-1b2c3d4e.tar.zst.part\n000002-1b2c3d4e.000000000000-000000000009.tar.zst.age.part\nsegments.json.part\nx.part\n"+u+".tar.zst", uint8(1), uint8(0))
	f.Fuzz(func(t *testing.T, text string, first, limit uint8) {
		names := slices.Compact(slices.Sorted(strings.SplitSeq(text, "\n"))) // a folder has no name twice
		var all []segFile
		for _, name := range names {
			if s, ok := parseSegName(name); ok {
				if s.rename() != name {
					t.Fatalf("%q is taken for %q", name, s.rename())
				}
				all = append(all, s)
			}
		}
		total := len(all)
		c := coverOf(all, int(first), int(limit))
		c.foreign(names)
		seen := map[string]int{}
		gap := false
		for i, s := range c.files {
			seen[s.name]++
			switch before := s; {
			case s.number < int(first), limit > 0 && s.number >= int(limit):
				t.Fatalf("%s does not count", s.name)
			case i > 0 && c.files[i-1].number == s.number:
				before = c.files[i-1]
				gap = gap || before.to != s.from
			case i > 0 && c.files[i-1].number > s.number:
				t.Fatal("out of order")
			default:
				gap = gap || s.from != 0 || i > 0 && c.files[i-1].number+1 != s.number || i == 0 && first > 0 && s.number != int(first)
			}
		}
		if gap && len(c.faults) == 0 {
			t.Fatalf("nothing is said of a gap in %v", c.files)
		}
		for _, name := range slices.Concat(c.spare, c.strangers, c.staged) {
			seen[name]++
		}
		counted := 0
		for _, name := range names {
			if _, ours := parseSegName(name); ours && seen[name] == 1 {
				counted++
			} else if seen[name] > 1 {
				t.Fatalf("%q is there %d times", name, seen[name])
			}
		}
		if counted < total && len(c.faults) == 0 {
			t.Fatalf("%d of %d files are forgotten", total-counted, total)
		}
	})
}
