package tokens

import "strings"

// older are the beginnings of the names of models that were made with
// cl100k_base. ChatGPT's own name for GPT-3.5 is text-davinci-002-render-sha.
var older = []string{"gpt-4", "gpt-3-5", "gpt-35", "text-davinci-002", "davinci-002", "babbage-002"}

// newer are models that only seem to be among them: GPT-4.1 and GPT-4.5.
var newer = []string{"gpt-4-1", "gpt-4-5"}

// ForModel is the name of the encoding of a model, which may be written as
// ChatGPT (gpt-4-1) or as the API (gpt-4.1-2025-04-14) writes it. A model that
// nobody knows, or "", is taken for a new one: [O200k].
func ForModel(model string) string {
	model = strings.ReplaceAll(strings.ToLower(model), ".", "-")
	in := func(family string) bool {
		rest, ok := strings.CutPrefix(model, family)
		return ok && (rest == "" || rest[0] == '-')
	}
	for _, f := range newer {
		if in(f) {
			return O200k
		}
	}
	for _, f := range older {
		if in(f) {
			return CL100k
		}
	}
	return O200k
}
