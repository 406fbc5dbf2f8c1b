package analyze

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gptsnap/formats/source"
)

func TestTheBuiltInPricesCanBeReadAndMakeSense(t *testing.T) {
	t.Parallel()
	p := ListPrices()
	if _, err := time.Parse(time.DateOnly, p.Date); err != nil || p.Own || len(p.models) < 40 {
		t.Errorf("of %q, %d models, %v", p.Date, len(p.models), err)
	}
	for name, one := range p.models {
		if one.input <= 0 || one.output < one.input || one.as == "" || name != plainModel(name) {
			t.Errorf("%s: %+v", name, one)
		}
	}
}

func TestAModelHasThePriceOfTheLongestRowUnlessItIsAnother(t *testing.T) {
	t.Parallel()
	p := ListPrices()
	for model, want := range map[string]string{
		"gpt-4o": "gpt-4o", "gpt-4o-canmore": "gpt-4o", "gpt-4o-2024-08-06": "gpt-4o", "gpt-4o-2024-05-13": "gpt-4o-2024-05-13", "gpt-4o-mini-2024-07-18": "gpt-4o-mini",
		"gpt-4": "gpt-4", "gpt-4-gizmo": "gpt-4", "gpt-4-0613": "gpt-4", "gpt-4-1106-preview": "gpt-4-1106-preview", "gpt-4-turbo-2024-04-09": "gpt-4-turbo", "gpt-4-1": "gpt-4.1", "gpt-4.1-mini": "gpt-4.1-mini", "gpt-4-5": "gpt-4.5-preview",
		"text-davinci-002-render-sha": "gpt-3.5-turbo", "gpt-3.5-turbo": "gpt-3.5-turbo", "o3-mini-high": "o3-mini", "o4-mini-high": "o4-mini", "o1-preview": "o1-preview", "research": "o3-deep-research",
		"gpt-5": "gpt-5", "gpt-5-thinking": "gpt-5", "gpt-5-2-thinking": "gpt-5.2", "GPT-5.2-Pro": "gpt-5.2-pro", "gpt-5-6-thinking": "gpt-5.6-sol", "gpt-6.2-sol": "gpt-6.2-sol",
		"": "", "unknown": "", "auto": "", "agent-mode": "", "gpt": "", "gpt-5-7": "", "gpt-5-11-thinking": "", "gpt-5-6-pro": "", "gpt-5-2-mini": "", "gpt-6": "", "gpt-7-sol": "", "o5": "", "gpt-40": "", "-": "", "---": "",
	} {
		one, ok := p.of(model)
		if ok != (want != "") || ok && one.as != want {
			t.Errorf("%q is priced as %q (%v), want %q", model, one.as, ok, want)
		}
	}
}

func TestOwnPricesGoBeforeTheBuiltInOnes(t *testing.T) {
	t.Parallel()
	p, err := ListPrices().With(strings.NewReader("\ufeffmodel,input,output,as,note\n# a comment\nGPT-5.7, $1.5 ,.5\ngpt-4,0,0.0001,free,\"x, y\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	for model, want := range map[string]price{
		"gpt-5-7-thinking": {15000, 5000, "GPT-5.7"}, "gpt-4": {0, 1, "free"}, "gpt-4o": {25000, 100000, "gpt-4o"},
	} {
		if one, ok := p.of(model); !ok || one != want {
			t.Errorf("%s: %+v, %v", model, one, ok)
		}
	}
	if one, _ := ListPrices().of("gpt-4"); one.input == 0 || !p.Own || p.Date != ListPrices().Date {
		t.Error("the list itself has changed")
	}
	dated, err := ListPrices().With(strings.NewReader("# date: 2030-01-02\nmodel,input,output\n"))
	if err != nil || dated.Date != "2030-01-02" {
		t.Errorf("%+v, %v", dated.Date, err)
	}
}

func TestAListThatIsNoneIsRefusedWithItsLine(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "no row", "gpt-4,1,2\n": "first row", "model,input,output\ngpt-4,1\n": "line 2", "model,input,output\n\n# x\n,1,2\n": "line 4",
		"model,input,output\ngpt-4,,2\n": `""`, "model,input,output\ngpt-4,.,2\n": `"."`, "model,input,output\ngpt-4,-1,2\n": "line 2", "model,input,output\ngpt-4,1,1e3\n": "line 2", "model,input,output\ngpt-4,1,10000.0001\n": "10000",
		"model,input,output\ngpt-4,0.00001,1\n": "4 digits", "model,input,output\ngpt-4,99999999999999999999,1\n": "line 2", "model,input,output\n\"gpt-4,1,1\n": "\"", "# date: soon\nmodel,input,output\n": "YYYY-MM-DD",
		"model,input,output\n" + strings.Repeat("x", mostPrices): "longer",
	} {
		if _, err := ListPrices().With(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %q", text, err, want)
		}
	}
}

func TestMoneyStopsAtTheLargestThereIs(t *testing.T) {
	t.Parallel()
	big := money(mostPrice * 1e4)
	if got := big.times(math.MaxInt64 / 2); got != math.MaxInt64 {
		t.Error(got)
	}
	if got := money(math.MaxInt64 - 3).plus(5); got != math.MaxInt64 {
		t.Error(got)
	}
	if got := money(25000).times(1_000_000).dollars(); got != 2.5 {
		t.Error(got)
	}
	s := Screen{Unicode: true}
	for v, want := range map[Dollars]string{0: "$0.00", 0.004999: "<$0.01", 0.005: "$0.01", 0.994: "$0.99", 0.999: "$1.00", 1234567.891: "$1\u2009234\u2009567.89", -2.5: "-$2.50", -0.001: "-<$0.01", money(math.MaxInt64).dollars(): "$922\u2009337\u2009203.69"} {
		if got := s.show(v, Column{}); got != want {
			t.Errorf("%v is %q, want %q", float64(v), got, want)
		}
	}
	if got := (Screen{}).show(Span{1, 2}, Column{}) + s.show(Span{1, 2}, Column{}) + s.show(Span{1, 1.001}, Column{}); got != "$1.00-$2.00$1.00–$2.00$1.00" {
		t.Error(got)
	}
}

func TestTokensAndCostOnTheCommandLine(t *testing.T) {
	t.Parallel()
	in := samples + "02-branches-regenerate-edit.json"
	own := filepath.Join(t.TempDir(), "own.csv")
	if err := os.WriteFile(own, []byte("model,input,output\ngpt-5,10000,10000\ngpt-4o,10000,10000\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	plain := jsonOf(t, "analyze", "-f", "json", "-a", in, "models")
	counted := jsonOf(t, "analyze", "--tokens", "-f", "json", "-a", in, "models")
	cost := jsonOf(t, "analyze", "--cost", "-f", "json", "-a", in, "models")
	dear := jsonOf(t, "analyze", "--prices", own, "-f", "json", "-a", in, "models")
	if len(plain.Columns) >= len(counted.Columns) || len(counted.Columns) >= len(cost.Columns) || counted.Total["cost_once"] != nil || cost.Total["cost_once"] == nil {
		t.Errorf("%v\n%v\n%v", plain.Columns, counted.Columns, cost.Columns)
	}
	if cost.Total["tokens"] != counted.Total["tokens"] || dear.Total["cost_once"].(float64) <= 10*cost.Total["cost_once"].(float64) {
		t.Errorf("%v\n%v\n%v", counted.Total, cost.Total, dear.Total)
	}
	out, _, _ := gptsnap(t, "analyze", "--cost", "-a", in, "models")
	if !strings.Contains(out, "estimate") || !strings.Contains(out, ListPrices().Date) || !strings.Contains(out, "Est. cost") {
		t.Errorf("nothing says that it is an estimate:\n%s", out)
	}
	out, _, code := gptsnap(t, "analyze", "--cost", "-f", "csv", "-a", in, "models")
	if header, _, _ := strings.Cut(out, "\r\n"); code != 0 || !strings.Contains(header, ",cost_once,cost_resent,unpriced,price_input,price_output,priced_as") {
		t.Errorf("%s", out)
	}
	for _, k := range []struct{ args, want string }{
		{"analyze --tokens -a IN hours", "overview"}, {"analyze --cost -a IN streaks", "overview"},
		{"analyze -a IN --prices " + filepath.Join("nosuch", "prices.csv"), "model,input,output"}, {"analyze -a IN --prices " + in, "model,input,output"},
	} {
		if out, log, code := gptsnap(t, strings.Fields(strings.ReplaceAll(k.args, "IN", in))...); code != source.ExitUsage || out != "" || !strings.Contains(log, k.want) {
			t.Errorf("%s: code %d %s%s", k.args, code, out, log)
		}
	}
	if _, log, code := gptsnap(t, "analyze", "--cost", "-f", "json", "-a", in, "all"); code != 0 {
		t.Errorf("code %d: %s", code, log)
	}
	if _, log, code := gptsnap(t, "analyze", "--by", "model", "--cost", "-a", in, "monthly"); code != 0 {
		t.Errorf("code %d: %s", code, log)
	}
}

func FuzzPrices(f *testing.F) {
	f.Add("model,input,output\ngpt-4,1,2\n", "gpt-4-turbo")
	f.Add("# date: 2026-01-02\nmodel,input,output,as\n\"a-b\", $.5 ,10000,x\n", "A.B-1-2-3")
	f.Fuzz(func(t *testing.T, list, model string) {
		p, err := ListPrices().With(strings.NewReader(list))
		if err != nil {
			return
		}
		if one, ok := p.of(model); ok && (one.input < 0 || one.output < 0 || one.input > mostPrice*1e4 || one.output > mostPrice*1e4 || one.as == "") {
			t.Errorf("%q is %+v by %q", model, one, list)
		}
	})
}
