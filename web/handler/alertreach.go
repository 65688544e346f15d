package handler

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/internal/alert"
	"countersign/internal/notification"
	"countersign/internal/organisation"
	"countersign/views/alertview"
	"countersign/web/session"
)

// reached is whom an alert would reach, or has.
type reached struct {
	trusts []namedTrust // A to Z
	people int
	silent []string // trusts that no email reaches, A to Z
}

type namedTrust struct {
	code organisation.Code
	name string
}

func (h Alerts) reached(c echo.Context, orgs []organisation.Code) (reached, error) {
	var to reached
	audience, err := h.Told.Audience(c.Request().Context(), session.Who(c), orgs)
	if err != nil {
		return to, err
	}
	names, err := h.names(c)
	if err != nil {
		return to, err
	}
	to.people = audience.People
	for _, org := range orgs {
		to.trusts = append(to.trusts, namedTrust{org, cmp.Or(names[org], string(org))})
	}
	slices.SortFunc(to.trusts, func(a, b namedTrust) int { return strings.Compare(a.name, b.name) })
	for _, t := range to.trusts {
		if slices.Contains(audience.Silent, t.code) {
			to.silent = append(to.silent, t.name)
		}
	}
	return to, nil
}

func (r reached) words() string {
	return plural(len(r.trusts), "trust") + ", " + peopleWord(r.people)
}

func (r reached) everybody() string {
	return peopleWord(r.people) + " at " + plural(len(r.trusts), "trust")
}

// live is the line under the form of an alert.
func (r reached) live() string {
	if len(r.trusts) == 0 {
		return "As it is, it would reach nobody"
	}
	says := "As it is, it would reach " + r.words() + "."
	if n := len(r.silent); n > 0 {
		says += " " + plural(n, "trust") + " cannot be told: no address."
	}
	return says
}

// silentNamed is how many trusts without an address a page names.
const silentNamed = 50

// silence says how many trusts no email reaches, and which.
func (r reached) silence() (says string, names []string) {
	if n := len(r.silent); n > 0 {
		says = plural(n, "trust") + " cannot be told by email: no address is on record."
	}
	return says, first(r.silent, silentNamed)
}

// announced is what people are told if a draft is sent now. The number comes
// with the issue, so a place is kept for it.
func announced(a alert.Alert, now time.Time) notification.Message {
	a.AnswerDue = now.Add(alert.AnswerWindow)
	m := notification.Announced(a)
	m.Facts.Alert = "CC-nnnn"
	if a.Draft.Rehearsal {
		m.Facts.Alert = "Rehearsal CC-nnnn"
	}
	return m
}

// email is the letter as people of the first trust that has any get it; there
// is none where nobody is reached.
func (h Alerts) email(m notification.Message, to reached) (alertview.Email, error) {
	i := slices.IndexFunc(to.trusts, func(t namedTrust) bool { return !slices.Contains(to.silent, t.name) })
	if i < 0 {
		return alertview.Email{}, nil
	}
	letter, err := h.Letters.Write(m.At(to.trusts[i].code, to.trusts[i].name))
	if err != nil {
		return alertview.Email{}, err
	}
	about := "As people of " + to.trusts[i].name + " get it."
	if strings.Contains(m.Facts.Alert, "nnnn") {
		about += " The number is given when it is sent."
	}
	return alertview.Email{About: about, Subject: letter.Subject, Text: letter.Text}, nil
}
