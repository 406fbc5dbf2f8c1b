//go:build race

package source

// The race detector makes bytes ten times slower and has nothing to find in
// the length of a line.
func init() { longLine = 30 }
