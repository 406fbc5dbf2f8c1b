package chatgpt

import (
	"slices"

	"github.com/tidwall/gjson"
)

// An Account is one of the accounts or workspaces that a person may use.
type Account struct {
	ID, User   string // the account's and the person's id; User "" if not told
	Name, Plan string
	Structure  string // "personal", "workspace"
}

// DecodeAccounts reads an answer to GET /accounts/check: every account once,
// in the order of the answer, and the id of the one that is used unless
// another is asked for ("" if it is not told).
func DecodeAccounts(raw []byte) (all []Account, standard string, err error) {
	page, err := object(raw, "accounts")
	if err != nil {
		return nil, "", err
	}
	page.Get("accounts").ForEach(func(key, v gjson.Result) bool {
		v = v.Get("account")
		a := Account{ID: str(v.Get("account_id")), Name: str(v.Get("name")), Plan: str(v.Get("plan_type")), Structure: str(v.Get("structure"))}
		if key.Str == "default" {
			standard = a.ID
		}
		// "user-U__ACCOUNT" names both, user-U and ACCOUNT.
		if user := str(v.Get("account_user_id")); len(user) > len(a.ID)+2 && user[len(user)-len(a.ID):] == a.ID {
			a.User = user[:len(user)-len(a.ID)-2]
		}
		i := slices.IndexFunc(all, func(o Account) bool { return o.ID == a.ID })
		switch {
		case a.ID == "":
		case i < 0:
			all = append(all, a)
		case all[i].User == "": // "default" repeats an account, with less in it
			all[i].User = a.User
		}
		return true
	})
	if standard == "" {
		standard = str(page.Get("account_ordering.0"))
	}
	return all, standard, nil
}

// A Download is where a file's bytes can be got for a short time, or why they
// cannot.
type Download struct {
	URL, Name, MIME string
	Size            int64  // 0 if unknown
	Failure         string // the server's code and words; "" if there is a URL
}

// DecodeDownload reads an answer to GET /files/download/{id} and the like,
// which may say that it failed although its status is 200.
func DecodeDownload(raw []byte) (Download, error) {
	page, err := object(raw, "")
	if err != nil {
		return Download{}, err
	}
	d := Download{URL: str(page.Get("download_url")), Name: str(page.Get("file_name")), MIME: str(page.Get("mime_type")), Size: size(page.Get("file_size_bytes"))}
	if status := str(page.Get("status")); status == "error" || d.URL == "" {
		d.Failure = first(str(page.Get("error_code")), str(page.Get("detail.code")), status, "the server gives no address")
		if words := first(str(page.Get("error_message")), str(page.Get("detail.message")), str(page.Get("detail"))); words != "" {
			d.Failure += ": " + words
		}
		d.URL = ""
	}
	return d, nil
}

// A Page is one page of a list of anything.
type Page struct {
	Items  int
	Cursor string // of the next page; "" at the end
}

// DecodePage reads what is needed to ask for the page after this one.
func DecodePage(raw []byte) (Page, error) {
	page, err := pageWithItems(raw)
	if err != nil {
		return Page{}, err
	}
	n := 0
	page.Get("items").ForEach(func(_, _ gjson.Result) bool { n++; return true })
	return Page{n, str(page.Get("cursor"))}, nil
}

// A PageInfo says where in a conversation of the paged contract a page stands.
type PageInfo struct {
	Start   string // the cursor that asks for the page before this one
	Earlier bool   // there is a page before this one
	IDs     []string
}

// DecodePageInfo reads the messages' ids and page_info of one page.
func DecodePageInfo(raw []byte) (PageInfo, error) {
	page, err := object(raw, "messages")
	if err != nil {
		return PageInfo{}, err
	}
	info := page.Get("page_info")
	p := PageInfo{Start: str(info.Get("start_cursor")), Earlier: info.Get("has_previous_page").Type == gjson.True}
	if !page.Get("messages").IsArray() || !info.IsObject() {
		return p, notOne("a page without messages or page_info")
	}
	page.Get("messages").ForEach(func(_, m gjson.Result) bool {
		p.IDs = append(p.IDs, str(m.Get("id")))
		return true
	})
	return p, nil
}

// SplitBatch cuts an answer to POST /conversations/batch into the exact bytes
// of its elements.
func SplitBatch(raw []byte) ([][]byte, error) {
	b, err := door(raw)
	if err != nil {
		return nil, err
	}
	if b[0] != '[' {
		return nil, notOne("a batch that is no array")
	}
	s := scanner{b: b}
	var all [][]byte
	for range s.elements() {
		all = append(all, s.raw())
	}
	return all, s.end()
}

// Valid reports whether raw is one JSON value.
func Valid(raw []byte) bool {
	b, err := door(raw)
	if err != nil {
		return false
	}
	s := scanner{b: b}
	s.skip()
	return s.end() == nil
}

// sound is raw as a value, if it is one, whole and within the bounds.
func sound(raw []byte) (gjson.Result, error) {
	b, err := door(raw)
	if err != nil {
		return gjson.Result{}, err
	}
	s := scanner{b: b}
	s.skip()
	if err := s.end(); err != nil {
		return gjson.Result{}, err
	}
	return parse(b), nil
}

// object checks raw and returns it if it is an object that has the key, or
// any object if the key is "".
func object(raw []byte, key string) (gjson.Result, error) {
	page, err := sound(raw)
	if err != nil {
		return gjson.Result{}, err
	}
	if !page.IsObject() || key != "" && !page.Get(key).Exists() {
		return gjson.Result{}, notOne("an answer without %s", key)
	}
	return page, nil
}
