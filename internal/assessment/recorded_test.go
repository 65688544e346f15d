package assessment

import (
	"testing"
	"time"

	"countersign/internal/access"
)

// Every level of every outcome that comes with the program is read back from
// the sentence that Record writes of it.
func TestRecordedIsReadBack(t *testing.T) {
	frameworks, _, err := BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range frameworks {
		for _, o := range f.Outcomes() {
			for _, level := range Levels {
				for _, was := range Levels {
					_, e, err := Assessment{Framework: f.ID}.Record(access.Pass{}, f, Answer{Outcome: o.Code, Level: was, By: "Ann"}, level, "", "e", time.Time{})
					if err != nil {
						continue // no level of this outcome
					}
					n++
					if code, got, ok := Recorded(f, e.Detail); !ok || code != o.Code || got != level {
						t.Errorf("%q is read as %s %s %v", e.Detail, code, got, ok)
					}
				}
			}
		}
	}
	if n < 500 {
		t.Errorf("only %d sentences were read", n)
	}
	for _, detail := range []string{"", "Z9.z Nothing recorded as achieved", frameworks[0].Outcomes()[0].Code + " something else recorded as achieved"} {
		if code, level, ok := Recorded(frameworks[0], detail); ok {
			t.Errorf("%q is read as %s %s", detail, code, level)
		}
	}
}
