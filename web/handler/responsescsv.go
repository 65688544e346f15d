package handler

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"strconv"
	"strings"
	"time"

	"countersign/internal/alert"
	"countersign/internal/organisation"
)

// responsesCSV is a table of responses, each as it stands at a moment, by the
// same rules as on every page. With names it begins with whose each is. No cell
// is a formula to a spreadsheet (abuse case T68).
func responsesCSV(responses []alert.Titled, names map[organisation.Code]string, now time.Time) []byte {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	w.UseCRLF = true
	head := []string{"Alert", "Title", "Severity", "Class", "Sent", "Answer due", "Fix due", "Status", "Acknowledged", "Acknowledged by", "Answered", "Answered in time", "Applies", "How known", "Checked on",
		"Outcome", "Fixed", "Of", "Reason", "Made safe by", "Plan", "Closed", "As at"}
	if names != nil {
		head = append([]string{"Trust", "ODS code"}, head...)
	}
	_ = w.Write(head) // a buffer never fails; Flush would say so
	for _, r := range responses {
		row := responseCells(r, now)
		if names != nil {
			row = append([]string{cmp.Or(names[r.Organisation], "Name not recorded"), string(r.Organisation)}, row...)
		}
		for i, cell := range row {
			row[i] = text(cell)
		}
		_ = w.Write(row)
	}
	w.Flush()
	return out.Bytes()
}

func responseCells(r alert.Titled, now time.Time) []string {
	moment := func(at time.Time) string {
		if at.IsZero() {
			return ""
		}
		return at.UTC().Format(time.RFC3339)
	}
	count := func(n int64) string {
		if r.Outcome != alert.FixedInPart {
			return ""
		}
		return strconv.FormatInt(n, 10)
	}
	var acknowledged alert.Acknowledgement
	if r.Acknowledged != nil {
		acknowledged = *r.Acknowledged
	}
	answered, _ := r.AnsweredAt()
	return []string{r.Name(), r.Title, severityWords[r.Severity], sentenceCase(string(r.Class)), moment(r.IssuedAt), moment(r.AnswerDue), moment(r.ActionDue), string(r.Standing(now)),
		moment(acknowledged.At), acknowledged.By, moment(answered), inTimeWord(r.Response, now), applicabilityWords[r.Applicability], strings.Join(r.HowKnown, ", "), string(r.CheckedOn),
		outcomeCell[r.Outcome], count(r.FixedCount), count(r.AssetCount), r.Reason, r.Cover, string(r.PlanOn), moment(r.ClosedAt), moment(now)}
}

// inTimeWord is the verdict on an answer.
func inTimeWord(r alert.Response, now time.Time) string {
	_, answered := r.AnsweredAt()
	switch {
	case r.InTime():
		return "Yes"
	case answered:
		return "No"
	case !r.StoppedAt.IsZero() && r.StoppedAt.Before(r.AnswerDue): // the same withdrawals leave a comparison
		return "Not owed"
	case now.Before(r.AnswerDue):
		return "Not due yet"
	}
	return "No"
}

var outcomeCell = map[alert.Outcome]string{alert.Fixed: "Fixed everywhere", alert.Covered: "Made safe", alert.FixedInPart: "Fixed in part", alert.WaitingSupplier: "Waiting for a supplier",
	alert.WaitingNational: "Waiting for a national fix", alert.CannotFix: "Cannot fix yet"}
