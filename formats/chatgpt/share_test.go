package chatgpt

import (
	"bytes"
	"testing"
)

// FuzzSharePage: whatever a page says, what is made of it is JSON of a bounded
// size, or an error.
func FuzzSharePage(f *testing.F) {
	f.Add([]byte(`<script id="__NEXT_DATA__">{"props":{"pageProps":{"serverResponse":{"data":{"mapping":{}}}}}}</script>`))
	f.Add([]byte(`streamController.enqueue("[{\"_1\":2,\"_3\":4},\"mapping\",{},\"current_node\",[\"D\",1700000000000]]\n")`))
	f.Add([]byte(`streamController.enqueue("[{\"_1\":2,\"_3\":0},\"mapping\",{\"_1\":2},\"current_node\"]\n")`))
	f.Add([]byte(`streamController.enqueue("[[1,1],[2,2],[0,0]]\n")`))
	f.Fuzz(func(t *testing.T, page []byte) {
		raw, err := SharePage(page)
		if err != nil {
			return
		}
		if !Valid(raw) || len(raw) > 64*len(page)+2<<20 {
			t.Fatalf("%d bytes: %.200q", len(raw), raw)
		}
		head, err := Peek(raw)
		if err != nil || !head.HasMapping {
			t.Fatalf("%+v %v", head, err)
		}
		if again, err := SharePage(page); err != nil || !bytes.Equal(raw, again) {
			t.Fatal("twice is not the same")
		}
	})
}

func TestAccountsAreReadOnceEach(t *testing.T) {
	t.Parallel()
	all, standard, err := DecodeAccounts([]byte(`{"accounts":{"a-1":{"account":{"account_id":"a-1","account_user_id":"user-X__a-1","structure":"personal","plan_type":"plus"}},
"default":{"account":{"account_id":"a-1"}},"a-2":{"account":{"account_id":"a-2","account_user_id":"user-X__a-2","structure":"workspace","name":"Team"}},"odd":7},"account_ordering":["a-2"]}`))
	if err != nil || standard != "a-1" || len(all) != 2 || all[0].User != "user-X" || all[1].Name != "Team" || all[1].User != "user-X" {
		t.Errorf("%v %q %+v", err, standard, all)
	}
	if _, standard, err = DecodeAccounts([]byte(`{"accounts":{},"account_ordering":["a-2"]}`)); err != nil || standard != "a-2" {
		t.Errorf("%v %q", err, standard)
	}
	if _, _, err = DecodeAccounts([]byte(`{"detail":"no"}`)); err == nil {
		t.Error("an error was taken for accounts")
	}
}

func TestADownloadSaysWhyThereIsNone(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]Download{
		`{"status":"success","download_url":"https://x/y","file_name":"a.png","mime_type":"image/png","file_size_bytes":9}`: {URL: "https://x/y", Name: "a.png", MIME: "image/png", Size: 9},
		`{"status":"error","error_code":"ace_pod_expired","error_message":"Gone"}`:                                          {Failure: "ace_pod_expired: Gone"},
		`{"status":"error","error_code":"file_not_found","error_message":null,"download_url":"https://x"}`:                  {Failure: "file_not_found"},
		`{"detail":{"message":"No","code":"x"}}`:                                                                            {Failure: "x: No"},
		`{}`:                                                                                                                {Failure: "the server gives no address"},
	} {
		if got, err := DecodeDownload([]byte(raw)); err != nil || got != want {
			t.Errorf("%s: %v %+v", raw, err, got)
		}
	}
	if _, err := DecodeDownload([]byte(`[1]`)); err == nil {
		t.Error("an array was taken")
	}
}
