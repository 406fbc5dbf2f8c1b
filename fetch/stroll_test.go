package fetch

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"

	"gptsnap/fetch/fakeapi"
	"gptsnap/formats/archive"
	"gptsnap/formats/chatgpt"
	"gptsnap/formats/source"

	"pgregory.net/rapid"
)

// oneOf is one conversation of the account of [many], with another number.
func oneOf(i int) []byte { return many(i + 1)[fmt.Sprintf("%06d.json", i)].Data }

// TestNoChatThatWasThereThroughoutIsMissed reads lists whose pages hold as many
// entries as they like and speak of any total, and which move between any two
// requests.
func TestNoChatThatWasThereThroughoutIsMissed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(0, 60).Draw(rt, "chats")
		cap := rapid.IntRange(2, 40).Draw(rt, "largest page")
		steady := rapid.Bool().Draw(rt, "pages of one size")
		restless := rapid.IntRange(0, 6).Draw(rt, "changes in ten requests")
		empties := rapid.IntRange(0, 2).Draw(rt, "empty pages in ten")
		total := rapid.SampledFrom([]string{"usual", "null", "true", "one less", "huge"}).Draw(rt, "total")
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 1))
		var fake *fakeapi.Server
		var mu sync.Mutex
		next, empty := n, false
		kept := map[string]bool{} // neither touched nor taken away
		for i := range n {
			kept[chatOf(i)] = true
		}
		options := fakeapi.Options{
			Page: func(r *http.Request, most int) int {
				mu.Lock()
				defer mu.Unlock()
				if empty = !empty && random.IntN(10) < empties; empty {
					return 0 // but not twice in a row, which is how a list ends
				}
				if steady {
					return cap
				}
				return 2 + random.IntN(cap-1)
			},
			Script: func(r *http.Request, _ int) *fakeapi.Trouble {
				mu.Lock()
				defer mu.Unlock()
				if !isList(r) || random.IntN(10) >= restless || n == 0 {
					return nil
				}
				for range 1 + random.IntN(cap) {
					switch i := random.IntN(n); random.IntN(4) {
					case 0, 1:
						fake.Touch(chatOf(i))
					case 2:
						delete(kept, chatOf(i))
						fake.Delete(chatOf(i))
					case 3:
						if err := fake.Add(oneOf(next)); err != nil {
							panic(err)
						}
						next++
					}
				}
				restless = max(0, restless-random.IntN(2)) // else it never comes to rest
				return nil
			},
		}
		switch total {
		case "null":
			options.Total = func(_, _, _ int) any { return nil }
		case "true":
			options.Total = func(_, _, all int) any { return all }
		case "one less":
			options.Total = func(_, _, all int) any { return max(0, all-1) }
		case "huge":
			options.Total = func(_, _, _ int) any { return 1e15 }
		}
		fake, o := serve(t, many(n), options)
		r, err := Run(t.Context(), o)
		if code := exitOf(err); code != 0 && !(total == "huge" && code == source.ExitIncomplete) {
			rt.Fatalf("exit %d: %v", code, err)
		}
		held := stored(t, o.Archive, archive.KindConversation)
		for id := range kept {
			if held[id] == "" {
				rt.Fatalf("%s of %d is missing: %+v", id, n, r)
			}
		}
		if most := 60 + 40*(n+next); fake.Count(fakeapi.RouteList) > most {
			rt.Fatalf("%d pages for %d chats", fake.Count(fakeapi.RouteList), n)
		}
	})
}

// TestPagesThatAreCappedWithoutAWordEndNoList has pages of every size, one
// included, whose limit says that they could have held more.
func TestPagesThatAreCappedWithoutAWordEndNoList(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1, 2, 3, 28, 99, 100} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			t.Parallel()
			fake, o := serve(t, many(60), fakeapi.Options{Page: func(*http.Request, int) int { return size }})
			if r := mustRun(t, o); r.Fetched != 60 {
				t.Errorf("%+v", r)
			}
			holdsAll(t, o.Archive, fake)
		})
	}
}

func TestAnEmptyPageInTheMiddleEndsNoList(t *testing.T) {
	t.Parallel()
	for at := 1; at <= 12; at++ {
		n := 0
		fake, o := serve(t, many(60), fakeapi.Options{Page: func(_ *http.Request, most int) int {
			if n++; n == at {
				return 0
			}
			return 10
		}})
		if r := mustRun(t, o); r.Fetched != 60 {
			t.Errorf("empty page %d: %+v", at, r)
		}
		holdsAll(t, o.Archive, fake)
	}
}

// TestAListWithHolesIsReadAsFarAsItsTotal has a server that takes what it does
// not show out of its pages only after it cut them.
func TestAListWithHolesIsReadAsFarAsItsTotal(t *testing.T) {
	t.Parallel()
	fake, o := serve(t, many(600), fakeapi.Options{Filtered: true, Total: func(_, _, all int) any { return all }})
	for i := 100; i < 450; i++ {
		fake.Hide(chatOf(i))
	}
	if r := mustRun(t, o); r.Fetched != 250 || len(r.Problems) > 0 {
		t.Errorf("%+v", r)
	}
}

// TestAListWithoutAnEndIsLeft has servers that would be read for ever.
func TestAListWithoutAnEndIsLeft(t *testing.T) {
	t.Parallel()
	entry := func(i int) string { return fmt.Sprintf(`{"id":%q,"update_time":"2023-11-14T22:14:10Z"}`, chatOf(i)) }
	entries := func(n int) (all []string) {
		for i := range n {
			all = append(all, entry(i))
		}
		return all
	}
	for name, c := range map[string]struct {
		page    func(offset, n int) []string
		total   int
		pages   int // at most
		trouble string
	}{
		"the same page":       {func(int, int) []string { return entries(10) }, 3, 5, "does not advance"},
		"the same small page": {func(int, int) []string { return entries(2) }, 3, 50, "circle"},
		"two pages in turn":   {func(_, n int) []string { return []string{entry(n % 2), entry(2), entry(3 + n%2)} }, 3, 410, "moves faster"},
		"entries without ids": {func(int, int) []string { return []string{"{}", "null"} }, 3, 40, "circle"},
		"a total without end": {func(offset, _ int) []string { return []string{entry(0), entry(1)}[min(offset, 2):] }, 1e9, 30, "speaks of"},
		"new ones each time":  {func(_, n int) []string { return []string{entry(2 * n), entry(2*n + 1)} }, 3, 410, "moves faster"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, n := newStroll(), 0
			for ; !s.ended && n < 2*c.pages; n++ {
				raw := fmt.Sprintf(`{"items":[%s],"total":%d}`, strings.Join(c.page(s.offset, n), ","), c.total)
				got, err := chatgpt.DecodeListing([]byte(raw))
				if err != nil {
					t.Fatal(err)
				}
				s.take(&got)
			}
			if n > c.pages || !strings.Contains(s.trouble, c.trouble) {
				t.Errorf("%d pages, %q", n, s.trouble)
			}
		})
	}
}
