package convert

import (
	"path/filepath"
	"slices"
	"strings"
)

// planFiles decides how files are treated: as --files says, where the format
// can, else as is best for the output.
func (p *plan) planFiles(asked string) error {
	if p.set != nil {
		if asked != "" && asked != "none" {
			return usage("--files %s: %s holds what conversations say of files, never the files", asked, p.set.name)
		}
		return nil
	}
	f := p.format
	alone := p.file && !f.binds // one file, with no place for others beside it or within it
	mode := asked
	switch {
	case asked != "" && !slices.Contains(f.files, asked):
		return usage("--files %s is nothing for %s: it knows %s", asked, f.name, strings.Join(f.files, ", "))
	case f.name == "jsonl" && p.look.Schema != "messages" && asked != "" && asked != "none":
		return usage("--files %s: only the schema messages tells of files", asked)
	case asked == "copy" && alone:
		return usage("--files copy needs a folder to copy files into: name one with -o, or use --files embed")
	case asked == "" && slices.Contains(f.files, "embed") && p.look.Single && f.onePage:
		mode = "embed"
	case asked == "":
		mode = f.files[0]
	}
	switch {
	case f.whole && mode == "none":
		mode = "" // data says what the source said
	case f.binds && mode == "embed":
		mode = "copy" // into the book, that is
	case mode == "link":
		folder := p.output
		if p.output == "-" {
			folder = "."
		} else if p.file {
			folder = filepath.Dir(p.output)
		}
		var err error
		if p.opts.Place, err = filepath.Abs(folder); err != nil {
			return cannotWrite(p.output, err)
		}
	}
	p.opts.Files = mode
	return nil
}
