package chatgpt

import (
	"strings"

	"github.com/tidwall/gjson"

	"gptsnap/formats/chat"
)

// Stranger says in words what a JSON object is that people take for a
// conversation: an export of another program, an error of the site, a list;
// "" if it is nothing that is known here.
func Stranger(raw []byte) string {
	v, err := object(raw, "")
	if err != nil {
		return ""
	}
	has := func(names ...string) bool {
		for _, name := range names {
			if !v.Get(name).Exists() {
				return false
			}
		}
		return true
	}
	switch {
	case has("chat_messages"):
		return "one of Claude"
	case has("chunkedPrompt"):
		return "a prompt of Google AI Studio"
	case has("header", "time") && strings.Contains(str(v.Get("header")), "Gemini"):
		return "an activity of Google's Gemini"
	case has("accessToken"):
		return "the answer about a session, which holds a secret token: delete this file"
	case has("detail"):
		words := first(str(v.Get("detail.message")), str(v.Get("detail")), str(v.Get("detail.code")))
		if words == "" {
			return "an error of the site"
		}
		return "an error of the site: " + chat.Opening(words, 200)
	case v.Get("mapping").Type == gjson.Null && has("mapping"):
		return "an entry of a list of conversations, without its messages"
	case v.Get("items").IsArray() && has("total"):
		return "a list of conversations, without their messages"
	case v.Get("chats").IsArray():
		return "an export's list of group chats"
	}
	return ""
}
