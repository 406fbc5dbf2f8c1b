package chat

import (
	"strings"
	"time"
)

// A Feedback is one judgement of a message by the user: a thumb or a
// comparison with another version, and what was said with it.
type Feedback struct {
	Rating  Rating
	Against string   // id of the message it was compared with; "" if with none, or with one that is not named
	Tags    []string // reasons picked from a list: not-helpful, harmful, ...
	Text    string   // reasons in the user's own words
	Created time.Time
}

// A Rating is a judgement. Words of the provider that are neither of the two
// known ones stay as they are.
type Rating string

// The ratings.
const (
	ThumbsUp   Rating = "up"
	ThumbsDown Rating = "down"
	Better     Rating = "better" // than another version, as the next two
	Worse      Rating = "worse"
	Same       Rating = "same"
)

// String is the rating and its tags in words: "Thumbs down (harmful, false)".
// The text is not in it, since it may be long.
func (f *Feedback) String() string {
	words := "Rated"
	switch f.Rating {
	case ThumbsUp:
		words = "Thumbs up"
	case ThumbsDown:
		words = "Thumbs down"
	case Better:
		words = "Rated better than another version"
	case Worse:
		words = "Rated worse than another version"
	case Same:
		words = "Rated as good as another version"
	case "":
		words = "Commented on"
	default:
		words += " “" + string(f.Rating) + "”"
	}
	if len(f.Tags) > 0 {
		words += " (" + strings.Join(f.Tags, ", ") + ")"
	}
	return words
}

// Rated is the last thumb that m was given, "" if it was given none.
func (m *Message) Rated() Rating {
	last := Rating("")
	for i := range m.Feedback {
		if r := m.Feedback[i].Rating; r == ThumbsUp || r == ThumbsDown {
			last = r
		}
	}
	return last
}
