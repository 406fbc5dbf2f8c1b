package parquet

import (
	"time"

	"gptsnap/formats/chat"
	"gptsnap/formats/rows"
)

// conversation is a row of the table conversations. README.md describes the
// columns of all tables; a test keeps it true.
type conversation struct {
	Account         string   `parquet:"account,dict"`
	ID              string   `parquet:"id"`
	Title           string   `parquet:"title"`
	Created         *int64   `parquet:"created,optional,timestamp(microsecond)"`
	Updated         *int64   `parquet:"updated,optional,timestamp(microsecond)"`
	Model           string   `parquet:"model,optional,dict"`
	GPT             string   `parquet:"gpt,optional,dict"`
	Project         string   `parquet:"project,optional,dict"`
	URL             string   `parquet:"url,optional"`
	Archived        bool     `parquet:"archived"`
	Starred         bool     `parquet:"starred"`
	Partial         string   `parquet:"partial,optional,dict"`
	Current         string   `parquet:"current,optional"`
	Nodes           int32    `parquet:"nodes"`
	Messages        int32    `parquet:"messages"`
	Visible         int32    `parquet:"visible"`
	User            int32    `parquet:"user"`
	Assistant       int32    `parquet:"assistant"`
	Tool            int32    `parquet:"tool"`
	System          int32    `parquet:"system"`
	Other           int32    `parquet:"other"`
	WordsUser       int64    `parquet:"words_user"`
	WordsAssistant  int64    `parquet:"words_assistant"`
	CurrentMessages int32    `parquet:"current_messages"`
	CurrentWords    int64    `parquet:"current_words"`
	Branches        int32    `parquet:"branches"`
	Forks           int32    `parquet:"forks"`
	Versions        int32    `parquet:"versions"`
	Edited          int32    `parquet:"forks_edited"`
	Regenerated     int32    `parquet:"forks_regenerated"`
	Choices         int32    `parquet:"forks_choices"`
	Mixed           int32    `parquet:"forks_mixed"`
	Problems        []string `parquet:"problems,list"`
	Oddities        []oddity `parquet:"oddities,list"`
}

// oddity is one of the problems, with the node that it concerns apart.
type oddity struct {
	Node string `parquet:"node,optional"`
	Text string `parquet:"text"`
}

// message is a row of the table messages: a node and what was said there.
type message struct {
	Account        string     `parquet:"account,dict"`
	ConversationID string     `parquet:"conversation_id,dict"`
	ID             string     `parquet:"id"`
	Parent         string     `parquet:"parent,optional"`
	Position       int32      `parquet:"position,delta"`
	Depth          int32      `parquet:"depth,delta"`
	Version        int32      `parquet:"version"`
	Versions       int32      `parquet:"versions"`
	Children       int32      `parquet:"children"`
	Fork           string     `parquet:"fork,optional,dict"`
	Current        bool       `parquet:"current"`
	Class          string     `parquet:"class,optional,dict"`
	MessageID      string     `parquet:"message_id,optional"`
	Role           string     `parquet:"role,optional,dict"`
	Name           string     `parquet:"name,optional,dict"`
	Recipient      string     `parquet:"recipient,optional,dict"`
	Channel        string     `parquet:"channel,optional,dict"`
	ContentType    string     `parquet:"content_type,optional,dict"`
	Status         string     `parquet:"status,optional,dict"`
	Finish         string     `parquet:"finish,optional,dict"`
	Model          string     `parquet:"model,optional,dict"`
	Effort         string     `parquet:"effort,optional,dict"`
	Turn           string     `parquet:"turn,optional"`
	Created        *int64     `parquet:"created,optional,timestamp(microsecond)"`
	Updated        *int64     `parquet:"updated,optional,timestamp(microsecond)"`
	Thinking       float64    `parquet:"thinking,optional"`
	Hidden         bool       `parquet:"hidden"`
	Instruction    bool       `parquet:"instruction"`
	Variant        bool       `parquet:"variant"`
	Chosen         bool       `parquet:"chosen"`
	Weight         float64    `parquet:"weight,optional"`
	Visible        bool       `parquet:"visible"`
	Words          int32      `parquet:"words"`
	Chars          int32      `parquet:"chars"`
	Attachments    int32      `parquet:"attachments"`
	Text           string     `parquet:"text,optional"`
	Parts          []part     `parquet:"parts,list"`
	Citations      []citation `parquet:"citations,list"`
	Files          []file     `parquet:"files,list"`
	Code           []snippet  `parquet:"code,list"`
	Feedback       []feedback `parquet:"feedback,list"`
	Failed         bool       `parquet:"failed"`
	Took           float64    `parquet:"took,optional"`
	Prompt         string     `parquet:"prompt,optional"`
	Thought        float64    `parquet:"thought,optional"`
}

type feedback struct {
	Rating  string   `parquet:"rating,optional,dict"`
	Tags    []string `parquet:"tags,list"`
	Text    string   `parquet:"text,optional"`
	Created *int64   `parquet:"created,optional,timestamp(microsecond)"`
}

type snippet struct {
	Language string `parquet:"language,dict"`
	Lines    int32  `parquet:"lines"`
	Run      bool   `parquet:"run"`
}

type part struct {
	Kind   string `parquet:"kind,dict"`
	Title  string `parquet:"title,optional"`
	Text   string `parquet:"text,optional"`
	URL    string `parquet:"url,optional"`
	Status string `parquet:"status,optional,dict"`
}

type citation struct {
	Number int32  `parquet:"number"`
	Kind   string `parquet:"kind,dict"`
	Label  string `parquet:"label,optional"`
	Title  string `parquet:"title,optional"`
	URL    string `parquet:"url,optional"`
	Domain string `parquet:"domain,optional,dict"`
	Site   string `parquet:"site,optional,dict"`
	Date   string `parquet:"date,optional"`
	File   string `parquet:"file,optional"`
	Lines  string `parquet:"lines,optional"`
}

type file struct {
	Use     string `parquet:"use,dict"`
	ID      string `parquet:"id,optional"`
	Pointer string `parquet:"pointer,optional"`
	Name    string `parquet:"name,optional"`
	MIME    string `parquet:"mime,optional,dict"`
	Size    int64  `parquet:"size,optional"`
	Width   int32  `parquet:"width,optional"`
	Height  int32  `parquet:"height,optional"`
	Pasted  bool   `parquet:"pasted"`

	References int32  `parquet:"references"`
	File       string `parquet:"file,optional"`
	HeldName   string `parquet:"held_name,optional"`
	HeldMIME   string `parquet:"held_mime,optional,dict"`
	HeldSize   int64  `parquet:"held_size,optional"`
	Missing    string `parquet:"missing,optional,dict"`
}

// branch is a row of the table branches.
type branch struct {
	Account        string `parquet:"account,dict"`
	ConversationID string `parquet:"conversation_id,dict"`
	Number         int32  `parquet:"number"`
	Leaf           string `parquet:"leaf"`
	Fork           string `parquet:"fork,optional"`
	Current        bool   `parquet:"current"`
	Nodes          int32  `parquet:"nodes"`
	Messages       int32  `parquet:"messages"`
	Visible        int32  `parquet:"visible"`
	OwnNodes       int32  `parquet:"own_nodes"`
	OwnMessages    int32  `parquet:"own_messages"`
	OwnWords       int64  `parquet:"own_words"`
}

// micros is t as the format counts it, nil if it is unknown.
func micros(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	n := t.UnixMicro()
	return &n
}

func conversationOf(r *rows.Conversation, account string) conversation {
	row := conversation{Account: account, ID: r.ID, Title: r.Title, Created: micros(r.Created), Updated: micros(r.Updated), Model: r.Model,
		GPT: r.GPT, Project: r.Project, URL: r.URL, Archived: r.Archived, Starred: r.Starred, Partial: r.Partial,
		Nodes: int32(len(r.Nodes)), Messages: int32(r.Messages), Visible: int32(r.Visible), User: int32(r.User), Assistant: int32(r.Assistant),
		Tool: int32(r.Tool), System: int32(r.System), Other: int32(r.Others), WordsUser: int64(r.WordsUser), WordsAssistant: int64(r.WordsAssistant),
		CurrentMessages: int32(r.CurrentPath.Messages), CurrentWords: int64(r.CurrentPath.Words()), Branches: int32(r.Leaves),
		Forks: int32(r.Forks), Versions: int32(r.Versions), Edited: int32(r.Edited), Regenerated: int32(r.Regenerated),
		Choices: int32(r.Choices), Mixed: int32(r.Mixed)}
	row.Current = nodeID(r, r.Current)
	for _, p := range r.Problems {
		text := p.Text
		if id := nodeID(r, p.Node); id != "" {
			text = id + ": " + text
		}
		row.Problems = append(row.Problems, text)
		row.Oddities = append(row.Oddities, oddity{nodeID(r, p.Node), p.Text})
	}
	return row
}

// nodeID is the id of a node, "" if there is none at i.
func nodeID(r *rows.Conversation, i int) string {
	if i < 0 {
		return ""
	}
	return r.Nodes[i].ID
}

func messageOf(r *rows.Conversation, i int, account string) message {
	n := &r.Nodes[i]
	row := message{Account: account, ConversationID: r.ID, ID: n.ID, Position: int32(i), Depth: int32(n.Depth), Version: int32(n.Version),
		Versions: int32(n.Versions), Children: int32(n.Children), Fork: string(n.Fork), Current: n.Current}
	row.Parent, row.Prompt, row.Thought = nodeID(r, n.Parent), nodeID(r, n.Prompt), n.Thought.Seconds()
	if n.Message != nil {
		row.say(n, n.Message)
	}
	return row
}

func (row *message) say(n *rows.Node, m *chat.Message) {
	row.Class, row.MessageID, row.Role, row.Name = n.Class, rows.Clean(m.ID), rows.Clean(string(m.Role)), rows.Clean(m.Name)
	row.Recipient, row.Channel, row.ContentType = rows.Clean(m.Recipient), rows.Clean(m.Channel), rows.Clean(m.ContentType)
	row.Status, row.Finish, row.Model = rows.Clean(m.Status), rows.Clean(m.Finish), rows.Clean(m.Model)
	row.Effort, row.Turn = rows.Clean(m.Effort), rows.Clean(m.Turn)
	row.Created, row.Updated, row.Thinking = micros(n.Created), micros(n.Updated), max(0, m.Thinking).Seconds()
	row.Instruction, row.Variant, row.Chosen, row.Weight = m.Instruction, m.Variant, m.Chosen, m.Weight
	row.Hidden, row.Visible, row.Words, row.Chars = m.Hidden, n.Visible, int32(n.Words), int32(n.Chars)
	row.Attachments, row.Text = int32(len(m.Attachments)), n.Text
	row.Failed, row.Took = n.Failed, n.Took.Seconds()
	for _, s := range n.Code {
		row.Code = append(row.Code, snippet{s.Language, int32(s.Lines), s.Run})
	}
	for _, f := range n.Feedback {
		row.Feedback = append(row.Feedback, feedback{string(f.Rating), f.Tags, f.Text, micros(f.Created)})
	}
	for _, p := range n.Parts {
		row.Parts = append(row.Parts, part(p))
	}
	for _, c := range n.Citations {
		row.Citations = append(row.Citations, citation{int32(c.Number), string(c.Kind), c.Label, c.Title, c.URL, c.Domain, c.Site, c.Date, c.File, c.Lines})
	}
	for _, f := range n.Files {
		one := file{Use: f.Use, ID: rows.Clean(f.ID), Pointer: rows.Clean(f.Pointer), Name: rows.Clean(f.Name), MIME: rows.Clean(f.MIME),
			Size: f.Size, Width: int32(f.Width), Height: int32(f.Height), Pasted: f.Pasted, References: int32(f.References)}
		if at := f.Found; at != nil {
			one.File, one.HeldName, one.HeldMIME, one.HeldSize, one.Missing = rows.Clean(at.Key), rows.Clean(at.Name), rows.Clean(at.MIME), at.Size, rows.Clean(at.Missing)
		}
		row.Files = append(row.Files, one)
	}
}

// size is about how many bytes the row's text takes.
func (row *message) size() int {
	n := len(row.Text) + 256
	for i := range row.Parts {
		n += len(row.Parts[i].Text) + 64
	}
	return n + 128*(len(row.Citations)+len(row.Files)+len(row.Code)+len(row.Feedback))
}

func branchOf(r *rows.Conversation, b *rows.Branch, account string) branch {
	row := branch{Account: account, ConversationID: r.ID, Number: int32(b.Number), Leaf: r.Nodes[b.Leaf].ID, Current: b.Current,
		Nodes: int32(b.Length), Messages: int32(b.Messages), Visible: int32(b.Visible), OwnNodes: int32(b.OwnNodes),
		OwnMessages: int32(b.OwnMessages), OwnWords: int64(b.OwnWords)}
	row.Fork = nodeID(r, b.Fork)
	return row
}
