package analyze

import (
	"cmp"
	"hash/maphash"
	"maps"
	"slices"
	"strings"
	"time"

	"gptsnap/formats/rows"
)

// sources counts the pages that answers cite, by their domain. A page counts
// once for each message that cites it, however often it does.
type sources struct {
	zone  *time.Location
	rows  map[string]*domainRow
	pages map[uint64]bool // hashes of all addresses
	seed  maphash.Seed
	sum   domainRow
	seen  int
	here  []string // the addresses of the message at hand
}

type domainRow struct {
	domain                  string
	lastChat, lastMessage   int
	conversations, messages int
	citations, pages        int
	from, to                time.Time
}

func newSources(o Options) Metric {
	return &sources{zone: o.Clock, rows: map[string]*domainRow{}, pages: map[uint64]bool{}, seed: maphash.MakeSeed()}
}

// Observe counts the citations of one conversation.
func (k *sources) Observe(t *Tally) {
	k.seen++
	for i := range t.Facts {
		f := &t.Facts[i]
		if !f.Message {
			continue
		}
		k.here = k.here[:0]
		for l := range rows.Links(t.Chat.Nodes[i].Message) {
			if l.URL != "" {
				k.here = append(k.here, l.URL)
			}
		}
		if len(k.here) == 0 {
			continue
		}
		slices.Sort(k.here)
		k.sum.lastMessage++
		any := false
		for _, url := range slices.Compact(k.here) {
			if name := rows.Domain(url); name != "" {
				k.cite(name, url, f)
				any = true
			}
		}
		k.sum.messages += one(any)
		if any && k.sum.lastChat != k.seen {
			k.sum.lastChat = k.seen
			k.sum.conversations++
		}
	}
}

func (k *sources) cite(name, url string, f *Fact) {
	r := k.rows[name]
	if r == nil {
		r = &domainRow{domain: strings.Clone(name)}
		k.rows[r.domain] = r
	}
	r.citations++
	k.sum.citations++
	if r.lastMessage != k.sum.lastMessage {
		r.lastMessage = k.sum.lastMessage
		r.messages++
	}
	if r.lastChat != k.seen {
		r.lastChat = k.seen
		r.conversations++
	}
	if h := maphash.String(k.seed, url); !k.pages[h] {
		k.pages[h] = true
		r.pages++
		k.sum.pages++
	}
	r.from, r.to = earlier(r.from, f.Time), later(r.to, f.Time)
	k.sum.from, k.sum.to = earlier(k.sum.from, f.Time), later(k.sum.to, f.Time)
}

// Table has the domain that was cited most first.
func (k *sources) Table() Table {
	t := Table{
		Report: "sources", Title: "Cited domains", Zone: k.zone, Few: 30, Chart: Chart{Shape: Bars, Label: "domain", Value: "citations"},
		Counted: "pages cited, once a message, in all branches",
		Columns: []Column{
			{Key: "domain", Heading: "Domain", Flex: true},
			{Key: "citations", Heading: "Citations", Kind: Int},
			{Key: "pages", Heading: "Pages", Kind: Int},
			{Key: "messages", Heading: "Messages", Kind: Int, Rank: 1},
			{Key: "conversations", Heading: "Chats", Kind: Int},
			{Key: "share", Heading: "Share", Kind: Percent, Rank: 1},
			{Key: "first", Heading: "First", Kind: Date, Rank: 2},
			{Key: "last", Heading: "Last", Kind: Date, Rank: 1},
			{Key: "bar", Kind: Drawing, Drawn: true, Rank: 2},
		},
	}
	t.Screen = []string{"domain", "citations", "pages", "messages", "conversations", "share", "bar", "first", "last"}
	rows := slices.SortedFunc(maps.Values(k.rows), func(a, b *domainRow) int {
		return cmp.Or(cmp.Compare(b.citations, a.citations), cmp.Compare(b.pages, a.pages), cmp.Compare(a.domain, b.domain))
	})
	for _, r := range rows {
		t.Rows = append(t.Rows, r.values(r.domain, k.sum.citations, Bar(part(r.citations, rows[0].citations))))
	}
	t.Total = k.sum.values(nil, k.sum.citations, nil)
	return t
}

func (r *domainRow) values(name any, all int, bar any) []any {
	return []any{name, r.citations, r.pages, r.messages, r.conversations, Share(part(r.citations, all)), moment(r.from), moment(r.to), bar}
}
