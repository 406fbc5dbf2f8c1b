package chat

import (
	"iter"
	"strings"
)

// A Part is one piece of a message. The set is closed, so that a test can
// hold every renderer to showing all of it. Parts are pointers, so that
// whoever finds the files of a conversation can say where they are.
type Part interface{ part() }

type (
	// Transcript is what was said aloud, in words.
	Transcript struct {
		Text      string
		Direction string // "in" from the user, "out" from the model, or ""
	}
	// Image is a picture, sent or generated.
	Image struct {
		File      *File
		Generated bool
		Prompt    string // what the generator was asked, or ""
		Title     string
		GenID     string
	}
	// Audio is a recording.
	Audio struct {
		File    *File
		Format  string
		Seconds float64 // 0 if unknown
	}
	// Video is a recording with pictures, or its frames.
	Video struct {
		File   *File // nil if only frames are named
		Frames int
	}
	// Code is source that a tool was handed, or that a person was shown.
	Code struct{ Language, Source string }
	// Output is what running code gave.
	Output struct {
		Text    string
		Status  string // success, failed_with_in_kernel_exception, cancelled, ...
		Error   string // name and trace of an exception, or ""
		Images  []*File
		Seconds float64
	}
	// Quote is a passage of a page or an uploaded file that the model read.
	Quote struct{ Title, Domain, URL, Text string }
	// Browsing is what the browser of 2023 showed the model, or what a search found.
	Browsing struct {
		Result, Summary string
		Links           []Link
	}
	// WebPage is a page in full, as the model received it.
	WebPage struct{ Title, Domain, URL, Snippet, Text string }
	// Thoughts is the model's summary of its own reasoning.
	Thoughts struct{ Items []Thought }
	// Recap is the line that closes reasoning: "Thought for 14s".
	Recap struct {
		Text    string
		Seconds float64 // 0 if unknown
	}
	// Context is text that goes to the model unseen: custom instructions,
	// memory, the state of a paired app.
	Context struct {
		Kind     string // "custom instructions", "memory", "app"
		Sections []Section
	}
	// Failure is a tool's or the system's error.
	Failure struct{ Name, Text string }
	// Screenshot is what an agent's computer showed.
	Screenshot struct {
		File            *File // nil if it sent only its state
		Title, URL      string
		OS, Description string
	}
	// Canvas is one step in the life of a canvas document.
	Canvas struct {
		Action   string // create, update, comment
		ID       string
		Title    string
		Type     string // document, code/python, ...
		Version  int
		Content  string // the whole text after this step, where it is known
		Known    bool   // Content is the text after this step
		Edits    []Edit
		Comments []string
		Broken   string // what of the payload could not be read, or ""
		Failed   bool   // the tool refused the step
	}
	// Report is a deep-research report.
	Report struct {
		Title   string
		Body    *Text
		Sources []Link
	}
	// Widget is an app's own interface, of which only the data remains.
	Widget struct {
		App, Title, Text string
		JSON             []byte
	}
	// Remark is what the provider's page shows around a message rather than
	// in it. It makes no message visible that says nothing.
	Remark struct {
		Kind  RemarkKind
		Lines []string
	}
	// Unknown is content of a kind this version has not met, kept whole.
	Unknown struct {
		Kind string
		JSON []byte
	}
)

// A RemarkKind says what a remark is about.
type RemarkKind string

// The kinds of remarks.
const (
	RemarkStep      RemarkKind = "step"       // what the model was at: "Searching for tide tables", "Research completed in 7m"
	RemarkTools     RemarkKind = "tools"      // what the user switched on for a prompt: search, research, agent
	RemarkTask      RemarkKind = "task"       // title and prompt of work that goes on in the background
	RemarkDictated  RemarkKind = "dictated"   // what was heard of a dictated prompt, before the user changed it
	RemarkFollowUps RemarkKind = "follow-ups" // prompts that were offered as the next one
)

// Heading says in words what kind of remark r is; "" if its lines need none.
func (r *Remark) Heading() string {
	switch r.Kind {
	case RemarkStep:
		return ""
	case RemarkTools:
		return "Asked with"
	case RemarkTask:
		return "Task"
	case RemarkDictated:
		return "Dictated as"
	case RemarkFollowUps:
		return "Suggested next"
	}
	return string(r.Kind)
}

// Line is r as one line of words, with its heading; "" if r is long or a
// list, and to be set below its heading.
func (r *Remark) Line() string {
	switch r.Kind {
	case RemarkStep:
		return strings.Join(r.Lines, " · ")
	case RemarkTools:
		return r.Heading() + ": " + strings.Join(r.Lines, ", ")
	}
	return ""
}

// A Thought is one step of reasoning.
type Thought struct{ Summary, Content string }

// A Section is a titled text.
type Section struct{ Title, Text string }

// An Edit is one replacement in a canvas document.
type Edit struct {
	Pattern, Replacement string
	Multiple             bool
}

// A File is a reference to bytes outside the conversation's JSON. Decoders
// fill the first group; whoever looks the bytes up fills the second.
type File struct {
	Pointer       string // as the provider wrote it: sediment://file_..., sandbox:/mnt/data/x
	ID            string // the pointer without its scheme, or the attachment's id
	Name          string // the name the user knows, or ""
	MIME          string
	Size          int64 // 0 if unknown
	Width, Height int
	Message       string // id of the message that names it (sandbox downloads need it)
	Pasted        bool   // the site made a file of a long text that the user pasted

	Href    string // where the bytes were put, relative to the document; "" if nowhere
	Missing string // why there are no bytes, "" if there are or nobody looked
	Found   *Found // what somebody saw who looked for the bytes; nil if nobody did
}

// Found is what is known of a file's bytes where they are kept.
type Found struct {
	Key        string // the same for all references to one file
	Name, MIME string
	Size       int64  // 0 if unknown
	Missing    string // why there are none, "" if there are
}

func (*Text) part()       {}
func (*Transcript) part() {}
func (*Image) part()      {}
func (*Audio) part()      {}
func (*Video) part()      {}
func (*Code) part()       {}
func (*Output) part()     {}
func (*Quote) part()      {}
func (*Browsing) part()   {}
func (*WebPage) part()    {}
func (*Thoughts) part()   {}
func (*Recap) part()      {}
func (*Context) part()    {}
func (*Failure) part()    {}
func (*Screenshot) part() {}
func (*Canvas) part()     {}
func (*Report) part()     {}
func (*Widget) part()     {}
func (*Remark) part()     {}
func (*Unknown) part()    {}

// Titled reports whether the body of r begins with its title as a heading.
func (r *Report) Titled() bool {
	if r.Body == nil {
		return false
	}
	head, _, _ := strings.Cut(strings.TrimSpace(r.Body.Raw), "\n")
	words := strings.TrimLeft(head, "#")
	return words != head && strings.TrimSpace(words) == strings.TrimSpace(r.Title)
}

// Told reports whether the text of o says its error already, as the end of a
// traceback does.
func (o *Output) Told() bool { return strings.Contains(o.Text, strings.TrimSpace(o.Error)) }

// Files yields every file that m refers to: in parts, in citations and as
// attachments. One file may come more than once.
func (m *Message) Files() iter.Seq[*File] {
	return func(yield func(*File) bool) {
		some := func(f *File) bool { return f == nil || yield(f) }
		for _, p := range m.Parts {
			ok := true
			switch p := p.(type) {
			case *Image:
				ok = some(p.File)
			case *Audio:
				ok = some(p.File)
			case *Video:
				ok = some(p.File)
			case *Screenshot:
				ok = some(p.File)
			case *Output:
				for _, f := range p.Images {
					ok = ok && some(f)
				}
			case *Text:
				ok = p.files(some)
			case *Report:
				ok = p.Body == nil || p.Body.files(some)
			}
			if !ok {
				return
			}
		}
		for _, f := range m.Attachments {
			if !some(f) {
				return
			}
		}
	}
}

func (t *Text) files(some func(*File) bool) bool {
	for _, c := range t.Cites {
		for _, l := range c.Links {
			if !some(l.File) {
				return false
			}
		}
	}
	return true
}
