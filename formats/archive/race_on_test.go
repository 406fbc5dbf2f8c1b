//go:build race

package archive

const raceOn = true
