package source

import (
	"fmt"
	"strconv"
	"strings"
)

// ParseSize reads a number of bytes with or without a unit: 1000, 200MB, 1GiB.
func ParseSize(s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	number := strings.TrimRight(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ")
	factor, ok := map[string]float64{"": 1, "b": 1, "k": 1e3, "kb": 1e3, "m": 1e6, "mb": 1e6, "g": 1e9, "gb": 1e9, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30}[strings.ToLower(strings.TrimSpace(s[len(number):]))]
	n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || !ok || !(n*factor >= 1) || n*factor > 1<<50 {
		return 0, fmt.Errorf("%q is no size; write 200MB or 1GiB", s)
	}
	return int64(n * factor), nil
}
