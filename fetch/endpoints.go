package fetch

import (
	"net/url"
	"strconv"
)

// An endpoint is one thing the program may ask the server for. The API is
// private and changes: this table is the only place that knows its addresses,
// and each row says who saw it and how sure that is.
type endpoint struct {
	Name   string
	Method string
	Path   string     // {id} stands for an escaped id
	Query  url.Values // what is always sent
	Source string     // who observed it, and when
	Sure   string     // A several independent sources, B one good source, C weak
}

// pageLimit is the most the server gives in one page of a list: 101 is refused
// with 422.
const pageLimit = 100

var (
	activeList = endpoint{
		Name: "list of active conversations", Method: "GET", Path: "/backend-api/conversations",
		// Without hide_snorlax=false conversations of projects may be left out.
		Query:  url.Values{"order": {"updated"}, "limit": {strconv.Itoa(pageLimit)}, "hide_snorlax": {"false"}},
		Source: "chatgpt-exporter (Aug 2026), chatgpt-cli (Oct 2026), chatgpt-web-operations recordings (Sep 2026)", Sure: "A",
	}
	archivedList = endpoint{
		Name: "list of archived conversations", Method: "GET", Path: "/backend-api/conversations",
		Query:  url.Values{"order": {"updated"}, "limit": {strconv.Itoa(pageLimit)}, "hide_snorlax": {"false"}, "is_archived": {"true"}},
		Source: "chatgpt-exporter (Aug 2026), chatgpt-cli (Sep 2026)", Sure: "A",
	}
	oneConversation = endpoint{
		Name: "one conversation with its whole tree", Method: "GET", Path: "/backend-api/conversation/{id}",
		Source: "chatgpt-exporter (24 Sep 2026), chatgpt-cli (29 Sep 2026); answers 404 to some accounts of the paged contract", Sure: "A",
	}
)

// endpoints are all rows of the table.
var endpoints = []endpoint{activeList, archivedList, oneConversation}
