package notification

import (
	"context"
	"fmt"
	"strings"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/organisation"
)

// Audience is whom a letter to organisations would find.
type Audience struct {
	People int                 // each address once, at however many organisations
	Silent []organisation.Code // where nobody can be told: no address is on record
}

// Audience tells whom Tell would write to if organisations were sent an alert
// now.
func (s *Service) Audience(ctx context.Context, who access.Actor, orgs []organisation.Code) (Audience, error) {
	pass, err := access.Check(who, access.ReadAlertDrafts, organisation.National)
	if err != nil {
		return Audience{}, err
	}
	places, err := s.Store.Everywhere(ctx, pass, s.Now())
	if err != nil {
		return Audience{}, err
	}
	told := make(map[organisation.Code][]Recipient, len(places))
	for _, p := range places {
		told[p.Code] = p.Everyone()
	}
	var found Audience
	people := map[string]bool{}
	for _, org := range orgs {
		if len(told[org]) == 0 {
			found.Silent = append(found.Silent, org)
		}
		for _, r := range told[org] {
			people[strings.ToLower(strings.TrimSpace(r.Address))] = true
		}
	}
	found.People = len(people)
	return found, nil
}

// Announced is what people are told when an alert is issued, to whomever it
// goes.
func Announced(a alert.Alert) Message {
	return Message{Thing: alertThing(a.ID), Purpose: Issued, Facts: Facts{Alert: a.Name(), Due: a.AnswerDue}}
}

// AnnouncedChange is what people are told of an alert when a newer version of
// it is issued.
func AnnouncedChange(a alert.Alert, v alert.Version, issued time.Time) Message {
	m := Announced(a)
	m.Purpose, m.Turn = Changed, fmt.Sprintf("version %d", v.Number)
	m.Facts.How, m.Facts.Again = v.Kind.Past(), v.Renew
	if v.Renew {
		m.Facts.Due = issued.Add(alert.AnswerWindow)
	}
	return m
}

// At is the message as the people of an organisation get it.
func (m Message) At(org organisation.Code, name string) Message {
	m.Organisation, m.Facts.Organisation, m.Facts.Path = org, name, alertPath(org, alert.ID(strings.TrimPrefix(m.Thing, "alert/")))
	return m
}
