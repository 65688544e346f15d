package handler

import (
	"strconv"

	"github.com/labstack/echo/v4"

	"countersign/internal/attestation"
	"countersign/views/attestationview"
	"countersign/views/layout"
)

func (h Statements) gapsPage(c echo.Context, s scene, code int, failure error) error {
	desk, err := h.Statements.Desk(c.Request().Context(), s.who, s.org.Code, s.statement)
	if err != nil {
		return err
	}
	page := attestationview.Gaps{Task: h.taskView(c, s, "List gaps", "gaps", failure), Propose: statementPath(s.org.Code, s.statement.ID) + "/gaps/proposals"}
	value := c.Request().PostFormValue
	for i, p := range s.statement.Proposals(desk.Held) {
		field := attestationview.ProposalField{Key: p.Key, Field: "why-" + strconv.Itoa(i), Name: spaced(p.Code, p.Name), What: p.What}
		if failure != nil && value("key") == p.Key {
			field.Why = value("why")
			page.Wrong[field.Field] = page.Wrong["why"]
			page.Problems = leadTo(page.Problems, "why", field.Field)
		}
		page.Proposals = append(page.Proposals, field)
	}
	for _, a := range s.statement.Prepared.Aside {
		page.Aside = append(page.Aside, attestationview.ProposalField{Key: a.Key, Name: a.What, What: "Left out: " + a.Why})
	}
	for _, g := range s.statement.Gaps {
		page.Named = append(page.Named, attestationview.Gap{Name: spaced(g.Code, g.Name), What: g.What, FixBy: "Fix by " + longDay(g.FixBy) + "."})
	}
	page.Gaps = gapFields(s.statement.Gaps)
	if typed := readGaps(c); failure != nil && value("key") == "" {
		if page.Gaps = typed; overtaken(failure) {
			page.Stored = gapLines(s.statement.Gaps)
		}
	}
	page.Filled = len(page.Gaps)
	page.Problems = gapDates(page.Problems, page.Filled)
	page.Gaps = append(page.Gaps, make([]attestationview.GapField, max(0, min(gapRows, numberedFields-len(page.Gaps))))...)
	return render(c, code, attestationview.GapsPage(page))
}

func spaced(code, name string) string {
	if code == "" {
		return name
	}
	return code + " " + name
}

func gapLines(gaps []attestation.Gap) []string {
	lines := []string{}
	for _, g := range gaps {
		lines = append(lines, spaced(g.Code, g.Name)+": "+g.What+" Fix by "+longDay(g.FixBy)+".")
	}
	if len(lines) == 0 {
		lines = append(lines, "No gap is named.")
	}
	return lines
}

// gapDates leads from what is wrong with a date to its first field: a date of
// three fields has none of its own name.
func gapDates(list []layout.Problem, gaps int) []layout.Problem {
	for gap := range gaps {
		list = leadTo(list, "gap-"+strconv.Itoa(gap), "gap-"+strconv.Itoa(gap)+"-by-day")
	}
	return list
}

// leadTo leads problems of one field to another that a page really has.
func leadTo(list []layout.Problem, field, to string) []layout.Problem {
	for i := range list {
		if list[i].Href == "#"+field {
			list[i].Href = "#" + to
		}
	}
	return list
}

func (h Statements) keepGaps(c echo.Context) error {
	s, err := h.scene(c)
	if err != nil {
		return err
	}
	gaps, err := toGaps(readGaps(c))
	if err == nil {
		err = h.Statements.KeepGaps(c.Request().Context(), s.who, s.org.Code, s.statement.ID, readVersion(c), gaps)
	}
	return h.saved(c, s, err, h.gapsPage, "")
}

// answerProposal takes a proposed gap in, to be edited, keeps why it is none, or
// has it proposed again.
func (h Statements) answerProposal(c echo.Context) error {
	s, err := h.scene(c)
	if err != nil {
		return err
	}
	ctx, key := c.Request().Context(), c.Request().PostFormValue("key")
	switch c.Request().PostFormValue("do") {
	case "take":
		err = h.Statements.TakeGap(ctx, s.who, s.org.Code, s.statement.ID, readVersion(c), key)
	case "back":
		err = h.Statements.TakeBack(ctx, s.who, s.org.Code, s.statement.ID, readVersion(c), key)
	default:
		err = h.Statements.SetAside(ctx, s.who, s.org.Code, s.statement.ID, readVersion(c), key, c.Request().PostFormValue("why"))
	}
	return h.saved(c, s, err, h.gapsPage, "/gaps")
}
