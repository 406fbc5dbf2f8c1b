package keep

import (
	"fmt"
	"strings"
	"time"

	"gptsnap/formats/archive"
)

// rescueSheet is what a repair could not save, as the command prints it.
func rescueSheet(r *archive.Rescue) *sheet {
	s := &sheet{report: "repair", scope: map[string]any{"source": "archive"},
		columns: []string{"kind", "id", "url", "fetched"}, rows: []map[string]any{}}
	for _, l := range r.Lost {
		s.rows = append(s.rows, map[string]any{"kind": l.Kind, "id": l.ID, "url": l.URL, "fetched": l.FetchedAt.Format(time.RFC3339)})
	}
	s.total = map[string]any{"records": r.Records, "frames": r.Frames, "salvaged": r.Salvaged, "lost": len(r.Lost), "unknown": r.Unknown}
	return s
}

// saved says in a line what a repair did.
func saved(r *archive.Rescue, dst string) string {
	s := fmt.Sprintf("%s: %s saved (%s copied whole", dst, count(r.Records, "record"), count(r.Frames, "frame"))
	if r.Salvaged > 0 {
		s += fmt.Sprintf(", %s taken out of damaged places", count(r.Salvaged, "record"))
	}
	s += "); "
	if len(r.Missing) > 0 {
		return s + "lost with files of the folder: " + strings.Join(r.Missing, "; ")
	}
	switch {
	case len(r.Lost) == 0 && r.Unknown == 0:
		return s + "nothing is lost"
	case r.Unknown == 0:
		return s + count(len(r.Lost), "record") + " lost, named above and in the new file"
	}
	return s + fmt.Sprintf("%s lost and named above, %d more of which only the number is known", count(len(r.Lost), "record"), r.Unknown)
}
