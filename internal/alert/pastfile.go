package alert

import (
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"countersign/internal/organisation"
	"countersign/internal/sheet"
)

// pastColumns are what a file of past responses can have; the needed ones come
// first. docs/moving-in.md says what each holds.
var (
	pastNeeded  = []string{"alert", "title", "severity", "issued_at", "answer_due", "action_due", "ods_code"}
	pastColumns = append(slices.Clone(pastNeeded), "class", "acknowledged_at", "acknowledged_by", "applicability", "applied_at", "how_known", "checked_on", "outcome", "fixed", "assets", "reason", "plan_on", "closed_at")
)

var pastNumber = regexp.MustCompile(`^(?:CC-)?0*([1-9]\d{0,5})$`)

// ReadPast reads a file of past responses: comma-separated, with a header line,
// in any order of columns. Everything that is wrong is named by line and
// column, and nothing is given back beside it.
func ReadPast(r io.Reader) ([]PastAnswer, error) {
	rows, damage, err := sheet.Read(r)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, sheet.Problems(damage)
	}
	head, body := rows[0], rows[1:]
	damage = append(damage, readPastHead(head)...)
	if len(damage) > 0 {
		return nil, sheet.Problems(damage)
	}
	var lines []PastAnswer
	seen := map[string]int{}
	for _, row := range body {
		line, found := readPast(head.Fields, row)
		key := strconv.FormatInt(line.Number, 10) + " " + string(line.Response.Organisation)
		if before, twice := seen[key]; twice && len(found) == 0 {
			found = append(found, line.at("ods_code", "%s and this alert were already on line %d.", line.Response.Organisation, before))
		}
		seen[key] = row.Line
		damage = append(damage, found...)
		lines = append(lines, line)
	}
	if len(damage) > 0 {
		return nil, sheet.Problems(damage)
	} else if len(lines) == 0 {
		return nil, sheet.ErrEmpty
	}
	return lines, nil
}

// readPastHead finds what is wrong with the names of the columns. A misspelt one
// that was skipped would lose what every line says there.
func readPastHead(head sheet.Row) []sheet.Damage {
	var damage []sheet.Damage
	for _, needed := range pastNeeded {
		if !slices.Contains(head.Fields, needed) {
			damage = append(damage, sheet.At(head.Line, 1, "the header has no column %q.", needed))
		}
	}
	for i, name := range head.Fields {
		switch {
		case !slices.Contains(pastColumns, name):
			damage = append(damage, sheet.At(head.Line, i+1, "there is no column %q in a file of past responses.", sheet.Clip(name)))
		case slices.Index(head.Fields, name) < i:
			damage = append(damage, sheet.At(head.Line, i+1, "the header has the column %q twice.", name))
		}
	}
	return damage
}

// pastRow reads the fields of one line by the names of their columns.
type pastRow struct {
	PastAnswer
	fields []string
	damage []sheet.Damage
}

func (p *pastRow) wrong(column, format string, args ...any) {
	p.damage = append(p.damage, p.at(column, format, args...))
}

func (p *pastRow) field(column string) string {
	if i := slices.Index(p.columns, column); i >= 0 {
		return p.fields[i]
	}
	return ""
}

func (p *pastRow) moment(column string) time.Time {
	text := p.field(column)
	if text == "" {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		p.wrong(column, "%q is no moment such as 2024-05-01T09:30:00+01:00.", sheet.Clip(text))
	}
	return at.UTC().Truncate(time.Microsecond)
}

func (p *pastRow) day(column string) organisation.Day {
	text := p.field(column)
	if _, err := time.Parse(time.DateOnly, text); text != "" && err != nil {
		p.wrong(column, "%q is no day such as 2024-05-01.", sheet.Clip(text))
	}
	return organisation.Day(text)
}

func (p *pastRow) whole(column string) int64 {
	text := p.field(column)
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || n > 1_000_000_000 {
		p.wrong(column, "%q is no whole number.", sheet.Clip(text))
	}
	return n
}

func readPast(head []string, row sheet.Row) (PastAnswer, []sheet.Damage) {
	p := &pastRow{PastAnswer: PastAnswer{Line: row.Line, columns: head}, fields: row.Fields}
	if len(row.Fields) != len(head) {
		return p.PastAnswer, []sheet.Damage{sheet.At(row.Line, len(row.Fields), "there are %d columns, and the header has %d.", len(row.Fields), len(head))}
	}
	p.readAlert()
	p.readAnswer()
	if len(p.damage) == 0 {
		p.contradictions()
	}
	return p.PastAnswer, p.damage
}

func (p *pastRow) readAlert() {
	if found := pastNumber.FindStringSubmatch(p.field("alert")); found != nil {
		p.Number, _ = strconv.ParseInt(found[1], 10, 64) // six digits at most
	} else {
		p.wrong("alert", "%q is no number such as CC-0042.", sheet.Clip(p.field("alert")))
	}
	p.Title, p.Severity, p.Class = p.field("title"), Severity(strings.ToLower(p.field("severity"))), Class(strings.ToLower(p.field("class")))
	if p.Title == "" || tooLong(p.Title, TitleLimit) {
		p.wrong("title", "a title has 1 to 80 characters.")
	}
	if p.Severity != High && p.Severity != Medium && p.Severity != Low {
		p.wrong("severity", "%q is none of high, medium and low.", sheet.Clip(p.field("severity")))
	}
	if p.Class == "" {
		p.Class = Normal
	} else if p.Class != Normal && p.Class != Critical {
		p.wrong("class", "%q is neither normal nor critical.", sheet.Clip(p.field("class")))
	}
	r := &p.Response
	r.IssuedAt, r.AnswerDue, r.ActionDue = p.moment("issued_at"), p.moment("answer_due"), p.moment("action_due")
	for column, at := range map[string]time.Time{"issued_at": r.IssuedAt, "answer_due": r.AnswerDue, "action_due": r.ActionDue} {
		if at.IsZero() && p.field(column) == "" {
			p.wrong(column, "this is empty.")
		}
	}
	if r.Organisation = organisation.Code(p.field("ods_code")); r.Organisation == "" {
		p.wrong("ods_code", "this is empty.")
	}
}

func (p *pastRow) readAnswer() {
	r := &p.Response
	p.AcknowledgedAt, p.AcknowledgedBy = p.moment("acknowledged_at"), p.field("acknowledged_by")
	if tooLong(p.AcknowledgedBy, 200) {
		p.wrong("acknowledged_by", "a name has up to 200 characters.")
	}
	if !p.AcknowledgedAt.IsZero() {
		r.Acknowledged = &Acknowledgement{By: p.AcknowledgedBy, At: p.AcknowledgedAt}
	}
	r.Applicability = Applicability(strings.ToLower(p.field("applicability")))
	if !slices.Contains([]Applicability{NotSaid, AppliesToAll, AppliesToSome, DoesNotApply, StillChecking}, r.Applicability) {
		p.wrong("applicability", "%q is none of all, some, none and checking.", sheet.Clip(p.field("applicability")))
	}
	r.Outcome = Outcome(strings.ToLower(p.field("outcome")))
	if !slices.Contains([]Outcome{NothingYet, Fixed, Covered, FixedInPart, WaitingSupplier, WaitingNational, CannotFix}, r.Outcome) {
		p.wrong("outcome", "%q is none of fixed, mitigated, part, supplier, national and cannot.", sheet.Clip(p.field("outcome")))
	}
	for way := range strings.SplitSeq(p.field("how_known"), ";") {
		if way = strings.TrimSpace(way); way == "" {
			continue
		}
		if !slices.Contains(HowKnown, way) {
			p.wrong("how_known", "%q is none of %s.", sheet.Clip(way), strings.Join(HowKnown, ", "))
		}
		r.HowKnown = append(r.HowKnown, way)
	}
	r.CheckedOn, r.PlanOn = p.day("checked_on"), p.day("plan_on")
	r.FixedCount, r.AssetCount = p.whole("fixed"), p.whole("assets")
	if r.Reason = p.field("reason"); tooLong(r.Reason, 1000) {
		p.wrong("reason", "a reason has up to 1,000 characters.")
	}
	r.AppliedAt, r.ClosedAt = p.moment("applied_at"), p.moment("closed_at")
}

// contradictions finds what cannot have happened as the line says.
func (p *pastRow) contradictions() {
	r := p.Response
	said := r.Applicability != NotSaid && r.Applicability != StillChecking
	applies := r.Applicability == AppliesToAll || r.Applicability == AppliesToSome
	for _, each := range []struct {
		column   string
		wrong    bool
		sentence string
	}{
		{"answer_due", !r.AnswerDue.After(r.IssuedAt), "the answer was due before the alert was sent."},
		{"action_due", !r.ActionDue.After(r.IssuedAt), "the action was due before the alert was sent."},
		{"acknowledged_at", r.Acknowledged != nil && r.Acknowledged.At.Before(r.IssuedAt), "it was acknowledged before it was sent."},
		{"acknowledged_by", (r.Acknowledged != nil) != (p.AcknowledgedBy != ""), "acknowledged_at and acknowledged_by belong together."},
		{"applicability", r.Applicability != NotSaid && r.Acknowledged == nil, "it was answered and never acknowledged."},
		{"applied_at", said == r.AppliedAt.IsZero(), "applied_at is when applicability became all, some or none: give both or neither."},
		{"applied_at", said && r.Acknowledged != nil && r.AppliedAt.Before(r.Acknowledged.At), "it was answered before it was acknowledged."},
		{"how_known", (r.Applicability == DoesNotApply) != (len(r.HowKnown) > 0), "how_known belongs to the answer none, and to no other."},
		{"checked_on", (r.Applicability == DoesNotApply) != (r.CheckedOn != ""), "checked_on belongs to the answer none, and to no other."},
		{"checked_on", r.CheckedOn != "" && said && r.CheckedOn > organisation.DayOf(r.AppliedAt), "it was checked after it was answered."},
		{"outcome", r.Outcome != NothingYet && !applies, "there is an outcome, and the alert was not said to apply."},
		{"fixed", r.Outcome == FixedInPart && r.FixedCount >= r.AssetCount, "in part means fewer fixed than there are assets."},
		{"fixed", r.Outcome != FixedInPart && (r.FixedCount != 0 || r.AssetCount != 0), "fixed and assets belong to the outcome part."},
		{"closed_at", r.Closed() && r.Acknowledged == nil, "it was closed and never acknowledged."},
		{"closed_at", r.Closed() && (r.ClosedAt.Before(r.AppliedAt) || r.ClosedAt.Before(p.AcknowledgedAt)), "it was closed before it was answered."},
		{"closed_at", r.Closed() && r.Applicability != DoesNotApply && r.Outcome != Fixed && r.Outcome != Covered, "it was closed, and neither fixed, nor mitigated, nor said not to apply."},
	} {
		if each.wrong {
			p.wrong(each.column, "%s", each.sentence)
		}
	}
}
