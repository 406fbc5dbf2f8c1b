package html

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strconv"

	"gptsnap/formats/chat"
)

// What stands before and after a page in the list is known only when all pages
// are made. So it stands beside them, in tables that page.js loads: a page
// finds its own by a hash of its path, and a table of a site with 5,000 pages
// has about twenty of them.
const nearTables = 256

// neighbours writes for each page its path and, [address, title] or null, the
// one before and the one after it in order.
func neighbours(docs []chat.Summary, order []int, put func(chat.Asset) error) error {
	at := func(row int) *[2]string {
		if row < 0 || row >= len(order) {
			return nil
		}
		d := &docs[order[row]]
		return &[2]string{pathLink(d.Path), titleOf(d.Title)}
	}
	rows := make([][]int32, nearTables)
	for row, i := range order {
		n := nearTable(docs[i].Path)
		rows[n] = append(rows[n], int32(row))
	}
	for n, rows := range rows {
		if rows == nil {
			continue
		}
		table := map[string][2]*[2]string{}
		for _, row := range rows {
			table[docs[order[row]].Path] = [2]*[2]string{at(int(row) - 1), at(int(row) + 1)}
		}
		body, err := json.Marshal(table) // sorted, and fit for a script
		if err != nil {
			return fmt.Errorf("neighbours of pages: %w", err)
		}
		body = append(append([]byte("gptsnapNear("), body...), ")\n"...)
		if err := put(chat.Asset{Name: "assets/near/" + strconv.Itoa(n) + ".js", Body: body, Of: "neighbours"}); err != nil {
			return err
		}
	}
	return nil
}

func nearTable(path string) int {
	h := fnv.New32a()
	h.Write([]byte(path))
	return int(h.Sum32() % nearTables)
}
