//go:build demo

package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"
)

// TestPrintedReceiptHoldsEveryWord reads the receipt's PDF with a tool that
// knows nothing of ours, and finds the signed text in it from the first to the
// last character: nothing left out, nothing added between.
func TestPrintedReceiptHoldsEveryWord(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("pdftotext"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("pdftotext is missing: run `task services`")
		}
		t.Skip("left out: pdftotext is not installed (run `task services`)")
	}
	m := matrixOf(t)
	at := strings.TrimSuffix(m.address("/organisations/:ods/statements/:id/signature/receipt"), "/")
	var bundle struct{ Document string }
	if err := json.Unmarshal(m.gets(at+"/proof", m.people[0]), &bundle); err != nil || bundle.Document == "" {
		t.Fatal("no document in the proof:", err)
	}
	file := filepath.Join(t.TempDir(), "receipt.pdf")
	if err := os.WriteFile(file, m.gets(at+"/pdf", m.people[0]), 0o600); err != nil {
		t.Fatal(err)
	}
	// What stands between the head and the foot of each page.
	out, err := exec.CommandContext(t.Context(), "pdftotext", "-raw", "-enc", "UTF-8", "-x", "0", "-y", "58", "-W", "596", "-H", "710", file, "-").Output()
	if err != nil {
		t.Fatal("pdftotext:", err)
	}
	want := bare(bundle.Document)
	if printed := bare(string(out)); !strings.Contains(printed, want) {
		t.Errorf("the signed text is not in the PDF as it stands:\n%s", want)
	}
}

// bare is a text without white space, which is laid out and not said.
func bare(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, text)
}

// gets reads something that may have to wait for its place in the log.
func (m *matrix) gets(path string, who kind) []byte {
	m.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; <-time.After(100 * time.Millisecond) {
		request := httptest.NewRequest(http.MethodGet, path, nil)
		request.AddCookie(&http.Cookie{Name: "countersign-session", Value: who.cookie})
		answer := httptest.NewRecorder()
		m.portal.ServeHTTP(answer, request)
		if answer.Code == http.StatusOK {
			return answer.Body.Bytes()
		}
		if answer.Code != http.StatusConflict || time.Now().After(deadline) {
			m.t.Fatalf("%s: %d", path, answer.Code)
		}
	}
}
