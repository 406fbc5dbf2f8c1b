package fetch

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/coder/websocket"
)

// This file is how a browser's debugging port is spoken to; what is said, is
// in browser.go.

// connect finds the tab and attaches to it; mu is held.
func (b *browser) connect(ctx context.Context) error {
	list := "http://" + b.at.Host + "/json/list"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, list, nil)
	if err != nil {
		return err
	}
	// Never through a proxy, and never anywhere else: it is this machine.
	port := &http.Client{Transport: &http.Transport{DisableKeepAlives: true, MaxResponseHeaderBytes: 64 << 10},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := port.Do(req)
	if err != nil {
		return bare(err)
	}
	defer resp.Body.Close()
	var tabs []struct {
		Type, URL string
		Socket    string `json:"webSocketDebuggerUrl"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, 16<<20)).Decode(&tabs); err != nil {
		return fmt.Errorf("it does not answer as a browser's debugging port does: %w", err)
	}
	for _, t := range tabs {
		if t.Type != "page" || t.URL != b.origin && !strings.HasPrefix(t.URL, b.origin+"/") {
			continue
		}
		socket, err := url.Parse(t.Socket)
		if err != nil || !strings.HasPrefix(socket.Path, "/devtools/page/") {
			continue
		}
		conn, _, err := websocket.Dial(ctx, "ws://"+b.at.Host+socket.Path, &websocket.DialOptions{HTTPClient: port})
		if err != nil {
			return fmt.Errorf("attaching to the tab: %w", err)
		}
		conn.SetReadLimit(8 * sliceSize)
		b.conn, b.world = conn, 0
		return nil
	}
	return fmt.Errorf("no tab of it shows %s", b.origin)
}

// call sends one command and waits for its answer; mu is held.
func (b *browser) call(ctx context.Context, method string, params, result any) error {
	if b.conn == nil {
		if err := b.connect(ctx); err != nil {
			return err
		}
	}
	b.counter++
	raw, err := json.Marshal(map[string]any{"id": b.counter, "method": method, "params": params})
	if err != nil {
		return err
	}
	if err := b.conn.Write(ctx, websocket.MessageText, raw); err != nil {
		b.drop()
		return fmt.Errorf("the browser hung up: %w", err)
	}
	for {
		_, raw, err := b.conn.Read(ctx)
		if err != nil {
			b.drop()
			return fmt.Errorf("the browser hung up: %w", err)
		}
		var m struct {
			ID     int
			Result json.RawMessage
			Error  *struct{ Message string }
		}
		if err := json.Unmarshal(raw, &m); err != nil {
			return fmt.Errorf("the browser answers %s with what is no JSON", method)
		}
		switch {
		case m.ID != b.counter: // an event, or the answer to what was given up
		case m.Error != nil:
			return &protocolError{method, m.Error.Message}
		default:
			return json.Unmarshal(m.Result, result)
		}
	}
}

type protocolError struct{ method, text string }

func (e *protocolError) Error() string {
	return fmt.Sprintf("the browser refuses %s: %s", e.method, clean(e.text))
}

func (b *browser) drop() {
	if b.conn != nil {
		_ = b.conn.CloseNow() // it is of no more use whatever this answers
	}
	b.conn, b.world = nil, 0
}
