package analyze

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strings"
)

// WriteSchema writes the JSON Schema (draft 2020-12) of what [WriteJSON]
// writes of tables like these: of the array of them if they are several. The
// folder schema has the schema of every report as it is now; a test keeps it
// so, and holds what reports write to it.
func WriteSchema(w io.Writer, all []Table) error {
	b := bufio.NewWriter(w)
	b.WriteString(`{"$schema":"https://json-schema.org/draft/2020-12/schema",`)
	if len(all) == 1 {
		b.WriteString(schemaOf(&all[0]))
	} else {
		b.WriteString(`"type":"array","prefixItems":[`)
		for i := range all {
			b.WriteString([]string{"", ","}[min(i, 1)] + "\n{" + schemaOf(&all[i]) + "}")
		}
		fmt.Fprintf(b, `],"minItems":%d,"maxItems":%[1]d`, len(all))
	}
	b.WriteString("}\n")
	return written(b.Flush())
}

// schemaOf is the inside of an object that describes t.
func schemaOf(t *Table) string {
	var b strings.Builder
	fmt.Fprintf(&b, `"title":%s,"type":"object","required":["report","schema","scope","columns","rows","total"],"properties":{`, quote("gptsnap: "+t.Title))
	fmt.Fprintf(&b, "\n"+`"report":{"const":%s},`, quote(t.Report))
	b.WriteString("\n" + `"schema":{"const":1},`)
	b.WriteString("\n" + `"scope":{"type":"object","required":["source","conversations","failed","counted"],"properties":{` + scopeKeys(t) + `}},`)
	fmt.Fprintf(&b, "\n"+`"columns":{"const":%s},`, value(t.Keys()))
	fmt.Fprintf(&b, "\n"+`"rows":{"type":"array","items":{"type":"object","required":%s,"properties":{`, value(t.Keys()))
	first := true
	for k, c := range t.Columns {
		if c.Drawn {
			continue
		}
		if !first {
			b.WriteByte(',')
		}
		first = false
		fmt.Fprintf(&b, "\n  %s:{%s,\"description\":%s}", quote(c.Key), jsonType(t, k), quote(describe(t.Report, c.Key)))
	}
	b.WriteString("}}},\n" + `"total":{"type":"object","description":"of all rows, without what cannot be added up","properties":{`)
	first = true
	for k, c := range t.Columns {
		if c.Drawn || t.Total == nil || k < t.names() {
			continue
		}
		if !first {
			b.WriteByte(',')
		}
		first = false
		fmt.Fprintf(&b, "%s:{%s}", quote(c.Key), jsonType(t, k))
	}
	b.WriteString("}}}")
	return b.String()
}

func scopeKeys(t *Table) string {
	s := `"source":{"type":"string"},"conversations":{"type":"integer","minimum":0,"description":"that were read"},` +
		`"failed":{"type":"integer","minimum":0,"description":"that could not be read"},"counted":{"type":"string"},"timezone":{"type":"string","description":"of days, weeks, months and years"}`
	if t.Quiet != "" {
		s += `,"then":{"type":"string","description":"date of the earlier state"},"now":{"type":["string","null"],"description":"date of the later state; null: the latest"},"conversations_then":{"type":"integer","minimum":0}`
	}
	return s
}

// jsonType is what [value] writes of a value in column k.
func jsonType(t *Table, k int) string {
	c := t.Columns[k]
	_, way := plainKey(c.Key)
	switch c.Kind {
	case Int:
		if c.Signed || way == "difference" {
			return `"type":["integer","null"]`
		}
		return `"type":["integer","null"],"minimum":0`
	case Money:
		if c.Signed || way == "difference" {
			return `"type":["number","null"]`
		}
		return `"type":["number","null"],"minimum":0`
	case Float, Duration:
		return `"type":["number","null"]`
	case Percent:
		if c.Signed {
			return `"type":["number","null"],"minimum":-1,"maximum":1`
		}
		return `"type":["number","null"],"minimum":0,"maximum":1`
	case Time, Date:
		return `"type":["string","null"],"format":"date-time"`
	case Flag:
		return `"type":["boolean","null"]`
	case List:
		return `"type":["array","null"],"items":{"type":"string"}`
	case Any, Mixed:
		return `"type":["number","string","null"]`
	}
	if c.Key == "state" {
		return `"enum":["new","gone","changed","same"]`
	}
	if k < t.names() {
		return `"type":"string"`
	}
	return `"type":["string","null"]`
}

// plainKey is the key that a column of a comparison is made of, and which of
// its columns this is: "", then, now or difference.
func plainKey(key string) (plain, way string) {
	for _, way := range []string{"then", "now", "difference"} {
		if plain, found := strings.CutSuffix(key, "_"+way); found {
			return plain, way
		}
	}
	return key, ""
}

// describe says what a column means.
func describe(report, key string) string {
	key, way := plainKey(key)
	report, _, _ = strings.Cut(report, " compared")
	about := cmp.Or(meanings[report+"/"+key], meanings[key])
	if len(key) == 2 && key >= "00" && key <= "23" {
		about = "messages of role user from " + key + ":00 to " + key + ":59"
	}
	switch way {
	case "difference":
		return "the difference, now less then: " + about
	case "":
		return about
	}
	return way + ": " + about
}
