package source

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"gptsnap/formats/archive"
	"gptsnap/formats/chat"
)

const thumbs = `[
{"message_id":"n2","conversation_id":"aaaaaaaa","user_id":"user-1","rating":"thumbsDown","content":"{\"tags\": [\"not-helpful\"], \"text\": \"It is\\nwrong\"}"},
{"id":"n4","conversation_id":"aaaaaaaa","rating":"THUMBS_UP","create_time":"2025-05-01T10:00:00Z","content":{"tags":["style",7]},"evaluation_name":null},
{"id":"n4","conversation_id":"aaaaaaaa","rating":"shrug","content":"plain words"},
{"id":"n99","conversation_id":"aaaaaaaa","rating":"thumbs_up","content":null},
{"id":"n2","conversation_id":"elsewhere","rating":"thumbsUp"},
7, {"rating":"thumbsUp"}]`

// judged lists what was thought of each message, and the problems.
func judged(t *testing.T, s *Source) (got []string) {
	t.Helper()
	for lines, err := range Map(context.Background(), s, 2, func(c *chat.Conversation) (lines []string, _ error) {
		for i := range c.Nodes {
			if m := c.Nodes[i].Message; m != nil {
				for _, f := range m.Feedback {
					lines = append(lines, fmt.Sprintf("%s %s%s %s %s %q", c.Nodes[i].ID, f.Rating, f.Against, strings.Join(f.Tags, "+"), f.Created.Format("2006"), f.Text))
				}
			}
		}
		for _, p := range c.Problems {
			lines = append(lines, p.Text)
		}
		return lines, nil
	}) {
		if err != nil {
			lines = []string{err.Error()}
		}
		got = append(got, lines...)
	}
	return got
}

var wantJudged = []string{
	`n2 down not-helpful 0001 "It is\nwrong"`,
	`n4 up style+7 2025 ""`,
	`n4 shrug  0001 "plain words"`,
	`feedback on message "n99", which is not in the conversation: Thumbs up`,
}

func TestThumbsOfAnExportAreOnTheMessages(t *testing.T) {
	t.Parallel()
	chats := "[" + talk("aaaaaaaa", 1, 4) + "," + talk("bbbbbbbb", 1, 2) + "]"
	odd := "message_feedback.json: feedback on messages is incomplete: 2 of its entries name no conversation or no message"
	members := []pair{{"conversations.json", chats}, {"message_feedback.json", thumbs}}
	same(t, "folder", judged(t, opened(t, folder(t, members...))), append([]string{odd}, wantJudged...)...)
	same(t, "ZIP", judged(t, opened(t, zipped(t, members...))), append([]string{odd}, wantJudged...)...)
}

// Two exports say the same thing twice, and one thing more.
func TestThumbsOfImportedExportsCountOnce(t *testing.T) {
	t.Parallel()
	export := func(body string) rec {
		return rec{archive.Meta{Kind: archive.KindExport, ID: "message_feedback.json", FetchedAt: time.Unix(1, 0)}, body}
	}
	path := archived(t, []rec{conversation("aaaaaaaa", 10, 4), export(thumbs)},
		[]rec{export(strings.TrimSuffix(thumbs, "]") + `,{"id":"n2","conversation_id":"aaaaaaaa","rating":"thumbsUp"}]`)})
	want := append([]string{wantJudged[0], `n2 up  0001 ""`}, wantJudged[1:]...)
	same(t, "archive", judged(t, opened(t, path)), want...)
}

func TestThumbsThatCannotBeReadAreReported(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"{}", "[1", ""} {
		path := folder(t, pair{"conversations.json", "[" + talk("aaaaaaaa", 1, 2) + "]"}, pair{"message_feedback.json", body})
		holds(t, body, judged(t, opened(t, path)), "feedback on messages is incomplete")
	}
}

const comparisons = `[
{"id":"c1","create_time":1680000000.5,"input":{"conversation_id":"aaaaaaaa"},"output":{"feedback_step_2":{"original_turn":[{"id":"n2"}],"new_turn":[{"id":"n4"},{"id":"n5"}],
 "new_completion_placement":"not-applicable","completion_comparison_rating":"new","tags":["clear"],"text":"It answers"}}},
{"conversation_id":"aaaaaaaa","original_message_id":"n4","new_message_id":"n2","completion_comparison_rating":"same"},
{"conversation_id":"aaaaaaaa","original_message_id":"n4","new_message_id":"n99","completion_comparison_rating":"original"},
{"conversation_id":"aaaaaaaa","original_message_id":"n4","new_message_id":"n2"},
{"conversation_id":"aaaaaaaa","completion_comparison_rating":"same"},
{"input":null,"output":[1]}, 7]`

func TestComparisonsOfAnExportAreOnBothMessages(t *testing.T) {
	t.Parallel()
	want := []string{
		`n2 worsen4 clear 2023 "It answers"`, `n2 samen4  0001 ""`,
		`n4 bettern2 clear 2023 "It answers"`, `n4 samen2  0001 ""`, `n4 bettern99  0001 ""`,
		`feedback on message "n99", which is not in the conversation: Rated worse than another version`,
	}
	odd := "model_comparisons.json: feedback on messages is incomplete: 3 of its entries name no conversation or no message"
	chats := "[" + talk("aaaaaaaa", 1, 4) + "]"
	same(t, "folder", judged(t, opened(t, folder(t, pair{"conversations.json", chats}, pair{"model_comparisons.json", comparisons}))), append([]string{odd}, want...)...)
	export := rec{archive.Meta{Kind: archive.KindExport, ID: "tmp/model_comparisons.json", FetchedAt: time.Unix(1, 0)}, comparisons}
	same(t, "archive", judged(t, opened(t, archived(t, []rec{conversation("aaaaaaaa", 10, 4), export}))), want...)
}
