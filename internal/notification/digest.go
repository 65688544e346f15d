package notification

import (
	"context"
	"time"

	"countersign/internal/access"
	"countersign/internal/organisation"
)

// News is one thing that can wait until the morning.
type News struct {
	Organisation organisation.Code `json:"-"`
	Statement    string            `json:"statement,omitempty"` // what was asked for, as the record says it
	Evidence     int               `json:"evidence,omitempty"`  // pieces that end on
	EndsOn       organisation.Day  `json:"ends_on,omitempty"`
}

// digestHour is when the day's digest goes, in UK time.
const digestHour = 7

// endsIn are how many days before its end evidence is spoken of.
var endsIn = []int{30, 7, 1}

// signers are told of statements, keepers of evidence that ends.
var (
	signers = []access.Office{access.CyberLead, access.SIRO, access.ChiefExecutive, access.CompanySecretary}
	keepers = second
)

// DigestAt is the newest 7am in the United Kingdom at an instant. Between two
// of them lie 23, 24 or 25 hours.
func DigestAt(now time.Time) time.Time {
	l := now.In(organisation.London)
	at := time.Date(l.Year(), l.Month(), l.Day(), digestHour, 0, 0, 0, organisation.London)
	if at.After(now) {
		at = time.Date(l.Year(), l.Month(), l.Day()-1, digestHour, 0, 0, 0, organisation.London)
	}
	return at.UTC()
}

// Morning writes the day's digests: one to each person for whose organisation
// there is news, once a day.
func (s *Service) Morning(ctx context.Context) error {
	if s.Post == nil {
		return nil // yesterday's news is worth nothing later
	}
	pass, err := access.Check(notifier, access.TellPeople, organisation.National)
	if err != nil {
		return err
	}
	to := DigestAt(s.Now())
	from, today := DigestAt(to.Add(-time.Microsecond)), organisation.DayOf(to)
	thing := "digest/" + string(today)
	before, err := s.Store.ToldOf(ctx, pass, thing)
	if err != nil {
		return err
	}
	var days []organisation.Day
	for _, n := range endsIn {
		days = append(days, organisation.DayOf(to.In(organisation.London).AddDate(0, 0, n)))
	}
	news, err := s.Store.News(ctx, pass, from, to, days)
	if err != nil {
		return err
	}
	byPlace := map[organisation.Code][]News{}
	for _, n := range news {
		if !before[ToldAt{n.Organisation, morning}] {
			byPlace[n.Organisation] = append(byPlace[n.Organisation], n)
		}
	}
	for org, list := range byPlace {
		if err := s.digest(ctx, org, thing, list); err != nil {
			return err
		}
	}
	return nil
}

// morning is the turn of every digest; the day is in its thing.
const morning = "morning"

// digest writes to the people of one organisation, each about what is theirs.
func (s *Service) digest(ctx context.Context, org organisation.Code, thing string, news []News) error {
	pass, err := access.Check(notifier, access.TellPeople, org)
	if err != nil {
		return err
	}
	now := s.Now()
	place, err := s.Store.Place(ctx, pass, now)
	if err != nil {
		return err
	}
	var messages []Message
	for _, office := range [][]access.Office{keepers, signers} { // keepers first: theirs is the longer letter
		theirs := news
		if len(office) == len(signers) {
			theirs = nil
			for _, n := range news {
				if n.Statement != "" {
					theirs = append(theirs, n)
				}
			}
		}
		if len(theirs) > 0 {
			facts := Facts{Organisation: place.Name, News: theirs, Path: "/organisations/" + string(org)}
			messages = append(messages, s.letters(org, thing, Digest, morning, place.In(office), facts, now)...)
		}
	}
	_, err = s.Store.Add(ctx, pass, messages, nil, nil) // who is in both gets the first
	return err
}
