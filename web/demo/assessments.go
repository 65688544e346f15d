//go:build demo

package demo

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"countersign/internal/access"
	"countersign/internal/assessment"
	"countersign/internal/event"
	"countersign/internal/organisation"
	"countersign/internal/storage"
)

// wanting are the outcomes in which Calder Vale is short of what is expected,
// with what it says about them. Those marked are no better than before.
var wanting = map[string]string{
	"B4.d": "14 infusion pump servers cannot be updated. They are kept apart from the network until the supplier replaces them.",
	"B2.a": "Multi-factor sign-in reaches 91% of remote accounts. The rest belong to visiting clinicians.",
	"D1.c": "The last ransomware exercise was in May last year. The next is booked.",
	"A1.c": "Decisions are made, but not always written down by the board.",
	"A3.a": "Medical devices on wards are listed once a year; the list is out of date in between.",
	"C1.c": "", "C2.a": "The team has no time of its own for looking.", "B3.d": "", "A4.b": "", "D2.b": "",
}

var better = []string{"A1.a", "B1.b", "C1.a", "D1.a"} // moved up since the last period

var remarks = []string{
	"Written down and followed. Last checked by internal audit.", "In place at both main sites, not yet in the community clinics.",
	"A new lead took this over in the spring.", "The tool is bought; it reaches two thirds of our computers.", "Shared with the trust next door.",
}

func (b *builder) addAssessments() error {
	frameworks, profiles, err := assessment.BuiltIn()
	if err != nil {
		return err
	}
	b.world.Seed.Frameworks, b.world.Seed.Profiles = frameworks, profiles
	for _, f := range frameworks {
		if titlesOnly(f) {
			b.titles = f
		}
	}
	if b.titles.ID == "" {
		return errors.New("no framework comes with titles only")
	}
	year := quarterOf(b.quarter.start.AddDate(0, -6, 0)).start.Year() // runs from July to June
	started := time.Date(year, time.July, 6, 9, 0, 0, 0, organisation.London)
	period := fmt.Sprintf("July %d to June %d", year, year+1)
	for _, f := range frameworks {
		i := slices.IndexFunc(profiles, func(p assessment.Profile) bool { return p.Framework == f.ID })
		if i < 0 {
			continue // nothing is expected, so nothing is short of it
		}
		for _, t := range b.trusts {
			if err := b.assess(t, f, profiles[i], period, clock(weekday(started), 9, 0)); err != nil {
				return err
			}
		}
	}
	return nil
}

func titlesOnly(f assessment.Framework) bool {
	return !slices.ContainsFunc(f.Outcomes(), func(o assessment.Outcome) bool { return len(o.Indicators) > 0 })
}

// assess lets one trust answer for every outcome. Its maturity says how often
// it reaches what is expected.
func (b *builder) assess(t *trust, f assessment.Framework, p assessment.Profile, period string, started time.Time) error {
	r := stream("assessment", f.ID, string(t.Code))
	a := storage.SeedAssessment{ID: b.id(started), Organisation: t.Code, Framework: f.ID, Profile: p.ID, Period: period, StartedAt: started,
		DueAt: clock(started.AddDate(1, 0, -6), 17, 0)}
	levels := map[string]assessment.Level{}
	last := started
	for i, o := range f.Outcomes() {
		w := storage.SeedAnswer{Outcome: o.Code, By: t.lead.Name, At: settle(r, started.Add(hours(float64(i)*20+10*r.Float64())), 0)}
		if !b.past(w.At) {
			w.At = b.now.Add(-time.Hour)
		}
		w.Level, w.Was = drawLevels(r, o, p.Expected[o.Code], t.maturity)
		if chance(r, 0.08) {
			w.Comment = pick(r, remarks)
		}
		if t.Code == CalderVale {
			tellLevels(&w, o, p.Expected[o.Code], f.ID == b.titles.ID)
		}
		levels[o.Code], last = w.Level, latest(last, w.At)
		a.Answers = append(a.Answers, w)
	}
	at, of := assessment.Tally(levels, p)
	if f.ID == b.titles.ID {
		t.reached, t.outcomes = strconv.Itoa(at), strconv.Itoa(of)
	}
	b.world.Seed.Assessments = append(b.world.Seed.Assessments, a)
	pass, err := access.Check(t.lead.at(last), access.RecordAssessment, t.Code)
	if err != nil {
		return err
	}
	b.record(event.New(b.id(last), pass, last, "assessment recorded", "assessment/"+a.ID,
		fmt.Sprintf("%d of %d outcomes of %s at the expected level", at, of, f.Name)))
	return nil
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// drawLevels gives the level now and the one of the last period, which was the
// same or one lower.
func drawLevels(r *rand.Rand, o assessment.Outcome, expected assessment.Level, maturity float64) (is, was assessment.Level) {
	is = expected
	switch {
	case !chance(r, maturity):
		is = lower(o, expected)
	case expected == assessment.PartiallyAchieved && chance(r, 0.35):
		is = assessment.Achieved
	}
	was = is
	if chance(r, 0.15) {
		was = lower(o, is)
	}
	return is, was
}

// lower is the next level down that the outcome can have.
func lower(o assessment.Outcome, level assessment.Level) assessment.Level {
	if level == assessment.Achieved && o.HasPartial {
		return assessment.PartiallyAchieved
	}
	return assessment.NotAchieved
}

// tellLevels puts Calder Vale's own story in place of chance.
func tellLevels(w *storage.SeedAnswer, o assessment.Outcome, expected assessment.Level, titles bool) {
	if !titles {
		return
	}
	w.Level, w.Was, w.Comment = expected, expected, ""
	if comment, short := wanting[o.Code]; short {
		w.Level, w.Comment = lower(o, expected), comment
		w.Was = w.Level
	} else if slices.Contains(better, o.Code) {
		w.Was = lower(o, expected)
	}
}
