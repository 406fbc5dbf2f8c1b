package convert

import (
	"path/filepath"
	"strings"

	"gptsnap/formats/parquet"
	"gptsnap/formats/sqlite"
)

// A Gathering says how a data set is to be made.
type Gathering struct {
	Account   string // stands in the rows, so that data sets of many accounts can be one
	Partition string // none, or month: a folder for each
}

// A dataSet is one way to write all conversations together.
type dataSet struct {
	name, about string
	output      string // where it goes unless -o says so
	open        func(path string, g Gathering) (Collector, error)
}

// dataSets is the table of them: a new one is a folder under formats/ and a
// row here. They hold every node of every tree, so the flags that choose what
// documents show do not concern them.
var dataSets = []dataSet{
	{"sqlite", "a database with every branch and full-text search", "chatgpt.db", func(path string, g Gathering) (Collector, error) {
		at, err := fileAt(path)
		if err != nil {
			return nil, err
		}
		return sqlite.Create(at, sqlite.Options{Account: g.Account})
	}},
	{"parquet", "tables for DuckDB, Spark and others; one file each, or see --partition", "chatgpt-parquet", func(path string, g Gathering) (Collector, error) {
		return parquet.Create(path, parquet.Options{Account: g.Account, ByMonth: g.Partition == "month"})
	}},
}

func dataSetNamed(name string) *dataSet {
	for i := range dataSets {
		if dataSets[i].name == name {
			return &dataSets[i]
		}
	}
	return nil
}

// allNames are the names of formats and data sets, in the order of the help.
func allNames() []string {
	names := formatNames()
	for _, s := range dataSets {
		names = append(names, s.name)
	}
	return names
}

// endings are what names of inputs end with, and accounts do not.
var endings = []string{".tar.zst", ".tar", ".zst", ".zip", ".json", ".har"}

// accountOf makes the name of an account of an archive's path. Only known
// endings go: ada.lovelace.tar.zst and ada.smith.tar.zst are two accounts.
func accountOf(path string) string {
	name := filepath.Base(filepath.Clean(path))
	for _, e := range endings {
		if n := len(name) - len(e); n > 0 && strings.EqualFold(name[n:], e) {
			return name[:n]
		}
	}
	if name = strings.Trim(name, "./\\"); name == "" {
		return "chatgpt"
	}
	return name
}
