package handler

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"countersign/internal/league"
	"countersign/internal/organisation"
)

// text makes a cell that no spreadsheet takes for a formula: one that begins
// like one gets an apostrophe, which spreadsheets show as the mark of text.
func text(cell string) string {
	if first, _ := utf8.DecodeRuneInString(strings.TrimLeft(cell, " ")); strings.ContainsRune("=+-@\t\r\n＝＋－＠", first) {
		return "'" + cell
	}
	return cell
}

// share writes a share as a plain number, and what does not exist as a phrase.
func share(x float64, exists bool) string {
	if !exists {
		return "No data"
	}
	return strconv.FormatFloat(x, 'f', 4, 64)
}

// compareCSV is the table of the page with the ends of every range, and above
// it what was compared, how and when. The same comparison gives the same
// bytes.
func compareCSV(t league.Comparison) []byte {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	w.UseCRLF = true
	write := func(cells ...string) { _ = w.Write(cells) } // a buffer never fails; Flush would say so
	day := func(at time.Time) string { return string(organisation.DayOf(at)) }
	write("Method", text(league.Method))
	write("As at", t.AsOf.UTC().Format(time.RFC3339))
	write("Group", text(t.Kind.Word()))
	write("Alerts sent from", day(t.Period.From))
	write("Alerts sent to", day(t.Period.To.Add(-time.Second)))
	if t.Refusal != "" {
		write("Not compared", text(t.Refusal))
	}
	write("Trust", "ODS code", "Band", "In time", "Due", "Share", "Likely low", "Likely high", "Expected low", "Expected high", "Position from", "Position to", "Compared", "Last 12 months")
	for _, row := range t.Rows {
		direction := t.Courses[row.Organisation].Direction
		if direction == "" {
			direction = league.TooShort
		}
		from, to := "Not compared", "Not compared"
		if row.PositionLow > 0 {
			from, to = strconv.Itoa(row.PositionLow), strconv.Itoa(row.PositionHigh)
		}
		expected := row.ExpectedHigh > 0
		write(text(row.Name), text(string(row.Organisation)), text(sentenceCase(string(row.Band))), strconv.Itoa(row.K), strconv.Itoa(row.N), share(row.Share, row.N > 0),
			share(row.Low, row.N > 0), share(row.High, row.N > 0), share(row.ExpectedLow, expected), share(row.ExpectedHigh, expected), from, to, strconv.Itoa(t.Compared), text(string(direction)))
	}
	write("All trusts of the group", "", "", strconv.Itoa(t.K), strconv.Itoa(t.N), share(t.Share, t.N > 0))
	w.Flush()
	return out.Bytes()
}
