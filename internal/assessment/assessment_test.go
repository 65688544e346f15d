package assessment_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/assessment"
	"countersign/internal/fault"
	"countersign/internal/organisation"
)

var today = time.Date(2026, 11, 23, 9, 20, 0, 0, time.UTC)

func recording(t *testing.T) access.Pass {
	t.Helper()
	who := access.Actor{ID: "p1", Name: "Tom Adeyemi", At: today, Appointments: []access.Appointment{{Office: access.CyberLead, Organisation: "ZZ1"}}}
	pass, err := access.Check(who, access.RecordAssessment, "ZZ1")
	if err != nil {
		t.Fatal(err)
	}
	return pass
}

func tiny(t *testing.T) (assessment.Framework, assessment.Profile) {
	t.Helper()
	f, err := assessment.ReadFramework(strings.NewReader(small))
	if err != nil {
		t.Fatal(err)
	}
	return f, assessment.Profile{ID: "p-1", Framework: "own-1", Expected: map[string]assessment.Level{"A1.a": assessment.PartiallyAchieved, "A1.b": assessment.Achieved}}
}

func TestRecord(t *testing.T) {
	f, _ := tiny(t)
	a := assessment.Assessment{ID: "as1", Organisation: "ZZ1", Framework: "own-1"}
	for name, test := range map[string]struct {
		was     assessment.Answer
		level   assessment.Level
		comment string
		field   string // at fault; empty when it is recorded
		detail  string
	}{
		"a first answer":                  {assessment.Answer{Outcome: "A1.a"}, assessment.Achieved, "See the board paper.", "", "A1.a Third recorded as achieved"},
		"a change":                        {assessment.Answer{Outcome: "A1.a", Level: assessment.Achieved, By: "Ann"}, assessment.NotAchieved, "", "", "A1.a Third recorded as not achieved, was achieved"},
		"the same level, other words":     {assessment.Answer{Outcome: "A1.a", Level: assessment.Achieved, By: "Ann"}, assessment.Achieved, "x", "", "A1.a Third recorded as achieved"},
		"a level taken back":              {assessment.Answer{Outcome: "A1.a", Level: assessment.Achieved, By: "Ann"}, assessment.NotAssessed, "", "", "A1.a Third recorded as not assessed, was achieved"},
		"a carried level confirmed":       {assessment.Answer{Outcome: "A1.a", Level: assessment.NotAssessed, Was: assessment.Achieved}, assessment.Achieved, "", "", "A1.a Third recorded as achieved"},
		"no level":                        {assessment.Answer{Outcome: "A1.a"}, "", "", "level", ""},
		"a level that is none":            {assessment.Answer{Outcome: "A1.a"}, "excellent", "", "level", ""},
		"a level the outcome has not":     {assessment.Answer{Outcome: "A1.b"}, assessment.PartiallyAchieved, "", "level", ""},
		"a comment of 2,000 characters":   {assessment.Answer{Outcome: "A1.b"}, assessment.Achieved, strings.Repeat("é", 2000), "", "A1.b Fourth recorded as achieved"},
		"a comment of 2,001 characters":   {assessment.Answer{Outcome: "A1.b"}, assessment.Achieved, strings.Repeat("é", 2001), "comment", ""},
		"a comment that is turned around": {assessment.Answer{Outcome: "A1.b"}, assessment.Achieved, "a\u202eb", "comment", ""},
		"a comment with a null":           {assessment.Answer{Outcome: "A1.b"}, assessment.Achieved, "a\x00b", "comment", ""},
		"a comment of several lines":      {assessment.Answer{Outcome: "A1.b"}, assessment.Achieved, "one\r\ntwo", "", "A1.b Fourth recorded as achieved"},
	} {
		t.Run(name, func(t *testing.T) {
			is, e, err := a.Record(recording(t), f, test.was, test.level, test.comment, "e1", today)
			if test.field != "" {
				problems, _ := errors.AsType[fault.Problems](err)
				if len(problems) != 1 || problems[0].Field != test.field || is != test.was {
					t.Fatalf("got %v and %+v", err, is)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if e.Kind != "outcome recorded" || e.Detail != test.detail || e.Thing != "assessment/as1" || e.Organisation != "ZZ1" {
				t.Errorf("event %+v", e)
			}
			if test.comment != "" && len(test.comment) > 3 && strings.Contains(e.Detail, test.comment) {
				t.Error("the event repeats the comment")
			}
			if is.By != "Tom Adeyemi" || !is.At.Equal(today) || is.Level != test.level || is.Was != test.was.Was || strings.Contains(is.Comment, "\r") {
				t.Errorf("answer %+v", is)
			}
		})
	}
	for _, was := range []assessment.Answer{{Outcome: "A9.z"}, {}} {
		if _, _, err := a.Record(recording(t), f, was, assessment.Achieved, "", "e1", today); !errors.Is(err, assessment.ErrUnknownOutcome) {
			t.Errorf("%q: %v", was.Outcome, err)
		}
	}
	other := assessment.Assessment{Framework: "own-2"}
	if _, _, err := other.Record(recording(t), f, assessment.Answer{Outcome: "A1.a"}, assessment.Achieved, "", "e1", today); err == nil {
		t.Error("recorded by another framework's outcome")
	}
}

func TestBegin(t *testing.T) {
	f, p := tiny(t)
	before := []assessment.Answer{
		{Outcome: "A1.a", Level: assessment.Achieved, Comment: "last year", By: "Ann", At: today, Version: 7},
		{Outcome: "A1.b", Level: assessment.NotAssessed, By: "Ann"}, {Outcome: "A9.z", Level: assessment.Achieved, By: "Ann"},
	}
	plan := assessment.Assessment{ID: "as1", Period: " 2026  to 2027", Due: today.AddDate(0, 6, 0)}
	a, answers, e, err := plan.Begin(recording(t), f, p, organisation.Acute, before, "e1", today)
	if err != nil {
		t.Fatal(err)
	}
	want := assessment.Assessment{ID: "as1", Organisation: "ZZ1", Framework: "own-1", Profile: "p-1", Period: "2026 to 2027", StartedAt: today, Due: plan.Due}
	if a != want || e.Detail != "Own assessment started for 2026 to 2027" {
		t.Errorf("got %+v, %q", a, e.Detail)
	}
	if !reflect.DeepEqual(answers, []assessment.Answer{{Outcome: "A1.a", Level: assessment.NotAssessed, Was: assessment.Achieved}}) {
		t.Errorf("carried %+v", answers)
	}
	elsewhere, meant := p, p
	elsewhere.Framework, meant.Kinds = "own-2", []organisation.Kind{organisation.Ambulance}
	for name, test := range map[string]struct {
		plan    assessment.Assessment
		profile assessment.Profile
		want    string
	}{
		"no period":             {assessment.Assessment{Due: plan.Due}, p, "Enter the period this assessment is for"},
		"a long period":         {assessment.Assessment{Due: plan.Due, Period: strings.Repeat("x", 41)}, p, "The period must be 40 characters or fewer"},
		"a hidden character":    {assessment.Assessment{Due: plan.Due, Period: "20\u200b26"}, p, "The period holds hidden characters. Type it again"},
		"due now":               {assessment.Assessment{Due: today, Period: "2026"}, p, "The date it is due must be after today"},
		"another framework":     {plan, elsewhere, assessment.ErrMismatch.Sentence},
		"another kind of trust": {plan, meant, assessment.ErrNotForKind.Sentence},
	} {
		if _, _, _, err := test.plan.Begin(recording(t), f, test.profile, organisation.Acute, nil, "e1", today); err == nil || err.Error() != test.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFits(t *testing.T) {
	f, p := tiny(t)
	if err := p.Fits(f); err != nil {
		t.Fatal(err)
	}
	for name, expected := range map[string]map[string]assessment.Level{
		"an outcome left out":  {"A1.a": assessment.Achieved},
		"one outcome too many": {"A1.a": assessment.Achieved, "A1.b": assessment.Achieved, "Z": assessment.Achieved},
		"a level out of reach": {"A1.a": assessment.Achieved, "A1.b": assessment.PartiallyAchieved},
	} {
		if err := (assessment.Profile{Framework: "own-1", Expected: expected}).Fits(f); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := (assessment.Profile{Framework: "own-2", Expected: p.Expected}).Fits(f); err != assessment.ErrMismatch {
		t.Errorf("another framework: %v", err)
	}
}

func TestAReadingIsCounted(t *testing.T) {
	f, p := tiny(t)
	r := assessment.Reading{Framework: f, Profile: p, Answers: map[string]assessment.Answer{
		"A1.a": {Outcome: "A1.a", Level: assessment.Achieved, By: "Ann"},
		"A1.b": {Outcome: "A1.b", Level: assessment.NotAssessed, Was: assessment.Achieved}, // carried, and nobody has confirmed it
	}}
	at, of := r.Tally()
	if at != 1 || of != 2 || r.Said() != 1 || !r.Reached("A1.a") || r.Reached("A1.b") || r.Answer("A9").Level != assessment.NotAssessed {
		t.Errorf("%d of %d, %d said", at, of, r.Said())
	}
	if got := assessment.TallyWords(36, 47); got != "36 of 47 at the expected level" {
		t.Error(got)
	}
}

// TestStoredNamesStay: the digest of a stored document is made from these
// names, and a framework never changes under its id.
func TestStoredNamesStay(t *testing.T) {
	f, p := tiny(t)
	if got := f.Digest(); got != "9cdcf7adc9c6c1747b7a1a08e76500ab51c1943df9bf9017bd27055f2d5c8fc4" {
		t.Errorf("framework digest %s", got)
	}
	if got := p.Digest(); got != "2bc718304487f9ebcb8e8c514aa14a5c45bd6ecc7a199cf0e4dc0e90eff97710" {
		t.Errorf("profile digest %s", got)
	}
}
