//go:build race

package analyze

func init() { raceOn = true }
