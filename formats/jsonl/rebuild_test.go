package jsonl

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"time"

	"gptsnap/formats/chat"
)

// rebuild makes the conversation again that lines of messages were written of.
func rebuild(r io.Reader) (*chat.Conversation, error) {
	c := &chat.Conversation{Current: -1}
	var rows []row
	index := make(map[string]int)
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF && len(line) == 0 {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("a line without end: %w", err)
		}
		var x row
		if err := json.Unmarshal(line, &x); err != nil {
			return nil, err
		}
		index[x.ID] = len(rows)
		rows = append(rows, x)
	}
	for i, x := range rows {
		n := chat.Node{ID: chat.NodeID(x.ID), Parent: -1, Version: x.Version, Versions: x.Versions}
		if x.Parent != nil {
			n.Parent = index[*x.Parent]
		} else {
			c.Roots = append(c.Roots, int32(i))
		}
		for _, k := range x.Children {
			n.Children = append(n.Children, int32(index[k]))
		}
		if x.Role != nil {
			m, err := x.message()
			if err != nil {
				return nil, err
			}
			n.Message = m
		}
		c.Nodes = append(c.Nodes, n)
		c.ID, c.Title = x.ConversationID, x.Title
		if w := x.Conversation; w != nil {
			c.Created, c.Updated, c.Model, c.Gizmo, c.Project = w.Created, w.Updated, w.Model, w.GPT, w.Project
			c.Archived, c.Starred, c.URL, c.Partial, c.Problems = w.Archived, w.Starred, w.URL, w.Partial, w.Problems
		}
	}
	for i := range rows { // the current node is the last of its path
		if rows[i].Current {
			c.Current = i
			for _, k := range c.Nodes[i].Children {
				if rows[k].Current {
					c.Current = -1
				}
			}
			if c.Current >= 0 {
				break
			}
		}
	}
	return c, nil
}

type row struct {
	ConversationID  string `json:"conversation_id"`
	Title, ID       string
	Parent          *string
	Children        []string
	Role            *string
	Name, Recipient string
	ContentType     string `json:"content_type"`
	Model           string
	Created         time.Time
	Text            *string
	CleanText       *string `json:"clean_text"`
	Parts           []json.RawMessage
	Hidden, Visible bool
	Current         bool
	Version         int
	Versions        int
	Status          string
	Branches        int
	Attachments     []*chat.File
	MessageID       *string `json:"message_id"`
	Channel, Finish string
	Effort, Turn    string
	Updated         time.Time
	Thinking        float64 `json:"thinking_seconds"`
	Instruction     bool
	Variant, Chosen bool
	Weight          float64
	Feedback        []chat.Feedback
	Conversation    *struct {
		Created, Updated    time.Time
		Model, GPT, Project string
		Archived, Starred   bool
		URL, Partial        string
		Problems            []chat.Problem
	}
}

func (x *row) message() (*chat.Message, error) {
	m := &chat.Message{ID: x.ID, Role: chat.Role(*x.Role), Name: x.Name, Recipient: x.Recipient, Channel: x.Channel, ContentType: x.ContentType,
		Status: x.Status, Finish: x.Finish, Model: x.Model, Effort: x.Effort, Turn: x.Turn, Created: x.Created, Updated: x.Updated,
		Thinking: time.Duration(math.Round(x.Thinking * 1e9)), Hidden: x.Hidden, Instruction: x.Instruction, Variant: x.Variant, Chosen: x.Chosen,
		Weight: x.Weight, Attachments: x.Attachments, Feedback: x.Feedback}
	if x.MessageID != nil {
		m.ID = *x.MessageID
	}
	for _, raw := range x.Parts {
		p, err := partOf(raw)
		if err != nil {
			return nil, err
		}
		m.Parts = append(m.Parts, p)
	}
	if *x.Text != m.Text() {
		return nil, fmt.Errorf("text is %q, the parts say %q", *x.Text, m.Text())
	}
	return m, nil
}

// partOf relies on Go's matching of keys to fields without case; the few keys
// that are named otherwise are handled here.
func partOf(raw json.RawMessage) (chat.Part, error) {
	var x struct {
		Type         string
		DocumentType string `json:"document_type"`
		GenID        string `json:"gen_id"`
		Text         string
		Cites        []chat.Cite
		Body         *struct {
			Text  string
			Cites []chat.Cite
		}
		JSON     json.RawMessage
		JSONText *string `json:"json_text"`
	}
	if err := json.Unmarshal(raw, &x); err != nil {
		return nil, err
	}
	data := []byte(x.JSON)
	if x.JSONText != nil {
		data = []byte(*x.JSONText)
	}
	into := func(p chat.Part) (chat.Part, error) { return p, json.Unmarshal(raw, p) }
	switch x.Type {
	case "text":
		return &chat.Text{Raw: x.Text, Cites: x.Cites}, nil
	case "transcript":
		return into(&chat.Transcript{})
	case "image":
		p := &chat.Image{}
		_, err := into(p)
		p.GenID = x.GenID
		return p, err
	case "audio":
		return into(&chat.Audio{})
	case "video":
		return into(&chat.Video{})
	case "code":
		return into(&chat.Code{})
	case "output":
		return into(&chat.Output{})
	case "quote":
		return into(&chat.Quote{})
	case "browsing":
		return into(&chat.Browsing{})
	case "web_page":
		return into(&chat.WebPage{})
	case "thoughts":
		return into(&chat.Thoughts{})
	case "recap":
		return into(&chat.Recap{})
	case "context":
		return into(&chat.Context{})
	case "failure":
		return into(&chat.Failure{})
	case "screenshot":
		return into(&chat.Screenshot{})
	case "canvas":
		p := &chat.Canvas{}
		_, err := into(p)
		p.Type = x.DocumentType
		return p, err
	case "report":
		var y struct {
			Title   string
			Sources []chat.Link
		}
		err := json.Unmarshal(raw, &y)
		p := &chat.Report{Title: y.Title, Sources: y.Sources}
		if x.Body != nil {
			p.Body = &chat.Text{Raw: x.Body.Text, Cites: x.Body.Cites}
		}
		return p, err
	case "widget":
		var y struct{ App, Title, Text string }
		err := json.Unmarshal(raw, &y)
		return &chat.Widget{App: y.App, Title: y.Title, Text: y.Text, JSON: data}, err
	case "remark":
		return into(&chat.Remark{})
	case "unknown":
		var y struct{ Kind string }
		err := json.Unmarshal(raw, &y)
		return &chat.Unknown{Kind: y.Kind, JSON: data}, err
	}
	return nil, fmt.Errorf("a part of type %q", x.Type)
}
