package organisation

import "testing"

func TestTheRecordKeepsTheOldName(t *testing.T) {
	for _, c := range []struct {
		claim    string
		was, is  string
		renamed  bool
		wantName string
	}{
		{"a new code had no name", "", "Trust A", false, ""},
		{"the same name is not said", "Trust A", "Trust A", false, ""},
		{"another name is read back whole", "Trust. The name was A, B", "Trust C", true, "Trust. The name was A, B"},
	} {
		t.Run(c.claim, func(t *testing.T) {
			name, renamed := WasCalled(Change{Was: Organisation{Name: c.was}, Is: Organisation{Name: c.is}}.Said())
			if renamed != c.renamed || (renamed && name != c.wantName) {
				t.Errorf("read back as %q, %v", name, renamed)
			}
		})
	}
}
