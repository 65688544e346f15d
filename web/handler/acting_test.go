package handler

import (
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/identity"
	"countersign/internal/organisation"
)

// acts is a post at a trust, from a day until another.
func acts(person, name string, office access.Office, acting bool, from, to time.Time) identity.Post {
	return identity.Post{Name: name, Held: identity.Held{Person: identity.PersonID(person), Appointment: access.Appointment{Office: office, Organisation: "ZZ1", Acting: acting, From: from, To: to}}}
}

func TestWhoCanSignIsSaid(t *testing.T) {
	now := time.Date(2026, 12, 20, 9, 0, 0, 0, time.UTC)
	term := func(acting bool) identity.ActingGround {
		return identity.ActingGround{Posts: []identity.Post{acts("imran", "Dr Imran Sethi", access.ChiefExecutive, acting, now.AddDate(0, 0, -2), organisation.Day("2027-01-05").Start())}}
	}
	for claim, test := range map[string]struct {
		reader string
		ground identity.ActingGround
		want   string
	}{
		"nobody acts":                     {"amara", identity.ActingGround{}, "Only you can sign."},
		"somebody else in office":         {"amara", term(false), "Only you can sign."},
		"somebody acts":                   {"amara", term(true), "Dr Imran Sethi is acting chief executive until 4 January 2027 and can sign."},
		"who acts reads it of themselves": {"imran", term(true), "You sign as acting chief executive, in your own name."},
	} {
		if got := (trustSight{who: access.Actor{ID: test.reader}, org: "ZZ1", now: now, acting: test.ground}).signer(); got != test.want {
			t.Errorf("%s: %q", claim, got)
		}
	}
}

func TestWhoCannotSignYetIsTold(t *testing.T) {
	now := time.Date(2026, 12, 20, 9, 0, 0, 0, time.UTC)
	waits := identity.ActingGround{Posts: []identity.Post{acts("amara", "Amara Whitlock", access.ChiefExecutive, false, now.AddDate(-1, 0, 0), time.Time{})}, Earlier: []identity.Acting{{Person: "tom", From: "2026-12-28", To: "2027-01-04", State: identity.ActingWaits}}}
	later := identity.ActingGround{Posts: []identity.Post{acts("tom", "Tom", access.ChiefExecutive, true, now.AddDate(0, 0, 3), time.Time{})}}
	for claim, test := range map[string]struct {
		reader string
		ground identity.ActingGround
		want   string
	}{
		"who is asked for":          {"tom", waits, "Your trust asked for you as acting chief executive, 28 December 2026 to 4 January 2027. The national team has not confirmed it yet. They tell you by email when they decide, and you need do nothing before. Until then Amara Whitlock signs."},
		"somebody else is asked":    {"amara", waits, ""},
		"who acts from another day": {"tom", later, "You become acting chief executive on 23 December 2026. You can sign from then, and need do nothing before. Nobody can sign for your trust until then. If a statement is due, tell the national team."},
		"somebody else will act":    {"amara", later, ""},
	} {
		if got := unconfirmed(test.ground, access.Actor{ID: test.reader}, now); got != test.want {
			t.Errorf("%s: %q", claim, got)
		}
	}
	soon := access.Actor{Appointments: []access.Appointment{{Office: access.ChiefExecutive, From: now.AddDate(0, 0, 9)}}}
	if got := soonChief(soon, now); got != "Your time as chief executive begins on 29 December 2026. You can sign from then, and need do nothing before. If that day is wrong, ask your company secretary to correct it. The national team confirms it." {
		t.Errorf("%q", got)
	}
}

func TestAnActingRequestSaysWhereItStands(t *testing.T) {
	now := time.Date(2026, 12, 20, 9, 0, 0, 0, time.UTC)
	confirmed := identity.Acting{State: identity.ActingConfirmed, From: "2026-12-18", To: "2026-12-24", DecidedAt: now.AddDate(0, 0, -5)}
	with := func(change func(*identity.Acting)) identity.Acting { a := confirmed; change(&a); return a }
	for want, a := range map[string]identity.Acting{
		"Acts now":                      confirmed,
		"Waiting for the national team": {State: identity.ActingWaits},
		"Not confirmed":                 {State: identity.ActingRefused},
		"Withdrawn":                     {State: identity.ActingWithdrawn},
		"Confirmed, not begun":          with(func(a *identity.Acting) { a.From = "2026-12-21" }),
		"Over":                          with(func(a *identity.Acting) { a.To = "2026-12-19" }),
		"Ended early":                   with(func(a *identity.Acting) { a.EndedAt = now }),
	} {
		if got, _ := actingWord(a, now); got != want {
			t.Errorf("%q, want: %q", got, want)
		}
	}
}
