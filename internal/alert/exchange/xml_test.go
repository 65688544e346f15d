package exchange

import (
	"strings"
	"testing"
)

// TestT71_NothingReadsXML: what would open a file or grow without end in an XML
// reader is text that is not JSON here, whatever it claims to be. Nothing in the
// program reads XML.
func TestT71_NothingReadsXML(t *testing.T) {
	bomb := `<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "` + strings.Repeat("lol", 100) + `">`
	for c := 'b'; c <= 'j'; c++ {
		bomb += `<!ENTITY ` + string(c) + ` "` + strings.Repeat("&"+string(c-1)+";", 10) + `">`
	}
	for name, text := range map[string]string{
		"an external entity": `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>`,
		"a parameter entity": `<!DOCTYPE x [<!ENTITY % e SYSTEM "http://127.0.0.1/"> %e;]><x/>`,
		"a bomb":             bomb + `]><x>&j;</x>`,
		"behind a mark":      "\ufeff" + `<x/>`,
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := Read(strings.NewReader(text)); err == nil || strings.Contains(err.Error(), "root:") {
				t.Errorf("taken: %v", err)
			}
		})
	}
}
