package handler

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/attestation"
	"countersign/internal/evidence"
	"countersign/internal/organisation"
	"countersign/views/attestationview"
	"countersign/views/component"
)

// factWords says what a figure counts. A figure that is not here goes by its
// name.
var factWords = map[string]string{
	"answered": "High severity alerts answered within 48 hours", "reached": "Outcomes at the expected level", "evidence": "Pieces of evidence",
	"due": "High severity alerts whose answer was due", "outcomes": "Outcomes of the assessment",
}

func factWord(name string) string {
	if words := factWords[name]; words != "" {
		return words
	}
	words := strings.ReplaceAll(name, "_", " ")
	return strings.ToUpper(words[:1]) + words[1:]
}

// figureRows shows figures as people say them: 11 of 12.
func figureRows(facts attestation.Facts) []component.SummaryRow {
	var rows []component.SummaryRow
	joined := facts.Joined()
	for _, name := range slices.Sorted(maps.Keys(joined)) {
		rows = append(rows, component.SummaryRow{Key: factWord(name), Value: joined[name]})
	}
	return rows
}

// movedLines says figure by figure what moved.
func movedLines(changes []attestation.Change) []string {
	var lines []string
	for _, c := range changes {
		lines = append(lines, factWord(c.Fact)+": "+c.Was+" → "+c.Is)
	}
	return lines
}

func (h Statements) figuresPage(c echo.Context, s scene, code int, failure error) error {
	desk, err := h.Statements.Desk(c.Request().Context(), s.who, s.org.Code, s.statement)
	if err != nil {
		return err
	}
	page := attestationview.Figures{Task: h.taskView(c, s, "Check the figures", "figures", failure), Rows: figureRows(desk.Held.Facts), Shown: string(desk.Held.Facts.Digest())}
	page.Rows = append(page.Rows, component.SummaryRow{Key: "Evidence linked to the statement", Value: plural(len(s.statement.Prepared.Relied), "file")})
	if check := s.statement.Prepared.Figures; check != nil {
		page.Checked = check.By + " checked the figures at " + moment(check.At) + "."
		if moved := movedLines(attestation.Since(check.Facts, desk.Held.Facts, nil)); len(moved) > 0 {
			page.Moved = "Since then they moved. " + strings.Join(moved, ". ") + ". Check them again."
		}
	}
	return render(c, code, attestationview.FiguresPage(page))
}

func (h Statements) checkFigures(c echo.Context) error {
	s, err := h.scene(c)
	if err != nil {
		return err
	}
	err = h.Statements.CheckFigures(c.Request().Context(), s.who, s.org.Code, s.statement.ID, readVersion(c), attestation.Digest(c.Request().PostFormValue("shown")))
	return h.saved(c, s, err, h.figuresPage, "")
}

// lateWords are the codes of late answers, as pages say them.
var lateWords = map[attestation.LateCode]string{
	"recorded_late": "It was done in time, and recorded late", "national_fix": "We waited for a national fix", "deadline_moved": "The national deadline moved",
	"plan_under_way": "A plan was under way", "other": "Something else",
}

func lateOptions() []component.Option {
	options := []component.Option{{Text: "Choose a reason"}}
	for _, code := range attestation.LateCodes {
		options = append(options, component.Option{Value: string(code), Text: lateWords[code]})
	}
	return options
}

func (h Statements) latePage(c echo.Context, s scene, code int, failure error) error {
	desk, err := h.Statements.Desk(c.Request().Context(), s.who, s.org.Code, s.statement)
	if err != nil {
		return err
	}
	page := attestationview.LateAnswers{Task: h.taskView(c, s, "Explain late answers", "late-answers", failure), Codes: lateOptions()}
	page.Late = lateFields(s, desk.Held.Late)
	if failure != nil {
		for i, l := range page.Late {
			if typed, sent := readExplanations(c)[alert.ID(l.Alert)]; sent {
				page.Late[i].Code, page.Late[i].Why = string(typed.Code), typed.Why
			}
		}
	}
	if overtaken(failure) {
		for _, e := range s.statement.Prepared.Explained {
			if i := slices.IndexFunc(desk.Held.Late, func(r alert.Titled) bool { return r.Alert == e.Alert }); i >= 0 {
				page.Stored = append(page.Stored, desk.Held.Late[i].Name()+": "+lateWords[e.Code]+". "+e.Why)
			}
		}
	}
	if more := len(desk.Held.Late) - len(page.Late); more > 0 {
		page.More = "The form takes " + strconv.Itoa(numberedFields) + " at once. Save these, and the other " + plural(more, "answer") + " will follow."
	}
	return render(c, code, attestationview.LateAnswersPage(page))
}

// lateFields are the late answers of the form: those not explained yet first,
// as many as a form takes. The order does not change while somebody writes.
func lateFields(s scene, late []alert.Titled) []attestationview.LateField {
	sorted := slices.Clone(late)
	rank := func(r alert.Titled) int {
		if _, explained := s.statement.Prepared.Explain(r.Alert); explained && len(late) > numberedFields {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(sorted, func(a, b alert.Titled) int { return rank(a) - rank(b) })
	var fields []attestationview.LateField
	for _, r := range sorted[:min(len(sorted), numberedFields)] {
		field := attestationview.LateField{Alert: string(r.Alert), Name: r.Name() + " " + r.Title, Href: alertPath(s.org.Code, r.Alert), What: "Due " + moment(r.AnswerDue) + ". Not answered yet."}
		if at, answered := r.AnsweredAt(); answered {
			field.What = "Due " + moment(r.AnswerDue) + ". Answered " + lateBy(at.Sub(r.AnswerDue)) + " late."
		}
		if e, explained := s.statement.Prepared.Explain(r.Alert); explained {
			field.Code, field.Why = string(e.Code), e.Why
		}
		fields = append(fields, field)
	}
	return fields
}

func readExplanations(c echo.Context) map[alert.ID]attestation.Explanation {
	typed := map[alert.ID]attestation.Explanation{}
	for _, e := range listExplanations(c) {
		typed[e.Alert] = e
	}
	return typed
}

func listExplanations(c echo.Context) []attestation.Explanation {
	var list []attestation.Explanation
	value := c.Request().PostFormValue
	for i := range numberedFields {
		at := "late-" + strconv.Itoa(i)
		if value(at+"-alert") == "" {
			break
		}
		list = append(list, attestation.Explanation{Alert: alert.ID(value(at + "-alert")), Code: attestation.LateCode(value(at + "-code")), Why: value(at + "-why")})
	}
	return list
}

func (h Statements) explainLate(c echo.Context) error {
	s, err := h.scene(c)
	if err != nil {
		return err
	}
	err = h.Statements.ExplainLate(c.Request().Context(), s.who, s.org.Code, s.statement.ID, readVersion(c), listExplanations(c))
	return h.saved(c, s, err, h.latePage, "")
}

func (h Statements) reliedPage(c echo.Context, s scene, code int, failure error) error {
	desk, err := h.Statements.Desk(c.Request().Context(), s.who, s.org.Code, s.statement)
	if err != nil {
		return err
	}
	page := attestationview.EvidenceList{Task: h.taskView(c, s, "Link evidence", "evidence", failure)}
	if access.May(s.who, access.UploadEvidence, s.org.Code) {
		page.Add = organisationPath(s.org.Code) + "/evidence/new?for=" + queryEscape("statement/"+string(s.statement.ID))
	}
	stored, titles := reliedOn(s.statement, desk.Held.Files), map[evidence.ID]string{}
	for _, f := range desk.Held.Files {
		titles[f.ID] = f.Title
		switch {
		case f.Verdict == evidence.Ready && f.RunsUntil >= organisation.DayOf(s.now):
			page.Choices = append(page.Choices, component.Choice{Value: string(f.ID), Text: f.Title, Hint: "Runs until " + longDay(f.RunsUntil)})
		case f.Verdict != evidence.Ready:
			page.Left = append(page.Left, f.Title+": not checked for viruses")
		default:
			page.Left = append(page.Left, f.Title+": ended on "+longDay(f.RunsUntil))
		}
	}
	page.Chosen = stored
	for _, id := range s.statement.Prepared.Relied {
		page.Linked = append(page.Linked, titles[id])
	}
	if failure != nil {
		page.Chosen = c.Request().PostForm["evidence"]
	}
	if overtaken(failure) {
		page.Stored = append([]string{plural(len(page.Linked), "file") + " linked"}, page.Linked...)
	}
	return render(c, code, attestationview.EvidencePage(page))
}

// reliedOn is what was saved, or before that what was added to the statement.
func reliedOn(st attestation.Statement, files []evidence.File) []string {
	var ids []string
	for _, f := range files {
		if slices.Contains(st.Prepared.Relied, f.ID) || (st.Prepared.ReliedAt.IsZero() && slices.Contains(f.Uses, "statement/"+string(st.ID))) {
			ids = append(ids, string(f.ID))
		}
	}
	return ids
}

func (h Statements) rely(c echo.Context) error {
	s, err := h.scene(c)
	if err != nil {
		return err
	}
	var chosen []evidence.ID
	_ = c.Request().PostFormValue("seen") // reads the form
	for _, id := range c.Request().PostForm["evidence"] {
		chosen = append(chosen, evidence.ID(id))
	}
	err = h.Statements.Rely(c.Request().Context(), s.who, s.org.Code, s.statement.ID, readVersion(c), chosen)
	return h.saved(c, s, err, h.reliedPage, "")
}

func (h Statements) boardPage(c echo.Context, s scene, code int, failure error) error {
	page := attestationview.Board{Task: h.taskView(c, s, "Record the board date", "board", failure), On: dateFields(s.statement.BoardOn), Read: "The board has not seen it."}
	if s.statement.BoardOn != "" {
		page.Read = "The board saw it on " + longDay(s.statement.BoardOn) + "."
	}
	if failure != nil {
		page.On = typedDate(c, "board")
	}
	if overtaken(failure) {
		page.Stored = []string{page.Read}
	}
	page.Problems = leadTo(page.Problems, "board", "board-day")
	return render(c, code, attestationview.BoardPage(page))
}

func (h Statements) seenByBoard(c echo.Context) error {
	s, err := h.scene(c)
	if err != nil {
		return err
	}
	on, err := readDate(c, "board", "the day the board saw it")
	if err == nil {
		err = h.Statements.SeenByBoard(c.Request().Context(), s.who, s.org.Code, s.statement.ID, readVersion(c), on)
	}
	return h.saved(c, s, err, h.boardPage, "")
}

// mend is where each kind of finding can be mended, in words.
func (h Statements) mend(s scene, task string) (href, text string) {
	at := statementPath(s.org.Code, s.statement.ID)
	switch task {
	case "figures":
		return at + "/figures", "Check the figures again"
	case "gaps":
		return at + "/gaps", "Go to the gaps"
	case "evidence":
		return at + "/evidence", "Go to the evidence"
	case "commitments":
		return at + "/commitments", "Go to the commitments"
	case "board":
		return at + "/board", "Record the board date"
	case "alerts":
		return organisationPath(s.org.Code) + "/alerts", "Go to the alerts"
	}
	return "", ""
}

func (h Statements) contradictionsPage(c echo.Context, s scene, code int, failure error) error {
	desk, err := h.Statements.Desk(c.Request().Context(), s.who, s.org.Code, s.statement)
	if err != nil {
		return err
	}
	page := attestationview.Contradictions{Task: h.taskView(c, s, "Mend or accept what does not agree", "contradictions", failure)}
	posted := c.Request().PostFormValue("finding")
	for i, f := range desk.Findings {
		field := attestationview.FindingField{Rule: f.Rule, Title: f.Title(), Sentence: f.Sentence, Digest: string(f.Digest()), Field: "reason-" + strconv.Itoa(i), Must: f.Must}
		field.Mend, field.MendText = h.mend(s, f.Task)
		if a, accepted := s.statement.Prepared.Acceptance(f); accepted {
			field.Accepted, field.Reason = a.By+" accepted it: "+a.Reason, a.Reason
		}
		if failure != nil && field.Digest == posted {
			field.Reason = c.Request().PostFormValue("reason")
			page.Wrong[field.Field] = page.Wrong["reason"]
			page.Problems = leadTo(page.Problems, "reason", field.Field)
		}
		page.Findings = append(page.Findings, field)
	}
	return render(c, code, attestationview.ContradictionsPage(page))
}

func (h Statements) accept(c echo.Context) error {
	s, err := h.scene(c)
	if err != nil {
		return err
	}
	err = h.Statements.Accept(c.Request().Context(), s.who, s.org.Code, s.statement.ID, readVersion(c), attestation.Digest(c.Request().PostFormValue("finding")), c.Request().PostFormValue("reason"))
	return h.saved(c, s, err, h.contradictionsPage, "/contradictions")
}
