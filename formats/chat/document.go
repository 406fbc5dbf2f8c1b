package chat

import "time"

// A Document is a conversation on its way into one file.
type Document struct {
	*Conversation
	Whole  *Conversation // the conversation before anything was taken out for this document; nil if nothing was
	Path   string        // the file's place in the output folder, with slashes: "Garden/2024-05-01 Soil 6f2c81aa.html"
	Root   string        // the way from the file back to that folder: "" or "../"
	Branch string        // "branch 2 of 5" if the file holds one branch of several, else ""
	Total  *Total        // what Counts found; documents of one conversation may share it, so that it is counted once
}

// A Total is what a whole conversation amounts to.
type Total struct{ messages, branches, words int }

// Counts tells of the whole conversation, whatever this document shows of it:
// its messages, its branches, and the words of its visible messages.
func (d *Document) Counts() (messages, branches, words int) {
	if d.Total == nil {
		d.Total = new(Total)
	}
	t := d.Total
	if t.branches == 0 { // not counted yet, or nothing to count
		c := d.Whole
		if c == nil {
			c = d.Conversation
		}
		for i := range c.Nodes {
			if m := c.Nodes[i].Message; m != nil && m.Visible() {
				t.words += m.Words()
			}
		}
		t.messages, t.branches = c.Messages(), c.Leaves()
	}
	return t.messages, t.branches, t.words
}

// A Summary is what an index page says of one document.
type Summary struct {
	ID, Title, Path    string
	Created, Updated   time.Time
	Project, Model     string
	Gizmo              string // id of the custom GPT, or ""
	Messages, Branches int
	Files              int // references to files, in all branches
	Archived, Starred  bool
}

// Changed is when the document's conversation was last touched, as far as is
// known.
func (s *Summary) Changed() time.Time {
	if s.Updated.IsZero() {
		return s.Created
	}
	return s.Updated
}

// An Asset is a file that the documents of a format share, such as a style sheet.
type Asset struct {
	Name string // its place in the output folder, with slashes
	Body []byte
	Of   string // what it is a part of: parts that a later run no longer makes go; "" for none
}

// ListOfDocuments, as what an [Asset] is a part of, is for a page that leads to
// documents and that they lead to, such as that of a project. One that a later
// run no longer makes goes, unless documents stay that this run did not make:
// they may lead there.
const ListOfDocuments = "list of documents"
