package analyze

import (
	"cmp"
	"hash/maphash"
	"maps"
	"slices"
	"time"

	"gptsnap/formats/rows"
)

// sources counts the pages that answers cite, by their domain. A page counts
// once for each message that cites it, however often it does.
type sources struct {
	parting
	zone  *time.Location
	rows  map[rowName]*domainRow
	pages map[uint64]bool // hashes of all addresses
	seed  maphash.Seed
	sum   domainRow
	seen  int
	here  []string // the addresses of the message at hand
}

type domainRow struct {
	rowName                 // domain and part
	lastChat, lastMessage   int
	conversations, messages int
	citations, pages        int
	from, to                time.Time
}

func newSources(o Options) Metric {
	return &sources{zone: o.Clock, rows: map[rowName]*domainRow{}, pages: map[uint64]bool{}, seed: maphash.MakeSeed()}
}

func newSourcesBy(o Options, by dimension) Metric {
	k := newSources(o).(*sources)
	k.parting = newParting(o, by)
	return k
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
			name := rows.Domain(url)
			if in, ok := k.row(t, i, name); ok && name != "" {
				k.cite(in, url, f)
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

func (k *sources) cite(in rowName, url string, f *Fact) {
	r := k.rows[in]
	if r == nil {
		r = &domainRow{rowName: in.clone()}
		k.rows[r.rowName] = r
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
	if k.fresh(in.part, url) {
		r.pages++
	}
	if k.of == nil {
		k.sum.pages = len(k.pages)
	} else if k.fresh("\x00", url) { // of all parts together
		k.sum.pages++
	}
	r.from, r.to = earlier(r.from, f.Time), later(r.to, f.Time)
	k.sum.from, k.sum.to = earlier(k.sum.from, f.Time), later(k.sum.to, f.Time)
}

// fresh reports whether a page is cited in a part for the first time.
func (k *sources) fresh(part, url string) bool {
	var h maphash.Hash
	h.SetSeed(k.seed)
	h.WriteString(part)
	h.WriteByte(0)
	h.WriteString(url)
	sum := h.Sum64()
	if k.pages[sum] {
		return false
	}
	k.pages[sum] = true
	return true
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
		return cmp.Or(cmp.Compare(b.citations, a.citations), cmp.Compare(b.pages, a.pages), cmp.Compare(a.name, b.name))
	})
	var parts []string
	for _, r := range rows {
		t.Rows = append(t.Rows, r.values(r.name, k.sum.citations, Bar(part(r.citations, rows[0].citations))))
		parts = append(parts, r.part)
	}
	t.Total = k.sum.values(nil, k.sum.citations, nil)
	k.apply(&t, parts, "citations")
	return t
}

func (r *domainRow) values(name any, all int, bar any) []any {
	return []any{name, r.citations, r.pages, r.messages, r.conversations, Share(part(r.citations, all)), moment(r.from), moment(r.to), bar}
}
