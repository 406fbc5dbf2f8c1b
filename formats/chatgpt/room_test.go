package chatgpt

import (
	"strings"
	"testing"

	"github.com/tidwall/gjson"
)

func TestWhatIsNoMessageInAGroupChatIsPassedOver(t *testing.T) {
	for given, want := range map[string]string{
		`{"raw_messages":[null,"x",7,[],{"content":"said"}],"content":"hi"}`: `"said"`,
		`{"raw_messages":[null],"content":"hi"}`:                             `"hi"`,
		`{"raw_messages":null,"content":"hi"}`:                               `"hi"`,
	} {
		got := roomMessage(gjson.Parse(given), "a", nil)
		if len(got) != 1 || !strings.Contains(string(got[0]), want) {
			t.Errorf("%s: %s", given, got)
		}
	}
}
