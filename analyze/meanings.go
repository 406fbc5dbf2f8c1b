package analyze

// meanings says what each column of a report means, REPORT/KEY where a name means
// something else in one report. Other programs read these names: one may be
// added, and none renamed.
var meanings = map[string]string{
	// What a row is about.
	"metric": "what is counted; further ones may be added", "value": "a number, a time, an id, or null where it is unknown; durations in seconds",
	"day": "day, YYYY-MM-DD, or unknown", "week": "ISO week, YYYY-Www, or unknown", "month": "month, YYYY-MM, or unknown", "year": "year, YYYY, or unknown",
	"weekday": "Mon to Sun, or unknown",
	"role":    "user, assistant, system, tool, or what the provider wrote",
	"model":   "what answered, as the message itself says; unknown if it does not",
	"project": "name of the project, null if in none",
	"gpt":     "id of the custom GPT or project, null if of none", "gpts/gpt": "id of the custom GPT",
	"id": "id of the conversation", "title": "title of the conversation", "url": "address of its page",
	"list/model": "the default of its model picker, which need not have answered",
	"models":     "the models that answered, in the order of the tree",
	"archived":   "its owner has archived it", "starred": "its owner has starred it",
	"state":    "what became of the row: new, gone, changed or same",
	"language": "as a fence names it, by its usual name; none if it names none",
	"domain":   "host of the cited page, without www.", "tools/tool": "name of the tool",
	"words/words": "how many words a message has: one number, FROM-TO, or FROM+", "words/from": "the least number of words of the row",

	// Messages: each node of the whole tree counts once, whatever number of branches run through it.
	"conversations": "conversations in which there is any of it",
	"messages":      "messages, each node of the whole tree once",
	"visible":       "messages that people read",
	"user":          "messages of role user", "assistant": "messages of role assistant", "tool": "messages of role tool", "system": "messages of role system",
	"other":        "messages of any other role",
	"messages_off": "messages off the current path", "share_off": "part of the messages that is off the current path, 0 to 1",
	"words": "words of visible messages", "words_user": "words of visible messages of role user", "words_assistant": "words of visible messages of role assistant",
	"words_off": "words of visible messages off the current path",
	"share":     "part of the whole, 0 to 1",
	"thinking":  "seconds of thought", "regenerated": "answers that stand beside other versions of themselves",
	"attachments":         "attached files, counted once per message",
	"daily/conversations": "conversations created on the day", "weekly/conversations": "conversations created in the week",
	"monthly/conversations": "conversations created in the month", "yearly/conversations": "conversations created in the year",
	"words/user": "visible messages of role user", "words/assistant": "visible messages of others", "words/messages": "visible messages", "words/words_assistant": "words of those of others",
	"mean": "mean number of words", "median": "median; of an even number the mean of the two in the middle", "p90": "the 90th percentile, by nearest rank", "words/longest": "words of the longest message",

	// Tokens and cost, with --tokens and --cost.
	"tokens": "tokens of visible messages", "tokens_user": "tokens of visible messages of role user", "tokens_assistant": "tokens of visible messages of role assistant",
	"tokens_off":         "tokens of visible messages off the current path",
	"tokens_sent_once":   "tokens of the prompts that the visible answers were the first to read",
	"tokens_sent_resent": "tokens of all visible messages on the way from the root to each visible answer, added up",
	"cost_once":          "US dollars for tokens_sent_once and the answers, an estimate; null without any price", "cost_resent": "US dollars for tokens_sent_resent and the answers, an estimate; null without any price",
	"unpriced":    "visible answers by models without a price, not in the cost",
	"price_input": "US dollars for a million tokens sent; null without a price", "price_output": "US dollars for a million tokens answered; null without a price",
	"priced_as": "the model of the API whose price it is, or the name in the user's list; null without a price",

	// Trees.
	"nodes": "nodes of the tree", "branches": "leaves of the tree: as many branches", "forks": "nodes with two children or more", "versions": "children of all forks",
	"versions_per_fork": "versions divided by forks", "longest_branch": "messages on the longest branch",
	"branches/current": "id of the node at which the current path ends, null if there is no node", "leaves": "ids of the leaves, in the order of the tree: one for each branch",
	"edited": "forks made by editing a prompt", "branches/regenerated": "forks made by asking for another answer",
	"choices": "forks at which answers were offered to choose from", "branched": "forks of no other kind",

	// What a search found: a row for each message and place in it.
	"in": "where it was found: text, titles, tools, thinking, files, sources or hidden", "node": "id of the node; null in titles",
	"search/role": "role of the message; null in titles", "speaker": "you, the model or the tool by name, else the role; null in titles", "time": "when the message was made; null in titles",
	"search/current": "its node is on the current path; null in titles", "branch": "number of the first of the branches it is on, in the order of the tree; null in titles", "on_branches": "how many branches it is on; null in titles",
	"search/branches": "leaves of the tree: as many branches", "version": "its number among the versions that stand beside each other; null in titles", "search/versions": "how many those are, 1 if it stands alone; null in titles",
	"matches": "matches in this place, none overlapping", "excerpts": "lines around the first of them",

	// Times, by the provider's clock.
	"created": "when it was begun", "updated": "when it was last changed", "first": "time of the first message counted", "last": "time of the last message counted",
	"from": "first day, YYYY-MM-DD", "to": "last day, YYYY-MM-DD", "days": "days in a row", "streaks/messages": "messages of role user on those days", "per_day": "messages a day",
	"hours/messages": "messages of role user on that day of the week",
	"answers":        "first answers to prompts that were timed", "median_seconds": "the median time", "mean_seconds": "the mean time", "p90_seconds": "the 90th percentile, by nearest rank", "longest_seconds": "the longest time",
	"not_counted": "answers whose times are unknown, run backwards, or lie an hour or more apart",
	"thought":     "answers before which the model thought", "thinking_seconds": "seconds of thought before them",

	// Code, tools, sources and files.
	"blocks": "blocks of code", "code/user": "blocks in prompts", "code/assistant": "blocks in answers", "tools": "blocks that a tool was asked to run",
	"lines": "lines of code", "lines_current": "lines on current paths", "code/longest": "lines of the longest block",
	"calls": "messages of the assistant that are addressed to the tool", "tools/answers": "messages of the tool", "failures": "messages that report a failure",
	"failure_rate": "part of the answers, and of calls that failed themselves, that report a failure, 0 to 1; null if there are none", "seconds": "seconds that its answers say they took", "tools/mean_seconds": "mean of the answers that tell how long they took",
	"citations": "pages cited, each once per message that cites it", "pages": "different addresses cited",
	"kind": "image, audio, video, document, data, text, code, archive or other", "files": "files, each once", "references": "messages that name them",
	"bytes": "size in bytes, as far as it is known", "size_unknown": "files whose size nobody tells", "missing": "files whose bytes are not there", "missing_bytes": "the size of those, as far as it is known",
	"list files/id": "id of the file", "name": "its name", "mime": "its media type", "list files/missing": "why its bytes are not there; null: they are",
	"conversation_id": "the first conversation, in order of ids, that names it", "list files/title": "title of that conversation",

	// What is missing, and the runs that made an archive.
	"area": "where: fetch, tree, problem, message, content or file", "what": "what is missing or odd", "count": "how often",
	"coverage/conversations": "conversations in which it is found; null where nobody knows", "example": "id of one conversation or file, the first in order",
	"run": "id of the run", "command": "what ran: fetch, import, ...; null if it left no ledger", "started": "when it began", "ended": "when it ended", "outcome": "how it ended; null if it left no ledger",
	"new": "conversations that were new", "changed": "conversations that had changed", "same": "conversations that had not", "failed": "conversations that could not be read",
	"deleted": "conversations found to be gone from the server", "records": "records added to the archive",
	"left": "conversations left for another run", "partial": "conversations got with the current branch only", "truncated": "conversations imported without their first messages",
	"files_missing": "files that the server has lost or that could not be got", "unavailable": "parts of the account that were not to be had", "problems": "lists and parts that broke off",
}
