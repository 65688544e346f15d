package transparency_test

import (
	"testing"

	"countersign/internal/transparency"
)

func TestQuorumIsReadAsItIsWritten(t *testing.T) {
	for text, want := range map[string]map[int64]int{
		"0":            {0: 0, 1 << 40: 0},
		"2":            {0: 2, 9000: 2},
		"1,2@5000":     {0: 1, 4999: 1, 5000: 2, 9000: 2},
		"3,0@10,2@20 ": {9: 3, 10: 0, 19: 0, 20: 2},
	} {
		q, err := transparency.ParseQuorum(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		for size, n := range want {
			if got := q.At(size); got != n {
				t.Errorf("%q at size %d: %d, want %d", text, size, got, n)
			}
		}
		if again, err := transparency.ParseQuorum(q.String()); err != nil || again.String() != q.String() || again.Last() != q.At(1<<60) {
			t.Errorf("%q is written %q: %v", text, q, err)
		}
	}
	for _, text := range []string{"", "x", "-1", "1@5", "1,2", "1,2@0", "1,2@9,3@9", "1,2@9,3@5", "1,2@x", "1,,2@9", "1@0@5"} {
		if q, err := transparency.ParseQuorum(text); err == nil {
			t.Errorf("%q was read as %v", text, q)
		}
	}
}
