package fetch

import (
	"bytes"
	"net/url"
	"strings"

	"gptsnap/formats/chat"
	"gptsnap/formats/source"
)

// A want is a file to get: its id in the archive and where its link is.
type want struct {
	id, name, media string
	size            int64
	link, older     string // addresses that answer a download link
}

// namesFiles is false for most conversations, which need not be decoded then.
func namesFiles(body []byte) bool {
	for _, sign := range []string{"file-", "file_", "sediment:", "sandbox:", "asset_pointer"} {
		if bytes.Contains(body, []byte(sign)) {
			return true
		}
	}
	return false
}

// filesOf are the files that c names, or the pictures among them.
func filesOf(c *chat.Conversation, mode string) []*chat.File {
	var all []*chat.File
	for i := range c.Nodes {
		m := c.Nodes[i].Message
		if m == nil {
			continue
		}
		pictures := map[*chat.File]bool{}
		for _, p := range m.Parts {
			switch p := p.(type) {
			case *chat.Image:
				pictures[p.File] = true
			case *chat.Screenshot:
				pictures[p.File] = true
			case *chat.Output:
				for _, f := range p.Images {
					pictures[f] = true
				}
			}
		}
		for f := range m.Files() {
			if mode == FilesAll || pictures[f] || strings.HasPrefix(f.MIME, "image/") {
				all = append(all, f)
			}
		}
	}
	return all
}

// want says how to ask for a file of a conversation or of a project. It is
// false for one that no one can ask for.
func (r *run) want(f *chat.File, conversation, project string) (want, bool) {
	id, err := source.FileID(f)
	if err != nil {
		return want{}, false
	}
	w := want{id: id, name: f.Name, media: f.MIME, size: f.Size}
	switch path, sandbox := strings.CutPrefix(f.Pointer, "sandbox:"); {
	case sandbox:
		if plain, err := url.PathUnescape(path); err == nil {
			path = plain
		}
		w.link = r.client.address(sandboxLink, conversation, url.Values{"message_id": {f.Message}, "sandbox_path": {path}})
	case project != "":
		w.link = r.client.address(fileLink, id, url.Values{"gizmo_id": {project}})
		w.older = r.client.address(oldFileLink, id, nil)
	default:
		w.link = r.client.address(fileLink, id, url.Values{"conversation_id": {conversation}})
		w.older = r.client.address(oldFileLink, id, nil)
	}
	return w, true
}
