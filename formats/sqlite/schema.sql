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
-- tables and columns are added, never renamed.

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
  visible             INTEGER NOT NULL,       -- people read it: words are counted
  current             INTEGER NOT NULL,       -- on the current path
  class               TEXT NOT NULL,          -- said, thinking, tooling, setup
  words               INTEGER NOT NULL,       -- 0 unless visible
  chars               INTEGER NOT NULL,       -- code points of text
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

CREATE TABLE files (                          -- references; the bytes are in the archive
  file                INTEGER PRIMARY KEY,
  node                INTEGER NOT NULL REFERENCES messages(node),
  use                 TEXT NOT NULL,          -- part, attachment, citation
  id                  TEXT,                   -- the provider's
  pointer             TEXT,
  name                TEXT,
  mime                TEXT,
  size                INTEGER,                -- bytes
  width               INTEGER,
  height              INTEGER
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
  file                TEXT                    -- pointer of a file
);

CREATE TABLE problems (                       -- what was odd in the data and worked around
  problem             INTEGER PRIMARY KEY,
  conversation_id     TEXT NOT NULL REFERENCES conversations(id),
  node                INTEGER REFERENCES nodes(node),
  text                TEXT NOT NULL
);

CREATE VIEW messages_unspaced AS SELECT node, text FROM messages WHERE unspaced;
