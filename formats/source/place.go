package source

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Place tells how to write the file that somebody named. Whoever writes a file
// whole gives a new one its name when it is complete; that name is at, where a
// link that stands there leads. In the place of a pipe or a device, such as
// /dev/null, nothing may be put: takes says that path is one, and is to be
// opened and written to.
func Place(path string) (at string, takes bool, err error) {
	st, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return path, false, nil
	case err != nil:
		return "", false, err
	case st.IsDir():
		return "", false, errors.New("it is a folder")
	case !st.Mode().IsRegular():
		return path, true, nil
	}
	at, err = filepath.EvalSymlinks(path)
	return at, false, err
}
