package storagetest

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/assessment"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/evidence"
	"countersign/internal/notification"
	"countersign/internal/organisation"
	"countersign/internal/storage"
	"countersign/internal/storage/gen"
)

// records is what nobody can do, even with the database in their hands.
var records = []promise{
	{"T48 an event is neither changed, deleted, replaced nor truncated", func(t *testing.T, h *House) {
		h.appendOnly(t, "event", "detail = 'Nothing happened'")
	}},
	{"T48 a signature is neither changed, deleted, replaced nor truncated", func(t *testing.T, h *House) {
		_, err := h.Sign(t.Context(), chief, Here, h.Begun(t, chief, Here, h.Lock(t, Here, 1)))
		must(t, err)
		h.appendOnly(t, "signature", "signer_name = 'Somebody Else'")
	}},
	{"T39 the words of a locked statement never change", func(t *testing.T, h *House) {
		id := h.Lock(t, Here, 1)
		for _, change := range []string{"words = words || 'more'", "digest = 'none'", "words = '', digest = ''", "words = '', state = 'preparing', locked_at = null"} {
			h.refusedBySchema(t, "update statement set "+change+" where id = '"+string(id)+"'")
		}
	}},
	{"a statement is never deleted while it is signed", func(t *testing.T, h *House) {
		_, err := h.Sign(t.Context(), chief, Here, h.Begun(t, chief, Here, h.Lock(t, Here, 1)))
		must(t, err)
		h.refusedBySchema(t, "delete from statement")
		h.refusedBySchema(t, "delete from step_up")
	}},
	{"the schema refuses what no page can make", func(t *testing.T, h *House) {
		id := h.Lock(t, Here, 1)
		for _, each := range []string{
			"update statement set state = 'draft' where id = '" + string(id) + "'",
			"update statement set organisation = 'R99' where id = '" + string(id) + "'",
			"update organisation set name = ''",
			"insert into login (id, issuer, subject, person, name, email, steps, mac, version) values ('new', 'https://provider.example', '', 'chief', '', '', 1, '" + withoutKey + "', 1)",
			"insert into login (id, issuer, subject, person, name, email, steps, mac, version) values ('new', 'https://provider.example', 'sub-chief', 'siro', '', '', 1, '" + withoutKey + "', 1)", // T13: one login, one person
			"insert into statement (id, organisation, template, edition, number, replaces, period, period_from, period_to, due_at, state, gaps, explained, board_on, facts, words, digest, locked_by, version) select 'twin', organisation, template, edition, number, replaces, period, period_from, period_to, due_at, 'preparing', gaps, explained, board_on, facts, '', '', '', 1 from statement",
		} {
			h.refusedBySchema(t, each)
		}
	}},
}

func (h *House) appendOnly(t *testing.T, table, change string) {
	t.Helper()
	if h.count(t, "select count(*) from "+table) == 0 {
		t.Fatalf("there is no %s to try it on", table)
	}
	h.refusedBySchema(t, "update "+table+" set "+change)
	h.refusedBySchema(t, "delete from "+table)
	if h.postgres(t) {
		h.refusedBySchema(t, "truncate "+table+" cascade")
		h.refusedBySchema(t, "insert into "+table+" select * from "+table+" limit 1 on conflict (id) do update set "+change)
		return
	}
	h.refusedBySchema(t, "insert or replace into "+table+" select * from "+table+" limit 1")
	h.refusedBySchema(t, "replace into "+table+" select * from "+table+" limit 1")
	h.refusedBySchema(t, "insert into "+table+" select * from "+table+" where true limit 1 on conflict (id) do update set "+change)
}

func (h *House) refusedBySchema(t *testing.T, query string) {
	t.Helper()
	before := h.contents(t)
	if _, err := h.Raw.ExecContext(t.Context(), query); err == nil {
		t.Errorf("the database took: %s", query)
	}
	if after := h.contents(t); after != before {
		t.Errorf("it changed something: %s\n%s", query, difference(before, after))
	}
}

// scopes is what a decision lets its holder reach, and no more.
var scopes = []promise{
	{"T27 a zero pass finds nothing and changes nothing, whatever method it is given to", func(t *testing.T, h *House) {
		known := h.everything(t)
		before := h.contents(t)
		tried := 0
		for _, store := range h.stores() {
			value := reflect.ValueOf(store)
			for i := range value.NumMethod() {
				method := value.Type().Method(i)
				if method.Type.NumIn() < 3 || method.Type.In(2) != reflect.TypeFor[access.Pass]() {
					t.Errorf("%s.%s asks for no pass", value.Type(), method.Name)
					continue
				}
				tried++
				name := value.Type().String() + "." + method.Name
				for _, out := range tryAll(t.Context(), name, t, value.Method(i), known) {
					t.Errorf("%s found: %v", name, out)
				}
			}
		}
		if after := h.contents(t); after != before {
			t.Errorf("a zero pass changed something:\n%s", difference(before, after))
		}
		if tried < 60 {
			t.Errorf("only %d methods were tried", tried)
		}
	}},
	{"T27 what is another organisation's is not there", func(t *testing.T, h *House) {
		statement, file, sent := h.Lock(t, Here, 1), h.keep(t, Here, lead, digest("a")), h.issue(t)
		h.Begun(t, chief, Here, statement)
		reading := h.pass(t, other, access.ReadStatement, There)
		uploading := h.pass(t, otherLead, access.UploadEvidence, There)
		signing := h.pass(t, other, access.SignStatement, There)
		ctx := t.Context()
		h.refused(t, attestation.ErrUnknown, func() error { _, _, err := h.Signatures.Find(ctx, reading, statement); return err })
		h.refused(t, attestation.ErrUnknown, func() error { _, err := h.Signatures.Review(ctx, signing, statement); return err })
		h.refused(t, attestation.ErrUnknown, func() error { _, err := h.Signatures.DeclineReason(ctx, reading, statement); return err })
		h.refused(t, attestation.ErrNotSigned, func() error { _, err := h.Signatures.Signature(ctx, reading, statement); return err })
		h.refused(t, attestation.ErrUnknown, func() error {
			return h.Statements.Choose(ctx, h.at(other), There, statement, attestation.Unqualified, "")
		})
		h.refused(t, attestation.ErrUnknown, func() error { return h.Statements.Lock(ctx, h.at(otherSIRO), There, statement, 0) })
		h.refused(t, attestation.ErrUnknown, func() error { _, err := h.Statements.Again(ctx, h.at(otherLead), There, statement); return err })
		h.refused(t, attestation.ErrUnknown, func() error { _, err := h.Statements.Begin(ctx, h.at(other), There, statement, ""); return err })
		h.refused(t, attestation.ErrUnknown, func() error { return h.Statements.Decline(ctx, h.at(other), There, statement, "no") })
		h.refused(t, evidence.ErrUnknown, func() error { _, err := h.Evidence.Find(ctx, uploading, file); return err })
		h.refused(t, evidence.ErrUnknown, func() error { _, err := h.Evidence.SameBytes(ctx, uploading, digest("a")); return err })
		h.refused(t, evidence.ErrUnknown, func() error {
			return h.Evidence.Link(ctx, uploading, file, []string{"x"}, h.Now(), func(evidence.File) (event.Event, error) { return event.Event{}, nil })
		})
		h.refused(t, evidence.ErrUnknown, func() error {
			return h.Evidence.Record(ctx, uploading, file, func(f evidence.File) (evidence.File, event.Event, error) { return f, event.Event{}, nil })
		})
		for _, table := range []string{"statement", "evidence"} {
			if list, err := h.Signatures.List(ctx, reading); err != nil || len(list) > 0 {
				t.Errorf("%s listed: %v %v", table, list, err)
			}
		}
		if files, err := h.Evidence.For(ctx, uploading, "outcome/B4.d"); err != nil || len(files) > 0 {
			t.Errorf("files found: %v %v", files, err)
		}
		must(t, h.Alerts.Acknowledge(ctx, h.at(lead), Here, sent))
		theirs, _, err := h.AlertStore.Response(ctx, h.pass(t, otherLead, access.ReadResponses, There), sent)
		if err != nil || theirs.Acknowledged != nil || theirs.Organisation != There {
			t.Errorf("the other trust sees %+v, %v", theirs, err)
		}
		about, err := h.Events.About(ctx, h.pass(t, otherLead, access.ReadResponses, There), "statement/"+string(statement), 50)
		if err != nil || len(about) > 0 {
			t.Errorf("the other trust reads events: %v %v", about, err)
		}
	}},
	{"T27 what crosses organisations is refused under a trust's decision", func(t *testing.T, h *House) {
		id := h.issue(t)
		pass, ctx := h.pass(t, lead, access.AnswerAlert, Here), t.Context()
		h.refused(t, access.ErrNotFound, func() error { _, err := h.AlertStore.Issued(ctx, pass, h.Now(), 5); return err })
		h.refused(t, access.ErrNotFound, func() error { _, err := h.AlertStore.Drafts(ctx, pass); return err })
		h.refused(t, access.ErrNotFound, func() error { _, err := h.AlertStore.Changes(ctx, pass); return err })
		h.refused(t, access.ErrNotFound, func() error { _, err := h.AlertStore.ResponsesTo(ctx, pass, id); return err })
		h.refused(t, access.ErrNotFound, func() error { _, err := h.Signatures.Ended(ctx, pass, Began); return err })
		h.refused(t, access.ErrNotFound, func() error { return h.Signatures.Ask(ctx, pass, "quarterly", "", "2026-10-05", nil) })
		h.refused(t, access.ErrNotFound, func() error { _, err := h.Signatures.Called(ctx, pass, "quarterly", "", "2026-10-05"); return err })
		h.refused(t, access.ErrNotFound, func() error { return h.Organisations.Place(ctx, pass, "2026-10-05", nil) })
		h.refused(t, access.ErrNotFound, func() error {
			_, err := h.Organisations.InOffice(ctx, pass, access.ChiefExecutive, h.Now())
			return err
		})
		h.refused(t, access.ErrNotFound, func() error { return h.Identities.Appoint(ctx, pass, h.Now(), nil) })
		h.refused(t, access.ErrNotFound, func() error { _, err := h.Identities.Roll(ctx, pass); return err })
		h.refused(t, access.ErrNotFound, func() error { _, err := h.Evidence.Waiting(ctx, pass, "", 5); return err })
		h.refused(t, access.ErrNotFound, func() error { _, err := h.Evidence.Entries(ctx, pass, "", 5); return err })
		h.refused(t, access.ErrNotFound, func() error { _, err := h.Organisations.All(ctx, pass); return err })
		h.refused(t, access.ErrNotFound, func() error { _, err := h.Organisations.Cohorts(ctx, pass, "2026-10-05"); return err })
		h.refused(t, access.ErrNotFound, func() error { return h.Organisations.Import(ctx, pass, trusts("RAA")) })
		h.refused(t, access.ErrNotFound, func() error { return h.AlertStore.Add(ctx, pass, alert.Alert{ID: "x"}, event.Event{}) })
	}},
}

func (h *House) stores() []any {
	return []any{h.Organisations, h.Identities, h.Events, h.AlertStore, h.Evidence, h.Signatures, storage.League{DB: h.DB}, &storage.Assessments{DB: h.DB}, h.Jobs, h.Messages,
		storage.Walls{DB: h.DB}, storage.Openings{DB: h.DB}, storage.Risks{DB: h.DB}, storage.Acting{DB: h.DB}, storage.Boards{DB: h.DB}}
}

// known are the values to try a forged pass with: what really exists, so that
// only the pass stands between the caller and the record.
type known map[reflect.Type][]reflect.Value

func (h *House) everything(t *testing.T) known {
	statement, file, sent := h.Lock(t, Here, 1), h.keep(t, Here, lead, digest("a")), h.issue(t)
	up := h.Begun(t, chief, Here, statement)
	signed, err := h.Sign(t.Context(), chief, Here, up)
	must(t, err)
	h.signedIn(t, "session-key", chief)
	h.framework(t)
	told := h.told(t, sent)
	h.rings(t, sent, Here)
	must(t, h.openings().Open(t.Context(), h.at(lead), Here, sent))
	all := func(values ...any) []reflect.Value {
		var list []reflect.Value
		for _, v := range values {
			list = append(list, reflect.ValueOf(v))
		}
		return list
	}
	return known{
		reflect.TypeFor[attestation.ID]():         all(statement),
		reflect.TypeFor[evidence.ID]():            all(file),
		reflect.TypeFor[alert.ID]():               all(sent),
		reflect.TypeFor[attestation.Code]():       all(signed.Code),
		reflect.TypeFor[assessment.ID]():          all(assessment.ID("assessment-1")),
		reflect.TypeFor[string]():                 all("session-key", up.ID, digest("a"), "quarterly", "statement/"+string(statement), "framework-1", "profile-1", Issuer, "sub-chief", told[0].ID),
		reflect.TypeFor[notification.Kind]():      all(notification.SendLetter),
		reflect.TypeFor[notification.Message]():   all(told[0]),
		reflect.TypeFor[[]notification.Message](): all([]notification.Message{{ID: "another", Organisation: Here, Thing: "test/1", Purpose: notification.Test, Recipient: notification.Recipient{Name: "N", Address: "n@trust.example"}, MadeAt: h.Now()}}),
		reflect.TypeFor[notification.Work]():      all(notification.Work{ID: "message/" + told[0].ID}),
		reflect.TypeFor[time.Time]():              all(h.Now().Add(time.Hour)),
		reflect.TypeFor[organisation.Day]():       all(organisation.Day("2026-10-05")),
		reflect.TypeFor[int64]():                  all(int64(0), int64(1)),
		reflect.TypeFor[int]():                    all(10),
	}
}

// tryAll calls a method with a zero pass and each combination of what exists,
// and gives everything that came back beside errors and emptiness.
func tryAll(ctx context.Context, name string, t *testing.T, method reflect.Value, has known) []any {
	sets := [][]reflect.Value{{reflect.ValueOf(ctx), reflect.ValueOf(access.Pass{})}}
	for i := 2; i < method.Type().NumIn(); i++ {
		kind := method.Type().In(i)
		values := has[kind]
		switch {
		case kind.Kind() == reflect.Func:
			values = []reflect.Value{reflect.MakeFunc(kind, func([]reflect.Value) []reflect.Value {
				var out []reflect.Value
				for j := range kind.NumOut() {
					out = append(out, reflect.Zero(kind.Out(j)))
				}
				t.Errorf("%s asked for a decision on something it found", name)
				return out
			})}
		case len(values) == 0:
			values = []reflect.Value{reflect.Zero(kind)}
		}
		var longer [][]reflect.Value
		for _, set := range sets {
			for _, v := range values {
				longer = append(longer, append(set[:len(set):len(set)], v))
			}
		}
		sets = longer
	}
	var found []any
	for _, set := range sets {
		if method.Type().IsVariadic() {
			t.Fatalf("%s takes any number of things", name)
		}
		for _, out := range method.Call(set) {
			empty := out.IsZero() || ((out.Kind() == reflect.Slice || out.Kind() == reflect.Map) && out.Len() == 0)
			if _, isError := out.Interface().(error); !isError && !empty && !hollow(out.Interface()) {
				found = append(found, out.Interface())
			}
		}
	}
	return found
}

// hollow knows an answer that says no more than the question did.
func hollow(answer any) bool {
	review, ok := answer.(attestation.Review)
	return ok && review.BeganAt.IsZero()
}

func digest(letter string) string { return strings.Repeat(letter, 64) }

// framework puts one framework, profile and assessment into the house.
func (h *House) framework(t *testing.T) {
	t.Helper()
	q := gen.New(h.Raw)
	must(t, q.AddFramework(t.Context(), gen.AddFrameworkParams{ID: "framework-1", Title: "Framework", Digest: "d", Document: "{}"}))
	must(t, q.AddProfile(t.Context(), gen.AddProfileParams{ID: "profile-1", Framework: "framework-1", Title: "Profile", Digest: "d", Document: "{}"}))
	must(t, q.AddAssessment(t.Context(), gen.AddAssessmentParams{ID: "assessment-1", Organisation: string(Here), Framework: "framework-1", Profile: "profile-1", Period: "2026", StartedAt: 1, DueAt: 2}))
	must(t, q.AddAnswer(t.Context(), gen.AddAnswerParams{Assessment: "assessment-1", Outcome: "B4.d", Level: "achieved"}))
}
