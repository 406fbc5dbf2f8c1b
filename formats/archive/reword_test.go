package archive

import "testing"

func TestAMetaEntryThatIsNullIsAnError(t *testing.T) {
	if got, err := reword([]byte("null"), &Meta{Size: 1}); err == nil {
		t.Errorf("%s", got)
	}
}
