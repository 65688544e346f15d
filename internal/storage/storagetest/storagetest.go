// Package storagetest says what the stores promise, whatever engine keeps the
// records. Each promise is a test with a fresh database; what an engine needs
// in order to be started is its own test file's business.
package storagetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/assessment"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/evidence"
	"countersign/internal/identity"
	"countersign/internal/notification"
	"countersign/internal/organisation"
	"countersign/internal/storage"
	"countersign/internal/transparency"
)

// Opened is a fresh, migrated database: as the program opens it, and bare, for
// promises about what happens to somebody who goes behind the stores' backs.
type Opened struct {
	DB  *storage.DB
	Raw *sql.DB
}

// Acts is the act key that every database here is opened with. It has replaced
// ActsBefore, which it still knows.
var (
	Acts       = transparency.NewActKey(secret("act"), secret("before"))
	ActsBefore = transparency.NewActKey(secret("before"))
)

func secret(word string) []byte {
	return bytes.Repeat([]byte(word), transparency.ActKeyBytes)[:transparency.ActKeyBytes]
}

// promise is one claim about the stores.
type promise struct {
	claim string
	keep  func(t *testing.T, h *House)
}

// Run checks every promise, each on a database of its own. Of the kinds of
// tampering it takes one in seven: RunTampering has them all, where nothing
// watches for races.
func Run(t *testing.T, open func(t *testing.T) Opened) {
	t.Helper()
	keep(t, open, join(
		records, scopes, people, moving, alerts, exchanges, desk, versions, risks, walls, measures, files,
		signing, beside, preparing, commitments, revising, withdrawals,
		memories, working, telling, chasing, acting, editions, campaigns, deadlines,
		logging, foreign, planted, watching, witnessing, lasting, racing,
		boards, queries,
	))
	var some []promise
	for i, p := range tamperings() {
		if i%7 == 0 {
			some = append(some, p)
		}
	}
	keep(t, open, some)
}

// RunTampering checks that fsck, and the watch where it is meant to, finds every
// kind of tampering there is.
func RunTampering(t *testing.T, open func(t *testing.T) Opened) {
	t.Helper()
	keep(t, open, tamperings())
}

func tamperings() []promise {
	return join(watched, tampering, tamperingRevised, tamperingAsked, tamperingPromised, tamperingActing, tamperingWorded, tamperingCounted)
}

func keep(t *testing.T, open func(t *testing.T) Opened, promises []promise) {
	t.Helper()
	for _, p := range promises {
		t.Run(p.claim, func(t *testing.T) {
			opened := open(t)
			p.keep(t, Furnish(t, opened))
		})
	}
}

func join(lists ...[]promise) []promise {
	var all []promise
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}

// The two trusts of the house, and its provider.
const (
	Here   organisation.Code = "RXH"
	There  organisation.Code = "RYJ"
	Issuer                   = "https://provider.example"
)

// Began is the moment the house is furnished; its clock moves only when a
// test moves it.
var Began = time.Date(2026, 10, 5, 9, 0, 0, 0, time.UTC)

// House is a database with two trusts and the people of every story, and the
// services that act on it.
type House struct {
	Opened
	Organisations storage.Organisations
	Identities    storage.Identities
	Events        storage.Events
	Alerts        *alert.Service
	AlertStore    storage.Alerts
	Evidence      storage.Evidence
	Levels        *assessment.Service
	Statements    *attestation.Service
	CoSigner      *attestation.CoSigner
	Commitments   *attestation.Keeper
	Signatures    storage.Attestations
	Register      *identity.Register
	Requests      *attestation.Requester
	Revisions     *attestation.Reviser
	Jobs          storage.Jobs
	Messages      storage.Notifications
	Telling       *notification.Service
	Post          *post
	Editor        *attestation.Editor
	Acting        *identity.ActingRegister

	now atomic.Int64
}

// Enter gives the services of a house that was furnished before.
func Enter(opened Opened) *House {
	h := &House{Opened: opened, Organisations: storage.Organisations{DB: opened.DB}, Identities: storage.Identities{DB: opened.DB}, Events: storage.Events{DB: opened.DB},
		AlertStore: storage.Alerts{DB: opened.DB}, Evidence: storage.Evidence{DB: opened.DB}, Signatures: storage.Attestations{DB: opened.DB},
		Jobs: storage.Jobs{DB: opened.DB}, Messages: storage.Notifications{DB: opened.DB}, Post: &post{}}
	h.now.Store(Began.UnixMicro())
	h.Alerts = &alert.Service{Store: h.AlertStore, Register: h.Organisations, Imports: h.AlertStore, Now: h.Now, NewID: NewID}
	h.Register = &identity.Register{Store: h.Organisations, People: h.Identities, Now: h.Now, NewID: NewID}
	h.Acting = &identity.ActingRegister{Store: storage.Acting{DB: opened.DB}, Now: h.Now, NewID: NewID}
	h.Editor = &attestation.Editor{Store: h.Signatures, Now: h.Now, NewID: NewID}
	h.Requests = &attestation.Requester{Store: h.Signatures, Campaigns: h.Signatures, Offices: h.Organisations, Now: h.Now, NewID: NewID}
	h.Levels = &assessment.Service{Store: &storage.Assessments{DB: opened.DB}, Register: h.Organisations, Now: h.Now, NewID: NewID}
	holds := attestation.Records{Alerts: h.AlertStore, Assessments: h.Levels, Files: h.Evidence, Commitments: h.Signatures}
	h.Commitments = &attestation.Keeper{Store: h.Signatures, Files: h.Evidence, Now: h.Now, NewID: NewID}
	h.Statements = &attestation.Service{Store: h.Signatures, Figures: figures{}, Holds: holds, Names: h.Organisations, Now: h.Now, NewID: NewID, Random: random}
	h.Revisions = &attestation.Reviser{Store: h.Signatures, Now: h.Now, NewID: NewID, Random: random}
	h.CoSigner = &attestation.CoSigner{Store: h.Signatures, Now: h.Now, NewID: NewID, Random: random}
	h.Telling = &notification.Service{Store: h.Messages, Alerts: h.AlertStore, Requests: storage.Acting{DB: opened.DB}, Statements: h.Signatures, Write: plainly, Post: h.Post, Now: h.Now, NewID: NewID}
	return h
}

// Furnish fills an empty database.
func Furnish(t testing.TB, opened Opened) *House {
	t.Helper()
	h := Enter(opened)
	must(t, h.Organisations.Import(t.Context(), h.pass(t, access.PortalActor("importer"), access.ImportOrganisations, organisation.National), h.opening(t, Here, There)))
	staff := []identity.Person{}
	var logins []identity.Login
	var entries []storage.Entry
	for _, p := range cast {
		staff = append(staff, identity.Person{ID: identity.PersonID(p.ID), Name: p.Name, Email: p.ID + "@nhs.example", Phone: "020 7946 0000"})
		logins = append(logins, identity.Login{Issuer: Issuer, Subject: "sub-" + p.ID, Person: identity.PersonID(p.ID)})
		for _, a := range p.Appointments {
			entries = append(entries, storage.Entry{ID: "appointment-" + p.ID + "-" + string(a.Organisation), Person: identity.PersonID(p.ID), Appointment: a, Event: h.said(t, "appointment recorded")})
		}
	}
	must(t, h.Identities.Register(t.Context(), h.pass(t, access.PortalActor("register"), access.AppointPeople, organisation.National), Began, staff, logins, entries))
	h.supplies(t, attestation.Quarterly)
	return h
}

// supplies brings an edition that nobody drafted into the house.
func (h *House) supplies(t testing.TB, wording attestation.Template) {
	t.Helper()
	must(t, h.supply(t, wording))
}

func (h *House) supply(t testing.TB, wording attestation.Template) error {
	t.Helper()
	pass := h.pass(t, access.PortalActor("migration"), access.IssueStatements, organisation.National)
	return h.Signatures.AddTemplate(t.Context(), pass, wording, wording.Supplied(pass, NewID(), h.Now()))
}

// Now is the house's clock.
func (h *House) Now() time.Time { return time.UnixMicro(h.now.Load()).UTC() }

// Pass lets time go by.
func (h *House) Pass(d time.Duration) { h.now.Add(d.Microseconds()) }

// NewID makes an id no other run makes.
func NewID() string { return hex.EncodeToString(random(12)) }

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // it never fails
	return b
}

func person(id, name string, at organisation.Code, offices ...access.Office) access.Actor {
	who := access.Actor{ID: id, Name: name}
	for _, office := range offices {
		who.Appointments = append(who.Appointments, access.Appointment{Office: office, Organisation: at, From: Began.AddDate(-1, 0, 0)})
	}
	return who
}

var (
	chief     = person("chief", "Amara Okafor", Here, access.ChiefExecutive)
	siro      = person("siro", "Helen Frost", Here, access.SIRO)
	lead      = person("lead", "Tom Reilly", Here, access.CyberLead)
	other     = person("other", "Ravi Shah", There, access.ChiefExecutive)
	otherSIRO = person("other-siro", "Nia Evans", There, access.SIRO)
	otherLead = person("other-lead", "Ewan Blake", There, access.CyberLead)
	author    = person("author", "Grace Lowe", organisation.National, access.AlertPublisher)
	approver  = person("approver", "Idris Kaya", organisation.National, access.AlertPublisher)
	regulator = person("regulator", "Ruth Adler", organisation.National, access.Regulator)
	cast      = append([]access.Actor{chief, siro, lead, other, otherSIRO, otherLead, author, approver, regulator}, crowd()...)
)

// crowd is sixteen people who all hold the offices of chief executive and
// cyber lead here: no trust has that, but a race does.
func crowd() []access.Actor {
	var all []access.Actor
	for i := range 16 {
		all = append(all, person(fmt.Sprintf("racer-%02d", i), fmt.Sprintf("Racer %02d", i), Here, access.ChiefExecutive))
	}
	return all
}

// at makes somebody act now.
func (h *House) at(who access.Actor) access.Actor {
	who.At = h.Now()
	return who
}

func (h *House) pass(t testing.TB, who access.Actor, verb access.Verb, org organisation.Code) access.Pass {
	t.Helper()
	pass, err := access.Check(h.at(who), verb, org)
	if err != nil {
		t.Fatalf("%s may not %s at %s: %v", who.Name, verb, org, err)
	}
	return pass
}

// said is an event for acts whose event does not matter to the test.
func (h *House) said(t testing.TB, kind string) event.Event {
	t.Helper()
	return event.New(NewID(), h.pass(t, access.PortalActor("register"), access.AppointPeople, organisation.National), h.Now(), kind, "thing/1", "Something happened")
}

// opening is trusts with the event of each.
func (h *House) opening(t testing.TB, codes ...organisation.Code) func([]organisation.Organisation) ([]organisation.Organisation, []event.Event, error) {
	t.Helper()
	list, _, err := trusts(codes...)(nil)
	must(t, err)
	var events []event.Event
	for _, o := range list {
		e := h.said(t, "organisation opened").For(o.Code)
		e.Thing = "organisation/" + string(o.Code)
		events = append(events, e)
	}
	return func([]organisation.Organisation) ([]organisation.Organisation, []event.Event, error) {
		return list, events, nil
	}
}

func trusts(codes ...organisation.Code) func([]organisation.Organisation) ([]organisation.Organisation, []event.Event, error) {
	return func([]organisation.Organisation) ([]organisation.Organisation, []event.Event, error) {
		var list []organisation.Organisation
		for _, code := range codes {
			list = append(list, organisation.Organisation{Code: code, Name: "Trust " + string(code), Kind: organisation.Acute, Region: "Y56", ICB: "QMF", OpenedOn: "2010-04-01"})
		}
		return list, nil, nil
	}
}

// saying is the decision to change nothing and record an event.
func saying(e event.Event) func([]organisation.Organisation) ([]organisation.Organisation, []event.Event, error) {
	return func([]organisation.Organisation) ([]organisation.Organisation, []event.Event, error) {
		return nil, []event.Event{e}, nil
	}
}

// figures binds what the quarterly template asks for.
type figures struct{}

func (figures) Facts(context.Context, access.Pass, organisation.Day, organisation.Day, time.Time) (attestation.Facts, error) {
	return attestation.Facts{"answered": "11", "due": "12", "reached": "30", "outcomes": "41", "evidence": "7"}, nil
}

// Ask asks a trust for a statement.
func (h *House) Ask(t testing.TB, org organisation.Code, number int64) attestation.ID {
	t.Helper()
	return h.askBy(t, attestation.Quarterly, org, number)
}

func (h *House) askBy(t testing.TB, wording attestation.Template, org organisation.Code, number int64) attestation.ID {
	t.Helper()
	id := attestation.ID(NewID())
	st := attestation.Statement{ID: id, Organisation: org, Template: wording.ID, Edition: wording.Edition, Number: number,
		Period: "July to September 2026", From: "2026-07-01", To: "2026-09-30", Due: Began.AddDate(0, 0, 30), State: attestation.Preparing}
	must(t, h.Signatures.Ask(t.Context(), h.pass(t, regulator, access.IssueStatements, organisation.National), st.Template, st.Period, "2026-10-05", asks(st, h.askedFor(t, st))))
	return id
}

// timeline reads what has happened here since the house was furnished.
func (h *House) timeline(t testing.TB) []event.Event {
	t.Helper()
	all, err := h.Events.Of(t.Context(), h.pass(t, lead, access.ReadResponses, Here), 100)
	must(t, err)
	return slices.DeleteFunc(all, func(e event.Event) bool {
		return strings.HasPrefix(e.Thing, "appointment/") || strings.HasPrefix(e.Thing, "organisation/")
	})
}

// askedFor is the event that a trust was asked for a statement.
func (h *House) askedFor(t testing.TB, st attestation.Statement) event.Event {
	t.Helper()
	e := h.said(t, "statement asked for").For(st.Organisation)
	e.Thing = "statement/" + string(st.ID)
	return e.Recording(st.AskingRecord())
}

// asks is the decision to add these statements, whatever is there.
func asks(st attestation.Statement, e event.Event) func(attestation.Called) (attestation.Asked, error) {
	return func(attestation.Called) (attestation.Asked, error) {
		return attestation.Asked{Statements: []attestation.Statement{st}, Events: []event.Event{e}}, nil
	}
}

// Lock prepares a statement up to the point where it waits for a signature.
func (h *House) Lock(t testing.TB, org organisation.Code, number int64) attestation.ID {
	t.Helper()
	id := h.Ask(t, org, number)
	h.lock(t, org, id)
	return id
}

func (h *House) lock(t testing.TB, org organisation.Code, id attestation.ID) {
	t.Helper()
	by := siro
	if org == There {
		by = otherSIRO
	}
	h.Prepare(t, by, org, id)
	must(t, h.Statements.Lock(t.Context(), h.at(by), org, id, 0))
}

// Prepare takes a statement through every task, as somebody would who has
// nothing to add: what does not agree is accepted.
func (h *House) Prepare(t testing.TB, by access.Actor, org organisation.Code, id attestation.ID) {
	t.Helper()
	who := h.at(by)
	must(t, h.Statements.SeenByBoard(t.Context(), who, org, id, 0, "2026-10-01"))
	st, _, err := h.Statements.Read(t.Context(), who, org, id)
	must(t, err)
	desk, err := h.Statements.Desk(t.Context(), who, org, st)
	must(t, err)
	must(t, h.Statements.CheckFigures(t.Context(), who, org, id, 0, desk.Held.Facts.Digest()))
	for _, f := range desk.Findings {
		if !f.Must {
			must(t, h.Statements.Accept(t.Context(), who, org, id, 0, f.Digest(), "We know of it"))
		}
	}
}

// Begun takes a locked statement to the provider's door.
func (h *House) Begun(t testing.TB, who access.Actor, org organisation.Code, id attestation.ID) attestation.StepUp {
	t.Helper()
	st, _, err := h.Statements.Read(t.Context(), h.at(who), org, id)
	must(t, err)
	must(t, h.Statements.Choose(t.Context(), h.at(who), org, id, attestation.Unqualified, st.Digest))
	up, err := h.begin(t.Context(), who, org, id)
	must(t, err)
	return up
}

// begin presses the last button with the answer as it stands.
func (h *House) begin(ctx context.Context, who access.Actor, org organisation.Code, id attestation.ID) (attestation.StepUp, error) {
	review, err := h.Statements.Review(ctx, h.at(who), org, id)
	if err != nil {
		return attestation.StepUp{}, err
	}
	return h.Statements.Begin(ctx, h.at(who), org, id, review.Answer())
}

// Proof is a fresh sign-in for an attempt, signed by the house's provider.
func (h *House) Proof(who access.Actor, up attestation.StepUp) attestation.Proof {
	at := h.Now().Truncate(time.Second)
	return attestation.Proof{Issuer: Issuer, Subject: "sub-" + who.ID, AuthAt: at, ACR: "AAL3", Nonce: up.Nonce, IDToken: provider.token("sub-"+who.ID, up.Nonce, at), KeySet: provider.keySet}
}

// Sign signs as the chief executive of the trust.
func (h *House) Sign(ctx context.Context, who access.Actor, org organisation.Code, up attestation.StepUp) (attestation.Signature, error) {
	return h.Statements.Sign(ctx, h.at(who), org, up.ID, h.Proof(who, up))
}

// Chief is the chief executive of Here.
func Chief() access.Actor { return chief }

// issue sends an alert to both trusts.
func (h *House) issue(t testing.TB) alert.ID {
	t.Helper()
	return h.send(t, wording("It is used now"))
}

// send issues a draft by two people.
func (h *House) send(t testing.TB, draft alert.Draft) alert.ID {
	t.Helper()
	id, err := h.Alerts.Draft(t.Context(), h.at(author), draft)
	must(t, err)
	must(t, h.Alerts.Submit(t.Context(), h.at(author), id))
	must(t, h.Alerts.Issue(t.Context(), h.at(approver), id))
	return id
}

func (h *House) file(org organisation.Code, by access.Actor, digest string) evidence.File {
	return evidence.File{ID: evidence.ID(NewID()), Organisation: org, Title: "Scan report", Owner: identity.PersonID(by.ID), AboutOn: "2026-10-01", RunsUntil: "2027-10-01", Name: "scan.pdf",
		MediaType: "application/pdf", Size: 10, Digest: digest, Verdict: evidence.NotScanned, ReceivedBy: by.ID, ReceivedAt: h.Now(), Uses: []string{"outcome/B4.d"}}
}

// keep adds a file of a trust.
func (h *House) keep(t testing.TB, org organisation.Code, by access.Actor, digest string) evidence.ID {
	t.Helper()
	f := h.file(org, by, digest)
	must(t, h.Evidence.Add(t.Context(), h.pass(t, by, access.UploadEvidence, org), f, plenty, h.said(t, "evidence received")))
	return f.ID
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refused checks which refusal it was, and that nothing changed meanwhile.
func (h *House) refused(t testing.TB, want error, act func() error) {
	t.Helper()
	before := h.contents(t)
	if err := act(); !errors.Is(err, want) {
		t.Fatalf("got %v, want: %v", err, want)
	}
	if after := h.contents(t); after != before {
		t.Fatalf("it was refused and yet something changed:\n%s", difference(before, after))
	}
}

func (h *House) postgres(t testing.TB) bool {
	t.Helper()
	return h.Raw.QueryRowContext(t.Context(), "select 1 from pg_class limit 1").Scan(new(int)) == nil
}

func (h *House) count(t testing.TB, query string, args ...any) int {
	t.Helper()
	var n int
	must(t, h.Raw.QueryRowContext(t.Context(), query, args...).Scan(&n))
	return n
}

// tables lists the tables of the schema.
func (h *House) tables(t testing.TB) []string {
	t.Helper()
	query := "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' and name not like 'goose_%' order by name"
	if h.postgres(t) {
		query = "select table_name from information_schema.tables where table_schema = 'public' and table_name not like 'goose_%' order by table_name"
	}
	return h.rows(t, query)
}

// contents is every row of every table, in an order that does not depend on
// how it is stored.
func (h *House) contents(t testing.TB) string {
	t.Helper()
	var all []string
	for _, table := range h.tables(t) {
		for _, row := range h.rows(t, "select * from "+table) {
			all = append(all, table+": "+row)
		}
	}
	sort.Strings(all)
	return strings.Join(all, "\n")
}

func (h *House) rows(t testing.TB, query string) []string {
	t.Helper()
	rows, err := h.Raw.QueryContext(t.Context(), query)
	must(t, err)
	defer func() { _ = rows.Close() }() // read to the end below
	columns, err := rows.Columns()
	must(t, err)
	var all []string
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		must(t, rows.Scan(values...))
		var cells []string
		for _, v := range values {
			cells = append(cells, fmt.Sprint(*v.(*any)))
		}
		all = append(all, strings.Join(cells, " | "))
	}
	must(t, rows.Err())
	return all
}

// difference lists the rows that are in one and not in the other.
func difference(before, after string) string {
	var b strings.Builder
	list := func(mark string, these, those string) {
		for _, line := range strings.Split(these, "\n") {
			if !strings.Contains("\n"+those+"\n", "\n"+line+"\n") {
				b.WriteString(mark + " " + line + "\n")
			}
		}
	}
	list("-", before, after)
	list("+", after, before)
	return b.String()
}
