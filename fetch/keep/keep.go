// Package keep looks after an archive that is there: it examines it, saves
// what can be saved of a damaged one, and packs it closer.
//
// It is a room beside fetch's own because it shares nothing with asking a
// server: nothing here can reach the network, and what fetch knows of pacing,
// tokens and endpoints is of no use here. What the bytes of an archive are is
// known by formats/archive alone; this package adds what needs an idea of
// their meaning (does a body parse, is its tree a tree, which files belong to
// a conversation) and the commands.
//
// The three commands keep three promises. verify changes nothing. repair
// never writes to the file that it reads, and names everything that is lost.
// compact puts the new file in the place of the old one only after the new
// one has passed the deepest examination there is.
package keep

import (
	"errors"
	"io/fs"

	"gptsnap/formats/archive"
	"gptsnap/formats/source"
)

// failure gives an error of the archive its exit code and hint.
func failure(path string, err error) error {
	var done *source.Failure
	key := source.KeyFailure(path, err)
	switch {
	case err == nil:
		return nil
	case key != nil:
		return key
	case errors.As(err, &done):
		return err
	case errors.Is(err, fs.ErrNotExist):
		return source.Fail(source.ExitFailed, "name the archive with -a", "%s: no such file", path)
	case errors.As(err, new(*archive.LockedError)):
		return source.Fail(source.ExitFailed, "two programs cannot write one archive at the same time", "%w", err)
	case errors.Is(err, archive.ErrNotArchive):
		return source.Fail(source.ExitFailed, "name an archive that fetch or import has made", "%w", err)
	case errors.As(err, new(*archive.DamageError)):
		return source.Fail(source.ExitDamaged, "see what is lost with: gptsnap verify; save the rest with: gptsnap repair", "%w", err)
	}
	return source.Fail(source.ExitFailed, "", "%w", err)
}
