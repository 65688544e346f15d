package handler

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"time"

	"countersign/internal/attestation"
)

// courseCSV is a table of every trust in a campaign, as each stands at a moment.
// No cell is a formula to a spreadsheet (abuse case T68).
func courseCSV(course attestation.Course, now time.Time) []byte {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	w.UseCRLF = true
	instant := func(at time.Time) string {
		if at.IsZero() {
			return ""
		}
		return at.UTC().Format(time.RFC3339)
	}
	yes := map[bool]string{true: "Yes", false: "No"}
	write := func(cells ...string) {
		for i, cell := range cells {
			cells[i] = text(cell)
		}
		_ = w.Write(cells) // a buffer never fails; Flush would say so
	}
	write("Trust", "ODS code", "Campaign", "Statement", "Version", "Due", "Deadline moved", "Status", "Late", "Ended", "Code", "As at")
	for _, f := range course.Rows {
		moved := 0
		for _, x := range f.Moves {
			if x.State == attestation.MoveConfirmed {
				moved++
			}
		}
		code := ""
		if f.State == attestation.Signed {
			code = f.Code.Groups()
		}
		write(f.Name, string(f.Organisation), course.Name, course.Title, strconv.FormatInt(f.Number, 10), instant(f.Due), plural(moved, "time"), string(f.Progress()),
			yes[f.Late || f.Overdue(now)], instant(f.EndedAt), code, instant(now))
	}
	w.Flush()
	return out.Bytes()
}
