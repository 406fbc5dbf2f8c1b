package analyze

import "strings"

// A change is a run of words that both texts have (' '), that only the first
// has ('-') or that only the second has ('+').
type change struct {
	sign  byte
	words []string
}

// tokens cuts s into words; the end of a line is a word of its own, "\n".
func tokens(s string) []string {
	var all []string
	for line := range strings.Lines(strings.ReplaceAll(s, "\r\n", "\n")) {
		all = append(all, strings.Fields(line)...)
		if strings.HasSuffix(line, "\n") {
			all = append(all, "\n")
		}
	}
	return all
}

// farthest bounds the number of differing words that are told apart, and with
// it time and memory: texts that differ more are shown one after the other.
const farthest = 2000

// diff finds a shortest way from a to b, by Myers' algorithm: it follows the
// paths that come farthest with 0, 1, 2, ... changes until one has arrived,
// then goes back by the notes it took.
func diff(a, b []string) []change {
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	var all []change
	add := func(sign byte, words []string) {
		if len(words) == 0 {
			return
		}
		if n := len(all); n > 0 && all[n-1].sign == sign {
			all[n-1].words = append(all[n-1].words[:len(all[n-1].words):len(all[n-1].words)], words...)
			return
		}
		all = append(all, change{sign, words})
	}
	add(' ', a[:head])
	for _, c := range middle(a[head:len(a)-tail], b[head:len(b)-tail]) {
		add(c.sign, c.words)
	}
	add(' ', a[len(a)-tail:])
	return tidy(all)
}

// middle is diff for texts that have neither beginning nor end in common.
func middle(a, b []string) []change {
	whole := []change{{'-', a}, {'+', b}}
	if len(a) == 0 || len(b) == 0 {
		return whole
	}
	most := min(len(a)+len(b), farthest)
	at := make([]int32, 2*most+2) // how far in a the best path on each diagonal is
	var notes [][]int32           // at, as it was before each step
	for d := 0; d <= most; d++ {
		notes = append(notes, append([]int32(nil), at[most-d:most+d+2]...))
		for k := -d; k <= d; k += 2 {
			x := at[most+k+1] // down: a word of b
			if k > -d && (k == d || at[most+k-1] >= x) {
				x = at[most+k-1] + 1 // right: a word of a goes
			}
			for y := x - int32(k); int(x) < len(a) && int(y) < len(b) && a[x] == b[y]; y++ {
				x++
			}
			at[most+k] = x
			if int(x) >= len(a) && int(x)-k >= len(b) {
				return back(a, b, notes)
			}
		}
	}
	return whole
}

// back reads the notes from the end to the beginning.
func back(a, b []string, notes [][]int32) []change {
	var turned []change
	x, y := len(a), len(b)
	for d := len(notes) - 1; d >= 0; d-- {
		k := x - y
		was := func(k int) int { return int(notes[d][k+d]) } // notes[d] covers the diagonals -d to d+1
		prev := k + 1
		if k > -d && (k == d || was(k-1) >= was(k+1)) {
			prev = k - 1
		}
		px, py := 0, 0
		if d > 0 {
			px = was(prev)
			py = px - prev
		}
		same := min(x-px, y-py)
		if same > 0 {
			turned = append(turned, change{' ', a[x-same : x]})
		}
		x, y = x-same, y-same
		if d == 0 {
			break
		}
		if prev == k+1 {
			turned = append(turned, change{'+', b[y-1 : y]})
		} else {
			turned = append(turned, change{'-', a[x-1 : x]})
		}
		x, y = px, py
	}
	for i, j := 0, len(turned)-1; i < j; i, j = i+1, j-1 {
		turned[i], turned[j] = turned[j], turned[i]
	}
	return turned
}

// tidy gathers what goes and what comes between two stretches in common, and
// takes a stretch of a word or two between changes for changed: that reads
// better than a rash of single words.
func tidy(all []change) []change {
	var out []change
	var gone, come []string
	flush := func() {
		if len(gone) > 0 {
			out = append(out, change{'-', gone})
		}
		if len(come) > 0 {
			out = append(out, change{'+', come})
		}
		gone, come = nil, nil
	}
	for i, c := range all {
		switch {
		case c.sign == '-':
			gone = append(gone, c.words...)
		case c.sign == '+':
			come = append(come, c.words...)
		case i > 0 && i+1 < len(all) && len(c.words) < 3 && len(gone) > 0 && len(come) > 0:
			gone = append(gone, c.words...)
			come = append(come, c.words...)
		default:
			flush()
			out = append(out, c)
		}
	}
	flush()
	return out
}
