-- One ChatGPT account as a database: every conversation, every branch.
--
-- A conversation is a tree. Every node of it is a row of nodes, whether the
-- provider's page shows it or not; what was said there is the row of messages
-- with the same key. A branch is the path from a root to a leaf, and there is
-- one row for each. "Current" is what the provider's page would show.
--
-- Times are UTC as text, 2024-05-01T12:30:00.250000Z: they sort as they stand,
-- and SQLite's date functions read them. NULL is "unknown" or "none". Flags
-- are 0 or 1. Words are those of visible messages, and a message counts once,
-- however many branches run through it.
--
-- The path of one branch, from its root down:
--
--   WITH RECURSIVE path(node, parent, depth) AS (
--     SELECT n.node, n.parent, n.depth FROM branches b JOIN nodes n ON n.node = b.leaf WHERE b.branch = 1
--     UNION ALL
--     SELECT n.node, n.parent, n.depth FROM path JOIN nodes n ON n.node = path.parent)
--   SELECT role, text FROM path JOIN messages USING (node) ORDER BY depth;
--
-- Full-text search, best first (see https://sqlite.org/fts5.html):
--
--   SELECT node, conversation_id, snippet(messages_fts, 0, '[', ']', '…', 12)
--   FROM messages_fts JOIN messages ON messages.node = messages_fts.rowid
--   WHERE messages_fts MATCH 'terrace AND garden*' ORDER BY rank;
--
-- Texts in scripts without spaces between words (Chinese, Japanese, Thai, ...)
-- are also in messages_trigram, which finds any three letters and more.
--
-- PRAGMA user_version is the version of this schema: within one version
-- tables and columns are added, never renamed, and not always at the end: name
-- the columns you want. gptsnap writes a database anew each time, and so never
-- has one of an older version to bring up to date.
--
-- The same facts, by the same names, are in the Parquet data set
-- (gptsnap convert -f parquet). There a message holds as lists what has tables
-- here, and an id stands where here is the number of a node.

CREATE TABLE conversations (
  id                  TEXT NOT NULL PRIMARY KEY,
  account             TEXT NOT NULL,          -- which account it is from: --account, else the name of the archive
  title               TEXT NOT NULL,
  created             TEXT,
  updated             TEXT,
  model               TEXT,                   -- default of the picker; who answered is messages.model
  gpt                 TEXT,                   -- id of the custom GPT or project
  project             TEXT,                   -- name of the project
  url                 TEXT,
  archived            INTEGER NOT NULL,
  starred             INTEGER NOT NULL,
  partial             TEXT,                   -- why branches may be missing; NULL: all are there
  current             INTEGER REFERENCES nodes(node) DEFERRABLE INITIALLY DEFERRED,
  nodes               INTEGER NOT NULL,
  messages            INTEGER NOT NULL,       -- of the whole tree, each once
  visible             INTEGER NOT NULL,       -- of them, those that people read
  user                INTEGER NOT NULL,       -- messages by role
  assistant           INTEGER NOT NULL,
  tool                INTEGER NOT NULL,
  system              INTEGER NOT NULL,
  other               INTEGER NOT NULL,
  words_user          INTEGER NOT NULL,
  words_assistant     INTEGER NOT NULL,
  current_messages    INTEGER NOT NULL,       -- on the current path
  current_words       INTEGER NOT NULL,
  branches            INTEGER NOT NULL,
  forks               INTEGER NOT NULL,
  versions            INTEGER NOT NULL,       -- children of all forks
  forks_edited        INTEGER NOT NULL,       -- forks by what made them: an edited prompt,
  forks_regenerated   INTEGER NOT NULL,       -- another answer,
  forks_choices       INTEGER NOT NULL,       -- two answers to choose from,
  forks_mixed         INTEGER NOT NULL        -- something else
);

CREATE TABLE nodes (
  node                INTEGER PRIMARY KEY,    -- our own number, in the order of the archive
  conversation_id     TEXT NOT NULL REFERENCES conversations(id),
  id                  TEXT NOT NULL,          -- the provider's, within the conversation
  parent              INTEGER REFERENCES nodes(node) DEFERRABLE INITIALLY DEFERRED, -- NULL: a root
  position            INTEGER NOT NULL,       -- in the conversation, in the provider's order, from 0
  depth               INTEGER NOT NULL,       -- 0: a root
  version             INTEGER NOT NULL,       -- 2 of 3: the second of three siblings
  versions            INTEGER NOT NULL,
  children            INTEGER NOT NULL,       -- 0: a leaf; 2 and more: a fork
  fork                TEXT,                   -- what made the fork: edited prompt, regenerated answer, choice of answers, branched
  current             INTEGER NOT NULL        -- on the current path
);

CREATE TABLE messages (
  node                INTEGER PRIMARY KEY REFERENCES nodes(node),
  conversation_id     TEXT NOT NULL REFERENCES conversations(id),
  id                  TEXT NOT NULL,          -- the provider's; often the node's
  role                TEXT NOT NULL,          -- user, assistant, system, tool
  name                TEXT,                   -- of the tool that speaks
  recipient           TEXT,                   -- all, or the tool that is called
  channel             TEXT,
  content_type        TEXT,
  status              TEXT,
  finish              TEXT,                   -- why it ended: stop, interrupted, max_tokens, ...
  model               TEXT,                   -- what answered
  effort              TEXT,
  turn                TEXT,                   -- the same for all messages of one exchange
  created             TEXT,
  updated             TEXT,
  thinking            REAL,                   -- seconds of thought before it
  hidden              INTEGER NOT NULL,       -- the provider's page hides it
  instruction         INTEGER NOT NULL,       -- custom instructions that travel as a message
  variant             INTEGER NOT NULL,       -- offered beside another answer to choose from
  chosen              INTEGER NOT NULL,       -- the one of such answers that was taken, as far as the provider said
  weight              REAL,                   -- the provider's; NULL: it said nothing, or 0
  visible             INTEGER NOT NULL,       -- people read it: words are counted
  current             INTEGER NOT NULL,       -- on the current path
  class               TEXT NOT NULL,          -- said, thinking, tooling, setup
  words               INTEGER NOT NULL,       -- 0 unless visible
  chars               INTEGER NOT NULL,       -- code points of text
  attachments         INTEGER NOT NULL,
  failed              INTEGER NOT NULL,       -- tells of a failure of a tool
  took                REAL,                   -- seconds that the work behind it took, by its own word
  prompt              INTEGER REFERENCES nodes(node), -- of the first answer that people read below a prompt: that prompt
  thought             REAL,                   -- seconds of thought between that prompt and this answer
  unspaced            INTEGER NOT NULL,       -- text has a script without spaces: see messages_trigram
  text                TEXT NOT NULL           -- Markdown without citation markers; other parts are in parts
);

CREATE TABLE parts (                          -- what a message holds besides its text
  node                INTEGER NOT NULL REFERENCES messages(node),
  number              INTEGER NOT NULL,       -- from 1
  kind                TEXT NOT NULL,          -- code, output, thoughts, image, canvas, quote, web_page, ...
  title               TEXT,                   -- of code: the language
  text                TEXT NOT NULL,
  url                 TEXT,
  status              TEXT,
  PRIMARY KEY (node, number)
);

CREATE TABLE code (                           -- blocks of program text: fenced ones that people read, and what a tool was asked to run
  node                INTEGER NOT NULL REFERENCES messages(node),
  number              INTEGER NOT NULL,       -- from 1
  language            TEXT NOT NULL,          -- by its usual name; none: nothing names it
  lines               INTEGER NOT NULL,
  run                 INTEGER NOT NULL,       -- a tool was asked to run it
  PRIMARY KEY (node, number)
);

CREATE TABLE feedback (                       -- what the user thought of a message
  node                INTEGER NOT NULL REFERENCES messages(node),
  number              INTEGER NOT NULL,       -- from 1, in the order in which it was given
  rating              TEXT,                   -- up, down
  tags                TEXT,                   -- reasons picked from a list, as a JSON array
  text                TEXT,                   -- reasons in the user's own words
  created             TEXT,
  PRIMARY KEY (node, number)
);

CREATE TABLE branches (
  branch              INTEGER PRIMARY KEY,
  conversation_id     TEXT NOT NULL REFERENCES conversations(id),
  number              INTEGER NOT NULL,       -- from 1, in the order of the tree
  leaf                INTEGER NOT NULL REFERENCES nodes(node),
  fork                INTEGER REFERENCES nodes(node), -- where it leaves the branches before it; NULL: at its root
  current             INTEGER NOT NULL,
  nodes               INTEGER NOT NULL,       -- on the whole path
  messages            INTEGER NOT NULL,
  visible             INTEGER NOT NULL,
  own_nodes           INTEGER NOT NULL,       -- that no branch before it holds; they add up to all nodes
  own_messages        INTEGER NOT NULL,
  own_words           INTEGER NOT NULL
);

CREATE TABLE files (                          -- what a message refers to; the bytes are in the archive
  file                INTEGER PRIMARY KEY,
  node                INTEGER NOT NULL REFERENCES messages(node),
  use                 TEXT NOT NULL,          -- part, attachment, citation
  id                  TEXT,                   -- the provider's
  pointer             TEXT,
  name                TEXT,
  mime                TEXT,
  size                INTEGER,                -- bytes
  width               INTEGER,
  height              INTEGER,
  pasted              INTEGER NOT NULL,       -- the site made a file of a long text that the user pasted
  "references"        INTEGER NOT NULL,       -- how often the message refers to it so
  key                 TEXT,                   -- the same for all references to one file
  held_name           TEXT,                   -- what the archive knows of its bytes
  held_mime           TEXT,
  held_size           INTEGER,
  missing             TEXT                    -- why there are no bytes; NULL: there are
);

CREATE TABLE citations (                      -- a row for each link of each citation
  citation            INTEGER PRIMARY KEY,
  node                INTEGER NOT NULL REFERENCES messages(node),
  number              INTEGER NOT NULL,       -- of the citation in its message, from 1
  kind                TEXT NOT NULL,          -- links, words, file, images, list, sources
  label               TEXT,                   -- the words that stand in the sentence
  title               TEXT,
  url                 TEXT,
  domain              TEXT,                   -- of url, without www.
  site                TEXT,                   -- who publishes it
  date                TEXT,
  file                TEXT,                   -- pointer of a file
  lines               TEXT                    -- of that file: 12-14 for a passage
);

CREATE TABLE problems (                       -- what was odd in the data and worked around
  problem             INTEGER PRIMARY KEY,
  conversation_id     TEXT NOT NULL REFERENCES conversations(id),
  node                INTEGER REFERENCES nodes(node),
  text                TEXT NOT NULL
);

CREATE TABLE runs (                           -- runs of fetch and import that made the archive; empty if it is none
  number              INTEGER PRIMARY KEY,    -- from 1, the oldest first
  account             TEXT NOT NULL,
  run                 TEXT NOT NULL,          -- its id
  command             TEXT,                   -- fetch or import; NULL: it was killed before it could tell
  started             TEXT,
  ended               TEXT,
  outcome             TEXT,                   -- complete, incomplete, or why it ended early
  new                 INTEGER NOT NULL,       -- conversations not held before,
  changed             INTEGER NOT NULL,       -- held in another state,
  same                INTEGER NOT NULL,       -- held as they were,
  failed              INTEGER NOT NULL,       -- not to be got,
  deleted             INTEGER NOT NULL,       -- found to be deleted on the server,
  left                INTEGER NOT NULL,       -- left for another run,
  partial             INTEGER NOT NULL,       -- got with the current branch only,
  truncated           INTEGER NOT NULL,       -- imported without their first messages
  files_missing       INTEGER NOT NULL,       -- files that the server has lost, or that could not be got
  unavailable         INTEGER NOT NULL,       -- parts of the account that were not to be had
  problems            INTEGER NOT NULL,       -- lists that broke off, and the like
  records             INTEGER NOT NULL        -- added to the archive, of all kinds
);

CREATE TABLE missing (                        -- what all these runs together did not get
  number              INTEGER PRIMARY KEY,
  account             TEXT NOT NULL,
  what                TEXT NOT NULL,          -- conversation, beginning (of one), file, gone file (lost by the server), list, part (of the account)
  id                  TEXT,                   -- of the conversation or file
  why                 TEXT                    -- in a run's own words
);

CREATE VIEW messages_unspaced AS SELECT node, text FROM messages WHERE unspaced;
