package storagetest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/assessment"
	"countersign/internal/attestation"
	"countersign/internal/fault"
	"countersign/internal/organisation"
	"countersign/internal/storage"
)

// measures is what the portal counts, and what it counts by.
var measures = []promise{
	{"a framework or a profile is imported once, and never changes under its id", func(t *testing.T, h *House) {
		s, importer := h.assessments(t), access.PortalActor("importer")
		frameworks, profiles, err := assessment.BuiltIn()
		must(t, err)
		before := h.contents(t)
		must(t, s.ImportFramework(t.Context(), h.at(importer), frameworks[1])) // again: no change, and no event
		must(t, s.ImportProfile(t.Context(), h.at(importer), profiles[1]))
		if h.contents(t) != before {
			t.Error("importing the same again changed something")
		}
		f, p := frameworks[1], profiles[1]
		f.Name, p.Name = "Other words", "Other words"
		h.refused(t, assessment.ErrOtherFramework, func() error { return s.ImportFramework(t.Context(), h.at(importer), f) })
		h.refused(t, assessment.ErrOtherProfile, func() error { return s.ImportProfile(t.Context(), h.at(importer), p) })
		p.ID, p.Framework = "p-2", "caf-9"
		h.refused(t, assessment.ErrUnknownFramework, func() error { return s.ImportProfile(t.Context(), h.at(importer), p) })
		h.refused(t, access.ErrForbidden, func() error { return s.ImportFramework(t.Context(), h.at(author), frameworks[1]) })
		known, err := s.Frameworks(t.Context(), h.at(importer))
		must(t, err)
		if len(known) != len(frameworks) || known[1].Digest() != frameworks[1].Digest() {
			t.Errorf("%d frameworks are known, or not as they were imported", len(known))
		}
	}},
	{"an assessment is started once a period, and says who recorded what", func(t *testing.T, h *House) {
		s := h.assessments(t)
		id := h.assess(t, s, "2026")
		h.refused(t, assessment.ErrStarted, func() error {
			_, err := s.Start(t.Context(), h.at(lead), Here, "ndg-10-demonstration", "2026", Began.AddDate(1, 0, 0))
			return err
		})
		h.refused(t, assessment.ErrUnknownProfile, func() error {
			_, err := s.Start(t.Context(), h.at(lead), Here, "p-9", "2027", Began.AddDate(1, 0, 0))
			return err
		})
		_, err := s.Start(t.Context(), h.at(lead), Here, "", "", time.Time{})
		if problems, ok := errors.AsType[fault.Problems](err); !ok || len(problems) != 3 {
			t.Errorf("nothing chosen: %v", err)
		}
		must(t, s.Record(t.Context(), h.at(lead), Here, id, "S1", 0, assessment.Achieved, "Words of the trust's own"))
		must(t, s.Record(t.Context(), h.at(siro), Here, id, "S1", 1, assessment.PartiallyAchieved, ""))
		r, err := s.Read(t.Context(), h.at(chief), Here, id)
		must(t, err)
		if a := r.Answer("S1"); a.Level != assessment.PartiallyAchieved || a.By != siro.Name || a.Comment != "" || a.Version != 2 || !a.At.Equal(h.Now()) {
			t.Errorf("the answer is %+v", a)
		}
		h.refused(t, assessment.ErrUnknownOutcome, func() error {
			return s.Record(t.Context(), h.at(lead), Here, id, "S99", 0, assessment.Achieved, "")
		})
		h.refused(t, access.ErrForbidden, func() error {
			return s.Record(t.Context(), h.at(chief), Here, id, "S2", 0, assessment.Achieved, "")
		})
		events, err := h.Events.About(t.Context(), h.pass(t, chief, access.ReadOrganisation, Here), "assessment/"+string(id), 10)
		must(t, err)
		var lines []string
		for _, e := range events {
			if strings.Contains(e.Detail, "Words") {
				t.Error("an event repeats a comment")
			}
			lines = append(lines, e.Kind)
		}
		if strings.Count(strings.Join(lines, " "), "outcome recorded") != 2 || len(lines) != 3 {
			t.Errorf("the record has %q", lines)
		}
	}},
	{"the levels of the assessment before wait to be confirmed", func(t *testing.T, h *House) {
		s := h.assessments(t)
		before := h.assess(t, s, "2026")
		must(t, s.Record(t.Context(), h.at(lead), Here, before, "S1", 0, assessment.Achieved, "of last year"))
		must(t, s.Record(t.Context(), h.at(lead), Here, before, "S5", 0, assessment.NotAssessed, ""))
		h.Pass(time.Hour)
		id := h.assess(t, s, "2027")
		all, err := s.List(t.Context(), h.at(lead), Here)
		must(t, err)
		if len(all) != 2 || all[0].Assessment.ID != id || len(all[0].Answers) != 1 {
			t.Fatalf("%d assessments; the latest has %+v", len(all), all[0].Answers)
		}
		carried := all[0].Answer("S1")
		if carried.Was != assessment.Achieved || carried.Level != assessment.NotAssessed || carried.Comment != "" || carried.Answered() || !carried.At.IsZero() {
			t.Errorf("carried %+v", carried)
		}
		pass := h.pass(t, lead, access.PrepareStatement, Here)
		if reached, outcomes, err := s.TallyOf(t.Context(), pass, h.Now()); err != nil || reached != 0 || outcomes != 10 {
			t.Errorf("%d of %d count before anybody confirmed, %v", reached, outcomes, err)
		}
		must(t, s.Record(t.Context(), h.at(lead), Here, id, "S1", carried.Version, assessment.Achieved, ""))
		if reached, _, err := s.TallyOf(t.Context(), pass, h.Now()); err != nil || reached != 1 {
			t.Errorf("%d count once it was confirmed, %v", reached, err)
		}
		if _, _, err := s.TallyOf(t.Context(), pass, Began.Add(-time.Second)); !errors.Is(err, assessment.ErrNone) {
			t.Errorf("before any assessment: %v", err)
		}
	}},
	{"a statement's figures are those of its period and its organisation", func(t *testing.T, h *House) {
		s := h.assessments(t)
		first, late := h.issue(t), h.issue(t)
		for _, id := range []alert.ID{first, late} {
			if id == late {
				h.Pass(48 * time.Hour) // the deadline itself is late
			}
			h.answer(t, id)
		}
		h.Pass(time.Hour)
		figures := attestation.Records{Answers: h.AlertStore, Outcomes: s, Proofs: h.Evidence}
		pass := h.pass(t, siro, access.LockStatement, Here)
		due := organisation.DayOf(Began.Add(48 * time.Hour))
		day := func(days int) organisation.Day { return organisation.DayOf(Began.AddDate(0, 0, 2+days)) }
		for name, test := range map[string]struct {
			from, to      organisation.Day
			at            time.Time
			answered, due string
		}{
			"the day they were due":  {due, due, h.Now(), "1", "2"},
			"until the day before":   {day(-30), day(-1), h.Now(), "0", "0"},
			"from the day after":     {day(1), day(30), h.Now(), "0", "0"},
			"asked before they were": {due, due, Began.Add(time.Hour), "0", "0"},
		} {
			facts, err := figures.Facts(t.Context(), pass, test.from, test.to, test.at)
			must(t, err)
			if _, counted := facts["reached"]; counted {
				t.Error("outcomes are counted without an assessment")
			}
			if facts["answered"] != test.answered || facts["due"] != test.due || facts["evidence"] != "0" {
				t.Errorf("%s: %v", name, facts)
			}
		}
		facts, err := figures.Facts(t.Context(), access.Pass{}, due, due, h.Now())
		must(t, err)
		if facts["due"] != "0" {
			t.Errorf("a decision nobody took counts %v", facts)
		}
	}},
}

// assessments is the service, with what comes with the program imported.
func (h *House) assessments(t testing.TB) *assessment.Service {
	t.Helper()
	s := &assessment.Service{Store: &storage.Assessments{DB: h.DB}, Register: h.Organisations, Now: h.Now, NewID: NewID}
	frameworks, profiles, err := assessment.BuiltIn()
	must(t, err)
	for _, f := range frameworks {
		must(t, s.ImportFramework(t.Context(), h.at(access.PortalActor("importer")), f))
	}
	for _, p := range profiles {
		must(t, s.ImportProfile(t.Context(), h.at(access.PortalActor("importer")), p))
	}
	return s
}

// assess starts an assessment by the ten standards.
func (h *House) assess(t testing.TB, s *assessment.Service, period string) assessment.ID {
	t.Helper()
	id, err := s.Start(t.Context(), h.at(lead), Here, "ndg-10-demonstration", period, h.Now().AddDate(1, 0, 0))
	must(t, err)
	return id
}

// answer acknowledges an alert and says that it applies.
func (h *House) answer(t testing.TB, id alert.ID) {
	t.Helper()
	must(t, h.Alerts.Acknowledge(t.Context(), h.at(lead), Here, id))
	must(t, h.Alerts.Apply(t.Context(), h.at(lead), Here, id, 0, alert.Applies{Answer: alert.AppliesToAll}))
}
