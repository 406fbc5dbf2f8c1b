// Package chattest makes conversations for tests: one of every part, random
// trees, and (in corpus.go) whole invented accounts as JSON.
package chattest

import "gptsnap/formats/chat"

// EveryPart returns one part of every type, each holding words that a
// renderer has to show. Words(p) says which.
func EveryPart() []chat.Part {
	picture := func(name string) *chat.File {
		return &chat.File{Pointer: "sediment://file_" + name, ID: "file_" + name, Name: name + ".png", MIME: "image/png", Size: 1234, Width: 64, Height: 48}
	}
	return []chat.Part{
		&chat.Text{Raw: "plain-words **bold**"},
		&chat.Transcript{Text: "spoken-words", Direction: "in"},
		&chat.Image{File: picture("drawn"), Generated: true, Prompt: "prompt-of-image", Title: "title-of-image"},
		&chat.Audio{File: &chat.File{Pointer: "sediment://file_sound", ID: "file_sound", Name: "sound.wav", MIME: "audio/wav"}, Format: "wav", Seconds: 3},
		&chat.Video{File: &chat.File{Pointer: "sediment://file_film", ID: "file_film", Name: "film.mp4", MIME: "video/mp4"}, Frames: 4},
		&chat.Code{Language: "python", Source: "source_of_code()"},
		&chat.Output{Text: "text-of-output", Status: "success", Error: "error-of-output", Images: []*chat.File{picture("plot")}, Seconds: 1.5},
		&chat.Quote{Title: "title-of-quote", Domain: "quote.example", URL: "https://quote.example/a", Text: "text-of-quote"},
		&chat.Browsing{Result: "result-of-browsing", Summary: "summary-of-browsing", Links: []chat.Link{{Title: "link-of-browsing", URL: "https://browse.example/", Snippet: "snippet-of-browsing"}}},
		&chat.WebPage{Title: "title-of-page", Domain: "page.example", URL: "https://page.example/", Snippet: "snippet-of-page", Text: "text-of-page"},
		&chat.Thoughts{Items: []chat.Thought{{Summary: "summary-of-thought", Content: "content-of-thought"}, {Summary: "only-a-summary"}}},
		&chat.Recap{Text: "Thought for 14s", Seconds: 14},
		&chat.Context{Kind: "custom instructions", Sections: []chat.Section{{Title: "About you", Text: "text-of-context"}}},
		&chat.Failure{Name: "NameOfFailure", Text: "text-of-failure"},
		&chat.Screenshot{File: picture("screen"), Title: "title-of-screen", URL: "https://screen.example/", OS: "Linux", Description: "state-of-screen"},
		&chat.Canvas{Action: "update", ID: "c1", Title: "title-of-canvas", Type: "document", Version: 2, Content: "content-of-canvas", Known: true, Edits: []chat.Edit{{Pattern: "pattern-of-edit", Replacement: "replacement-of-edit"}}, Comments: []string{"comment-of-canvas"}, Broken: "broken-of-canvas"},
		&chat.Report{Title: "title-of-report", Body: &chat.Text{Raw: "body-of-report"}, Sources: []chat.Link{{Title: "source-of-report", URL: "https://report.example/"}}},
		&chat.Widget{App: "app-of-widget", Title: "title-of-widget", Text: "text-of-widget", JSON: []byte(`{"json":"of-widget"}`)},
		&chat.Remark{Kind: chat.RemarkStep, Lines: []string{"step-of-remark", "another-step"}},
		&chat.Remark{Kind: chat.RemarkTools, Lines: []string{"tool-of-remark", "another-tool"}},
		&chat.Remark{Kind: chat.RemarkTask, Lines: []string{"title-of-task", "prompt-of-task"}},
		&chat.Remark{Kind: chat.RemarkFollowUps, Lines: []string{"first-follow-up", "second-follow-up"}},
		&chat.Unknown{Kind: "kind_of_unknown", JSON: []byte(`{"json":"of-unknown"}`)},
	}
}

// Words lists what a renderer has to show of a part made by EveryPart.
func Words(p chat.Part) []string {
	switch p := p.(type) {
	case *chat.Text:
		return []string{"plain-words"}
	case *chat.Transcript:
		return []string{"spoken-words"}
	case *chat.Image:
		return []string{"drawn.png", "prompt-of-image"}
	case *chat.Audio:
		return []string{"sound.wav"}
	case *chat.Video:
		return []string{"film.mp4"}
	case *chat.Code:
		return []string{"source_of_code"}
	case *chat.Output:
		return []string{"text-of-output", "error-of-output", "plot.png"}
	case *chat.Quote:
		return []string{"title-of-quote", "https://quote.example/a", "text-of-quote"}
	case *chat.Browsing:
		return []string{"result-of-browsing", "summary-of-browsing", "link-of-browsing", "https://browse.example/", "snippet-of-browsing"}
	case *chat.WebPage:
		return []string{"title-of-page", "https://page.example/", "text-of-page"}
	case *chat.Thoughts:
		return []string{"summary-of-thought", "content-of-thought", "only-a-summary"}
	case *chat.Recap:
		return []string{"Thought for 14s"}
	case *chat.Context:
		return []string{"text-of-context"}
	case *chat.Failure:
		return []string{"NameOfFailure", "text-of-failure"}
	case *chat.Screenshot:
		return []string{"screen.png", "title-of-screen", "https://screen.example/"}
	case *chat.Canvas:
		return []string{"title-of-canvas", "content-of-canvas", "replacement-of-edit", "comment-of-canvas", "broken-of-canvas"}
	case *chat.Report:
		return []string{"title-of-report", "body-of-report", "source-of-report", "https://report.example/"}
	case *chat.Widget:
		return []string{"app-of-widget", "title-of-widget", "text-of-widget"}
	case *chat.Remark:
		return p.Lines
	case *chat.Unknown:
		return []string{"kind_of_unknown"}
	}
	return []string{"a part that Words does not know"}
}
