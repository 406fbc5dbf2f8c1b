package markdown

import "strings"

// tableIn is where the first table of a paragraph begins, -1 if there is none:
// at the line above a row of dashes, if that has as many cells. Where the
// numbers differ, readers see running text, in which a code span may reach
// from one line to the next.
func tableIn(text string) int {
	above, at := "", -1 // the line before, and where it began
	for from := 0; from < len(text); {
		end := len(text)
		if k := strings.IndexByte(text[from:], '\n'); k >= 0 {
			end = from + k
		}
		line := strings.Trim(text[from:end], "> \t")
		if n := dashCells(line); n > 0 && at >= 0 && cells(above) == n {
			return at
		}
		above, at = line, from
		from = end + 1
	}
	return -1
}

// cells counts the cells of a row of a table. A pipe at an end closes the row,
// and one behind a backslash is a character.
func cells(row string) int {
	row = strings.TrimPrefix(row, "|")
	if strings.HasSuffix(row, "|") && !strings.HasSuffix(row, `\|`) {
		row = row[:len(row)-1]
	}
	return 1 + strings.Count(row, "|") - strings.Count(row, `\|`)
}

// dashCells counts the cells of a row of dashes; 0 if row is none.
func dashCells(row string) int {
	if !isDelimiterRow(row) {
		return 0
	}
	row = strings.TrimSuffix(strings.TrimPrefix(row, "|"), "|")
	n := 0
	for cell := range strings.SplitSeq(row, "|") {
		cell = strings.Trim(cell, " \t")
		cell = strings.TrimSuffix(strings.TrimPrefix(cell, ":"), ":")
		if cell == "" || strings.Trim(cell, "-") != "" {
			return 0
		}
		n++
	}
	return n
}
