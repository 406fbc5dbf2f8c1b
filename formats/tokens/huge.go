package tokens

const (
	window   = 1 << 14 // bytes of a huge piece that are merged at a time
	unsure   = 32      // tokens at the end of a window that what follows may change
	mostBack = 16      // tokens that are taken back where two windows do not fit
)

// mergeHuge merges a piece window by window, so that a megabyte without a
// space takes neither much memory nor a heap that is far larger than the
// processor's cache.
//
// Two sequences of tokens, each as merging makes it, are together what merging
// makes of both texts if the last token of the one and the first of the other
// stay two tokens when their text is merged by itself. So the windows need not
// overlap: the next one begins where a token ends, some way before the end of
// the last. If the two do not fit there, it begins a token earlier.
func (e *Encoding) mergeHuge(piece string, w *scratch, window int) {
	w.sure = w.sure[:0]
	var alone scratch // for two tokens by themselves
	for at, back := 0, 0; ; {
		end := min(len(piece), at+window)
		e.mergeLong(piece[at:end], w)
		if n := len(w.sure); n > 0 {
			from := int32(0)
			if n > 1 {
				from = w.sure[n-2]
			}
			if e.merge(piece[from:at+int(w.ends[0])], &alone); len(alone.ends) != 2 || int(from+alone.ends[0]) != at {
				if back++; back > mostBack || n < 2 {
					e.mergeLong(piece, w) // whatever it takes
					return
				}
				w.sure, at = w.sure[:n-1], int(from)
				continue
			}
		}
		found := w.ends
		if end < len(piece) {
			found = found[:max(1, len(found)-unsure)]
		}
		for _, k := range found {
			w.sure = append(w.sure, int32(at)+k)
		}
		if end == len(piece) {
			w.ends, w.sure = w.sure, w.ends
			return
		}
		at, back = int(w.sure[len(w.sure)-1]), 0
	}
}
