package html

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"strings"
	"time"

	"gptsnap/formats/chat"
	"gptsnap/formats/chat/chattest"
)

// sample is a conversation that shows what pages look like: prose, code, a
// table, formulas, sources, thinking, tools, files, three versions of a prompt
// and forks in forks.
func sample() *chat.Conversation {
	start := time.Date(2026, 3, 14, 9, 26, 0, 0, time.UTC)
	c := &chat.Conversation{ID: "6f2c81aa-0000-4000-8000-000000000001", Title: "Soil, sensors and a little statistics", Created: start,
		Updated: start.Add(26 * time.Hour), Project: "Garden", Starred: true, URL: "https://chatgpt.com/c/6f2c81aa-0000-4000-8000-000000000001"}
	var links []chat.Links
	add := func(id, parent string, m *chat.Message) {
		m.Created = start.Add(time.Duration(len(c.Nodes)) * 97 * time.Second)
		c.Nodes = append(c.Nodes, chat.Node{ID: chat.NodeID(id), Message: m})
		links = append(links, chat.Links{Parent: chat.NodeID(parent)})
	}
	user := func(s string) *chat.Message { return say(chat.User, &chat.Text{Raw: s}) }
	add("q1", "", user("How do I find out how much water my tomato bed really needs?\nI have a soil sensor <capacitive> and a Raspberry Pi."))
	thinking := say(chat.Assistant, &chat.Thoughts{Items: []chat.Thought{{Summary: "Weighing approaches", Content: "A capacitive sensor drifts with **temperature**."}, {Summary: "Choosing a model"}}})
	thinking.ContentType, thinking.Thinking = "thoughts", 14*time.Second
	add("t1", "q1", thinking)
	raw := `Start from a *water balance* and let the sensor correct it.⟦0⟧

## The balance

The bed loses water by evapotranspiration, \(ET_c = K_c \cdot ET_0\), and gains it by rain and watering:

\[
\Delta S = P + I - K_c \cdot ET_0

\qquad 0 \le S \le S_{\max}
\]

1. Measure for a week without watering.
2. Fit the slope; it should be near $-0.4$ mm a day.
   - [x] sensor dry value
   - [ ] sensor wet value
3. A bag of mulch costs $12 and a good one $18.

| stage | K_c | mm a day |
|:------|:---:|---------:|
| seedling | 0.6 | 2.1 |
| flowering | 1.15 | 5.0 |
| harvest | 0.8 | 3.2 |

` + "```python title=\"balance.py\"\nfrom dataclasses import dataclass\n\n@dataclass\nclass Bed:\n    storage: float = 40.0  # mm\n\n    def step(self, rain: float, et0: float, kc: float = 1.15) -> float:\n        \"\"\"One day; returns what to water.\"\"\"\n        self.storage += rain - kc * et0\n        return max(0.0, 30 - self.storage)\n\nprint(f\"{Bed().step(0, 5.2):.1f} mm\")\n```" + `

> The FAO tables are for standard conditions.⟦1⟧ Yours will differ.

Read the [guide](https://example.org/guide "A guide") or ![a chart](https://tracker.example/chart.png); ~~guessing~~ is over. Use <kbd>Ctrl</kbd>.`
	text := &chat.Text{}
	cites := []chat.Cite{
		{Kind: chat.CiteLinks, Links: []chat.Link{{Title: "Crop evapotranspiration", URL: "https://www.fao.example/56", Site: "fao.example", Date: "1998"}, {Title: "Sensors in beds", URL: "https://soil.example/sensors", Site: "soil.example"}}},
		{Kind: chat.CiteLinks, Links: []chat.Link{{Title: "Crop evapotranspiration", URL: "https://www.fao.example/56", Site: "fao.example"}}},
	}
	for len(cites) > 0 {
		before, behind, ok := strings.Cut(raw, "⟦")
		text.Raw += before
		if !ok {
			break
		}
		_, raw, _ = strings.Cut(behind, "⟧")
		x := cites[len(text.Cites)]
		x.Start = len(text.Raw)
		text.Raw += "\ue200cite\ue202turn0search1\ue201"
		x.End = len(text.Raw)
		text.Cites = append(text.Cites, x)
		if len(text.Cites) == len(cites) {
			text.Raw += raw
			break
		}
	}
	add("a1", "t1", say(chat.Assistant, text))
	add("a1b", "q1", answer("A short first try: water when the top 3 cm are dry."))
	add("a1c", "q1", answer("A second try, with more words about mulch."))
	add("q1c", "a1c", user("And with mulch?"))
	add("x1", "q1c", answer("Nested version one."))
	add("x2", "q1c", answer("Nested version two."))
	add("q2", "a1", user("Plot it please, and here is my log."))
	c.Nodes[8].Message.Attachments = []*chat.File{{ID: "f1", Name: "log-2026-03.csv", MIME: "text/csv", Size: 48_123, Href: "files/log.csv"}, {ID: "f2", Name: "bed.jpg", MIME: "image/jpeg", Size: 2_400_000, Missing: "the server had deleted it"}}
	add("q2b", "a1", user("Plot it."))
	call := say(chat.Assistant, &chat.Code{Language: "python", Source: "import pandas as pd\ndf = pd.read_csv('log-2026-03.csv')\ndf.plot()"})
	call.Recipient, call.ContentType = "python", "code"
	add("call", "q2", call)
	result := say(chat.Tool, &chat.Output{Text: "   day  mm\n0    1  4.2\n1    2  5.0", Status: "success", Seconds: 2.3})
	result.Name, result.ContentType = "python", "execution_output"
	add("res", "call", result)
	plot := say(chat.Tool, &chat.Image{File: &chat.File{ID: "f3", Name: "plot.png", MIME: "image/png", Width: 640, Height: 360, Href: "files/plot.png"}, Title: "Storage over time"})
	plot.Name, plot.ContentType = "python", "multimodal_text"
	add("plot", "res", plot)
	add("a2", "plot", answer("Here it is. The slope is −0.41 mm a day.\n\n```bash\nsudo systemctl enable --now water.timer   # every morning\n```\n\n### 次は？\n\n土壌水分の推移は安定しています。\n\nوهذا سطر بالعربية مع `code` داخله."))
	add("q3", "a2", user("شكرا! هل يمكنك تلخيص ذلك؟"))
	add("a3", "q3", answer("نعم: اسقِ عندما ينخفض المخزون عن 30 مم.\n\n- أولا: القياس\n- ثانيا: الحساب"))
	add("canvas", "a3", say(chat.Assistant, &chat.Canvas{Action: "update", Title: "Watering plan", Type: "document", Version: 3, Known: true, Content: "# Plan\n\n* Monday: 5 mm\n* Thursday: 4 mm", Edits: []chat.Edit{{Pattern: "3 mm", Replacement: "4 mm"}}, Comments: []string{"Check in June."}}))
	c.Nodes[len(c.Nodes)-1].Message.ContentType = "multimodal_text"
	c.Link(links, "canvas")
	return c
}

// everything is one conversation with every part in it, for both speakers.
func everything() *chat.Conversation {
	m, u := say(chat.Assistant, chattest.EveryPart()...), say(chat.User, chattest.EveryPart()...)
	m.ContentType, u.ContentType = "multimodal_text", "multimodal_text"
	return linear(u, m)
}

// plotPNG is a small picture.
func plotPNG() []byte {
	img := image.NewRGBA(image.Rect(0, 0, 640, 360))
	for x := range 640 {
		for y := range 360 {
			shade := color.RGBA{0xEE, 0xF5, 0xF0, 0xFF}
			if d := y - 60 - x/3 - (x*x%97)/8; d > -3 && d < 3 {
				shade = color.RGBA{0x0B, 0x6E, 0x4F, 0xFF}
			}
			img.Set(x, y, shade)
		}
	}
	var b bytes.Buffer
	_ = png.Encode(&b, img) // a buffer takes all
	return b.Bytes()
}
