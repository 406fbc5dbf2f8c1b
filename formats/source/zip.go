package source

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"sync/atomic"
	"unicode"
	"unicode/utf8"
)

// Bounds on what a ZIP may claim. A deflated stream cannot shrink more than
// about 1,030 times; chats shrink 4 to 20 times.
type zipLimits struct {
	directory int64 // bytes read to learn what is in it
	members   int
	ratio     uint64 // how many times larger than packed; asked only above floor
	floor     uint64
}

var normalZIP = zipLimits{directory: 512 << 20, members: 1_000_000, ratio: 250, floor: 256 << 20}

// openZIP reads the directory of a ZIP. Names come from whoever made it, so
// what could reach outside is left out and reported.
func openZIP(name string, f *os.File, lim zipLimits) (*box, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	guard := &budget{r: f}
	guard.left.Store(lim.directory)
	z, err := zip.NewReader(guard, info.Size())
	guard.off.Store(true)
	switch {
	case errors.Is(err, zip.ErrInsecurePath): // judged below, name by name
	case guard.left.Load() < 0:
		return nil, Fail(ExitFailed, "", "%s: its directory is larger than %d MiB: not an export", name, lim.directory>>20)
	case err != nil:
		return nil, Fail(ExitFailed, "download it again; of a split ZIP, join the parts first",
			"%s: a ZIP that ends early or is damaged: %w", name, err)
	case len(z.File) > lim.members:
		return nil, Fail(ExitFailed, "", "%s: holds %d members, more than %d: not an export", name, len(z.File), lim.members)
	}
	b := &box{path: name, close: f.Close}
	var packed, total uint64
	for _, zf := range z.File {
		if zf.UncompressedSize64 > 1<<50 {
			return nil, Fail(ExitFailed, "", "%s: member %q claims %d bytes: a ZIP bomb", name, short(zf.Name), zf.UncompressedSize64)
		}
		packed += min(zf.CompressedSize64, 1<<50)
		total += zf.UncompressedSize64
		b.zipMember(zf, lim)
	}
	if packed > uint64(info.Size()) {
		return nil, Fail(ExitFailed, "", "%s: its members lie over one another: a ZIP bomb, or damaged", name)
	}
	if total > lim.floor && total/lim.ratio > packed {
		return nil, Fail(ExitFailed, "", "%s: %d bytes would unpack to %d: a ZIP bomb", name, packed, total)
	}
	return b, nil
}

func (b *box) zipMember(zf *zip.File, lim zipLimits) {
	name := strings.ReplaceAll(zf.Name, `\`, "/")
	mode := zf.Mode()
	switch {
	case strings.HasSuffix(name, "/") || mode.IsDir() || clutter(name):
		return
	case !safeName(name):
		b.problem("member %q left out: its name is not one of an export", short(zf.Name))
		return
	case mode.Type() != 0:
		b.problem("member %q left out: it is a link or a device, not a file", short(zf.Name))
		return
	}
	b.members = append(b.members, member{name: name, size: int64(zf.UncompressedSize64), open: func() (io.ReadCloser, error) {
		switch {
		case zf.Flags&1 != 0:
			return nil, errors.New("encrypted: unpack it yourself, then give the folder")
		case zf.Method != zip.Store && zf.Method != zip.Deflate:
			return nil, fmt.Errorf("packed by method %d, which is not understood: unpack it yourself, then give the folder", zf.Method)
		case zf.UncompressedSize64 > lim.floor && zf.UncompressedSize64/lim.ratio > zf.CompressedSize64:
			return nil, fmt.Errorf("%d bytes would unpack to %d: a ZIP bomb", zf.CompressedSize64, zf.UncompressedSize64)
		}
		return zf.Open() // reads no more than the size it claims
	}})
}

// safeName reports whether a name stays below the root on every system.
func safeName(name string) bool {
	return fs.ValidPath(name) && name != "." && len(name) <= 1024 && utf8.ValidString(name) &&
		!strings.Contains(name, ":") && strings.IndexFunc(name, unicode.IsControl) < 0
}

// clutter is what operating systems add to folders.
func clutter(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		if part == "__MACOSX" || part == ".DS_Store" || part == "Thumbs.db" || part == "desktop.ini" || strings.HasPrefix(part, "._") {
			return true
		}
	}
	return false
}

// short cuts a name that somebody else chose to what fits in a message.
func short(s string) string {
	if len(s) > 80 {
		return strings.ToValidUTF8(s[:80], "") + "…"
	}
	return s
}

// A budget is a ReaderAt that gives out no more than left bytes until off is set.
type budget struct {
	r    io.ReaderAt
	left atomic.Int64
	off  atomic.Bool
}

func (b *budget) ReadAt(p []byte, at int64) (int, error) {
	if !b.off.Load() && b.left.Add(-int64(len(p))) < 0 {
		return 0, errors.New("too much to read")
	}
	return b.r.ReadAt(p, at)
}
