package chat

import (
	"strings"
	"time"
)

// A Feedback is one judgement of a message by the user: a thumb, and what was
// said with it.
type Feedback struct {
	Rating  Rating
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
