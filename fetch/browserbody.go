package fetch

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
)

// tabBody is the body of an answer that lies in the tab's memory. It is taken
// over in slices, so that a large file is never in ours as a whole.
type tabBody struct {
	b      *browser
	ctx    context.Context // of the request, whose body this is
	object string
	size   int64 // of the whole
	taken  int64
	slice  []byte // what of the last slice was not read yet
}

const slice = `function(from, to) {
  let text = "";
  for (let i = from; i < to; i += 8192) text += String.fromCharCode.apply(null, this.body.subarray(i, Math.min(to, i + 8192)));
  return btoa(text);
}`

func (t *tabBody) Read(p []byte) (int, error) {
	if len(t.slice) == 0 {
		if t.taken == t.size {
			return 0, io.EOF
		}
		end := min(t.size, t.taken+sliceSize)
		var text string
		t.b.mu.Lock()
		err := t.b.ask(t.ctx, t.object, slice, []any{t.taken, end}, &text)
		t.b.mu.Unlock()
		if err != nil {
			return 0, err
		}
		if t.slice, err = base64.StdEncoding.DecodeString(text); err != nil || int64(len(t.slice)) != end-t.taken {
			return 0, fmt.Errorf("the tab gave %d bytes of its answer instead of %d", len(t.slice), end-t.taken)
		}
		t.taken = end
	}
	n := copy(p, t.slice)
	t.slice = t.slice[n:]
	return n, nil
}

// Close lets the tab forget the answer.
func (t *tabBody) Close() error {
	t.b.mu.Lock()
	defer t.b.mu.Unlock()
	if t.b.conn == nil {
		return nil // forgotten with the connection
	}
	var nothing struct{}
	return t.b.call(context.WithoutCancel(t.ctx), "Runtime.releaseObject", map[string]any{"objectId": t.object}, &nothing)
}
