package source

import (
	"fmt"
	"strconv"
	"time"
)

// Since reads a date as --since takes it, relative ones counted from now.
func Since(s string, now time.Time) (time.Time, error) {
	from, _, err := date(s, now)
	return from, err
}

// date reads a moment as people write it: a day, an RFC 3339 time, or a span
// back from now (30d, 12w, 6m, 2y; m is a month). It returns the first instant
// of it and the first after it, so that a day may bound a range from both ends.
// A day is one of now's time zone.
func date(s string, now time.Time) (from, to time.Time, err error) {
	if t, err := time.ParseInLocation(time.DateOnly, s, now.Location()); err == nil {
		return t, t.AddDate(0, 0, 1), nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, t.Add(1), nil
	}
	if len(s) > 1 {
		if n, err := strconv.ParseUint(s[:len(s)-1], 10, 16); err == nil {
			back := -int(n)
			var t time.Time
			switch s[len(s)-1] {
			case 'd':
				t = now.AddDate(0, 0, back)
			case 'w':
				t = now.AddDate(0, 0, 7*back)
			case 'm':
				t = now.AddDate(0, back, 0)
			case 'y':
				t = now.AddDate(back, 0, 0)
			}
			if !t.IsZero() {
				return t, t.Add(1), nil
			}
		}
	}
	return from, to, fmt.Errorf("%q is no date: write 2025-03-01, 2025-03-01T12:00:00Z, or 30d, 12w, 6m, 2y ago", short(s))
}
