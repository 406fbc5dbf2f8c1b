package markdown

import "strings"

// isTable reports whether one of the lines of a paragraph makes a table of
// those around it: a row of dashes with as many cells as the line above it.
// Where the numbers differ, readers see running text, in which a code span may
// reach from one line to the next.
func isTable(text string) bool {
	above, first := "", true
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.Trim(line, "> \t")
		if n := dashCells(line); n > 0 && !first && cells(above) == n {
			return true
		}
		above, first = line, false
	}
	return false
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
