package main

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/identity"
	"countersign/internal/organisation"
)

// TestRecordsAreAsDocumented holds the lines of every record that events vouch
// for against docs/attestation.md, by which others check them.
func TestRecordsAreAsDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/attestation.md")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 10, 5, 9, 0, 0, 123456789, time.UTC)
	for _, record := range []string{
		attestation.Statement{}.AskingRecord(),
		attestation.Statement{}.DeadlineRecord([]attestation.Extension{{ID: "x"}}),
		attestation.Statement{State: attestation.Withdrawn, EndedAt: at}.EndingRecord(),
		attestation.Campaign{Audience: attestation.Audience{Kinds: []organisation.Kind{organisation.Acute}, Cohorts: []string{"A"}}}.Record(),
		attestation.Commitment{Steps: []attestation.Step{{ID: "s"}}}.Record(),
		identity.Acting{}.Record(),
		identity.Person{}.Record(),
		identity.Login{}.Record(),
		identity.Held{}.Record(),
		attestation.Draft{Template: attestation.Template{Parts: []attestation.Part{{Text: "A part"}}, CoSign: []access.Office{access.SIRO}, Material: []string{"due"}}}.Record(),
	} {
		written := strings.Split(strings.TrimSuffix(record, "\n"), "\n")
		_, after, found := strings.Cut(string(text), "\n    "+written[0]+" ")
		if !found {
			t.Errorf("docs/attestation.md does not know %q", written[0])
			continue
		}
		block, _, _ := strings.Cut(after, "\n\n")
		documented := strings.Split(block, "\n")
		if is, said := names(written[1:]), names(documented[1:]); !slices.Equal(is, said) {
			t.Errorf("%s is documented as\n%q\nand written as\n%q", written[0], said, is)
		}
	}
	if ended := (attestation.Statement{State: attestation.Withdrawn, EndedAt: at}).EndingRecord(); ended != "countersign ending record 1\nstatement: \norganisation: \nended: 2026-10-05T09:00:00.123456Z\n" {
		t.Errorf("written as %q", ended)
	}
	if moved := (attestation.Commitment{What: "Two\nlines \\ one"}).Record(); !strings.Contains(moved, `what: Two\nlines \\ one`+"\n") {
		t.Errorf("written as %q", moved)
	}
}

// names of the lines of a record.
func names(lines []string) []string {
	list := make([]string, 0, len(lines))
	for _, line := range lines {
		name, _, _ := strings.Cut(strings.TrimSpace(line), ":")
		list = append(list, name)
	}
	return list
}
