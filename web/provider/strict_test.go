package provider

import (
	"encoding/json"
	"reflect"
	"testing"
)

// FuzzClaims feeds the claims decoder whatever comes. Two promises: what it
// accepts means the same to Go's lax reader, and writing it out and reading it
// again changes nothing.
func FuzzClaims(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"sub":"1","aud":["a"],"exp":1795424700}`, `{"sub":"1","sub":"2"}`, `{"SUB":"1"}`, `{"a":{"b":[1,{"c":null}]}}`,
		`{"a":1e400}`, "{\"a\":\"\\ud800\"}", `{"a":true}{}`, `[`, `{"a":[[[[[[[[[[[[[[]]]]]]]]]]]]]]}`, "\xff", `{"\u0073ub":1}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		claims, err := decodeStrict(raw)
		if err != nil {
			if ReasonOf(err) == "" {
				t.Fatalf("a refusal without a reason: %v", err)
			}
			return
		}
		var lax map[string]any
		if err := json.Unmarshal(raw, &lax); err != nil && len(claims) > 0 {
			// Only numbers too large for a float may part the two readers.
			if _, number := err.(*json.UnmarshalTypeError); !number {
				t.Fatalf("accepted what is no JSON: %v", err)
			}
		}
		for name := range lax {
			if _, there := claims[name]; !there {
				t.Fatalf("the lax reader sees %q, we do not", name)
			}
		}
		again, err := json.Marshal(claims)
		if err != nil {
			t.Fatalf("cannot be written again: %v", err)
		}
		back, err := decodeStrict(again)
		if err != nil || !reflect.DeepEqual(claims, back) {
			t.Fatalf("read again as %v, %v", back, err)
		}
	})
}
