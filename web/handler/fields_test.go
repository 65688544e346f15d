package handler

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestT31_OnlyFields(t *testing.T) {
	const form = "opinion kinds* gap-#-name"
	for name, c := range map[string]struct {
		address, kind, body string
		taken               bool
	}{
		"a field once":                {"/", "application/x-www-form-urlencoded", "opinion=1", true},
		"with a character set":        {"/", "application/x-www-form-urlencoded; charset=utf-8", "opinion=1", true},
		"in the address":              {"/?opinion=1", "", "", true},
		"nothing":                     {"/", "", "", true},
		"boxes":                       {"/", "application/x-www-form-urlencoded", "kinds=a&kinds=b", true},
		"numbered":                    {"/", "application/x-www-form-urlencoded", "gap-0-name=a&gap-49-name=b", true},
		"numbered too high":           {"/", "application/x-www-form-urlencoded", "gap-50-name=a", false},
		"numbered another way":        {"/", "application/x-www-form-urlencoded", "gap-00-name=a", false},
		"the pattern itself":          {"/", "application/x-www-form-urlencoded", "gap-#-name=a", false},
		"the mark of a repeated one":  {"/", "application/x-www-form-urlencoded", "kinds*=a", false},
		"numbered twice":              {"/", "application/x-www-form-urlencoded", "gap-0-name=a&gap-0-name=b", false},
		"a field twice":               {"/", "application/x-www-form-urlencoded", "opinion=1&opinion=2", false},
		"in body and address":         {"/?opinion=2", "application/x-www-form-urlencoded", "opinion=1", false},
		"in capitals":                 {"/", "application/x-www-form-urlencoded", "Opinion=1", false},
		"a field nobody asked for":    {"/", "application/x-www-form-urlencoded", "signed_at=1", false},
		"a nameless field":            {"/", "application/x-www-form-urlencoded", "=1", false},
		"in parts":                    {"/", "multipart/form-data; boundary=x", "--x--", false},
		"as text":                     {"/", "text/plain", "opinion=1", false},
		"of no kind":                  {"/", "", "opinion=1", false},
		"more than the limit of Body": {"/", "application/x-www-form-urlencoded", "opinion=" + strings.Repeat("1", 200), false},
	} {
		r := httptest.NewRequest(http.MethodPost, c.address, strings.NewReader(c.body))
		r.Header.Set("Content-Type", c.kind)
		r.Body = http.MaxBytesReader(httptest.NewRecorder(), io.NopCloser(r.Body), 100)
		if err := onlyFields(r, form); (err == nil) != c.taken {
			t.Errorf("%s: %v", name, err)
		}
	}
	r := httptest.NewRequest(http.MethodGet, "/?page=2", nil)
	if err := onlyFields(r, ""); err != nil {
		t.Error("a question is not a form:", err)
	}
}
