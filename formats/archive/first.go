package archive

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"crypto/sha256"
)

// The first frame of a segment holds two records that no manifest lists: a
// text that tells a stranger what the file is, and what programs must know
// before they touch it.
const (
	readmeName = "README.txt"
	infoName   = "archive.json"
	kindFirst  = "archive"

	readmeStart = "This is a gptsnap archive, format 1:"
)

const readme = readmeStart + ` raw answers of a chat service, kept for good.

No special program is needed to read it. The file is an ordinary tar archive
compressed with Zstandard (RFC 8878):

    tar --zstd -tf FILE                 lists it
    tar --zstd -xf FILE                 unpacks it
    zstd -dc FILE | tar -xOf - NAME     prints one entry

Every answer is two entries. KIND/ID/TIME.EXT holds the bytes exactly as the
service sent them. The same name with ".meta.json" added says in JSON where
they came from ("url", "status", "fetched_at"), how many they are ("size"),
their "sha256", and in which order they were stored ("seq"). An answer that
had the same bytes as an earlier one is only a meta entry, whose "same_as"
names the entry that holds the bytes. "id" is the true id; the name in the
path is written so that it is legal on every system.

runs/TIME/records.jsonl lists the answers of one run, one JSON object a line.
It can be made again from the other entries and may be ignored.

The zstd frames are independent of one another, and each is followed by a
skippable frame (magic 0x184D2A57) with its SHA-256. If the file is damaged,
"zstd -dc" gives everything before the damage.
`

// An Info is what archive.json says: the archive's identity, and what a
// program must understand before it may read or write.
type Info struct {
	Format   int       `json:"format"` // 1
	UUID     string    `json:"uuid"`
	Created  time.Time `json:"created"`
	Tool     string    `json:"tool"`
	Features struct {
		Read  []string `json:"read"`
		Write []string `json:"write"`
	} `json:"features"`
	After      string   `json:"after,omitempty"`      // UUID of the segment before, of an archive that is a folder
	Recipients []string `json:"recipients,omitempty"` // whom an encrypted archive is for
}

// The features that this version understands.
var knownFeatures = map[string]bool{}

// mayRead says why this version must not read the archive, if so.
func (i *Info) mayRead() error {
	if i.Format != 1 {
		return fmt.Errorf("archive of format %d, this version knows format 1; use a newer gptsnap", i.Format)
	}
	return missing("reading", i.Features.Read)
}

// mayWrite says why this version must not add to the archive, if so.
func (i *Info) mayWrite() error {
	if err := i.mayRead(); err != nil {
		return err
	}
	return missing("writing", i.Features.Write)
}

func missing(what string, features []string) error {
	for _, f := range features {
		if !knownFeatures[f] {
			return fmt.Errorf("%s this archive needs %.40q, which this version does not know; use a newer gptsnap", what, f)
		}
	}
	return nil
}

// firstFrame makes the first frame of a new segment and its seal.
func firstFrame(uuid [16]byte, tool string, now time.Time, more ...func(*Info)) ([]byte, error) {
	info := Info{Format: 1, UUID: uuidText(uuid), Created: now, Tool: tool}
	info.Features.Read, info.Features.Write = []string{}, []string{}
	for _, add := range more {
		add(&info)
	}
	text, err := json.MarshalIndent(info, "", "  ")
	if err != nil {
		return nil, err
	}
	var raw []byte
	for _, e := range []struct{ name, id, body string }{{readmeName, "readme", readme}, {infoName, "info", string(text) + "\n"}} {
		sum := sha256.Sum256([]byte(e.body))
		meta, err := metaJSON(&Meta{V: 1, Kind: kindFirst, ID: e.id, FetchedAt: now, Size: int64(len(e.body)), SHA256: hex.EncodeToString(sum[:])})
		if err != nil {
			return nil, err
		}
		if raw, err = appendEntry(raw, e.name, []byte(e.body), now); err != nil {
			return nil, err
		}
		if raw, err = appendEntry(raw, e.name+metaSuffix, meta, now); err != nil {
			return nil, err
		}
	}
	b := storedFrame(raw)
	s := seal{flags: flagWhole, segment: uuid, size: uint64(len(b)), raw: uint64(len(raw)), records: 2, sum: sha256.Sum256(b)}
	s.chain = s.link([32]byte{})
	return append(b, s.bytes()...), nil
}

func uuidText(u [16]byte) string {
	h := hex.EncodeToString(u[:])
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}

// info reads archive.json of a segment.
func (s *store) info(g *segment) (Info, error) {
	var info Info
	var recs []Record
	damage, err := s.scanFrames(g.first, g.first+1, collect(&recs))
	if err != nil {
		return info, err
	}
	for _, rec := range recs {
		if rec.Kind == kindFirst && rec.Path == infoName {
			b, err := s.read(rec)
			if err != nil {
				return info, err
			}
			if err := json.Unmarshal(b, &info); err != nil {
				return info, &DamageError{g.start, "archive.json is no JSON object"}
			}
			return info, nil
		}
	}
	if len(damage) > 0 {
		return info, damage[0]
	}
	return info, &DamageError{g.start, "no archive.json in the first frame"}
}

// IsArchive reports whether head, the first bytes of a file, is the beginning
// of an archive of ours. 1024 bytes are enough; with fewer than 560 it can only
// say that it looks like one, and with fewer than 300 it says no.
func IsArchive(head []byte) bool {
	n, err := frameHead(head)
	if err != nil || len(head) < n+3 || head[n]&7 != 0 { // the first block is stored, and not the last
		return false
	}
	b := head[n+3:]
	if len(b) < 265 || !bytes.HasPrefix(b, []byte(readmeName+"\x00")) || string(b[257:262]) != "ustar" {
		return false
	}
	if len(b) <= tarBlock {
		return true
	}
	text := b[tarBlock:]
	k := min(len(text), len(readmeStart))
	return string(text[:k]) == readmeStart[:k]
}
