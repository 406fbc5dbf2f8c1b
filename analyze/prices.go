package analyze

import (
	"bufio"
	"bytes"
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"time"
)

//go:embed prices.csv
var builtInPrices []byte

// Prices says what a token costs. It is made once and only read after.
type Prices struct {
	Date   string // of the list, YYYY-MM-DD, or "" if it does not say
	Own    bool   // rows of the user's stand in it
	models map[string]price
}

// A price is what a token costs to send and to get, and of which model of the
// API this is the price.
type price struct {
	input, output money
	as            string
}

// money is in ten-billionths of a US dollar: a token at $0.0001 a million.
// Sums of it do not depend on their order, and stop at the largest there is.
type money int64

const (
	mostPrice    = 10_000 // dollars per million tokens
	priceDigits  = 4      // behind the point
	mostPrices   = 1 << 20
	moneyDollars = 1e10
)

func (m money) plus(n money) money {
	if n > math.MaxInt64-m {
		return math.MaxInt64
	}
	return m + n
}

// times is the cost of n tokens, neither of which is below zero.
func (m money) times(n int) money {
	high, low := bits.Mul64(uint64(m), uint64(n))
	if high > 0 || low > math.MaxInt64 {
		return math.MaxInt64
	}
	return money(low)
}

// dollars is m as a value of a table.
func (m money) dollars() Dollars { return Dollars(float64(m) / moneyDollars) }

// ListPrices are the prices that are built in.
func ListPrices() *Prices {
	p := &Prices{models: map[string]price{}}
	if err := p.read(bytes.NewReader(builtInPrices)); err != nil {
		panic(fmt.Sprintf("prices.csv: %v", err)) // a test reads it
	}
	return p
}

// With is p with the rows of a user's own list over it, which is a CSV as
// prices.csv is one: model, input, output and, if there is one, as. The error
// names the line.
func (p *Prices) With(r io.Reader) (*Prices, error) {
	both := &Prices{models: map[string]price{}, Own: true}
	for name, one := range p.models {
		both.models[name] = one
	}
	err := both.read(r)
	if both.Date == "" {
		both.Date = p.Date
	}
	return both, err
}

func (p *Prices) read(r io.Reader) error {
	text, err := io.ReadAll(io.LimitReader(r, mostPrices+1))
	if err != nil {
		return err
	}
	if len(text) > mostPrices {
		return errors.New("it is longer than a list of prices can be")
	}
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		if date, ok := strings.CutPrefix(lines.Text(), "# date:"); ok {
			p.Date = strings.TrimSpace(date)
			if _, err := time.Parse(time.DateOnly, p.Date); err != nil {
				return fmt.Errorf("its date is %q, not YYYY-MM-DD", p.Date)
			}
		}
	}
	rows := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(text, []byte("\ufeff"))))
	rows.Comment, rows.FieldsPerRecord, rows.TrimLeadingSpace, rows.ReuseRecord = '#', -1, true, true
	for first := true; ; first = false {
		row, err := rows.Read()
		switch {
		case err == io.EOF && first:
			return errors.New("it has no row: the first is model,input,output")
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case first && (len(row) < 3 || !slices.Equal(row[:3], []string{"model", "input", "output"})):
			return errors.New("its first row is not model,input,output")
		case first:
			continue
		}
		line, _ := rows.FieldPos(0)
		if len(row) < 3 || strings.TrimSpace(row[0]) == "" {
			return fmt.Errorf("line %d: not a model with two prices", line)
		}
		one := price{as: strings.TrimSpace(row[0])}
		if len(row) > 3 && strings.TrimSpace(row[3]) != "" {
			one.as = strings.TrimSpace(row[3])
		}
		if one.input, err = parsePrice(row[1]); err == nil {
			one.output, err = parsePrice(row[2])
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", line, err)
		}
		p.models[plainModel(row[0])] = one
	}
}

// parsePrice reads dollars per million tokens.
func parsePrice(s string) (money, error) {
	s = strings.TrimPrefix(strings.TrimSpace(s), "$")
	whole, part, _ := strings.Cut(s, ".")
	n, err := strconv.ParseUint(whole+(part + strings.Repeat("0", priceDigits))[:max(priceDigits, len(part))], 10, 62)
	if err != nil || whole+part == "" || len(part) > priceDigits || n > mostPrice*1e4 {
		return 0, fmt.Errorf("%q is no price: dollars for a million tokens, up to %d, at most %d digits behind the point", s, mostPrice, priceDigits)
	}
	return money(n), nil
}

// plainModel is how the rows are named: as ChatGPT writes models.
func plainModel(name string) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), ".", "-")
}

// sizes are words that part models of one version, at prices of their own.
var sizes = []string{"mini", "nano", "micro", "pro", "lite", "max", "ultra", "sol", "luna", "terra", "astra"}

// of is the price of a model: of the longest row that its name begins with,
// unless what it says beyond that makes it another model.
func (p *Prices) of(model string) (price, bool) {
	model = plainModel(model)
	for name, rest := model, ""; ; {
		if one, ok := p.models[name]; ok {
			return one, !another(rest)
		}
		cut := strings.LastIndexByte(name, '-')
		if cut < 0 {
			return price{}, false
		}
		name, rest = name[:cut], model[cut:]
	}
}

// another reports whether the words at the end of a model's name speak of
// another version or size than the name without them.
func another(rest string) bool {
	for i, word := range strings.Split(rest, "-") {
		if i == 1 && len(word) < 3 && word != "" && strings.Trim(word, "0123456789") == "" || slices.Contains(sizes, word) {
			return true
		}
	}
	return false
}
