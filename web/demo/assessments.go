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
	"countersign/internal/organisation"
	"countersign/internal/storage"
)

// wanting are the outcomes in which Calder Vale is short of what is expected,
// with what it says about them.
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
		begin := clock(weekday(started), 9, 0)
		if f.ID != b.titles.ID {
			begin = begin.AddDate(0, 0, -21) // the latest to start is the one statements count
		}
		for _, t := range b.trusts {
			if err := b.assess(t, f, profiles[i], period, begin); err != nil {
				return err
			}
		}
	}
	return nil
}

func titlesOnly(f assessment.Framework) bool {
	return !slices.ContainsFunc(f.Outcomes(), func(o assessment.Outcome) bool { return len(o.Indicators) > 0 })
}

// assess lets one trust answer for every outcome, one after the other. Its
// maturity says how often it reaches what is expected.
func (b *builder) assess(t *trust, f assessment.Framework, p assessment.Profile, period string, started time.Time) error {
	r := stream("assessment", f.ID, string(t.Code))
	outcomes := f.Outcomes()
	said := make([]assessment.Answer, 0, len(outcomes))
	for _, o := range outcomes {
		w := assessment.Answer{Outcome: o.Code}
		w.Level, w.Was = drawLevels(r, o, p.Expected[o.Code], t.maturity)
		if chance(r, 0.08) {
			w.Comment = pick(r, remarks)
		}
		if t.Code == CalderVale && f.ID == b.titles.ID {
			tellLevels(&w, o, p.Expected[o.Code])
		}
		said = append(said, w)
	}
	before := make([]assessment.Answer, 0, len(said))
	for _, w := range said {
		before = append(before, assessment.Answer{Outcome: w.Outcome, Level: w.Was})
	}
	pass, err := access.Check(t.lead.at(started), access.RecordAssessment, t.Code)
	if err != nil {
		return err
	}
	a, carried, e, err := assessment.Assessment{ID: assessment.ID(b.id(started)), Period: period, Due: clock(started.AddDate(1, 0, -6), 17, 0)}.
		Begin(pass, f, p, t.Kind, before, b.id(started), started)
	if err != nil {
		return err
	}
	b.record(e)
	levels := map[string]assessment.Level{}
	for i, w := range said {
		at := settle(r, started.Add(hours(float64(i)*20+10*r.Float64())), 0)
		if !b.past(at) {
			break
		}
		pass, err := access.Check(t.lead.at(at), access.RecordAssessment, t.Code)
		if err != nil {
			return err
		}
		if carried[i], e, err = a.Record(pass, f, carried[i], w.Level, w.Comment, b.id(at), at); err != nil {
			return err
		}
		b.record(e)
		levels[w.Outcome] = w.Level
	}
	if f.ID == b.titles.ID {
		reached, of := assessment.Tally(levels, p)
		t.reached, t.outcomes = reached, strconv.Itoa(of)
	}
	b.world.Seed.Assessments = append(b.world.Seed.Assessments, storage.SeedAssessment{Assessment: a, Answers: carried})
	return nil
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
func tellLevels(w *assessment.Answer, o assessment.Outcome, expected assessment.Level) {
	w.Level, w.Was, w.Comment = expected, expected, ""
	if comment, short := wanting[o.Code]; short {
		w.Level, w.Comment = lower(o, expected), comment
		w.Was = w.Level
	} else if slices.Contains(better, o.Code) {
		w.Was = lower(o, expected)
	}
}
