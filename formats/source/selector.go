package source

import (
	"cmp"
	"errors"
	"slices"
	"strings"
)

// shortest is how much of an id has to be given.
const shortest = 8

// ids are the ids of the conversations that s chooses from, in its order.
func (s *Source) ids() ([]string, error) {
	var all []string
	if s.index != nil {
		for i := range s.index.len {
			if s.want[i] && s.index.problem(i) == nil {
				id, _ := s.index.head(i)
				all = append(all, id)
			}
		}
		return all, nil
	}
	for e, err := range s.Entries {
		if one := (*EntryError)(nil); errors.As(err, &one) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, e.ID)
	}
	return all, nil
}

// resolve finds the one id that each selector means.
func resolve(selectors, all []string) (map[string]bool, error) {
	sorted := slices.Sorted(slices.Values(all))
	chosen := map[string]bool{}
	for _, given := range selectors {
		want := fromURL(given)
		i, exact := slices.BinarySearch(sorted, want)
		end := i
		for end < len(sorted) && strings.HasPrefix(sorted[end], want) {
			end++
		}
		switch {
		case exact:
		case want == "" || len(want) < shortest:
			return nil, Fail(ExitUsage, "", "%q is no conversation's id: of an id give at least %d characters", short(given), shortest)
		case end == i:
			return nil, Fail(ExitUsage, "`gptsnap list` shows the ids", "no conversation %q in this source", short(given))
		case end > i+1:
			return nil, Fail(ExitUsage, "give more of the id", "%q means %d conversations: %s", short(given), end-i, some(sorted[i:end]))
		}
		chosen[sorted[i]] = true
	}
	return chosen, nil
}

func some(ids []string) string {
	var b strings.Builder
	for i, id := range ids {
		if i == 4 {
			return b.String() + ", …"
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(shown(id))
	}
	return b.String()
}

// fromURL takes the id out of a chat's URL: https://chatgpt.com/c/ID, also
// with a GPT or project before /c/. Anything else is returned as it is.
func fromURL(s string) string {
	if !strings.Contains(s, "://") && !strings.HasPrefix(s, "chatgpt.com/") && !strings.HasPrefix(s, "chat.openai.com/") {
		return s
	}
	s = s[:cmp.Or(strings.IndexAny(s, "?#")+1, len(s)+1)-1]
	if _, id, ok := strings.Cut(s, "/c/"); ok {
		return strings.TrimSuffix(id, "/")
	}
	return s
}
