package alert

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/organisation"
)

// Known is an alert that was imported once, with the digest of the draft as it
// came.
type Known struct {
	Alert  Alert
	Digest string
}

// Touched tells whether somebody has made the alert their own since: sent it
// off, or changed its words. No import changes it then.
func (k Known) Touched() bool {
	return k.Alert.State != Drafting || k.Alert.Draft.Digest() != k.Digest
}

// Intake is what an import writes: alerts that are new, alerts whose words are
// replaced, and the events that say so.
type Intake struct {
	New, Renewed []Alert
	Events       []event.Event
}

// Importer keeps what comes from elsewhere. Import and ImportPast read what is
// known and write what the decision makes of it in one transaction, and may ask
// the decision again after a lost race. Public lists what may leave, Imported
// what nobody has touched since it came.
type Importer interface {
	Import(ctx context.Context, pass access.Pass, at time.Time, decide func(known map[Origin]Known) (Intake, error)) error
	ImportPast(ctx context.Context, pass access.Pass, numbers []int64, decide func(History) (Past, error)) error
	Public(ctx context.Context, pass access.Pass, limit int) ([]Alert, error)
	Imported(ctx context.Context, pass access.Pass, search string, after ID, limit int) ([]Alert, int, error)
}

// Fate is what an import made of one draft.
type Fate string

// The fates.
const (
	Added     Fate = "added"
	Renewed   Fate = "renewed"    // nobody had touched the draft, and its source has other words now
	Unchanged Fate = "unchanged"  // known, with these words
	LeftAlone Fate = "left alone" // its source has other words now, and somebody is at work on ours
)

// Imported is what an import did, or would do, draft by draft in the file's
// order.
type Imported []struct {
	Draft Draft
	Fate  Fate
}

// Count tells how many drafts met a fate.
func (i Imported) Count(fate Fate) int {
	n := 0
	for _, each := range i {
		if each.Fate == fate {
			n++
		}
	}
	return n
}

// Text says what an import did. What was left alone is named: it is for
// somebody to look at.
func (i Imported) Text(dry bool) string {
	var out strings.Builder
	if dry {
		out.WriteString("Nothing was changed. An import would do this:\n")
	}
	fmt.Fprintf(&out, "%d added as drafts, %d renewed, %d unchanged, %d left alone\n", i.Count(Added), i.Count(Renewed), i.Count(Unchanged), i.Count(LeftAlone))
	for _, each := range i {
		if each.Fate == LeftAlone {
			fmt.Fprintf(&out, "Left alone, its source has other words now: %s %s: %s\n", each.Draft.Origin.Kind, each.Draft.Origin.Reference, each.Draft.Title)
		}
	}
	return out.String()
}

// Import keeps drafts from another body's list: whole or not at all, never as
// issued alerts, and each origin once. Dry decides and writes nothing.
func (s *Service) Import(ctx context.Context, who access.Actor, drafts []Draft, dry bool) (Imported, error) {
	pass, err := access.Check(who, access.ImportAlerts, organisation.National)
	if err != nil {
		return nil, err
	}
	for _, d := range drafts {
		if err := d.Check(); err != nil {
			return nil, fmt.Errorf("import %s %s: %w", d.Origin.Kind, d.Origin.Reference, err)
		}
	}
	now := s.Now()
	var imported Imported
	err = s.Imports.Import(ctx, pass, now, func(known map[Origin]Known) (Intake, error) {
		var intake Intake
		imported, intake = s.intake(pass, drafts, known, now)
		if dry {
			return Intake{}, nil
		}
		return intake, nil
	})
	return imported, err
}

func (s *Service) intake(pass access.Pass, drafts []Draft, known map[Origin]Known, now time.Time) (Imported, Intake) {
	imported, intake := make(Imported, len(drafts)), Intake{}
	for i, d := range drafts {
		was, found := known[d.Origin]
		imported[i].Draft = d
		switch {
		case !found:
			imported[i].Fate = Added
			a := Alert{ID: ID(s.NewID()), Draft: d, Author: pass.Who().ID, DraftedAt: now, State: Drafting}
			intake.New = append(intake.New, a)
			intake.Events = append(intake.Events, event.New(s.NewID(), pass, now, "alert imported", a.thing(), "Imported as a draft from "+d.Origin.word()+": "+d.Title))
		case was.Digest == d.Digest():
			imported[i].Fate = Unchanged
		case was.Touched():
			imported[i].Fate = LeftAlone
		default:
			imported[i].Fate = Renewed
			a := was.Alert
			a.Draft, a.Author = d, pass.Who().ID
			intake.Renewed = append(intake.Renewed, a)
			intake.Events = append(intake.Events, event.New(s.NewID(), pass, now, "alert renewed", a.thing(), "Renewed by an import from "+d.Origin.word()+": "+d.Title))
		}
	}
	return imported, intake
}

// word is an origin as the record says it.
func (o Origin) word() string {
	source := map[string]string{"kev": "the catalogue of known exploited vulnerabilities", "nhs": "the NHS listing", "csaf": "a CSAF advisory"}[o.Kind]
	return source + " (" + o.Reference + ")"
}

// Public lists alerts anybody may read, newest first: issued, meant for the
// public feed, and no rehearsals. What any organisation answered is not in it.
func (s *Service) Public(ctx context.Context, who access.Actor, limit int) ([]Alert, error) {
	pass, err := access.Check(who, access.ReadPublicAlerts, organisation.National)
	if err != nil {
		return nil, err
	}
	return s.Imports.Public(ctx, pass, limit)
}

// SearchLimit is how much of a search is read, in characters.
const SearchLimit = 100

// Imported lists drafts that are as an import left them, the newest import
// first, from the one after a draft on. A search leaves those whose title has
// its words in their order, or that name a CVE which begins with it. It tells
// how many there are in all.
func (s *Service) Imported(ctx context.Context, who access.Actor, search string, after ID, limit int) ([]Alert, int, error) {
	pass, err := access.Check(who, access.ReadAlertDrafts, organisation.National)
	if err != nil {
		return nil, 0, err
	}
	search = strings.Join(strings.Fields(search), " ")
	if tooLong(search, SearchLimit) {
		search = string([]rune(search)[:SearchLimit])
	}
	return s.Imports.Imported(ctx, pass, search, after, limit)
}

// ReadIssued gives an issued alert with its issued versions, oldest first: to
// the national team, and to people of an organisation that received it.
func (s *Service) ReadIssued(ctx context.Context, who access.Actor, org organisation.Code, id ID) (Alert, []Version, error) {
	pass, err := access.Check(who, access.ReadAlert, org)
	if err != nil {
		return Alert{}, nil, err
	}
	a, err := s.Store.Find(ctx, pass, id)
	if err != nil {
		return Alert{}, nil, err
	}
	all, err := s.Store.Versions(ctx, pass, id)
	if err != nil {
		return Alert{}, nil, err
	}
	var issued []Version
	for _, v := range slices.Backward(all) {
		if v.State == Issued {
			issued = append(issued, v)
		}
	}
	return a, issued, nil
}
