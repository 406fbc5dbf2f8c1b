package analyze

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// sides are the two texts that a difference was made of.
func sides(all []change) (a, b []string) {
	for _, c := range all {
		if c.sign != '+' {
			a = append(a, c.words...)
		}
		if c.sign != '-' {
			b = append(b, c.words...)
		}
	}
	return a, b
}

func TestADifferenceHoldsBothTextsWhole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		words := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "\n"}), 0, 60)
		a, b := words.Draw(rt, "a"), words.Draw(rt, "b")
		all := diff(a, b)
		gotA, gotB := sides(all)
		if !slices.Equal(gotA, a) || !slices.Equal(gotB, b) {
			rt.Fatalf("%q and %q from %q", gotA, gotB, all)
		}
		for i, c := range all {
			if len(c.words) == 0 || i > 0 && all[i-1].sign == c.sign {
				rt.Fatalf("%q", all)
			}
		}
	})
}

// TestTheMiddleIsAShortestWay compares with the slow way, a table of all pairs.
func TestTheMiddleIsAShortestWay(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		words := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c"}), 1, 25)
		a, b := words.Draw(rt, "a"), words.Draw(rt, "b")
		got := 0
		for _, c := range middle(a, b) {
			if c.sign != ' ' {
				got += len(c.words)
			}
		}
		common := make([][]int, len(a)+1)
		for i := range common {
			common[i] = make([]int, len(b)+1)
		}
		for i := range a {
			for j := range b {
				common[i+1][j+1] = max(common[i][j+1], common[i+1][j])
				if a[i] == b[j] {
					common[i+1][j+1] = common[i][j] + 1
				}
			}
		}
		if want := len(a) + len(b) - 2*common[len(a)][len(b)]; got != want {
			rt.Fatalf("%d changes, %d are enough", got, want)
		}
	})
}

func TestTextsThatHaveNothingInCommonAreShownWhole(t *testing.T) {
	t.Parallel()
	a, b := strings.Fields(strings.Repeat("old ", 50_000)), strings.Fields(strings.Repeat("new ", 50_000))
	if all := diff(a, b); len(all) != 2 || len(all[0].words) != 50_000 || len(all[1].words) != 50_000 {
		t.Error(len(all))
	}
}
