package storage

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/notification"
	"countersign/internal/organisation"
	"countersign/internal/storage/gen"
)

// Place gives the decision's organisation with the people there who can be
// told at an instant.
func (s Notifications) Place(ctx context.Context, pass access.Pass, at time.Time) (notification.Place, error) {
	row, err := s.DB.read.FindOrganisation(ctx, code(pass.In()))
	if err != nil {
		return notification.Place{}, found(err, organisation.ErrUnknown, "organisation "+code(pass.In()))
	}
	place := notification.Place{Code: pass.In(), Name: row.Name}
	if place.Holders, err = s.holders(ctx, pass.In(), at); err != nil {
		return notification.Place{}, err
	}
	contacts, err := s.Contacts(ctx, pass)
	for _, c := range contacts {
		place.Contacts = append(place.Contacts, c.Recipient)
	}
	return place, err
}

// Everywhere lists every organisation where somebody can be told at an
// instant, by code alone.
func (s Notifications) Everywhere(ctx context.Context, pass access.Pass, at time.Time) ([]notification.Place, error) {
	if err := national(pass); err != nil {
		return nil, err
	}
	holders, err := s.DB.read.ListAddressesInOffice(ctx, gen.ListAddressesInOfficeParams{At: micros(at), Organisation: code(pass.In())})
	if err != nil {
		return nil, fmt.Errorf("list addresses: %w", err)
	}
	contacts, err := s.DB.read.ListAddressesOfContacts(ctx, code(pass.In()))
	if err != nil {
		return nil, fmt.Errorf("list addresses: %w", err)
	}
	var places []notification.Place
	where := map[string]int{}
	place := func(org string) *notification.Place {
		if _, known := where[org]; !known {
			where[org] = len(places)
			places = append(places, notification.Place{Code: organisation.Code(org)})
		}
		return &places[where[org]]
	}
	for _, row := range holders {
		held, own := s.DB.acts.held(row.Appointment)
		if !own {
			continue
		}
		p := place(string(held.Organisation))
		p.Holders = append(p.Holders, notification.Holder{Office: held.Office, Recipient: notification.Recipient{Address: row.Email}})
	}
	for _, row := range contacts {
		p := place(row.Organisation)
		p.Contacts = append(p.Contacts, notification.Recipient{Address: row.Email})
	}
	return places, nil
}

// Team gives the national team.
func (s Notifications) Team(ctx context.Context, pass access.Pass, at time.Time) (notification.Place, error) {
	if err := national(pass); err != nil {
		return notification.Place{}, err
	}
	holders, err := s.holders(ctx, organisation.National, at)
	return notification.Place{Code: organisation.National, Name: "National team", Holders: holders}, err
}

func (s Notifications) holders(ctx context.Context, org organisation.Code, at time.Time) ([]notification.Holder, error) {
	rows, err := s.DB.read.ListHolders(ctx, gen.ListHoldersParams{Organisation: code(org), FromAt: micros(at)})
	if err != nil {
		return nil, fmt.Errorf("list who holds office at %s: %w", org, err)
	}
	var list []notification.Holder
	for _, row := range rows {
		if held, own := s.DB.acts.held(row.Appointment); own {
			list = append(list, notification.Holder{Person: string(held.Person), Office: held.Office, Recipient: notification.Recipient{Name: row.Name, Address: row.Email}})
		}
	}
	return list, nil
}

// Contacts lists the extra contacts of the decision's organisation.
func (s Notifications) Contacts(ctx context.Context, pass access.Pass) ([]notification.Contact, error) {
	return contactsOf(ctx, s.DB.read, pass)
}

func contactsOf(ctx context.Context, q *queries, pass access.Pass) ([]notification.Contact, error) {
	rows, err := q.ListContactsOf(ctx, code(pass.In()))
	if err != nil {
		return nil, fmt.Errorf("list contacts of %s: %w", pass.In(), err)
	}
	var list []notification.Contact
	for _, row := range rows {
		list = append(list, notification.Contact{ID: row.ID, Organisation: pass.In(), Recipient: notification.Recipient{Name: row.Name, Address: row.Email}, AddedAt: instant(row.AddedAt)})
	}
	return list, nil
}

// AddContact adds a contact to the decision's organisation, unless the check
// of those that are there refuses it.
func (s Notifications) AddContact(ctx context.Context, pass access.Pass, c notification.Contact, e event.Event, check func(there []notification.Contact) error) error {
	if pass.Verb() != access.KeepContacts {
		return access.ErrNotFound
	}
	return s.DB.lean(ctx, func(q *queries) error {
		there, err := contactsOf(ctx, q, pass)
		if err != nil {
			return err
		}
		if err := check(there); err != nil {
			return err
		}
		err = q.AddContact(ctx, gen.AddContactParams{ID: c.ID, Organisation: code(pass.In()), Name: c.Name, Email: c.Address, AddedBy: pass.Who().ID, AddedAt: micros(c.AddedAt)})
		if err != nil {
			return fmt.Errorf("add contact: %w", err)
		}
		return addEvents(ctx, q, e)
	})
}

// RemoveContact removes a contact of the decision's organisation. One that is
// removed stays removed, without another event.
func (s Notifications) RemoveContact(ctx context.Context, pass access.Pass, id string, at time.Time, e event.Event) error {
	if pass.Verb() != access.KeepContacts {
		return access.ErrNotFound
	}
	return s.DB.write(ctx, func(q *queries) error {
		n, err := q.RemoveContact(ctx, gen.RemoveContactParams{ID: id, Organisation: code(pass.In()), RemovedAt: maybeMicros(at)})
		if err != nil {
			return fmt.Errorf("remove contact: %w", err)
		}
		if n == 0 {
			return nil
		}
		return addEvents(ctx, q, e)
	})
}

// deadLimit is how much of the work that was given up is shown.
const deadLimit = 50

// Health tells how well the decision's organisation can be told, or under a
// national decision every open one.
func (s Notifications) Health(ctx context.Context, pass access.Pass, at time.Time) (notification.Health, error) {
	if pass.Verb() != access.ReadContacts {
		return notification.Health{}, access.ErrNotFound
	}
	var health notification.Health
	open, err := s.DB.read.ListOpenOrganisations(ctx, gen.ListOpenOrganisationsParams{Today: string(organisation.DayOf(at)), Organisation: code(pass.In())})
	if err != nil {
		return health, fmt.Errorf("list open organisations: %w", err)
	}
	addresses, err := s.addresses(ctx, pass, at)
	if err != nil {
		return health, err
	}
	bounces, err := s.bounces(ctx, pass)
	if err != nil {
		return health, err
	}
	tests, err := s.DB.read.ListLastTests(ctx, code(pass.In()))
	if err != nil {
		return health, fmt.Errorf("list tests: %w", err)
	}
	tested := map[string]time.Time{}
	for _, row := range tests {
		tested[row.Organisation] = instant(row.At)
	}
	for _, o := range open {
		reach := notification.Reach{Code: organisation.Code(o.Code), Name: o.Name, TestedAt: tested[o.Code]}
		for _, b := range bounces[o.Code] {
			if address := strings.ToLower(b.Address); addresses[o.Code][address] {
				reach.Bounces = append(reach.Bounces, b)
				delete(addresses[o.Code], address)
			}
		}
		reach.People = len(addresses[o.Code])
		health.Places = append(health.Places, reach)
	}
	if !pass.National() {
		return health, nil
	}
	health.Dead, err = s.dead(ctx)
	return health, err
}

// addresses lists the addresses that alerts go to, by organisation.
func (s Notifications) addresses(ctx context.Context, pass access.Pass, at time.Time) (map[string]map[string]bool, error) {
	all := map[string]map[string]bool{}
	add := func(org, address string) {
		if address = strings.ToLower(strings.TrimSpace(address)); address == "" {
			return
		}
		if all[org] == nil {
			all[org] = map[string]bool{}
		}
		all[org][address] = true
	}
	holders, err := s.DB.read.ListAddressesInOffice(ctx, gen.ListAddressesInOfficeParams{At: micros(at), Organisation: code(pass.In())})
	if err != nil {
		return nil, fmt.Errorf("list addresses: %w", err)
	}
	for _, row := range holders {
		if held, own := s.DB.acts.held(row.Appointment); own && slices.Contains(notification.Told, held.Office) {
			add(string(held.Organisation), row.Email)
		}
	}
	contacts, err := s.DB.read.ListAddressesOfContacts(ctx, code(pass.In()))
	if err != nil {
		return nil, fmt.Errorf("list addresses: %w", err)
	}
	for _, row := range contacts {
		add(row.Organisation, row.Email)
	}
	return all, nil
}

// bounces lists the addresses that were refused and have taken nothing since.
func (s Notifications) bounces(ctx context.Context, pass access.Pass) (map[string][]notification.Bounce, error) {
	rows, err := s.DB.read.ListBounces(ctx, code(pass.In()))
	if err != nil {
		return nil, fmt.Errorf("list refused addresses: %w", err)
	}
	all := map[string][]notification.Bounce{}
	for _, row := range rows {
		all[row.Organisation] = append(all[row.Organisation], notification.Bounce{Organisation: organisation.Code(row.Organisation), Recipient: notification.Recipient{Name: row.Name, Address: row.Address},
			Purpose: notification.Purpose(row.Purpose), Reply: row.Reply, At: maybeInstant(row.EndedAt)})
	}
	return all, nil
}

// dead lists what was given up. Letters are told of by their message.
func (s Notifications) dead(ctx context.Context) ([]notification.Dead, error) {
	rows, err := s.DB.read.ListDeadJobs(ctx, gen.ListDeadJobsParams{Kind: string(notification.SendLetter), Limit: deadLimit})
	if err != nil {
		return nil, fmt.Errorf("list work that was given up: %w", err)
	}
	var list []notification.Dead
	for _, row := range rows {
		list = append(list, notification.Dead{Kind: notification.Kind(row.Kind), Why: row.Fault, Tries: row.Attempt, At: maybeInstant(row.EndedAt)})
	}
	return list, nil
}
