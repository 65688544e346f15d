package league_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/league"
	"countersign/internal/organisation"
)

type register []organisation.Organisation

func (r register) All(context.Context, access.Pass) ([]organisation.Organisation, error) {
	return r, nil
}

type pairs []league.Pair

func (p pairs) Pairs(context.Context, access.Pass, organisation.Kind, league.Period, time.Time) ([]league.Pair, error) {
	return p, nil
}

func (p pairs) Built(_ context.Context, _ access.Pass, _ string, build func() (league.Comparison, error)) (league.Comparison, error) {
	return build()
}

func person(office access.Office, at organisation.Code) access.Actor {
	return access.Actor{ID: "p", Name: "Pat Example", At: asOf, Appointments: []access.Appointment{{Office: office, Organisation: at}}}
}

// house is nine ambulance trusts, one of them closed, and one trust of no kind.
func house() *league.Service {
	var all register
	var asked pairs
	for _, code := range []organisation.Code{"ZZ1", "ZZ2", "ZZ3", "ZZ4", "ZZ5", "ZZ6", "ZZ7", "ZZ8", "ZZ9"} {
		o := organisation.Organisation{Code: code, Name: "Trust " + string(code), Kind: organisation.Ambulance, OpenedOn: "2010-04-01"}
		if code == "ZZ9" {
			o.ClosedOn = organisation.DayOf(asOf)
		}
		all = append(all, o)
		for i := range 20 {
			issued := asOf.AddDate(0, 0, -7*(i+1))
			p := league.Pair{Organisation: code, IssuedAt: issued, AnsweredAt: issued.Add(time.Hour)}
			if code == "ZZ2" {
				p.AnsweredAt = time.Time{}
			}
			asked = append(asked, p)
		}
	}
	all = append(all, organisation.Organisation{Code: "ZX1", Name: "Nobody has said", Kind: organisation.KindUnknown, OpenedOn: "2010-04-01"})
	return &league.Service{Store: asked, Register: all, Now: func() time.Time { return asOf }}
}

var year = league.Period{From: asOf.AddDate(-1, 0, 0), To: asOf}

func TestWhoSeesWhichRows(t *testing.T) {
	for name, test := range map[string]struct {
		who  access.Actor
		org  organisation.Code
		kind organisation.Kind
		rows []organisation.Code
		err  error
	}{
		"a regulator sees every open one":          {person(access.Regulator, organisation.National), organisation.National, organisation.Ambulance, []organisation.Code{"ZZ2", "ZZ1", "ZZ3", "ZZ4", "ZZ5", "ZZ6", "ZZ7", "ZZ8"}, nil},
		"a trust sees its own":                     {person(access.CyberLead, "ZZ3"), "ZZ3", "", []organisation.Code{"ZZ3"}, nil},
		"a trust cannot choose another kind":       {person(access.CyberLead, "ZZ3"), "ZZ3", organisation.Acute, []organisation.Code{"ZZ3"}, nil},
		"a regulator sees what the trust sees":     {person(access.Regulator, organisation.National), "ZZ2", "", []organisation.Code{"ZZ2"}, nil},
		"a trust does not see the whole":           {person(access.ChiefExecutive, "ZZ3"), organisation.National, organisation.Ambulance, nil, access.ErrForbidden},
		"a trust does not see another's":           {person(access.ChiefExecutive, "ZZ3"), "ZZ2", "", nil, access.ErrNotFound},
		"a publisher does not compare":             {person(access.AlertPublisher, organisation.National), organisation.National, organisation.Ambulance, nil, access.ErrForbidden},
		"nobody signed in":                         {access.Actor{}, organisation.National, organisation.Ambulance, nil, access.ErrSignIn},
		"a kind that is none":                      {person(access.Regulator, organisation.National), organisation.National, "hospital", nil, league.ErrKind},
		"a trust the register does not have":       {person(access.Regulator, organisation.National), "QQ1", "", nil, league.ErrUnknown},
		"a closed trust has no row of its own":     {person(access.CyberLead, "ZZ9"), "ZZ9", "", nil, nil},
		"a kind nobody has recorded is not a peer": {person(access.CyberLead, "ZX1"), "ZX1", "", []organisation.Code{"ZX1"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := house().Table(context.Background(), test.who, test.org, test.kind, year, time.Time{})
			if !errors.Is(err, test.err) {
				t.Fatalf("got %v, want %v", err, test.err)
			}
			var rows []organisation.Code
			for _, row := range c.Rows {
				rows = append(rows, row.Organisation)
			}
			if !slices.Equal(rows, test.rows) || len(c.Courses) > len(rows) {
				t.Errorf("rows %v, courses %d; want %v", rows, len(c.Courses), test.rows)
			}
			if c.Kind == organisation.KindUnknown && (c.Refusal == "" || c.N != 0 || c.Rows[0].Band != league.NotMeasured) {
				t.Errorf("compared by being unknown: %+v", c)
			}
		})
	}
}

func TestATrustSeesTheGroupsFiguresAndNobodyElses(t *testing.T) {
	full, err := house().Table(context.Background(), person(access.Regulator, organisation.National), organisation.National, organisation.Ambulance, year, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	own := full.For("ZZ3")
	if own.Own != "ZZ3" || own.K != full.K || own.N != full.N || own.Compared != 8 || own.Rows[0].PositionHigh != 7 {
		t.Errorf("got %+v", own)
	}
	if len(full.Rows) != 8 || len(full.In(league.Below)) != 1 || len(full.In(league.Within)) != 7 {
		t.Errorf("taking one row out changed the whole: %d rows", len(full.Rows))
	}
}

func TestAsOfIsAFullHourAndNeverToCome(t *testing.T) {
	for asked, want := range map[time.Time]time.Time{
		{}:                               asOf.Truncate(time.Hour),
		asOf.Add(90 * time.Minute):       asOf.Truncate(time.Hour),
		asOf.AddDate(0, -1, 0).Add(7e11): asOf.AddDate(0, -1, 0).Add(7e11).Truncate(time.Hour),
	} {
		c, err := house().Table(context.Background(), person(access.Auditor, organisation.National), organisation.National, organisation.Ambulance, year, asked)
		if err != nil || !c.AsOf.Equal(want) {
			t.Errorf("asked for %s: as of %s, %v", asked, c.AsOf, err)
		}
	}
}

func TestAYearIsTwelveWholeMonths(t *testing.T) {
	p := league.Year(time.Date(2026, 6, 30, 23, 30, 0, 0, time.UTC)) // already July in London
	months := p.Months()
	if got := p.From.Format(time.RFC3339) + " " + p.To.Format(time.RFC3339); got != "2025-07-01T00:00:00+01:00 2026-07-01T00:00:00+01:00" || len(months) != 12 {
		t.Errorf("%s, %d months", got, len(months))
	}
	if got := months[4].Format(time.RFC3339); got != "2025-11-01T00:00:00Z" {
		t.Errorf("the fifth month begins %s", got)
	}
}

func TestTheCourseOfAYear(t *testing.T) {
	period := league.Year(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC))
	// In time by month, of ten asked in each month that has a digit; of three
	// where the name says so.
	for name, test := range map[string]struct {
		inTime string // of ten; a blank month asked nothing
		want   league.Direction
		shares int
	}{
		"the same every month":                    {"999999999999", league.NoClearChange, 12},
		"chance":                                  {"989899889898", league.NoClearChange, 12},
		"seven months falling":                    {"999998765432", league.Worse, 12},
		"seven months rising":                     {"222223456789", league.Improving, 12},
		"the last month far below":                {"898989898981", league.Worse, 12},
		"far below in summer, as ever now":        {"898989891989", league.NoClearChange, 12},
		"six months":                              {"      999999", league.NoClearChange, 6},
		"five months":                             {"       99999", league.TooShort, 5},
		"nothing asked":                           {"            ", league.TooShort, 0},
		"one late answer of 3 in the last month":  {"333333333332", league.NoClearChange, 12},
		"3 a month, and then none in time":        {"333333333330", league.Worse, 12},
		"3 a month, and one late in summer":       {"333333233333", league.NoClearChange, 12},
		"3 a month, and three quiet ones at last": {"232223223333", league.NoClearChange, 12},
		"a month that asked nothing is not":       {"99999 999999", league.NoClearChange, 11},
	} {
		var asked []league.Pair
		for i, month := range period.Months() {
			of := 10
			if strings.Contains(name, "3") {
				of = 3
			}
			for j := range of {
				if test.inTime[i] == ' ' {
					continue
				}
				p := league.Pair{IssuedAt: month.Add(time.Duration(j) * time.Hour)}
				if j < int(test.inTime[i]-'0') {
					p.AnsweredAt = p.IssuedAt.Add(time.Hour)
				}
				asked = append(asked, p)
			}
		}
		got := league.CourseOf(asked, period, period.To.AddDate(0, 0, 3))
		if got.Direction != test.want || len(got.Shares) != test.shares {
			t.Errorf("%s: %s from %v", name, got.Direction, got.Shares)
		}
	}
}
