package handler

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/assessment"
	"countersign/internal/organisation"
	"countersign/views/assessmentview"
	"countersign/views/layout/layouttest"
)

// halfRead is half an assessment by the ten standards.
func halfRead(t *testing.T) assessment.Reading {
	t.Helper()
	frameworks, profiles, err := assessment.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	r := assessment.Reading{Framework: frameworks[1], Profile: profiles[1], Answers: map[string]assessment.Answer{},
		Assessment: assessment.Assessment{ID: "as1", Organisation: "ZZ1", Framework: "ndg-10", Profile: profiles[1].ID, Period: "2026 to 2027", StartedAt: tested.AddDate(0, -2, 0), Due: tested.AddDate(0, 7, 0)}}
	for code, level := range map[string]assessment.Level{"S1": assessment.Achieved, "S2": assessment.NotAchieved, "S3": assessment.NotAssessed} {
		r.Answers[code] = assessment.Answer{Outcome: code, Level: level, By: "Tom Adeyemi", At: tested.Add(-time.Hour), Comment: "First line\nSecond <line>", Version: 2}
	}
	r.Answers["S4"] = assessment.Answer{Outcome: "S4", Level: assessment.NotAssessed, Was: assessment.Achieved, Version: 1}
	return r
}

func TestAssessmentView(t *testing.T) {
	p := assessmentView(halfRead(t), tested)
	if p.Finding != "1 of 10 outcomes are at the expected level." || p.Said != "2 of 10 have been answered." || !strings.Contains(p.Note, "demonstration") {
		t.Errorf("%q %q %q", p.Finding, p.Said, p.Note)
	}
	rows, short, tiles := map[string]assessmentview.Outcome{}, 0, 0
	for i, g := range p.Groups {
		for j, o := range g.Outcomes {
			rows[o.Code] = o
			if tile := p.Heat[i].Tiles[j]; tile.Code != o.Code || string(tile.Href) != assessmentview.RowHref(o.Code) {
				t.Errorf("tile %+v beside %s", tile, o.Code)
			} else if tile.Short {
				short++
			}
			tiles++
		}
	}
	if tiles != 10 || short != 1 {
		t.Errorf("%d tiles, %d short", tiles, short)
	}
	for code, want := range map[string][3]string{"S1": {"Achieved", "Yes", ""}, "S2": {"Not achieved", "No", ""}, "S3": {"Not assessed", "Not assessed", ""}, "S4": {"Not assessed", "Not assessed", "Before: achieved"}} {
		if o := rows[code]; o.Level != want[0] || o.Reached != want[1] || o.Was != want[2] {
			t.Errorf("%s: %+v", code, o)
		}
	}
	if p.Next == nil || !strings.HasPrefix(p.Next.Text, "Answer S3 ") || p.Next.Href != "/organisations/ZZ1/assessments/as1/outcomes/S3" {
		t.Errorf("next %+v", p.Next)
	}
	p.CanRecord = true
	markup := layouttest.Render(t, assessmentview.AssessmentPage(p))
	layouttest.Check(t, markup)
}

func TestRecordView(t *testing.T) {
	r := halfRead(t)
	said, known := recordView(r, "S1")
	if !known || said.Level != "achieved" || said.Seen != "2" || said.Last != "Tom Adeyemi recorded achieved at 8:20am on 23 November 2026." || said.Button != "Save and go to S2" {
		t.Errorf("%+v", said)
	}
	carried, _ := recordView(r, "S4")
	if carried.Level != "" || carried.Was != "The assessment before this one said: achieved." || carried.Seen != "1" || carried.Last != "" {
		t.Errorf("%+v", carried)
	}
	last, _ := recordView(r, "S10")
	if last.Button != "Save" || last.Seen != "0" || last.Level != "" {
		t.Errorf("%+v", last)
	}
	if _, known := recordView(r, "S11"); known {
		t.Error("an outcome of nobody's has a page")
	}
	for _, may := range []bool{true, false} {
		said.CanRecord = may
		markup := layouttest.Render(t, assessmentview.RecordPage(said))
		layouttest.Check(t, markup)
		if strings.Contains(markup, "<form action=\"/organisations") != may || !strings.Contains(markup, "Second &lt;line&gt;") {
			t.Errorf("recording allowed %v: form or words are wrong", may)
		}
	}
}

// desk is the service behind the handler: it takes one answer with version 2.
type desk struct {
	reading  assessment.Reading
	recorded []string
}

func (d *desk) Read(context.Context, access.Actor, organisation.Code) (organisation.Organisation, []string, error) {
	return organisation.Organisation{Code: "ZZ1", Name: "Calder Vale NHS Trust", Kind: organisation.Acute}, nil, nil
}

type shelf struct{ *desk }

func (s shelf) List(context.Context, access.Actor, organisation.Code) ([]assessment.Reading, error) {
	return []assessment.Reading{s.reading}, nil
}
func (s shelf) Latest(context.Context, access.Actor, organisation.Code) (assessment.Reading, error) {
	return s.reading, nil
}
func (s shelf) Read(context.Context, access.Actor, organisation.Code, assessment.ID) (assessment.Reading, error) {
	return s.reading, nil
}
func (s shelf) Profiles(context.Context, access.Actor, organisation.Code) ([]assessment.Profile, error) {
	return []assessment.Profile{s.reading.Profile}, nil
}
func (s shelf) Start(_ context.Context, _ access.Actor, _ organisation.Code, profile, period string, due time.Time) (assessment.ID, error) {
	if profile != s.reading.Profile.ID {
		return "", assessment.ErrNotForKind
	}
	s.recorded = append(s.recorded, profile+" "+period+" "+due.UTC().Format(time.RFC3339))
	return "as2", nil
}
func (s shelf) Record(_ context.Context, _ access.Actor, _ organisation.Code, _ assessment.ID, outcome string, seen int64, level assessment.Level, comment string) error {
	if seen != s.reading.Answer(outcome).Version {
		return assessment.ErrChanged
	}
	s.recorded = append(s.recorded, outcome+" "+string(level)+" "+comment+" "+strconv.FormatInt(seen, 10))
	return nil
}

func posting(t *testing.T, form url.Values, params ...string) (echo.Context, *httptest.ResponseRecorder) {
	t.Helper()
	request := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(form.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer := httptest.NewRecorder()
	c := echo.New().NewContext(request, answer)
	var names, values []string
	for i := 0; i+1 < len(params); i += 2 {
		names, values = append(names, params[i]), append(values, params[i+1])
	}
	c.SetParamNames(names...)
	c.SetParamValues(values...)
	c.Set("countersign actor", access.Actor{ID: "p1", Name: "Pat Example", At: tested, Appointments: []access.Appointment{{Office: access.CyberLead, Organisation: "ZZ1"}}})
	return c, answer
}

func assessing(t *testing.T) (Assessments, *desk) {
	d := &desk{reading: halfRead(t)}
	return Assessments{Site: Site{Name: "Countersign", BaseURL: &url.URL{Scheme: "http", Host: "localhost"}, Now: func() time.Time { return tested }}, Register: d, Assessments: shelf{d}}, d
}

func TestAnAnswerLeadsToTheNextOutcome(t *testing.T) {
	h, d := assessing(t)
	c, answer := posting(t, url.Values{"seen": {"2"}, "level": {"achieved"}, "comment": {"Seen."}}, "ods", "ZZ1", "id", "as1", "code", "S1")
	if err := h.record(c); err != nil || answer.Code != http.StatusSeeOther || answer.Header().Get("Location") != "/organisations/ZZ1/assessments/as1/outcomes/S2" {
		t.Errorf("%d, %v, %s", answer.Code, err, answer.Header().Get("Location"))
	}
	c, answer = posting(t, url.Values{"seen": {"0"}, "level": {"achieved"}}, "ods", "ZZ1", "id", "as1", "code", "S10")
	if err := h.record(c); err != nil || answer.Header().Get("Location") != "/organisations/ZZ1/assessments/as1" {
		t.Errorf("%d, %v, %s", answer.Code, err, answer.Header().Get("Location"))
	}
	if strings.Join(d.recorded, "; ") != "S1 achieved Seen. 2; S10 achieved  0" {
		t.Errorf("recorded %q", d.recorded)
	}
}

func TestAConflictShowsBothAnswers(t *testing.T) {
	h, d := assessing(t)
	for _, seen := range []string{"1", "", "x"} {
		c, answer := posting(t, url.Values{"seen": {seen}, "level": {"partially_achieved"}, "comment": {"My words"}}, "ods", "ZZ1", "id", "as1", "code", "S1")
		if err := h.record(c); err != nil || answer.Code != http.StatusConflict || len(d.recorded) != 0 {
			t.Fatalf("seen %q: %d, %v, %q", seen, answer.Code, err, d.recorded)
		}
		body := answer.Body.String()
		for _, want := range []string{"<title>Error: ", "My words", "Tom Adeyemi recorded achieved at", "First line", `name="seen" value="2"`, assessment.ErrChanged.Sentence} {
			if !strings.Contains(body, want) {
				t.Errorf("seen %q: the page lacks %q", seen, want)
			}
		}
	}
}

func TestAnAssessmentIsDueAtFive(t *testing.T) {
	h, d := assessing(t)
	form := url.Values{"profile": {"ndg-10-demonstration"}, "period": {"2027"}, "due-day": {"30"}, "due-month": {"6"}, "due-year": {"2027"}}
	c, answer := posting(t, form, "ods", "ZZ1")
	if err := h.start(c); err != nil || answer.Header().Get("Location") != "/organisations/ZZ1/assessments/as2" || d.recorded[0] != "ndg-10-demonstration 2027 2027-06-30T16:00:00Z" {
		t.Errorf("%v, %s, %q", err, answer.Header().Get("Location"), d.recorded)
	}
	form.Set("due-day", "31")
	c, answer = posting(t, form, "ods", "ZZ1")
	if err := h.start(c); err != nil || answer.Code != http.StatusUnprocessableEntity || len(d.recorded) != 1 {
		t.Errorf("a day that is none: %d, %v", answer.Code, err)
	}
	layouttest.Check(t, answer.Body.String())
}
