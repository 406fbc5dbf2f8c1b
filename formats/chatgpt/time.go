package chatgpt

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// ParseTime reads one JSON value as a time. A number, or a string that holds
// one, is Unix seconds, or milliseconds if it is above 1e11; its decimal
// digits are kept to the nanosecond. Other strings are read as ISO 8601,
// without a zone as UTC. Anything else, and what lies outside the years 1 to
// 9999, is unknown. The result is in UTC.
func ParseTime(raw string) (time.Time, bool) {
	raw = strings.TrimSpace(raw)
	if t, ok := plainTime(raw); ok {
		return t, true
	}
	if len(raw) >= 2 && raw[0] == '"' && raw[len(raw)-1] == '"' {
		raw = strings.TrimSpace(unescape([]byte(raw[1 : len(raw)-1])))
	}
	t, ok := unixTime(raw)
	if !ok {
		t, ok = isoTime(raw)
	}
	if !ok || t.Year() < 1 || t.Year() > 9999 {
		return time.Time{}, false
	}
	return t, true
}

// plainTime reads what nearly every time is: seconds in up to 11 digits, and
// perhaps decimals.
func plainTime(s string) (time.Time, bool) {
	seconds, i := int64(0), 0
	for ; i < len(s) && i < 11 && s[i]-'0' <= 9; i++ {
		seconds = seconds*10 + int64(s[i]-'0')
	}
	if i == 0 || i < len(s) && s[i] != '.' || i+1 == len(s) {
		return time.Time{}, false
	}
	nano, unit := int64(0), int64(1e8)
	for i++; i < len(s); i++ {
		if s[i]-'0' > 9 {
			return time.Time{}, false
		}
		nano += int64(s[i]-'0') * unit
		unit /= 10
	}
	return time.Unix(seconds, nano).UTC(), true
}

// unixTime reads digits, perhaps with a sign, a fraction and an exponent.
func unixTime(s string) (time.Time, bool) {
	number, negative := strings.CutPrefix(s, "-")
	whole, fraction, _ := strings.Cut(number, ".")
	if !allDigits(whole) || fraction != "" && !allDigits(fraction) {
		return exponentTime(s)
	}
	seconds, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return time.Time{}, false
	}
	if seconds > 1e11 || seconds == 1e11 && strings.Trim(fraction, "0") != "" { // milliseconds: the point moves three places left
		fraction = whole[len(whole)-3:] + fraction
		seconds /= 1000
	}
	nano, _ := strconv.ParseInt((fraction + "000000000")[:9], 10, 64)
	if negative {
		seconds, nano = -seconds, -nano
	}
	if seconds > math.MaxInt32*1000 || seconds < -math.MaxInt32*1000 {
		return time.Time{}, false
	}
	return time.Unix(seconds, nano).UTC(), true
}

// exponentTime reads numbers such as 1.7e9, which no server was seen to write.
func exponentTime(s string) (time.Time, bool) {
	if !strings.ContainsAny(s, "eE") || strings.Trim(s, "0123456789.+-eE") != "" {
		return time.Time{}, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.Abs(f) > 1e15 {
		return time.Time{}, false
	}
	return unixTime(strconv.FormatFloat(f, 'f', 9, 64))
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func isoTime(s string) (time.Time, bool) {
	if len(s) < len("2006-01-02") || len(s) > 64 {
		return time.Time{}, false
	}
	s = strings.Replace(s, " ", "T", 1)
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05Z07", "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// when is ParseTime with the zero time for unknown.
func when(raw []byte) time.Time {
	t, _ := ParseTime(alias(raw))
	return t
}
