CREATE INDEX conversations_created ON conversations(created);
CREATE INDEX conversations_current ON conversations(current);
CREATE INDEX nodes_id ON nodes(conversation_id, id);
CREATE INDEX nodes_parent ON nodes(parent);
CREATE INDEX messages_conversation ON messages(conversation_id);
CREATE INDEX messages_created ON messages(created);
CREATE INDEX messages_model ON messages(model) WHERE model IS NOT NULL;
CREATE UNIQUE INDEX branches_number ON branches(conversation_id, number);
CREATE INDEX branches_leaf ON branches(leaf);
CREATE INDEX branches_fork ON branches(fork) WHERE fork IS NOT NULL;
CREATE INDEX messages_prompt ON messages(prompt) WHERE prompt IS NOT NULL;
CREATE INDEX files_node ON files(node);
CREATE INDEX files_key ON files(key) WHERE key IS NOT NULL;
CREATE INDEX citations_node ON citations(node);
CREATE INDEX citations_domain ON citations(domain) WHERE domain IS NOT NULL;
CREATE INDEX problems_conversation ON problems(conversation_id);
CREATE INDEX problems_node ON problems(node) WHERE node IS NOT NULL;

-- All words at once: large pieces that need no merging take half the time.
CREATE VIRTUAL TABLE messages_fts USING fts5(text, content='messages', content_rowid='node', tokenize='unicode61 remove_diacritics 2');
INSERT INTO messages_fts(messages_fts, rank) VALUES ('hashsize', 6291456), ('automerge', 0), ('crisismerge', 64);
INSERT INTO messages_fts(messages_fts) VALUES ('rebuild');
INSERT INTO messages_fts(messages_fts, rank) VALUES ('hashsize', 1048576), ('automerge', 4), ('crisismerge', 16);
CREATE VIRTUAL TABLE messages_trigram USING fts5(text, content='messages_unspaced', content_rowid='node', tokenize='trigram');
INSERT INTO messages_trigram(messages_trigram, rank) VALUES ('hashsize', 6291456), ('automerge', 0), ('crisismerge', 64);
INSERT INTO messages_trigram(messages_trigram) VALUES ('rebuild');
INSERT INTO messages_trigram(messages_trigram, rank) VALUES ('hashsize', 1048576), ('automerge', 4), ('crisismerge', 16);
