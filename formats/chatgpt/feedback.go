package chatgpt

import (
	"strings"

	"gptsnap/formats/chat"

	"github.com/tidwall/gjson"
)

// A Rated is one entry of an export's message_feedback.json: what the user
// thought of a message.
type Rated struct {
	Conversation string
	Message      string // "" if the entry names none
	chat.Feedback
}

// DecodeFeedback reads message_feedback.json, an array in the order in which
// thumbs were given. Exports of 2023 name the message "message_id", later ones
// "id"; reasons are in "content", which is an object or a string that holds
// one. What is no object, or names no conversation, is counted in odd. It
// fails only if raw is no JSON array.
func DecodeFeedback(raw []byte) (all []Rated, odd int, err error) {
	b, err := door(raw)
	if err != nil {
		return nil, 0, err
	}
	s := scanner{b: b}
	s.skip()
	if err := s.end(); err != nil {
		return nil, 0, err
	}
	list := parse(b)
	if !list.IsArray() {
		return nil, 0, notOne("feedback that is no list")
	}
	list.ForEach(func(_, v gjson.Result) bool {
		r := Rated{Conversation: str(v.Get("conversation_id")), Message: first(str(v.Get("message_id")), str(v.Get("id")))}
		if !v.IsObject() || r.Conversation == "" {
			odd++
			return true
		}
		r.Created = when([]byte(v.Get("create_time").Raw))
		r.Rating = rating(str(v.Get("rating")))
		about := v.Get("content")
		if text := str(about); checked(text) {
			about = gjson.Parse(text)
		} else {
			r.Text = text
		}
		r.reasons(v)
		r.reasons(about)
		all = append(all, r)
		return true
	})
	return all, odd, nil
}

// reasons takes over tags and text, as far as v has them.
func (r *Rated) reasons(v gjson.Result) {
	if !v.IsObject() {
		return
	}
	r.Text = first(r.Text, str(v.Get("text")))
	v.Get("tags").ForEach(func(_, tag gjson.Result) bool {
		if t := words(tag); t != "" {
			r.Tags = append(r.Tags, t)
		}
		return true
	})
}

// rating knows the spellings of the years: thumbsUp, thumbs_up, THUMBS_UP.
func rating(word string) chat.Rating {
	switch strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "").Replace(word)) {
	case "thumbsup":
		return chat.ThumbsUp
	case "thumbsdown":
		return chat.ThumbsDown
	}
	return chat.Rating(word)
}
