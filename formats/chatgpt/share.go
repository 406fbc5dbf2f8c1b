package chatgpt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/tidwall/gjson"
)

// SharePage finds the conversation in a saved page of a shared link, and gives
// its JSON. Pages of 2023 and 2024 hold it as it is; those of 2025 and later
// hold a stream of values that refer to one another, of which the JSON is put
// together again.
func SharePage(html []byte) ([]byte, error) {
	if raw := scriptOf(html, []byte(`id="__NEXT_DATA__"`)); raw != nil {
		return nextData(raw)
	}
	stream, err := enqueued(html)
	if err != nil {
		return nil, err
	}
	if len(stream) == 0 {
		return nil, notOne("a page of HTML without a shared conversation in it")
	}
	return flatData(stream)
}

// scriptOf is the text of the script whose tag holds a mark; nil if there is none.
func scriptOf(html, mark []byte) []byte {
	at := bytes.Index(html, mark)
	if at < 0 {
		return nil
	}
	open := bytes.IndexByte(html[at:], '>')
	if open < 0 {
		return nil
	}
	text := html[at+open+1:]
	end := bytes.Index(text, []byte("</script"))
	if end < 0 {
		return nil
	}
	return text[:end]
}

func nextData(raw []byte) ([]byte, error) {
	page, err := object(raw, "")
	if err != nil {
		return nil, err
	}
	data := page.Get("props.pageProps.serverResponse.data")
	if !data.IsObject() || !data.Get("mapping").IsObject() {
		return nil, notOne("a page of HTML whose data holds no shared conversation")
	}
	return []byte(data.Raw), nil
}

// enqueued joins the strings that a page hands to its stream.
func enqueued(html []byte) ([]byte, error) {
	call := []byte("streamController.enqueue(")
	var all []byte
	for {
		at := bytes.Index(html, call)
		if at < 0 {
			return all, nil
		}
		html = html[at+len(call):]
		// A string of JSON ends at the first quote that is not escaped.
		if len(html) == 0 || html[0] != '"' {
			continue
		}
		end := 1
		for end < len(html) && html[end] != '"' {
			if html[end] == '\\' {
				end++
			}
			end++
		}
		if end >= len(html) {
			return nil, notOne("a page of HTML that was cut off in its data")
		}
		var text string
		if err := json.Unmarshal(html[:end+1], &text); err != nil {
			return nil, notOne("a page of HTML whose data is damaged: %v", err)
		}
		all = append(all, text...)
		html = html[end+1:]
	}
}

// What a page may make of its values: they can be shared, so a short page can
// stand for a long text, or for an endless one.
const (
	flatDepth = 10_000
	flatSize  = 1 << 30
)

// flatData reads the first line of a stream: an array of values in which a
// whole number stands for the value at that place, and the key "_7" for the
// string at place 7.
func flatData(stream []byte) ([]byte, error) {
	line, _, _ := bytes.Cut(stream, []byte("\n"))
	b, err := door(line)
	if err != nil {
		return nil, err
	}
	s := scanner{b: b}
	s.skip()
	if err := s.end(); err != nil {
		return nil, err
	}
	f := &flat{size: min(flatSize, 64*len(line)+1<<20)}
	parse(b).ForEach(func(_, v gjson.Result) bool {
		f.values = append(f.values, v)
		return true
	})
	for i, v := range f.values {
		if f.holds(v, "mapping", "{") && (f.holds(v, "current_node", "") || f.holds(v, "linear_conversation", "")) {
			return f.write(i)
		}
	}
	return nil, notOne("a page of HTML whose stream holds no shared conversation")
}

type flat struct {
	values []gjson.Result
	size   int // the most that may be written
}

// at is the value that a reference stands for; false for the special values,
// which stand for null.
func (f *flat) at(ref gjson.Result) (gjson.Result, bool) {
	n, err := strconv.Atoi(ref.Raw)
	if ref.Type != gjson.Number || err != nil || n < 0 || n >= len(f.values) {
		return gjson.Result{}, false
	}
	return f.values[n], true
}

// key is the string that a key such as "_7" stands for.
func (f *flat) key(k string) (string, bool) {
	if len(k) < 2 || k[0] != '_' {
		return "", false
	}
	v, ok := f.at(gjson.Result{Type: gjson.Number, Raw: k[1:]})
	return v.Str, ok && v.Type == gjson.String
}

// holds reports whether v is an object with a key whose value begins with head.
func (f *flat) holds(v gjson.Result, key, head string) (found bool) {
	if !v.IsObject() {
		return false
	}
	v.ForEach(func(k, ref gjson.Result) bool {
		name, ok := f.key(k.Str)
		if ok && name == key {
			value, known := f.at(ref)
			found = known && len(value.Raw) > 0 && (head == "" || value.Raw[:1] == head)
		}
		return name != key
	})
	return found
}

// write makes plain JSON of the value at a place. It keeps a stack of its own,
// since what refers to what is the page's to say.
func (f *flat) write(root int) ([]byte, error) {
	type step struct {
		text string       // to be written as it is, if not empty
		ref  gjson.Result // else the value that this stands for
		up   bool         // one level is done
	}
	var out []byte
	depth := 0
	stack := []step{{ref: gjson.Result{Type: gjson.Number, Raw: strconv.Itoa(root)}}}
	for len(stack) > 0 {
		top := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if len(out) > f.size || len(stack) > f.size {
			return nil, notOne("a page of HTML that stands for more than %d bytes", f.size)
		}
		if top.up {
			depth--
		}
		if top.text != "" {
			out = append(out, top.text...)
			continue
		}
		v, ok := f.at(top.ref)
		var inside []step
		switch {
		case !ok || v.Type == gjson.Null:
			out = append(out, "null"...)
			continue
		case v.IsObject():
			out = append(out, '{')
			n := 0
			v.ForEach(func(k, ref gjson.Result) bool {
				if name, ok := f.key(k.Str); ok {
					label := string(quoted(name)) + ":"
					if n++; n > 1 {
						label = "," + label
					}
					inside = append(inside, step{text: label}, step{ref: ref})
				}
				return true
			})
			inside = append(inside, step{text: "}", up: true})
		case v.IsArray():
			first := v.Get("0")
			if first.Type == gjson.String { // a typed value; of these only dates matter
				if ms := v.Get("1"); first.Str == "D" && ms.Type == gjson.Number {
					out = append(out, fmt.Sprintf("%.3f", ms.Num/1000)...)
				} else {
					out = append(out, "null"...)
				}
				continue
			}
			out = append(out, '[')
			n := 0
			v.ForEach(func(_, ref gjson.Result) bool {
				if n++; n > 1 {
					inside = append(inside, step{text: ","})
				}
				inside = append(inside, step{ref: ref})
				return true
			})
			inside = append(inside, step{text: "]", up: true})
		default:
			out = append(out, v.Raw...)
			continue
		}
		if depth++; depth > flatDepth {
			return nil, notOne("a page of HTML whose values go in a circle")
		}
		for i := len(inside) - 1; i >= 0; i-- {
			stack = append(stack, inside[i])
		}
	}
	return out, nil
}

// quoted is s as JSON.
func quoted(s string) []byte {
	raw, err := json.Marshal(s)
	if err != nil {
		return []byte(`""`) // cannot be: a string
	}
	return raw
}
