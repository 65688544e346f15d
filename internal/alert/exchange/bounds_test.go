package exchange

import (
	"runtime"
	"strings"
	"testing"
)

// TestT60T77ADeepFileCostsNoMoreThanItsSize: every value stands under names
// as long as a sentence quotes, as deep as a file may be.
func TestT60T77ADeepFileCostsNoMoreThanItsSize(t *testing.T) {
	long, each := strings.Repeat("𝄞", 39), strings.TrimSuffix(strings.Repeat("1,", membersLimit-1), ",")
	var inside []string
	for _, name := range "abcdefghijklmnopqrs" {
		inside = append(inside, `"`+string(name)+`":[`+each+`]`)
	}
	text := strings.Repeat(`{"`+long+`":`, depthLimit-2) + "{" + strings.Join(inside, ",") + "}" + strings.Repeat("}", depthLimit-2)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	root, err := parse(strings.NewReader(text))
	runtime.ReadMemStats(&after)
	if err != nil || root == nil {
		t.Fatalf("a file within every limit was refused: %v", err)
	}
	if took := (after.TotalAlloc - before.TotalAlloc) >> 20; took > 100 {
		t.Errorf("%d KB took %d MB to read", len(text)>>10, took)
	}
	at := root
	for range depthLimit - 2 {
		at = at.fields[long]
	}
	if place, want := at.fields["s"].list[4].place(), strings.Repeat(long+", ", depthLimit-2)+"s 5"; place != want {
		t.Errorf("the place is %q, want %q", place, want)
	}
}
