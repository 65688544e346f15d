//go:build demo

package demo_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gabriel-vasile/mimetype"
	"github.com/go-jose/go-jose/v4"

	"countersign/internal/alert"
	"countersign/internal/assessment"
	"countersign/internal/attestation"
	"countersign/internal/evidence"
	"countersign/internal/league"
	"countersign/internal/organisation"
	"countersign/web/demo"
)

var provider = demo.Provider{Issuer: "http://localhost:8080/demo-provider", Client: "countersign"}

// moment is when most tests look at the world: the morning of a statement's
// last day.
var moment = time.Date(2026, 11, 24, 9, 41, 0, 0, time.UTC)

// moments are hard to live in: nights and weekends, both clock changes, the
// first and the last hours of quarters and years, a leap day.
var moments = []time.Time{
	moment,
	time.Date(2026, 11, 23, 20, 42, 17, 0, time.UTC),
	time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC),
	time.Date(2026, 10, 1, 8, 0, 0, 0, time.UTC),
	time.Date(2026, 10, 22, 9, 0, 0, 0, time.UTC),
	time.Date(2026, 12, 31, 23, 59, 0, 0, time.UTC),
	time.Date(2027, 1, 1, 0, 1, 0, 0, time.UTC),
	time.Date(2027, 3, 28, 1, 30, 0, 0, time.UTC),
	time.Date(2027, 6, 13, 4, 0, 0, 0, time.UTC),
	time.Date(2027, 7, 24, 16, 59, 59, 0, time.UTC),
	time.Date(2028, 2, 29, 12, 0, 0, 0, time.UTC),
}

// built keeps the world of each moment, which no test changes.
var built = map[time.Time]*demo.World{}

func build(t *testing.T, now time.Time) *demo.World {
	t.Helper()
	if built[now] == nil {
		built[now] = buildAnew(t, now)
	}
	return built[now]
}

func buildAnew(t *testing.T, now time.Time) *demo.World {
	t.Helper()
	w, err := demo.Build(now, provider)
	if err != nil {
		t.Fatalf("the world of %s: %v", now.Format(time.RFC3339), err)
	}
	return w
}

// eachMoment asks the same of the world at every hard moment.
func eachMoment(t *testing.T, check func(t *testing.T, now time.Time, w *demo.World)) {
	for _, now := range moments {
		t.Run(now.Format(time.RFC3339), func(t *testing.T) { check(t, now, build(t, now)) })
	}
}

func TestSameMomentSameWorld(t *testing.T) {
	digest := func(now time.Time) [32]byte {
		text, err := json.Marshal(buildAnew(t, now))
		if err != nil {
			t.Fatal(err)
		}
		return sha256.Sum256(text)
	}
	first := digest(moment)
	if digest(moment) != first {
		t.Error("two builds for one moment differ")
	}
	if digest(moment.Add(time.Hour)) == first {
		t.Error("an hour later the world is the same, so its clocks do not run")
	}
}

func TestProportionsAreReal(t *testing.T) {
	kinds, regions, cohorts := map[organisation.Kind]int{}, map[organisation.Region]int{}, map[string]int{}
	w := build(t, moment)
	for _, o := range w.Seed.Organisations {
		kinds[o.Kind]++
		regions[o.Region]++
	}
	for _, m := range w.Seed.Cohorts {
		cohorts[m.Cohort]++
	}
	same(t, kinds, map[organisation.Kind]int{organisation.Acute: 118, organisation.AcuteSpecialist: 16, organisation.MentalHealth: 45, organisation.Community: 13, organisation.Ambulance: 10})
	same(t, regions, map[organisation.Region]int{"Y60": 39, "Y56": 32, "Y62": 31, "Y63": 31, "Y59": 28, "Y61": 22, "Y58": 19})
	same(t, cohorts, map[string]int{organisation.CohortMajorTrauma: 22, organisation.CohortAmbulance: 10, organisation.CohortWave1: 32})
}

func same[K comparable](t *testing.T, is, want map[K]int) {
	t.Helper()
	for key, n := range want {
		if is[key] != n {
			t.Errorf("%v: %d, want %d", key, is[key], n)
		}
	}
	if len(is) != len(want) {
		t.Errorf("there are %v, want %v", is, want)
	}
}

func TestNothingIsReal(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "data", "ods", "etr-2025.csv"))
	if errors.Is(err, os.ErrNotExist) {
		if os.Getenv("CI") == "true" {
			t.Fatal("../shared/data/ods/etr-2025.csv is missing, and CI must not leave this test out")
		}
		t.Skip("left out: ../shared/data/ods/etr-2025.csv is not here")
	} else if err != nil {
		t.Fatal(err)
	}
	extract, err := organisation.ReadETR(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	codes, names := map[organisation.Code]bool{}, map[string]bool{}
	for _, r := range extract.Records {
		codes[r.Code], names[place(r.Name)] = true, true
	}
	if len(codes) < 200 {
		t.Fatalf("the extract has %d organisations, so it proves nothing", len(codes))
	}
	seen := map[string]bool{}
	for _, o := range build(t, moment).Seed.Organisations {
		if codes[o.Code] || names[place(o.Name)] {
			t.Errorf("%s %s exists", o.Code, o.Name)
		}
		if len(o.Code) != 3 || o.Code[0] != 'Z' {
			t.Errorf("%s is not of the range that is never given out", o.Code)
		}
		if seen[place(o.Name)] || seen[string(o.Code)] {
			t.Errorf("%s %s is there twice", o.Code, o.Name)
		}
		seen[place(o.Name)], seen[string(o.Code)] = true, true
	}
}

// place is what is left of a name without the words every trust has.
func place(name string) string {
	return strings.NewReplacer(" nhs", "", " foundation", "", " trust", "", "’", "'").Replace(strings.ToLower(name))
}

func TestNothingIsInTheFuture(t *testing.T) {
	eachMoment(t, func(t *testing.T, now time.Time, w *demo.World) {
		begun := now.AddDate(-3, 0, 0)
		past := func(what string, at time.Time) {
			t.Helper()
			if !at.IsZero() && (at.After(now) || at.Before(begun)) {
				t.Errorf("%s at %s", what, at)
			}
		}
		ids := map[string]bool{}
		for _, e := range w.Seed.Events {
			past(e.Kind, e.At)
			if ids[e.ID] || e.ActorID == "" || e.Organisation == "" {
				t.Fatalf("event %+v", e)
			}
			ids[e.ID] = true
		}
		for _, a := range w.Seed.Alerts {
			past("drafted", a.DraftedAt)
			if a.Approval != nil {
				past("issued", a.Approval.At)
			}
		}
		for _, r := range w.Seed.Responses {
			past("applied", r.AppliedAt)
			past("closed", r.ClosedAt)
			if r.Acknowledged != nil {
				past("acknowledged", r.Acknowledged.At)
			}
		}
		for _, a := range w.Seed.Assessments {
			past("assessment started", a.StartedAt)
			for _, answer := range a.Answers {
				past("outcome recorded", answer.At)
			}
		}
		for _, f := range w.Seed.Evidence {
			past("evidence received", f.ReceivedAt)
		}
		for _, s := range w.Seed.Statements {
			past("statement locked", s.LockedAt)
			past("statement ended", s.EndedAt)
		}
		for _, g := range w.Seed.Signatures {
			past("statement signed", g.SignedAt)
		}
	})
}

func TestResponsesFollowTheirEvents(t *testing.T) {
	eachMoment(t, func(t *testing.T, now time.Time, w *demo.World) {
		type about struct {
			thing string
			org   organisation.Code
			kind  string
		}
		told := map[about][]time.Time{}
		for _, e := range w.Seed.Events {
			key := about{e.Thing, e.Organisation, e.Kind}
			told[key] = append(told[key], e.At)
		}
		alerts := map[alert.ID]alert.Alert{}
		for _, a := range w.Seed.Alerts {
			alerts[a.ID] = a
		}
		trusts := map[organisation.Code]organisation.Organisation{}
		for _, o := range w.Seed.Organisations {
			trusts[o.Code] = o
		}
		for _, r := range w.Seed.Responses {
			a := alerts[r.Alert]
			events := func(kind string) []time.Time { return told[about{"alert/" + string(r.Alert), r.Organisation, kind}] }
			check := func(what string, ok bool) {
				t.Helper()
				if !ok {
					t.Errorf("%s at %s: %s: %+v", a.Name(), r.Organisation, what, r)
				}
			}
			check("issued to somebody it does not reach", a.State == alert.Issued && a.Draft.Audience.Reaches(trusts[r.Organisation], nil))
			check("other deadlines than the alert's", r.IssuedAt.Equal(a.Approval.At) && r.AnswerDue.Equal(a.AnswerDue) && (r.ActionDue.Equal(a.ActionDue) || r.Renewal != nil && r.ActionDue.After(a.ActionDue)))
			check("not received once, at the issue", slices.Equal(events("alert received"), []time.Time{r.IssuedAt}))
			read, applied, acted, closed := events("alert acknowledged"), events("applicability given"), events("action recorded"), events("alert closed")
			versions := events("alert version received")
			check("not told of a newer version", len(versions) == int(a.Edition-1))
			opened := 0 // by a newer version
			if !r.ReopenedAt.IsZero() {
				opened = 1
				check("opened again by nothing", len(versions) == 1 && r.ReopenedAt.Equal(versions[0]) && len(closed) > 0 && closed[0].Before(versions[0]))
			}
			check("withdrawn at another time", r.StoppedAt.Equal(a.WithdrawnAt))
			check("asked again by nothing", (r.Renewal == nil) == (a.Edition == 1 || !a.WithdrawnAt.IsZero() || len(applied) == 0 || !applied[0].Before(versions[0])))
			if r.Renewal != nil {
				check("answered again at another time", slices.ContainsFunc(applied, r.Renewal.AnsweredAt.Equal) != r.Owes())
			}
			check("acknowledged without its event", (r.Acknowledged == nil) == (len(read) == 0))
			if r.Acknowledged == nil {
				check("answered unread", len(applied) == 0 && r.Applicability == alert.NotSaid)
				continue
			}
			check("read at another time", read[0].Equal(r.Acknowledged.At) && read[0].After(r.IssuedAt))
			check("applicability without its event", (r.Applicability == alert.NotSaid) == (len(applied) == 0))
			if len(applied) > 0 {
				check("answered at another time", applied[0].Equal(r.AppliedAt) && applied[0].After(read[0]))
			}
			check("acted without its event", (r.Outcome == alert.NothingYet) == (len(acted) == 0))
			if len(acted) > 0 {
				check("acted out of order", acted[0].After(r.AppliedAt) && slices.IsSortedFunc(acted, time.Time.Compare))
			}
			check("closed without its event", r.Closed() == (len(closed) == opened+1))
			switch {
			case !r.Closed():
				said := last(r.AppliedAt, applied)
				check("not closed though nothing is left to do", r.Owes() || !r.StoppedAt.IsZero() || (r.Applicability != alert.DoesNotApply && r.Outcome != alert.Fixed) || now.Sub(last(said, acted)) <= 10*time.Minute || now.Sub(said) <= 20*time.Minute)
			case r.Applicability == alert.DoesNotApply || r.Outcome == alert.Fixed:
				check("closed at another time", closed[len(closed)-1].Equal(r.ClosedAt) && r.ClosedAt.After(last(r.AppliedAt, acted)))
			default:
				check("closed for no reason", false)
			}
		}
	})
}

func TestAlertsAreBelievable(t *testing.T) {
	eachMoment(t, func(t *testing.T, now time.Time, w *demo.World) {
		titles := map[string]bool{}
		issued, running, next := 0, 0, int64(4700)
		states := map[alert.State]int{}
		for _, a := range w.Seed.Alerts {
			if titles[a.Draft.Title] {
				t.Errorf("two alerts are called %q", a.Draft.Title)
			}
			titles[a.Draft.Title] = true
			if states[a.State]++; a.State != alert.Issued {
				continue
			}
			if issued++; a.Number != next {
				t.Errorf("%s follows number %d", a.Name(), next-1)
			}
			next++
			if a.AnswerDue.After(now) {
				running++
			}
		}
		if issued < 65 || issued > 100 || running < 3 || running > 4 || states[alert.Drafting] != 1 || states[alert.Waiting] != 1 {
			t.Errorf("%d issued, %d whose answer is still due, states %v", issued, running, states)
		}
		none, read, late, answered := 0, 0, 0, 0
		for _, r := range w.Seed.Responses {
			if r.AnswerDue.After(now) || !r.StoppedAt.IsZero() {
				continue
			}
			if r.Applicability == alert.DoesNotApply {
				none++
			}
			if r.Acknowledged != nil {
				read++
			}
			if _, ok := r.AnsweredAt(); ok {
				answered++
			}
			if !r.InTime() {
				late++
			}
		}
		if share := float64(none) / float64(answered); share < 0.08 || share > 0.2 {
			t.Errorf("%.0f%% of answers are that the alert does not apply", 100*share)
		}
		if share := float64(late) / float64(read); share < 0.05 || share > 0.35 {
			t.Errorf("%.0f%% of answers were late", 100*share)
		}
	})
}

func TestComparisonsHaveSomethingToSay(t *testing.T) {
	eachMoment(t, func(t *testing.T, now time.Time, w *demo.World) {
		high := map[alert.ID]bool{}
		for _, a := range w.Seed.Alerts {
			high[a.ID] = a.Draft.Severity == alert.High
		}
		for _, kind := range []organisation.Kind{organisation.Acute, organisation.MentalHealth, organisation.Ambulance} {
			var members []league.Member
			for _, o := range w.Seed.Organisations {
				if o.Kind == kind {
					members = append(members, league.Member{Organisation: o.Code, Name: o.Name, Group: string(kind)})
				}
			}
			var pairs []league.Pair
			year := league.Year(now)
			for _, r := range w.Seed.Responses {
				if !high[r.Alert] || r.IssuedAt.Before(year.From) || !r.IssuedAt.Before(year.To) || !slices.ContainsFunc(members, func(m league.Member) bool { return m.Organisation == r.Organisation }) {
					continue
				}
				at, _ := r.AnsweredAt()
				pairs = append(pairs, league.Pair{Organisation: r.Organisation, Alert: string(r.Alert), IssuedAt: r.IssuedAt, AnsweredAt: at})
			}
			c := league.Compare(members, pairs, kind, year, now)
			bands := map[league.Band]int{}
			for _, row := range c.Rows {
				bands[row.Band]++
				if row.Organisation == demo.Northmoor && row.Band != league.Below || row.Organisation == demo.CalderVale && row.Band != league.Within {
					t.Errorf("%s is %s: %d of %d", row.Organisation, row.Band, row.K, row.N)
				}
			}
			if outside := len(c.Rows) - bands[league.Within]; outside > 4 || c.Share < 0.75 || c.Share > 0.97 {
				t.Errorf("%s: bands %v, %d of %d in time", kind, bands, c.K, c.N)
			}
			t.Logf("%s: %d of %d in time, %v", kind, c.K, c.N, bands)
		}
	})
}

func TestStatementsAreInEveryState(t *testing.T) {
	eachMoment(t, func(t *testing.T, now time.Time, w *demo.World) {
		newest, early := organisation.Day(""), 0
		for _, s := range w.Seed.Statements {
			if s.Organisation != demo.CalderVale {
				newest = max(newest, s.From)
			}
		}
		found := map[string]int{}
		trusts := map[organisation.Code]bool{}
		for _, s := range w.Seed.Statements {
			if s.State != attestation.Preparing {
				if _, err := attestation.ParseWords(s.Words); err != nil || attestation.DigestOf(s.Words) != s.Digest {
					t.Errorf("the words of %s at %s: %v", s.Period, s.Organisation, err)
				}
			}
			for _, gap := range s.Gaps {
				if gap.Name == "" || gap.What == "" || gap.FixBy == "" {
					t.Errorf("gap %+v at %s", gap, s.Organisation)
				}
			}
			if s.From == newest {
				trusts[s.Organisation] = true
				found[string(s.State)]++
			} else if s.From > newest && s.Organisation == demo.CalderVale && s.State == attestation.Preparing {
				early++
			} else if s.State == attestation.Preparing || s.State == attestation.Locked {
				t.Errorf("%s of %s has been %s for months", s.Period, s.Organisation, s.State)
			}
		}
		for _, g := range w.Seed.Signatures {
			found[string(g.Opinion)]++
			if g.Late {
				found["late"]++
			}
		}
		for _, state := range []string{"preparing", "locked", "signed", "returned", "unqualified", "qualified", "late"} {
			if found[state] == 0 {
				t.Errorf("no statement is %s: %v", state, found)
			}
		}
		if early != 1 {
			t.Errorf("%d statements were asked for early", early)
		}
		if len(trusts) != len(w.Seed.Organisations) {
			t.Errorf("%d trusts have a statement for the newest quarter", len(trusts))
		}
	})
}

// TestCommitmentsAreInEveryState: what was promised is open, late, done, moved,
// and each comes from an exception that was signed.
func TestCommitmentsAreInEveryState(t *testing.T) {
	eachMoment(t, func(t *testing.T, now time.Time, w *demo.World) {
		exceptions := 0
		for _, g := range w.Seed.Signatures {
			exceptions += len(g.Exceptions)
		}
		found, here := map[string]int{}, map[attestation.Fate]int{}
		for _, c := range w.Seed.Commitments {
			found[string(c.Fate)]++
			if c.Organisation == demo.CalderVale {
				here[c.Fate]++
			}
			if c.Late(now) {
				found["late"]++
			}
			if c.By > c.FirstBy {
				found["moved"]++
			}
			for _, step := range c.Steps {
				if step.At.After(now) || step.At.Before(c.MadeAt) || step.Note == "" {
					t.Errorf("a step of %s: %+v", c.ID, step)
				}
			}
		}
		if len(w.Seed.Commitments) != exceptions {
			t.Errorf("%d commitments of %d exceptions", len(w.Seed.Commitments), exceptions)
		}
		for _, state := range []string{"open", "done", "late", "moved"} {
			if found[state] == 0 {
				t.Errorf("no commitment is %s: %v", state, found)
			}
		}
		if here[attestation.StillOpen] == 0 {
			t.Errorf("Calder Vale promised %v", here)
		}
	})
}

func TestSignaturesCanBeChecked(t *testing.T) {
	w := build(t, moment)
	codes := map[attestation.Code]bool{}
	for _, g := range w.Seed.Signatures {
		if _, ok := attestation.ParseCode(g.Code.Groups()); !ok || codes[g.Code] {
			t.Errorf("code %s", g.Code)
		}
		codes[g.Code] = true
		claims := verified(t, g.Proof)
		if claims.Issuer != provider.Issuer || claims.Audience != provider.Client || claims.Subject != g.Proof.Subject || claims.Nonce != g.StepUp.Nonce ||
			claims.ACR != g.Proof.ACR || claims.AuthTime != g.Proof.AuthAt.Unix() || g.SignedAt.Sub(g.Proof.AuthAt) > attestation.ProofLimit {
			t.Errorf("the token under %s says %+v", g.Code, claims)
		}
	}
	if len(codes) < 600 {
		t.Errorf("only %d signatures", len(codes))
	}
}

// claims are what a token says.
type claims struct {
	Issuer   string `json:"iss"`
	Audience string `json:"aud"`
	Subject  string `json:"sub"`
	Nonce    string `json:"nonce"`
	ACR      string `json:"acr"`
	AuthTime int64  `json:"auth_time"`
}

// verified checks the token of a proof by the keys that were kept with it.
func verified(t *testing.T, proof attestation.Proof) claims {
	t.Helper()
	var keys jose.JSONWebKeySet
	if err := json.Unmarshal([]byte(proof.KeySet), &keys); err != nil {
		t.Fatal(err)
	}
	signed, err := jose.ParseSignedCompact(proof.IDToken, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		t.Fatal(err)
	}
	payload, err := signed.Verify(keys.Key(signed.Signatures[0].Header.KeyID)[0])
	if err != nil {
		t.Fatalf("the token of %s: %v", proof.Subject, err)
	}
	var is claims
	if err := json.Unmarshal(payload, &is); err != nil {
		t.Fatal(err)
	}
	return is
}

func TestCalderVale(t *testing.T) {
	eachMoment(t, func(t *testing.T, now time.Time, w *demo.World) {
		var latest attestation.Statement
		for _, s := range w.Seed.Statements {
			if s.Organisation == demo.CalderVale && s.From > latest.From && s.State != attestation.Preparing { // the one asked for early is its own test
				latest = s
			}
		}
		due := now.In(organisation.London)
		fivePM := time.Date(due.Year(), due.Month(), due.Day(), 17, 0, 0, 0, organisation.London)
		if !now.Before(fivePM) {
			fivePM = fivePM.AddDate(0, 0, 1)
		}
		if latest.State != attestation.Locked || !latest.Due.Equal(fivePM) || len(latest.Gaps) != 3 || latest.LockedBy != "Tom Adeyemi" {
			t.Errorf("the statement is %s, due %s, with %d gaps, locked by %s", latest.State, latest.Due, len(latest.Gaps), latest.LockedBy)
		}
		asked := latest.Facts["due"] // 12, and 13 where an alert of the quarter before was due in this one
		want := attestation.Facts{"answered": map[string]string{"12": "11", "13": "12"}[asked], "due": asked, "reached": "31", "outcomes": "41", "evidence": "18"}
		if fmt.Sprint(latest.Facts) != fmt.Sprint(want) {
			t.Errorf("its figures are %v", latest.Facts)
		}
		open, acknowledged, lateBy := 0, 0, []time.Duration{}
		standings := map[alert.Standing]int{}
		for _, r := range w.Seed.Responses {
			if r.Organisation != demo.CalderVale {
				continue
			}
			if _, answered := r.AnsweredAt(); answered && !r.Closed() {
				standings[r.Standing(now)]++
			} else if !r.Closed() && r.StoppedAt.IsZero() {
				if open++; r.Acknowledged != nil {
					acknowledged++
				}
			}
			if at, ok := r.AnsweredAt(); ok && !r.InTime() && organisation.DayOf(r.IssuedAt) >= latest.From && organisation.DayOf(r.IssuedAt) <= latest.To {
				lateBy = append(lateBy, at.Sub(r.AnswerDue))
			}
		}
		if open != 2 || acknowledged != 1 {
			t.Errorf("%d alerts wait for an answer, %d of them acknowledged", open, acknowledged)
		}
		if delete(standings, alert.IsWithdrawn); len(standings) != 2 || standings[alert.NeedsDecision] != 1 || standings[alert.RiskAccepted] != 1 {
			t.Errorf("what is answered and open: %v", standings)
		}
		if !slices.Equal(lateBy, []time.Duration{5 * time.Hour}) {
			t.Errorf("answers of the quarter were late by %v", lateBy)
		}
		ends := 0
		verdicts := map[evidence.Verdict]int{}
		for _, f := range w.Seed.Evidence {
			if f.Organisation == demo.CalderVale {
				if verdicts[f.Verdict]++; f.RunsUntil <= organisation.DayOf(now.AddDate(0, 0, 30)) {
					ends++
				}
			}
		}
		if ends != 2 || verdicts[evidence.NotScanned] != 1 {
			t.Errorf("%d files end within 30 days, verdicts %v", ends, verdicts)
		}
	})
}

func TestEveryTrustHasItsPeople(t *testing.T) {
	w := build(t, moment)
	offices := map[string]int{}
	held := map[organisation.Code]map[string]int{}
	for _, a := range w.Seed.Appointments {
		offices[string(a.Appointment.Office)]++
		if held[a.Appointment.Organisation] == nil {
			held[a.Appointment.Organisation] = map[string]int{}
		}
		held[a.Appointment.Organisation][string(a.Appointment.Office)]++
	}
	for _, o := range w.Seed.Organisations {
		for _, office := range []string{"chief_executive", "siro", "cyber_lead"} {
			if held[o.Code][office] != 1 {
				t.Errorf("%s has %d people who are %s", o.Code, held[o.Code][office], office)
			}
		}
	}
	names, logins := map[string]bool{}, map[string]bool{}
	for _, p := range w.Seed.People {
		if names[p.Name] || !strings.HasSuffix(p.Email, ".example") {
			t.Errorf("person %+v", p)
		}
		names[p.Name] = true
	}
	for _, l := range w.Seed.Logins {
		if logins[l.Subject] || l.Issuer != provider.Issuer {
			t.Errorf("login %+v", l)
		}
		logins[l.Subject] = true
	}
	for _, p := range w.People {
		if !logins[p.Subject] || !names[p.Name] || p.Note == "" {
			t.Errorf("%s cannot sign in as anybody", p.Name)
		}
	}
	if len(w.People) != 17 || offices["alert_publisher"] != 2 || offices["regulator"] != 2 {
		t.Errorf("%d people to sign in as, offices %v", len(w.People), offices)
	}
}

func TestAssessmentsAnswerEveryOutcome(t *testing.T) {
	eachMoment(t, func(t *testing.T, now time.Time, w *demo.World) {
		frameworks := map[string]assessment.Framework{}
		for _, f := range w.Seed.Frameworks {
			frameworks[f.ID] = f
		}
		for _, a := range w.Seed.Assessments {
			for i, o := range frameworks[a.Framework].Outcomes() {
				answer := a.Answers[i]
				if answer.Outcome != o.Code || !answer.Answered() || answer.Level == assessment.PartiallyAchieved && !o.HasPartial {
					t.Errorf("%s of %s: %+v", a.Framework, a.Organisation, answer)
				}
			}
		}
		if len(w.Seed.Assessments) != 2*len(w.Seed.Organisations) {
			t.Errorf("%d assessments", len(w.Seed.Assessments))
		}
	})
}

func TestEvidenceIsWhatItSays(t *testing.T) {
	w := build(t, moment)
	bodies := map[string][]byte{}
	for _, body := range w.Files {
		sum := sha256.Sum256(body)
		bodies[hex.EncodeToString(sum[:])] = body
	}
	used := map[string]bool{}
	for _, f := range w.Seed.Evidence {
		body := bodies[f.Digest]
		used[f.Digest] = true
		if mediaType, err := evidence.TypeOf(f.Name, mimetype.Detect(body).String(), body); err != nil || mediaType != f.MediaType || int64(len(body)) != f.Size {
			t.Errorf("%s of %s is %s of %d bytes: %v", f.Name, f.Organisation, mediaType, len(body), err)
		}
	}
	if len(used) != len(w.Files) {
		t.Errorf("%d files, %d of them used", len(w.Files), len(used))
	}
}

// last is the last instant at which somebody said something.
func last(applied time.Time, acted []time.Time) time.Time {
	if len(acted) > 0 {
		return acted[len(acted)-1]
	}
	return applied
}
