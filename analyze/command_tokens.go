package analyze

import (
	"os"
	"strings"

	"gptsnap/formats/source"

	"github.com/urfave/cli/v2"
)

func meterFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "tokens", Usage: "count the tokens of visible text too, exactly as OpenAI's tokenizer does"},
		&cli.BoolFlag{Name: "cost", Usage: "--tokens, and an estimate of what the API would have asked for them: from each message paid once to talks sent whole with each prompt"},
		&cli.StringFlag{Name: "prices", Usage: "--cost with the prices of `FILE` before the built-in ones: a CSV of model,input,output in US dollars per million tokens"},
	}
}

// meterOf makes the meter that the flags ask for, nil if they ask for none.
func meterOf(c *cli.Context) (*Meter, error) {
	var prices *Prices
	if c.Bool("cost") || c.IsSet("prices") {
		prices = ListPrices()
	} else if !c.Bool("tokens") {
		return nil, nil
	}
	if path := c.String("prices"); c.IsSet("prices") {
		file, err := os.Open(path)
		if err != nil {
			return nil, source.Fail(source.ExitUsage, "it is a CSV that begins with: model,input,output", "--prices: %w", err)
		}
		defer file.Close()
		if prices, err = prices.With(file); err != nil {
			return nil, source.Fail(source.ExitUsage, "it is a CSV that begins with: model,input,output", "--prices %s: %w", cell(path, true), err)
		}
	}
	return NewMeter(prices)
}

// meterable fails unless one of the reports has columns of tokens, if they are
// asked for.
func meterable(c *cli.Context, chosen []report) error {
	if !c.Bool("tokens") && !c.Bool("cost") && !c.IsSet("prices") {
		return nil
	}
	var can []string
	for _, r := range reports {
		if _, ok := r.make(Options{}).(interface{ metered() bool }); !ok {
			continue
		}
		for _, one := range chosen {
			if one.name == r.name {
				return nil
			}
		}
		can = append(can, r.name)
	}
	return source.Fail(source.ExitUsage, "these have: "+strings.Join(can, ", "), "--tokens: %s has no tokens to count", chosen[0].name)
}
