package fetch

import (
	"net/url"
	"strconv"

	"gptsnap/formats/archive"
)

// An endpoint is one thing the program may ask the server for. The API is
// private and changes: this table is the only place that knows its addresses,
// and each row says who saw it and how sure that is.
type endpoint struct {
	Name   string
	Part   string // what --only and --skip call it; "" for what every run needs
	Method string
	Path   string     // {id} stands for an escaped id
	Query  url.Values // what is always sent
	Kind   string     // of the records that keep its answers
	Record string     // their id; pages add their number, {id} stands for the id
	Paging string     // "", "offset" or "cursor"; "after" is a cursor that is sent under that name
	Body   string     // of a POST that only reads; %s stands for the cursor as JSON
	Source string     // who observed it, and when
	Sure   string     // A several independent sources, B one good source, C weak
}

// pageLimit is the most the server gives in one page of a list: 101 is refused
// with 422.
const pageLimit = 100

// batchLimit is the most conversations that one batch may name: 11 are refused
// with 422.
const batchLimit = 10

var (
	activeList = endpoint{
		Name: "list of active conversations", Part: "conversations", Method: "GET", Path: "/backend-api/conversations", Paging: "offset",
		// Without hide_snorlax=false conversations of projects may be left out.
		Query: url.Values{"order": {"updated"}, "limit": {strconv.Itoa(pageLimit)}, "hide_snorlax": {"false"}},
		Kind:  archive.KindListing, Record: "active",
		Source: "chatgpt-exporter (Aug 2026), chatgpt-cli (Oct 2026), chatgpt-web-operations recordings (Sep 2026)", Sure: "A",
	}
	archivedList = endpoint{
		Name: "list of archived conversations", Part: "conversations", Method: "GET", Path: "/backend-api/conversations", Paging: "offset",
		Query: url.Values{"order": {"updated"}, "limit": {strconv.Itoa(pageLimit)}, "hide_snorlax": {"false"}, "is_archived": {"true"}},
		Kind:  archive.KindListing, Record: "archived",
		Source: "chatgpt-exporter (Aug 2026), chatgpt-cli (Sep 2026)", Sure: "A",
	}
	projectList = endpoint{
		Name: "list of projects", Part: "projects", Method: "GET", Path: "/backend-api/gizmos/snorlax/sidebar", Paging: "cursor",
		Query: url.Values{"conversations_per_gizmo": {"0"}, "limit": {"20"}, "owned_only": {"false"}},
		Kind:  archive.KindProject, Record: "sidebar",
		Source: "chatgpt-exporter (Aug 2026), chatgpt-web-operations recordings (Sep 2026): two shapes of items, opaque cursors", Sure: "A",
	}
	projectChats = endpoint{
		Name: "list of a project's conversations", Part: "projects", Method: "GET", Path: "/backend-api/gizmos/{id}/conversations", Paging: "cursor",
		// An offset instead of the cursor repeats the same page for ever.
		Query: url.Values{"limit": {"50"}, "cursor": {"0"}},
		Kind:  archive.KindListing, Record: "project-{id}",
		Source: "chatgpt-exporter issues 309 and 341 (2026)", Sure: "A",
	}
	oneConversation = endpoint{
		Name: "one conversation with its whole tree", Part: "conversations", Method: "GET", Path: "/backend-api/conversation/{id}",
		Kind: archive.KindConversation, Record: "{id}",
		Source: "chatgpt-exporter (24 Sep 2026), chatgpt-cli (29 Sep 2026); answers 404 to some accounts of the paged contract", Sure: "A",
	}
	conversationBatch = endpoint{
		Name: "ten conversations with their whole trees", Part: "conversations", Method: "POST", Path: "/backend-api/conversations/batch",
		Kind:   archive.KindConversation,
		Source: "data-connectors (Jun 2026), chatgpt-cli (Sep 2026); 404 for accounts of the paged contract", Sure: "A",
	}
	newestPage = endpoint{
		Name: "newest page of one conversation", Part: "conversations", Method: "GET", Path: "/backend-api/conversations/{id}",
		Query: url.Values{"include_has_versions": {"true"}, "num_turns": {"100"}},
		Kind:  archive.KindConversation, Record: "{id}",
		Source: "ChatGPTExporter catalogue (Sep 2026), chatgpt-web-operations recordings (Sep 2026), memcastle (2026)", Sure: "A",
	}
	olderPage = endpoint{
		Name: "older page of one conversation", Part: "conversations", Method: "GET", Path: "/backend-api/conversations/{id}/messages",
		Query: url.Values{"include_has_versions": {"true"}, "num_turns": {"100"}},
		Kind:  archive.KindConversation, Record: "{id}",
		Source: "ChatGPTExporter catalogue (Sep 2026), memcastle (2026)", Sure: "A",
	}
	textdocs = endpoint{
		Name: "canvas documents of one conversation", Part: "canvas", Method: "GET", Path: "/backend-api/conversation/{id}/textdocs",
		Kind: KindCanvas, Record: "{id}",
		Source: "three independent sources (2026)", Sure: "A",
	}
	fileLink = endpoint{
		Name: "download link of a file", Part: "files", Method: "GET", Path: "/backend-api/files/download/{id}",
		Query:  url.Values{"inline": {"false"}},
		Source: "chatgpt-exporter, ChatGPTExporter, media observations (15 Sep 2026)", Sure: "A",
	}
	oldFileLink = endpoint{
		Name: "download link of a file, older address", Part: "files", Method: "GET", Path: "/backend-api/files/{id}/download",
		Source: "asimihsan/chatgpt-exporter (Jul 2026), chatgpt-web-operations (Sep 2026)", Sure: "A",
	}
	sandboxLink = endpoint{
		Name: "download link of a file that code wrote", Part: "files", Method: "GET", Path: "/backend-api/conversation/{id}/interpreter/download",
		Source: "chatgptcli (1 Oct 2026), uibridge (6 Sep 2026); expires with the code's container", Sure: "A",
	}
	accountsCheck = endpoint{
		Name: "account and workspaces", Method: "GET", Path: "/backend-api/accounts/check/v4-2023-04-27",
		Kind: archive.KindAccount, Record: "accounts-check",
		Source: "chatgpt-exporter (Aug 2026), chatgpt-web-operations recordings (Sep 2026)", Sure: "A",
	}
	oneGPT = endpoint{
		Name: "one custom GPT", Part: "gpts", Method: "GET", Path: "/backend-api/gizmos/{id}",
		Kind: KindGPT, Record: "{id}",
		Source: "chatgpt-web-operations recordings (Sep 2026)", Sure: "B",
	}
	shareList = endpoint{
		Name: "shared links", Part: "shared", Method: "GET", Path: "/backend-api/shared_conversations", Paging: "offset",
		Query: url.Values{"order": {"created"}, "limit": {"20"}}, // a limit above 20 was refused once
		Kind:  archive.KindAccount, Record: "shared",
		Source: "ChatGPTExporter catalogue (Sep 2026)", Sure: "B",
	}
	oneShare = endpoint{
		Name: "what a shared link shows", Part: "shared", Method: "GET", Path: "/backend-api/share/{id}",
		Kind: archive.KindShare, Record: "{id}",
		Source: "several readers of shared links (2023 to 2026)", Sure: "B",
	}
	roomList = endpoint{
		Name: "group chats", Part: "groups", Method: "GET", Path: "/backend-api/calpico/chatgpt/rooms/summary", Paging: "cursor",
		Query: url.Values{"limit": {"10"}, "include_pinned": {"true"}}, // as the site asks
		Kind:  archive.KindAccount, Record: "group-chats",
		Source: "endpoint catalogue of captures (Dec 2025), chatgpt-web-operations notes (Sep 2026); the form of a list that is not empty is not known", Sure: "B",
	}
	roomMessages = endpoint{
		Name: "messages of one group chat", Part: "groups", Method: "GET", Path: roomPath + "{id}/messages",
		Query: url.Values{"limit": {strconv.Itoa(roomLimit)}},
		Kind:  archive.KindConversation, Record: "{id}",
		Source: "endpoint catalogue of captures (Dec 2025); the form of its messages from two programs that read those of the same site's messaging (2026)", Sure: "C",
	}
)

// No address is known that reads what the user thought of answers; the one
// that programs name (conversation/message_feedback) writes. Official exports
// hold it.

const (
	roomPath  = "/backend-api/calpico/chatgpt/rooms/" // of a group chat
	roomLimit = 32                                    // messages of a page of one
)

// accountParts are asked for once a run, as they stand. None is needed for the
// others, and not every account has each.
var accountParts = []endpoint{
	{Name: "profile", Part: "account", Method: "GET", Path: "/backend-api/me", Kind: archive.KindAccount, Record: "me",
		Source: "chatgpt-web-operations recordings (Sep 2026)", Sure: "A"},
	{Name: "memories", Part: "memories", Method: "GET", Path: "/backend-api/memories", Kind: archive.KindAccount, Record: "memories",
		Query:  url.Values{"include_memory_entries": {"true"}}, // without it the list is empty
		Source: "chatgpt-web-operations recordings (Sep 2026), chatgpt-cli (2026)", Sure: "A"},
	{Name: "custom instructions", Part: "instructions", Method: "GET", Path: "/backend-api/user_system_messages", Kind: archive.KindAccount, Record: "custom-instructions",
		Source: "chatgpt-web-operations recordings (Sep 2026), chatgpt-exporter (Aug 2026)", Sure: "A"},
	{Name: "settings", Part: "settings", Method: "GET", Path: "/backend-api/settings/user", Kind: archive.KindAccount, Record: "settings",
		Source: "endpoint catalogue of captures (Dec 2025)", Sure: "A"},
	{Name: "beta features", Part: "settings", Method: "GET", Path: "/backend-api/settings/beta_features", Kind: archive.KindAccount, Record: "beta-features",
		Source: "endpoint catalogue of captures (Dec 2025)", Sure: "B"},
	{Name: "models", Part: "models", Method: "GET", Path: "/backend-api/models", Kind: archive.KindAccount, Record: "models",
		Source: "chatgpt-web-operations recordings (Sep 2026)", Sure: "A"},
	{Name: "pins", Part: "pins", Method: "GET", Path: "/backend-api/pins", Kind: archive.KindAccount, Record: "pins",
		Source: "chatgpt-web-operations recordings (Sep 2026)", Sure: "B"},
	shareList,
	{Name: "own GPTs", Part: "gpts", Method: "GET", Path: "/backend-api/gizmos/discovery/mine", Kind: archive.KindAccount, Record: "gpts-mine",
		Source: "endpoint catalogue of captures (Dec 2025)", Sure: "B"},
	{Name: "scheduled tasks", Part: "tasks", Method: "GET", Path: "/backend-api/automations", Kind: archive.KindAccount, Record: "tasks-scheduled",
		Query: url.Values{"filter": {"scheduled"}}, Source: "chatgpt-cli (2026)", Sure: "B"},
	{Name: "paused tasks", Part: "tasks", Method: "GET", Path: "/backend-api/automations", Kind: archive.KindAccount, Record: "tasks-paused",
		Query: url.Values{"filter": {"paused"}}, Source: "chatgpt-cli (2026)", Sure: "B"},
	{Name: "finished tasks", Part: "tasks", Method: "GET", Path: "/backend-api/automations", Kind: archive.KindAccount, Record: "tasks-finished",
		Query: url.Values{"filter": {"finished"}}, Source: "chatgpt-cli (2026)", Sure: "B"},
	roomList,
	{Name: "generated images", Part: "library", Method: "GET", Path: "/backend-api/my/recent/image_gen", Kind: archive.KindAccount, Record: "images", Paging: "after",
		Query: url.Values{"limit": {"25"}}, Source: "media observations (15 Sep 2026)", Sure: "B"},
	{Name: "file library", Part: "library", Method: "POST", Path: "/backend-api/files/library", Kind: archive.KindAccount, Record: "library", Paging: "cursor",
		Body: `{"limit":20,"cursor":%s}`, Source: "media observations (15 Sep 2026); a POST that only reads, refused without a body", Sure: "B"},
}

// Kinds of record that only fetch writes and later readers may use.
const (
	KindCanvas = "canvas" // the canvas documents of one conversation, under its id
	KindGPT    = "gpt"    // one custom GPT, under its id
	kindMemo   = "state"  // what a run tells the next one; see memo.go
)

// endpoints are all rows of the table.
func endpoints() []endpoint {
	return append([]endpoint{activeList, archivedList, projectList, projectChats, oneConversation, conversationBatch, newestPage, olderPage,
		textdocs, fileLink, oldFileLink, sandboxLink, accountsCheck, oneGPT, oneShare, roomMessages}, accountParts...)
}
