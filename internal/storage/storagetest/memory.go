package storagetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/evidence"
	"countersign/internal/league"
	"countersign/internal/organisation"
	"countersign/internal/storage"
)

// memories is what holds of reads that lean on earlier ones.
var memories = []promise{
	{"what a request remembers is over as soon as somebody acts", func(t *testing.T, h *House) {
		id := h.issue(t)
		acknowledged := func() bool {
			open, err := h.Alerts.Open(h.DB.Glance(t.Context()), h.at(chief), Here, 5)
			must(t, err)
			return len(open) == 1 && open[0].Acknowledged != nil
		}
		if first, second := acknowledged(), acknowledged(); first || second { // the second is from memory
			t.Fatal("acknowledged before anybody did")
		}
		must(t, h.Alerts.Acknowledge(t.Context(), h.at(lead), Here, id))
		if !acknowledged() {
			t.Error("the request after the act shows what was before it")
		}
	}},
	{"one organisation's act leaves another's memory alone, and a national act ends both", func(t *testing.T, h *House) {
		id := h.issue(t)
		mark := func(org organisation.Code) int {
			return h.count(t, "select coalesce(sum(n), 0) from change_mark where organisation in ($1, 'NATIONAL')", string(org))
		}
		here, there := mark(Here), mark(There)
		must(t, h.Alerts.Acknowledge(t.Context(), h.at(lead), Here, id))
		if mark(Here) == here || mark(There) != there {
			t.Errorf("here %d then %d, there %d then %d", here, mark(Here), there, mark(There))
		}
		here = mark(Here)
		_, err := h.Alerts.Draft(t.Context(), h.at(author), alert.Draft{Title: "Patch", Severity: alert.High, Class: alert.Normal, Why: "It is used", Steps: []alert.Step{{Text: "Patch"}}})
		must(t, err)
		if mark(Here) == here || mark(There) == there {
			t.Error("a national act left what organisations remember")
		}
	}},
	{"a memory is of the database, not of the row a page was changed behind", func(t *testing.T, h *House) {
		glance := h.DB.Glance(t.Context())
		first, err := h.Organisations.Find(glance, h.pass(t, chief, access.ReadOrganisation, Here))
		must(t, err)
		if _, err := h.Raw.ExecContext(t.Context(), "update organisation set name = 'Renamed by hand' where code = 'RXH'"); err != nil {
			t.Fatal(err)
		}
		held, err := h.Organisations.Find(h.DB.Glance(t.Context()), h.pass(t, chief, access.ReadOrganisation, Here))
		must(t, err)
		read, err := h.Organisations.Find(t.Context(), h.pass(t, chief, access.ReadOrganisation, Here))
		must(t, err)
		if held.Name != first.Name || read.Name != "Renamed by hand" {
			t.Errorf("from memory %q, read %q", held.Name, read.Name)
		}
	}},
	{"a list that a page sorts stays as it was for the next page", func(t *testing.T, h *House) {
		for range 2 {
			h.issue(t)
			h.Pass(time.Minute)
		}
		first, err := h.Alerts.Responses(h.DB.Glance(t.Context()), h.at(chief), Here, alert.Newest, 5)
		must(t, err)
		slices.Reverse(first)
		second, err := h.Alerts.Responses(h.DB.Glance(t.Context()), h.at(chief), Here, alert.Newest, 5)
		must(t, err)
		if len(second) != 2 || second[0].Alert == first[0].Alert {
			t.Errorf("%v after %v", second, first)
		}
	}},
	{"national pages see every organisation's act", func(t *testing.T, h *House) {
		id := h.issue(t)
		count := func() int {
			issued, err := h.Alerts.Issued(h.DB.Glance(t.Context()), h.at(regulator), Began.AddDate(1, 0, 0), 5)
			must(t, err)
			return issued[0].Acknowledged
		}
		before := count()
		must(t, h.Alerts.Acknowledge(t.Context(), h.at(otherLead), There, id))
		if after := count(); before != 0 || after != 1 {
			t.Errorf("%d, then %d", before, after)
		}
	}},
	{"whoever acted reads their own act, however many read at the same time", func(t *testing.T, h *House) {
		id := h.issue(t)
		ctx, stop := context.WithCancel(t.Context())
		var readers sync.WaitGroup
		for range 4 {
			readers.Go(func() {
				for ctx.Err() == nil {
					if _, err := h.Alerts.Open(h.DB.Glance(t.Context()), h.at(chief), Here, 5); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		defer readers.Wait()
		defer stop()
		must(t, h.Alerts.Acknowledge(t.Context(), h.at(lead), Here, id))
		for n := range 20 {
			_, _, seen, err := h.Alerts.Read(t.Context(), h.at(lead), Here, id)
			must(t, err)
			answer := []alert.Applicability{alert.AppliesToAll, alert.StillChecking}[n%2]
			must(t, h.Alerts.Apply(t.Context(), h.at(lead), Here, id, seen, alert.Applies{Answer: answer}))
			open, err := h.Alerts.Open(h.DB.Glance(t.Context()), h.at(lead), Here, 5)
			must(t, err)
			if open[0].Applicability != answer {
				t.Fatalf("round %d: reads %q after writing %q", n, open[0].Applicability, answer)
			}
		}
	}},
	{"a reader who asks for ever other days and pages does not use up what others remember", func(t *testing.T, h *House) {
		find := func() string {
			org, err := h.Organisations.Find(h.DB.Glance(t.Context()), h.pass(t, chief, access.ReadOrganisation, Here))
			must(t, err)
			return org.Name
		}
		first := find()
		if _, err := h.Raw.ExecContext(t.Context(), "update organisation set name = 'Renamed by hand' where code = 'RXH'"); err != nil {
			t.Fatal(err)
		}
		store, pass, glance := storage.League{DB: h.DB}, h.pass(t, regulator, access.Compare, organisation.National), h.DB.Glance(t.Context())
		for n := range 2100 {
			_, err := store.Built(glance, pass, fmt.Sprint("acute on day ", n), func() (league.Comparison, error) { return league.Comparison{}, nil })
			must(t, err)
			before := Began.Add(time.Duration(n) * time.Second)
			_, err = h.Alerts.Responses(glance, h.at(otherLead), There, before, 5)
			must(t, err)
			_, err = h.Alerts.Issued(glance, h.at(regulator), before, 5)
			must(t, err)
		}
		if held := find(); held != first {
			t.Errorf("forgot %q, and reads %q", first, held)
		}
	}},
	{"whoever reads outside a page waits for no comparison that was begun before", func(t *testing.T, h *House) {
		store, pass := storage.League{DB: h.DB}, h.pass(t, regulator, access.Compare, organisation.National)
		begun, gate := make(chan struct{}), make(chan struct{})
		var first sync.WaitGroup
		first.Go(func() {
			_, err := store.Built(t.Context(), pass, "acute", func() (league.Comparison, error) {
				close(begun)
				<-gate
				return league.Comparison{}, nil
			})
			must(t, err)
		})
		<-begun
		time.AfterFunc(time.Second, sync.OnceFunc(func() { close(gate) })) // lets the first one end where the second waits for it
		own := false
		_, err := store.Built(t.Context(), pass, "acute", func() (league.Comparison, error) { own = true; return league.Comparison{}, nil })
		must(t, err)
		first.Wait()
		if !own {
			t.Error("was given what somebody began to build before the question was asked")
		}
	}},
	{"of many who ask for the same comparison at once, one builds, until somebody acts", func(t *testing.T, h *House) {
		id := h.issue(t)
		store, built := storage.League{DB: h.DB}, atomic.Int32{}
		pass := h.pass(t, regulator, access.Compare, organisation.National)
		gate := make(chan struct{})
		ask := func() {
			_, err := store.Built(h.DB.Glance(t.Context()), pass, "acute", func() (league.Comparison, error) {
				built.Add(1)
				<-gate
				return league.Comparison{}, nil
			})
			must(t, err)
		}
		var all sync.WaitGroup
		for range 8 {
			all.Go(ask)
		}
		close(gate)
		all.Wait()
		ask()
		once := built.Load()
		must(t, h.Alerts.Acknowledge(t.Context(), h.at(lead), Here, id))
		ask()
		if once > 2 || built.Load() != once+1 { // one that came after the first had finished, and before it was kept, may build again
			t.Errorf("built %d times, then %d", once, built.Load())
		}
		if _, err := store.Built(t.Context(), access.Pass{}, "acute", nil); err == nil {
			t.Error("a comparison without a decision")
		}
	}},
	{"the mark that comes with a session is the one that others ask for", func(t *testing.T, h *House) {
		h.signedIn(t, "key", chief)
		name := func(session bool) string {
			glance := h.DB.Glance(t.Context())
			if session {
				_, _, err := h.Identities.Session(glance, h.pass(t, access.Actor{}, access.ReadSession, organisation.National), "key")
				must(t, err)
			}
			org, err := h.Organisations.Find(glance, h.pass(t, chief, access.ReadOrganisation, Here))
			must(t, err)
			return org.Name
		}
		rename := func(to string) {
			_, err := h.Raw.ExecContext(t.Context(), "update organisation set name = $1 where code = 'RXH'", to)
			must(t, err)
		}
		id := h.issue(t)
		rename("First")
		if with, without := name(true), name(false); with != "First" || without != "First" {
			t.Fatalf("%q with a session, %q without", with, without)
		}
		rename("Second")
		if with, without := name(true), name(false); with != "First" || without != "First" {
			t.Errorf("nobody acted, and it is %q with a session, %q without", with, without)
		}
		must(t, h.Alerts.Acknowledge(t.Context(), h.at(lead), Here, id))
		if is := name(true); is != "Second" {
			t.Errorf("after an act here it is still %q", is)
		}
		rename("Third")
		h.issue(t)
		if is := name(true); is != "Third" {
			t.Errorf("after a national act it is still %q", is)
		}
	}},
	{"a wording that was read once is read no more, and one that is not there yet is looked for again", func(t *testing.T, h *House) {
		next := attestation.Quarterly
		next.Edition++
		next.Opening = "It is so:"
		read := func() (attestation.Template, error) {
			return h.Signatures.Template(h.DB.Glance(t.Context()), h.pass(t, chief, access.ReadStatement, Here), next.ID, next.Edition)
		}
		if _, err := read(); err == nil {
			t.Fatal("read before it was there")
		}
		h.supplies(t, next)
		first, err := read()
		must(t, err)
		second, err := read()
		must(t, err)
		if first.Opening != next.Opening || second.Opening != next.Opening {
			t.Errorf("%q, then %q", first.Opening, second.Opening)
		}
		if _, err := h.Signatures.Template(h.DB.Glance(t.Context()), access.Pass{}, next.ID, next.Edition); err == nil {
			t.Error("from memory without a decision")
		}
	}},
	{"evidence that is ready counts from the page after its verdict", func(t *testing.T, h *House) {
		ready := func() map[string]organisation.Day {
			all, err := h.Evidence.Ready(h.DB.Glance(t.Context()), h.pass(t, chief, access.ReadEvidence, Here))
			must(t, err)
			return all
		}
		before := len(ready())
		id := h.keep(t, Here, lead, strings.Repeat("ab", 32))
		waiting := len(ready())
		var is evidence.File
		must(t, h.Evidence.Record(t.Context(), h.pass(t, lead, access.UploadEvidence, Here), id, func(was evidence.File) (evidence.File, event.Event, error) {
			is = was
			is.Verdict = evidence.Ready
			return is, h.said(t, "evidence found clean"), nil
		}))
		if all := ready(); before != 0 || waiting != 0 || len(all) != 1 || all[is.Digest] != is.RunsUntil {
			t.Errorf("%d before, %d before its verdict, then %v", before, waiting, all)
		}
		elsewhere, err := h.Evidence.Ready(t.Context(), h.pass(t, other, access.ReadEvidence, There))
		must(t, err)
		nobody, err := h.Evidence.Ready(t.Context(), access.Pass{})
		must(t, err)
		if len(elsewhere)+len(nobody) > 0 {
			t.Errorf("%v elsewhere, %v without a decision", elsewhere, nobody)
		}
	}},
}
