package attestation

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"time"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/fault"
	"countersign/internal/identity"
	"countersign/internal/organisation"
)

// Draft is an edition of a template on its way: one regulator writes it,
// another publishes it. Statements that were made from an earlier edition keep
// theirs.
type Draft struct {
	ID          string
	Template    Template // with the edition it becomes
	Author      identity.PersonID
	AuthorName  string
	DraftedAt   time.Time
	State       DraftState
	DecidedBy   identity.PersonID
	DecidedName string
	DecidedAt   time.Time
}

// DraftState is where a draft stands.
type DraftState string

// The states of a draft.
const (
	DraftWaits     DraftState = "waiting"
	DraftPublished DraftState = "published"
	DraftDropped   DraftState = "dropped"
)

// Digest stands for exactly these words, so that nobody publishes others than
// they read.
func (d Draft) Digest() Digest {
	text, err := json.Marshal(d.Template)
	if err != nil {
		panic("write a template down: " + err.Error()) // plain strings and numbers
	}
	return DigestOf(string(text))
}

// Edition is a template as statements are made from it, and who made it. One
// that came with the portal has nobody.
type Edition struct {
	Template
	AuthorName, PublisherName string
	PublishedAt               time.Time
}

// Faults of writing templates.
var (
	ErrNoTemplate   = fault.New(fault.NotFound, "We do not know this wording.")
	ErrNoDraft      = fault.New(fault.Conflict, "No draft of this wording waits any more. It was published or dropped meanwhile.")
	ErrDraftWaits   = fault.New(fault.Conflict, "A draft of this wording waits already, which somebody else wrote. Publish or drop it first.")
	ErrOwnTemplate  = fault.New(fault.Forbidden, "You wrote this draft, so another regulator must publish it.")
	ErrDraftChanged = fault.New(fault.Conflict, "The draft changed after you opened it. Nothing has been published. Read it again.")
	ErrSameWords    = fault.New(fault.Invalid, "Nothing is different from the edition there is. Change something, or go back.")
	ErrOwnDraft     = fault.In("id", "You wrote a draft with this short name already. Open that draft to change it, or enter another short name")
	ErrKnown        = fault.In("id", "A wording has this short name already. Enter another")
)

// Wordings is everything on record about one template: its editions, newest
// first, and the draft that waits.
type Wordings struct {
	Editions []Edition
	Waiting  *Draft
}

// Latest is the edition statements are asked for with now.
func (w Wordings) Latest() (Edition, bool) {
	if len(w.Editions) == 0 {
		return Edition{}, false
	}
	return w.Editions[0], true
}

// write makes, or makes anew, the draft that waits. Only its author changes it.
func (w Wordings) write(pass access.Pass, t Template, fresh bool, id, eventID string, now time.Time) (Draft, event.Event, error) {
	latest, exists := w.Latest()
	if exists && fresh {
		return Draft{}, event.Event{}, ErrKnown
	} else if !exists && !fresh && w.Waiting == nil {
		return Draft{}, event.Event{}, ErrNoTemplate
	}
	if exists {
		t.Kind = latest.Kind // what a statement is for does not change with its words
	} else if w.Waiting != nil {
		t.Kind = w.Waiting.Template.Kind
	}
	t.Edition = latest.Edition + 1
	if err := t.Check(); err != nil {
		return Draft{}, event.Event{}, err
	}
	if exists && len(Compare(latest.Template, t)) == 0 {
		return Draft{}, event.Event{}, ErrSameWords
	}
	who := pass.Who()
	d := Draft{ID: id, Template: t, Author: identity.PersonID(who.ID), AuthorName: who.Name, DraftedAt: now, State: DraftWaits}
	if w.Waiting != nil {
		if w.Waiting.Author != d.Author {
			return Draft{}, event.Event{}, ErrDraftWaits
		}
		d.ID = w.Waiting.ID
	}
	return d, event.New(eventID, pass, now, "template drafted", t.thing(), t.name()+" drafted"), nil
}

// Publish makes the draft an edition. Whoever wrote it does not, and shown is
// the digest of what the publisher read.
func (d Draft) Publish(pass access.Pass, shown Digest, eventID string, now time.Time) (Draft, event.Event, error) {
	who := pass.Who()
	switch {
	case d.State != DraftWaits:
		return d, event.Event{}, ErrNoDraft
	case d.Author == identity.PersonID(who.ID):
		return d, event.Event{}, ErrOwnTemplate
	case d.Digest() != shown:
		return d, event.Event{}, ErrDraftChanged
	}
	d.State, d.DecidedBy, d.DecidedName, d.DecidedAt = DraftPublished, identity.PersonID(who.ID), who.Name, now
	return d, event.New(eventID, pass, now, "template published", d.Template.thing(), d.Template.name()+", which "+d.AuthorName+" wrote, published").Recording(d.Record()), nil
}

// Supplied is the event that an edition came with the program, which nobody
// drafted.
func (t Template) Supplied(pass access.Pass, eventID string, now time.Time) event.Event {
	return event.New(eventID, pass, now, "template published", t.thing(), t.name()+" came with the portal").Recording(Draft{Template: t}.Record())
}

// wordingMark begins the record of an edition, version 1.
const wordingMark = "countersign wording record 1"

// Record writes down an edition, with all that statements made from it go by,
// and how it came to be: by nobody where it came with the program.
func (d Draft) Record() string {
	t := d.Template
	fields := []event.Field{{Name: "template", Value: t.ID}, {Name: "edition", Value: strconv.FormatInt(t.Edition, 10)}, {Name: "kind", Value: string(t.Kind)}, {Name: "title", Value: t.Title}, {Name: "opening", Value: t.Opening}}
	for i, p := range t.Parts {
		name := "part " + strconv.Itoa(i+1)
		fields = append(fields, event.Field{Name: name, Value: p.Text}, event.Field{Name: name + " proof", Value: p.Proof})
	}
	for _, office := range t.CoSign {
		fields = append(fields, event.Field{Name: "co-signs", Value: string(office)})
	}
	for _, fact := range t.Material {
		fields = append(fields, event.Field{Name: "material", Value: fact})
	}
	return event.Record(wordingMark, append(fields, event.Field{Name: "draft", Value: d.ID}, event.Field{Name: "written by", Value: string(d.Author)}, event.Field{Name: "written name", Value: d.AuthorName}, event.At("written", d.DraftedAt),
		event.Field{Name: "published by", Value: string(d.DecidedBy)}, event.Field{Name: "published name", Value: d.DecidedName}, event.At("published", d.DecidedAt))...)
}

// Drop ends a draft without an edition.
func (d Draft) Drop(pass access.Pass, eventID string, now time.Time) (Draft, event.Event, error) {
	if d.State != DraftWaits {
		return d, event.Event{}, ErrNoDraft
	}
	who := pass.Who()
	d.State, d.DecidedBy, d.DecidedName, d.DecidedAt = DraftDropped, identity.PersonID(who.ID), who.Name, now
	return d, event.New(eventID, pass, now, "template dropped", d.Template.thing(), d.Template.name()+" dropped as a draft"), nil
}

func (t Template) thing() string { return "template/" + t.ID }

func (t Template) name() string { return t.ID + ", edition " + strconv.FormatInt(t.Edition, 10) + "," }

// Compared is a part of a template in one edition and in another. Either may
// be empty: it was added, or taken away.
type Compared struct{ Name, Was, Is string }

// Compare lists what differs between two editions, in the order of a form.
// A part that only moved is told by the places it left and took.
func Compare(was, is Template) []Compared {
	var list []Compared
	add := func(name, a, b string) {
		if a != b {
			list = append(list, Compared{name, a, b})
		}
	}
	add("Title", was.Title, is.Title)
	add("Opening", was.Opening, is.Opening)
	for i := range max(len(was.Parts), len(is.Parts)) {
		var a, b Part
		if i < len(was.Parts) {
			a = was.Parts[i]
		}
		if i < len(is.Parts) {
			b = is.Parts[i]
		}
		add("Part "+strconv.Itoa(i+1), a.Text, b.Text)
		add("Records behind part "+strconv.Itoa(i+1), a.Proof, b.Proof)
	}
	add("Must sign beside the chief executive", offices(was.CoSign), offices(is.CoSign))
	add("Asks for a new statement when it changes", cmp.Or(listed(Means(was.Material)), AnyFigure), cmp.Or(listed(Means(is.Material)), AnyFigure))
	return list
}

func offices(list []access.Office) string {
	var words []string
	for _, o := range list {
		words = append(words, o.Word())
	}
	return listed(words)
}

func listed(list []string) string {
	list = slices.Sorted(slices.Values(list))
	var b bytes.Buffer
	for i, each := range list {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(each)
	}
	return b.String()
}

// ParseTemplate reads a template from JSON, strictly: a field nobody knows, a
// second document or anything Check refuses is refused.
func ParseTemplate(text []byte) (Template, error) {
	var t Template
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&t); err != nil {
		return Template{}, fault.New(fault.Invalid, "This is not a template: "+err.Error())
	}
	if _, err := d.Token(); err != io.EOF {
		return Template{}, fault.New(fault.Invalid, "There is something after the template. One file has one.")
	}
	return t, t.Check()
}

// Editions keeps templates and their drafts. What decides is read in the
// transaction that writes.
type Editions interface {
	Templates(ctx context.Context, pass access.Pass) ([]Template, error)
	WaitingDrafts(ctx context.Context, pass access.Pass) ([]Draft, error)
	Wordings(ctx context.Context, pass access.Pass, template string) (Wordings, error)
	Draft(ctx context.Context, pass access.Pass, template string, decide func(Wordings) (Draft, event.Event, error)) error
	DecideDraft(ctx context.Context, pass access.Pass, template string, decide func(Draft) (Draft, event.Event, error)) error
}

// Editor is what regulators do with templates.
type Editor struct {
	Store Editions
	Now   func() time.Time
	NewID func() string
}

// List gives the latest edition of every template, and the drafts that wait.
func (e *Editor) List(ctx context.Context, who access.Actor) ([]Template, []Draft, error) {
	pass, err := access.Check(who, access.ReadTemplates, organisation.National)
	if err != nil {
		return nil, nil, err
	}
	templates, err := e.Store.Templates(ctx, pass)
	if err != nil {
		return nil, nil, err
	}
	waiting, err := e.Store.WaitingDrafts(ctx, pass)
	return templates, waiting, err
}

// Read gives every edition of a template, and the draft that waits.
func (e *Editor) Read(ctx context.Context, who access.Actor, template string) (Wordings, error) {
	pass, err := access.Check(who, access.ReadTemplates, organisation.National)
	if err != nil {
		return Wordings{}, err
	}
	w, err := e.Store.Wordings(ctx, pass, template)
	if err == nil && len(w.Editions) == 0 && w.Waiting == nil {
		return w, ErrNoTemplate
	}
	return w, err
}

// Write keeps a draft: of a template that does not exist yet, or of the next
// edition of one.
func (e *Editor) Write(ctx context.Context, who access.Actor, t Template, fresh bool) error {
	pass, err := access.Check(who, access.WriteTemplates, organisation.National)
	if err != nil {
		return err
	}
	if fresh {
		if err := t.Check(); err != nil {
			return err
		}
	}
	return e.Store.Draft(ctx, pass, t.ID, func(w Wordings) (Draft, event.Event, error) {
		if _, exists := w.Latest(); fresh && !exists && w.Waiting != nil && string(w.Waiting.Author) == pass.Who().ID {
			return Draft{}, event.Event{}, ErrOwnDraft // whoever writes a new one does not mean to write over it
		}
		return w.write(pass, t, fresh, e.NewID(), e.NewID(), e.Now())
	})
}

// Import keeps a template that somebody wrote elsewhere as a draft, which a
// regulator publishes. It must name the edition it becomes.
func (e *Editor) Import(ctx context.Context, who access.Actor, text []byte) (Template, error) {
	pass, err := access.Check(who, access.WriteTemplates, organisation.National)
	if err != nil {
		return Template{}, err
	}
	t, err := ParseTemplate(text)
	if err != nil {
		return t, err
	}
	return t, e.Store.Draft(ctx, pass, t.ID, func(w Wordings) (Draft, event.Event, error) {
		latest, exists := w.Latest()
		if t.Edition != latest.Edition+1 {
			return Draft{}, event.Event{}, fault.In("edition", "The next edition of "+t.ID+" is "+strconv.FormatInt(latest.Edition+1, 10)+", and the file says "+strconv.FormatInt(t.Edition, 10)+".")
		}
		if exists && t.Sort() != latest.Sort() {
			return Draft{}, event.Event{}, fault.In("kind", "What "+t.ID+" is for never changes. Give the new kind another short name.")
		}
		return w.write(pass, t, !exists, e.NewID(), e.NewID(), e.Now())
	})
}

// Publish publishes the draft that waits, as it was shown.
func (e *Editor) Publish(ctx context.Context, who access.Actor, template string, shown Digest) error {
	return e.decide(ctx, who, template, func(pass access.Pass, d Draft) (Draft, event.Event, error) {
		return d.Publish(pass, shown, e.NewID(), e.Now())
	})
}

// Drop ends the draft that waits.
func (e *Editor) Drop(ctx context.Context, who access.Actor, template string) error {
	return e.decide(ctx, who, template, func(pass access.Pass, d Draft) (Draft, event.Event, error) {
		return d.Drop(pass, e.NewID(), e.Now())
	})
}

func (e *Editor) decide(ctx context.Context, who access.Actor, template string, decide func(access.Pass, Draft) (Draft, event.Event, error)) error {
	pass, err := access.Check(who, access.WriteTemplates, organisation.National)
	if err != nil {
		return err
	}
	return e.Store.DecideDraft(ctx, pass, template, func(d Draft) (Draft, event.Event, error) { return decide(pass, d) })
}
