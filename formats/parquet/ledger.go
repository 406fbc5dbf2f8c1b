package parquet

import "gptsnap/formats/rows"

// run is a row of the table runs.
type run struct {
	Account      string `parquet:"account,dict"`
	Number       int32  `parquet:"number"`
	Run          string `parquet:"run"`
	Command      string `parquet:"command,optional,dict"`
	Started      *int64 `parquet:"started,optional,timestamp(microsecond)"`
	Ended        *int64 `parquet:"ended,optional,timestamp(microsecond)"`
	Outcome      string `parquet:"outcome,optional"`
	New          int32  `parquet:"new"`
	Changed      int32  `parquet:"changed"`
	Same         int32  `parquet:"same"`
	Failed       int32  `parquet:"failed"`
	Deleted      int32  `parquet:"deleted"`
	Left         int32  `parquet:"left"`
	Partial      int32  `parquet:"partial"`
	Truncated    int32  `parquet:"truncated"`
	FilesMissing int32  `parquet:"files_missing"`
	Unavailable  int32  `parquet:"unavailable"`
	Problems     int32  `parquet:"problems"`
	Records      int64  `parquet:"records"`
}

// lack is a row of the table missing.
type lack struct {
	Account string `parquet:"account,dict"`
	What    string `parquet:"what,dict"`
	ID      string `parquet:"id,optional"`
	Why     string `parquet:"why,optional"`
}

// Ledger writes what the archive tells of the runs that made it. Without a
// call the two tables have no rows.
func (w *Writer) Ledger(l rows.Ledger) error {
	for i, r := range l.Runs {
		row := run{Account: w.account, Number: int32(i + 1), Run: r.Run, Command: r.Command, Started: micros(r.Started), Ended: micros(r.Ended),
			Outcome: r.Outcome, New: int32(r.New), Changed: int32(r.Changed), Same: int32(r.Same), Failed: int32(r.Failed), Deleted: int32(r.Deleted),
			Left: int32(r.Left), Partial: int32(r.Partial), Truncated: int32(r.Truncated), FilesMissing: int32(r.FilesMissing),
			Unavailable: int32(r.Unavailable), Problems: int32(r.Problems), Records: int64(r.Records)}
		if err := w.runs.write("", &row); err != nil {
			return err
		}
	}
	for _, k := range l.Lacks {
		if err := w.missing.write("", &lack{w.account, k.What, k.ID, k.Why}); err != nil {
			return err
		}
	}
	return nil
}
