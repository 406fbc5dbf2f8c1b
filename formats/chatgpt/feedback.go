package chatgpt

import (
	"strings"

	"gptsnap/formats/chat"

	"github.com/tidwall/gjson"
)

// A Rated is what the user thought of a message: an entry of an export's
// message_feedback.json, or half of one of its model_comparisons.json.
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
	list, err := array(raw)
	if err != nil {
		return nil, 0, err
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

// DecodeComparisons reads model_comparisons.json, an array of what the user
// said when asked which of two answers is the better one. Each entry becomes a
// judgement of the new answer and one of the answer it was held against. What
// names no conversation and no answer is counted in odd; an entry that was
// never answered says nothing. It fails only if raw is no JSON array.
//
// One program is known that reads the file (2023); its fields, and those of
// the request that the site sent, are looked for at every level they may have.
func DecodeComparisons(raw []byte) (all []Rated, odd int, err error) {
	list, err := array(raw)
	if err != nil {
		return nil, 0, err
	}
	list.ForEach(func(_, v gjson.Result) bool {
		levels := []gjson.Result{v, v.Get("input"), v.Get("output"), v.Get("output.feedback_step_2"), v.Get("output.feedback_step_1")}
		find := func(names ...string) string {
			for _, name := range names {
				for _, level := range levels {
					if s := str(level.Get(name)); s != "" {
						return s
					}
				}
			}
			return ""
		}
		conversation := find("conversation_id")
		one := Rated{Conversation: conversation, Message: find("new_message_id", "new_turn.0.id", "new_turn.0.message.id")}
		other := Rated{Conversation: conversation, Message: find("original_message_id", "original_turn.0.id", "original_turn.0.message.id")}
		if conversation == "" || one.Message == "" && other.Message == "" {
			odd++
			return true
		}
		switch rating := find("completion_comparison_rating"); rating {
		case "":
			return true
		case "new":
			one.Rating, other.Rating = chat.Better, chat.Worse
		case "original":
			one.Rating, other.Rating = chat.Worse, chat.Better
		case "same":
			one.Rating, other.Rating = chat.Same, chat.Same
		default:
			one.Rating, other.Rating = chat.Rating(rating), chat.Rating(rating)
		}
		one.Created = when([]byte(v.Get("create_time").Raw))
		for _, level := range levels {
			one.reasons(level)
		}
		other.Created, other.Tags, other.Text = one.Created, one.Tags, one.Text
		one.Against, other.Against = other.Message, one.Message
		for _, r := range []Rated{one, other} {
			if r.Message != "" {
				all = append(all, r)
			}
		}
		return true
	})
	return all, odd, nil
}

// array checks raw and returns it if it is a list.
func array(raw []byte) (gjson.Result, error) {
	list, err := sound(raw)
	if err != nil {
		return gjson.Result{}, err
	}
	if !list.IsArray() {
		return gjson.Result{}, notOne("feedback that is no list")
	}
	return list, nil
}
