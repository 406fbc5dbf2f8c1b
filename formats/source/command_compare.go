package source

import (
	"slices"
	"time"

	"github.com/urfave/cli/v2"
)

// TwoFromArgs opens what -a names twice, for a command that compares: as the
// archive knew the account at the date then, and as it knew it at the one that
// --at gives or, without it, knows it now. Either leaves out what had been
// deleted on the server by that time, so that a deletion between them shows.
// A selector need name something in only one of the two. Close both.
func TwoFromArgs(c *cli.Context, selectors []string, then string) (before, after *Source, err error) {
	sel, err := selection(c, selectors)
	if err != nil {
		return nil, nil, err
	}
	sel.present = !sel.Deleted
	zone, err := zoneOf(c)
	if err != nil {
		return nil, nil, err
	}
	times := []time.Time{{}, {}} // zero: whatever is in the archive
	now := time.Now().In(zone)
	for i, flag := range [][2]string{{"--compare", then}, {"--at", c.String("at")}} {
		if flag[1] == "" && i == 1 {
			continue
		}
		if _, times[i], err = date(flag[1], now); err != nil {
			return nil, nil, Fail(ExitUsage, "", "%s: %w", flag[0], err)
		}
	}
	if !times[1].IsZero() && !times[0].Before(times[1]) {
		return nil, nil, Fail(ExitUsage, "--compare is the earlier state", "--compare %s is not before --at %s", then, c.String("at"))
	}
	var states [2]*Source
	defer func() {
		for _, s := range states {
			if err != nil && s != nil {
				s.Close()
			}
		}
	}()
	for i, at := range times {
		if states[i], err = openAt(c.String("archive"), at, Keys(c)); err != nil {
			return nil, nil, err
		}
	}
	own, err := shared(sel.IDs, states)
	if err != nil {
		return nil, nil, err
	}
	var chosen [2]*Source
	for i, s := range states {
		mine := sel
		mine.IDs = own[i]
		if len(sel.IDs) > 0 && len(mine.IDs) == 0 {
			chosen[i] = s.narrowed(make([]bool, s.index.len), nil)
		} else if chosen[i], err = s.Select(mine); err != nil {
			return nil, nil, err
		}
	}
	return chosen[0], chosen[1], nil
}

// shared parts selectors by the states in which they name something.
func shared(selectors []string, states [2]*Source) (own [2][]string, err error) {
	if len(selectors) == 0 {
		return own, nil
	}
	var known [2][]string
	for i, s := range states {
		if known[i], err = s.ids(); err != nil {
			return own, err
		}
	}
	found, err := resolve(selectors, slices.Compact(slices.Sorted(slices.Values(slices.Concat(known[0], known[1])))))
	if err != nil {
		return own, err
	}
	for i := range states {
		for _, id := range known[i] {
			if found[id] {
				own[i] = append(own[i], id)
			}
		}
	}
	return own, nil
}
