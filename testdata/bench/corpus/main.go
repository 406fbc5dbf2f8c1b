// Command corpus writes an invented account as one JSON file, the input of
// every figure on speed and memory that the project states:
//
//	go run ./testdata/bench/corpus -n 5000 -o medium.json
//	go run ./testdata/bench/corpus -n 5000 -official -o conversations.json
//
// The same flags give the same bytes.
package main

import (
	"flag"
	"fmt"
	"os"

	"gptsnap/formats/chat/chattest"
)

func main() {
	flags := flag.NewFlagSet("corpus", flag.ExitOnError)
	var o chattest.CorpusOptions
	flags.IntVar(&o.Conversations, "n", 5000, "how many conversations")
	flags.Uint64Var(&o.Seed, "seed", 1, "another seed, another account")
	flags.BoolVar(&o.Official, "official", false, "with \\u escapes, as in an official export")
	name := flags.String("o", "-", "the file to write, - for standard output")
	flags.Parse(os.Args[1:])
	if err := write(*name, o); err != nil {
		fmt.Fprintln(os.Stderr, "corpus:", err)
		os.Exit(1)
	}
}

func write(name string, o chattest.CorpusOptions) error {
	if name == "-" {
		return chattest.WriteCorpus(os.Stdout, o)
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := chattest.WriteCorpus(f, o); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
