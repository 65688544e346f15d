package board

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/assessment"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/organisation"
	"countersign/internal/risk"
	"countersign/internal/transparency"
)

// began is the day before the clocks go back in the United Kingdom.
var began = time.Date(2026, 10, 24, 10, 0, 0, 0, time.UTC)

func said(at time.Time, kind, thing, detail string) event.Event {
	return event.Event{ID: fmt.Sprint(at.UnixMicro(), kind), At: at, ActorName: "Helen Frost", Kind: kind, Thing: thing, Detail: detail, Digest: "d"}
}

// sent is a ledger with one high alert, issued when the house began, and what
// was said about it.
func sent(events ...event.Event) Ledger {
	a := alert.Alert{ID: "a", Number: 7, Draft: alert.Draft{Title: "Now", Severity: alert.High}, State: alert.Issued}
	v := alert.Version{Kind: alert.FirstIssue, Number: 1, Draft: alert.Draft{Title: "Then", Severity: alert.High}, AnswerDue: began.Add(alert.AnswerWindow), ActionDue: began.Add(alert.ActionWindow), Approval: &alert.Approval{At: began}}
	return Ledger{Organisation: organisation.Organisation{Code: "RXH", Name: "Trust"}, Began: began, Events: append([]event.Event{said(began, "alert received", "alert/a", "")}, events...),
		Alerts: []Sent{{Alert: a, Versions: []alert.Version{v}, Response: alert.Response{Alert: "a", Organisation: "RXH", IssuedAt: began}}}}
}

func draw(t *testing.T, l Ledger, at time.Time) Paper {
	t.Helper()
	p, err := l.Draw(Own, at)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// 48 hours are 172,800 seconds whatever the clocks do, and a paper judges them
// to the millisecond, at both ends.
func TestDrawJudgesDeadlinesToTheMillisecond(t *testing.T) {
	due := began.Add(alert.AnswerWindow)
	answered := func(at time.Time) Ledger {
		return sent(said(began.Add(time.Hour), "alert acknowledged", "alert/a", ""), said(at, "applicability given", "alert/a", "Said the alert applies"))
	}
	for _, c := range []struct {
		claim       string
		ledger      Ledger
		at          time.Time
		inTime, due int
		late        int
		standing    alert.Standing
	}{
		{"before its deadline it is not due", sent(), due.Add(-time.Millisecond), 0, 0, 0, alert.NotAcknowledged},
		{"at its deadline it is due, and late", sent(), due, 0, 1, 1, alert.Late},
		{"answered a millisecond before it is in time", answered(due.Add(-time.Millisecond)), due.Add(time.Millisecond), 1, 1, 0, alert.InProgress},
		{"answered at the deadline it is late", answered(due), due.Add(time.Millisecond), 0, 1, 1, alert.AnsweredLate},
		{"an answer a millisecond after the moment is not there yet", answered(due.Add(2 * time.Millisecond)), due.Add(time.Millisecond), 0, 1, 1, alert.Late},
		{"an answer at the moment itself is there", answered(due.Add(time.Millisecond)), due.Add(time.Millisecond), 0, 1, 1, alert.AnsweredLate},
	} {
		t.Run(c.claim, func(t *testing.T) {
			p := draw(t, c.ledger, c.at)
			if a := p.Answers[1]; a.InTime != c.inTime || a.Due != c.due || len(p.Late) != c.late || len(p.Open) != 1 || p.Open[0].Standing != c.standing {
				t.Errorf("%+v, late %+v, open %+v", a, p.Late, p.Open)
			}
		})
	}
}

// A deadline on a day on which the clocks change belongs to that day, and to the
// quarter it is in.
func TestDrawCountsByTheDaysOfTheUnitedKingdom(t *testing.T) {
	quarter := time.Date(2026, 6, 30, 23, 0, 0, 0, time.UTC) // 1 July begins
	for due, want := range map[time.Time]string{
		quarter:                        "2026-07-01 to 2026-09-30: 1",
		quarter.Add(-time.Millisecond): "2026-07-01 to 2026-09-30: 0",
		time.Date(2026, 9, 30, 22, 59, 59, 999_000_000, time.UTC): "2026-07-01 to 2026-09-30: 1",
		time.Date(2026, 9, 30, 23, 0, 0, 0, time.UTC):             "2026-07-01 to 2026-09-30: 0",
	} {
		l := sent()
		l.Alerts[0].Versions[0].AnswerDue = due
		l.Events[0].At = due.Add(-alert.AnswerWindow)
		a := draw(t, l, time.Date(2026, 10, 25, 12, 0, 0, 0, time.UTC)).Answers[0]
		if got := fmt.Sprintf("%s to %s: %d", a.From, a.To, a.Due); got != want {
			t.Errorf("due %s: %s, want %s", due, got, want)
		}
	}
}

func TestDrawOfAlerts(t *testing.T) {
	at := began.AddDate(0, 0, 3)
	rehearsal, unheard, low := sent(), sent(), sent()
	rehearsal.Alerts[0].Alert.Draft.Rehearsal = true
	unheard.Events = nil
	low.Alerts[0].Versions[0].Draft.Severity = alert.Low
	later := sent(said(at.Add(time.Second), "alert version received", "alert/a", ""))
	later.Alerts[0].Versions = append(later.Alerts[0].Versions, alert.Version{Kind: alert.Correction, Draft: alert.Draft{Title: "Later", Severity: alert.High}, Approval: &alert.Approval{At: at.Add(time.Second)}})
	for _, c := range []struct {
		claim  string
		ledger Ledger
		want   string
	}{
		{"the words are those of then", sent(), "0/1 CC-0007 Then"},
		{"a rehearsal is on no paper", rehearsal, "0/0"},
		{"an alert whose arrival is not on record is not there", unheard, "0/0"},
		{"only high severity is counted", low, "0/0 CC-0007 Then"},
		{"a later version is not there", later, "0/1 CC-0007 Then"},
		{"a withdrawn alert is neither counted nor open", withdrawn(began.Add(time.Hour)), "0/0"},
		{"withdrawn after its deadline it is counted", withdrawn(began.Add(49 * time.Hour)), "0/1"},
	} {
		t.Run(c.claim, func(t *testing.T) {
			p := draw(t, c.ledger, at)
			got := fmt.Sprintf("%d/%d", p.Answers[1].InTime, p.Answers[1].Due)
			for _, o := range p.Open {
				got += " " + o.Name + " " + o.Title
			}
			if got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func withdrawn(at time.Time) Ledger {
	l := sent(said(at, "alert version received", "alert/a", ""))
	l.Alerts[0].Versions = append(l.Alerts[0].Versions, alert.Version{Kind: alert.Withdrawal, Draft: l.Alerts[0].Versions[0].Draft, Approval: &alert.Approval{At: at}})
	return l
}

func TestDrawOfRisks(t *testing.T) {
	signed := func(l Ledger, digest string, verdict risk.Verdict, at time.Time) Ledger {
		l.Requests = []risk.Request{{ID: "r", Alert: "a", What: "No fix", Patients: "Delays", Cover: "Kept apart"}}
		l.Decisions = append(l.Decisions, risk.Signature{ID: "g" + digest, SignerName: "Helen Frost", SignedAt: at, Attempt: risk.Attempt{Request: "r", Office: access.SIRO, Digest: attestation.Digest(digest), Choice: risk.Choice{Verdict: verdict, Until: "2026-11-20"}}})
		return l
	}
	answered := []event.Event{said(began.Add(time.Hour), "alert acknowledged", "alert/a", ""), said(began.Add(time.Hour), "applicability given", "alert/a", "Said the alert applies"), said(began.Add(2*time.Hour), "action recorded", "alert/a", "Cannot fix it yet")}
	accepted := sent(append(slices.Clone(answered), said(began.Add(3*time.Hour), "risk accepted", "alert/a", ""))...)
	inPart := sent(append(slices.Clone(answered), said(began.Add(3*time.Hour), "risk accepted in part", "alert/a", ""))...)
	ends := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		claim    string
		ledger   Ledger
		at       time.Time
		risks    int
		standing alert.Standing
	}{
		{"before it was signed it is not there", signed(accepted, "d", risk.Accept, began.Add(3*time.Hour)), began.Add(3*time.Hour - time.Millisecond), 0, alert.NeedsDecision},
		{"from its signature on it is in force", signed(accepted, "d", risk.Accept, began.Add(3*time.Hour)), began.Add(3 * time.Hour), 1, alert.RiskAccepted},
		{"on its last day it is in force", signed(accepted, "d", risk.Accept, began.Add(3*time.Hour)), ends.Add(-time.Millisecond), 1, alert.RiskAccepted},
		{"after its last day the alert is late", signed(accepted, "d", risk.Accept, began.Add(3*time.Hour)), ends, 0, alert.Late},
		{"one of two signatures is not enough", signed(inPart, "d", risk.Accept, began.Add(3*time.Hour)), began.Add(4 * time.Hour), 0, alert.NeedsDecision},
	} {
		t.Run(c.claim, func(t *testing.T) {
			p := draw(t, c.ledger, c.at)
			if len(p.Risks) != c.risks || p.Open[0].Standing != c.standing || (c.risks == 1 && (p.Risks[0].Until != "2026-11-20" || len(p.Risks[0].Signers) != 1)) {
				t.Errorf("%+v, open %+v", p.Risks, p.Open)
			}
		})
	}
}

func TestDrawOfCommitments(t *testing.T) {
	step := func(at time.Time, fate attestation.Fate, is organisation.Day) attestation.Step {
		return attestation.Step{At: at, Fate: fate, Is: is}
	}
	made := began
	commitment := func(steps ...attestation.Step) Ledger {
		return Ledger{Commitments: []attestation.Commitment{{MadeAt: made, FirstBy: "2026-11-01", By: "2030-01-01", Fate: attestation.Done, Steps: steps}}} // the row as it is now is not believed
	}
	day := func(n int) time.Time { return made.AddDate(0, 0, n) }
	for _, c := range []struct {
		claim  string
		ledger Ledger
		at     time.Time
		want   string
	}{
		{"not there before it was made", commitment(), made.Add(-time.Millisecond), ""},
		{"open as signed", commitment(), made, "open 2026-11-01 false"},
		{"its day is not late", commitment(), time.Date(2026, 11, 1, 23, 59, 59, 0, time.UTC), "open 2026-11-01 false"},
		{"the day after is", commitment(), time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC), "open 2026-11-01 true"},
		{"moved", commitment(step(day(2), attestation.StillOpen, "2026-12-24")), day(2), "open 2026-12-24 false"},
		{"a later move is not there", commitment(step(day(2), attestation.StillOpen, "2026-12-24")), day(1), "open 2026-11-01 false"},
		{"kept", commitment(step(day(2), attestation.StillOpen, "2026-12-24"), step(day(5), attestation.Done, "")), day(9), "done 2026-12-24 false"},
		{"kept a year ago it is told no more", commitment(step(day(5), attestation.Done, "")), day(5).AddDate(1, 0, 1), ""},
	} {
		t.Run(c.claim, func(t *testing.T) {
			got := ""
			for _, each := range draw(t, c.ledger, c.at).Commitments {
				got += fmt.Sprint(each.Fate, " ", each.By, " ", each.Late)
			}
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestDrawOfStatements(t *testing.T) {
	due := began.AddDate(0, 1, 0)
	all := Ledger{
		Events:     []event.Event{said(began, "statement asked for", "statement/s", ""), said(began.AddDate(0, 0, 2), "statement locked", "statement/s", ""), said(began.AddDate(0, 0, 9), "statement withdrawn", "statement/w", ""), said(began, "statement asked for", "statement/w", "")},
		Statements: []attestation.Statement{{ID: "s", Period: "July to September 2026", Due: due.AddDate(0, 2, 0), State: attestation.Signed, Words: "unread"}, {ID: "w", Due: due, State: attestation.Withdrawn}, {ID: "later", Due: due}},
		Moves:      []attestation.Extension{{Statement: "s", State: attestation.MoveConfirmed, WasDue: due.AddDate(0, 1, 0), DecidedAt: began.AddDate(0, 0, 6)}, {Statement: "s", State: attestation.MoveConfirmed, WasDue: due, DecidedAt: began.AddDate(0, 0, 4)}},
	}
	for _, c := range []struct {
		claim  string
		at     time.Time
		reader Reader
		want   string
	}{
		{"nothing was asked for", began.Add(-time.Millisecond), Own, ""},
		{"asked for", began, Own, "s preparing  " + due.Format(time.DateOnly) + "; w preparing  " + due.Format(time.DateOnly)},
		{"locked, by whom", began.AddDate(0, 0, 2), Own, "s locked Helen Frost " + due.Format(time.DateOnly) + "; w preparing  " + due.Format(time.DateOnly)},
		{"to overseers it is not signed, and no more", began.AddDate(0, 0, 2), Overseers, "s preparing  " + due.Format(time.DateOnly) + "; w preparing  " + due.Format(time.DateOnly)},
		{"the deadline after one move", began.AddDate(0, 0, 4), Own, "s locked Helen Frost 2026-12-24; w preparing  " + due.Format(time.DateOnly)},
		{"after both, and without what was withdrawn", began.AddDate(0, 0, 9), Own, "s locked Helen Frost 2027-01-24"},
	} {
		t.Run(c.claim, func(t *testing.T) {
			p, err := all.Draw(c.reader, c.at)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range p.Statements {
				got = append(got, fmt.Sprintf("%s %s %s %s", s.ID, s.State, s.LockedBy, s.Due.Format(time.DateOnly)))
			}
			slices.Sort(got)
			if strings.Join(got, "; ") != c.want {
				t.Errorf("%q, want %q", strings.Join(got, "; "), c.want)
			}
		})
	}
}

// TestDrawOfWhatBecameOfAStatement: a signed one stands until it is replaced or
// withdrawn, and a paper of before does not know.
func TestDrawOfWhatBecameOfAStatement(t *testing.T) {
	signed := func(id attestation.ID) attestation.Signature {
		return attestation.Signature{ID: "g" + string(id), Statement: id, SignedAt: began, Person: "p", SignerName: "N"}
	}
	l := Ledger{
		Events: []event.Event{said(began, "statement asked for", "statement/a", ""), said(began, "statement asked for", "statement/b", ""), said(began.Add(time.Hour), "replacement begun", "statement/c", ""),
			said(began.Add(2*time.Hour), "statement replaced", "statement/a", ""), said(began.Add(3*time.Hour), "signature withdrawn", "statement/b", ""), said(began.Add(4*time.Hour), "replacement given up", "statement/c", "")},
		Statements: []attestation.Statement{{ID: "a", Due: began}, {ID: "b", Due: began}, {ID: "c", Due: began, Optional: true, Supersedes: "a"}},
		Signatures: []attestation.Signature{signed("a"), signed("b")},
	}
	for after, want := range map[time.Duration]string{0: "a true, b true", time.Hour: "a true, b true, c false", 2 * time.Hour: "a false, b true, c false", 3 * time.Hour: "a false, b false, c false", 4 * time.Hour: "a false, b false"} {
		p, err := l.Draw(Overseers, began.Add(after))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range p.Statements {
			got = append(got, fmt.Sprint(s.ID, " ", s.Stands()))
			if s.ID == "c" && !s.Due.IsZero() {
				t.Error("one that need not be signed has a deadline")
			}
		}
		slices.Sort(got)
		if strings.Join(got, ", ") != want {
			t.Errorf("after %s: %v, want %s", after, got, want)
		}
	}
}

func TestDrawOfNamesAndHeads(t *testing.T) {
	l := Ledger{Organisation: organisation.Organisation{Code: "RXH", Name: "Third"}, Renames: []event.Event{{At: began, Detail: "Register brought in line with the ODS extract. The name was First"},
		{At: began.Add(time.Hour), Detail: "Register brought in line with the ODS extract"}, {At: began.Add(2 * time.Hour), Detail: "Register brought in line with the ODS extract. The name was Second"}},
		Heads: []transparency.Head{{Checkpoint: transparency.Checkpoint{Size: 3}, SignedAt: began}, {Checkpoint: transparency.Checkpoint{Size: 9}, SignedAt: began.Add(2 * time.Hour), Note: "with a witness"}, {Checkpoint: transparency.Checkpoint{Size: 5}, SignedAt: began.Add(time.Hour)}}}
	for after, want := range map[time.Duration]string{-time.Millisecond: "First 0", 0: "Second 3", time.Hour: "Second 5", 2 * time.Hour: "Third 9"} {
		p := draw(t, l, began.Add(after))
		size := int64(0)
		if p.Head != nil {
			size = p.Head.Size
			if p.Head.Note != "" {
				t.Error("what witnesses signed is on the paper")
			}
		}
		if got := fmt.Sprint(p.Name, " ", size); got != want {
			t.Errorf("after %s: %s, want %s", after, got, want)
		}
	}
}

// Everything a paper says is in its text: whatever changes in one changes the
// other, so that nothing can be printed that the digest does not cover.
func TestTextSaysEverything(t *testing.T) {
	full := Paper{Organisation: "RXH", Name: "Trust", At: began, Reader: Own, Answers: []Answers{{"2026-07-01", "2026-09-30", 1, 2}}, Late: []Late{{Named{"CC-1", "T", alert.High}, began, began}},
		Open: []Open{{Named{"CC-1", "T", alert.High}, alert.Late, began, began, began, began}}, Risks: []Risk{{Named{"CC-1", "T", alert.High}, "w", "p", "c", "2026-11-01", []Signer{{"N", access.SIRO, true, began}}}},
		Levels:      &Levels{"F", "P", "N", "2026", 1, 2, 3, began, []Short{{"S1", "T", assessment.Achieved, assessment.Achieved}}},
		Statements:  []Statement{{"s", "T", attestation.Signed, began, "L", began, "B", began, began, &Signer{"N", access.ChiefExecutive, false, began}, attestation.Qualified, []attestation.Exception{{Part: 1, What: "w", Doing: "d", Who: "o", By: "2026-11-01"}}, "7KQ4M2XD9RTV", false, began, began}},
		Commitments: []Commitment{{"P", 1, "w", "d", "o", "2026-11-01", "2026-11-02", attestation.StillOpen, false, began}},
		Since:       &Since{"T", began, []attestation.Change{{Fact: "due", Was: "1", Is: "2"}}}, Head: &transparency.Head{Checkpoint: transparency.Checkpoint{Origin: "o", Size: 1, Root: tlog.Hash{1}}, SignedAt: began}}
	before, n := full.Text(), 0
	unsaid := map[string]bool{"Paper.Head.Note": true, "Paper.Since.Changes.Material": true} // witnesses sign later; whether a change matters is not said
	var walk func(path string, v reflect.Value)
	walk = func(path string, v reflect.Value) {
		was := reflect.New(v.Type()).Elem()
		was.Set(v)
		switch v.Kind() {
		case reflect.String:
			v.SetString(v.String() + "x")
		case reflect.Int, reflect.Int64:
			v.SetInt(v.Int() + 1)
		case reflect.Bool:
			v.SetBool(!v.Bool())
		case reflect.Uint8:
			v.SetUint(v.Uint() + 1)
		case reflect.Pointer:
			walk(path, v.Elem())
			return
		case reflect.Slice, reflect.Array:
			for i := range v.Len() {
				walk(path, v.Index(i))
			}
			return
		case reflect.Struct:
			if v.Type() != reflect.TypeFor[time.Time]() {
				for i := range v.NumField() {
					walk(path+"."+v.Type().Field(i).Name, v.Field(i))
				}
				return
			}
			v.Set(reflect.ValueOf(v.Interface().(time.Time).Add(time.Microsecond)))
		}
		if n++; full.Text() == before && !unsaid[strings.ReplaceAll(path, ".Checkpoint", "")] {
			t.Errorf("%s is not in the text", path)
		}
		v.Set(was)
	}
	walk("Paper", reflect.ValueOf(&full).Elem())
	if n < 60 || full.Text() != before {
		t.Errorf("%d values were tried", n)
	}
	if len(full.Digest()) != 64 || strings.Contains(before, "\n\n") || !strings.HasPrefix(before, "countersign board paper 1\norganisation: RXH Trust\nmoment: 2026-10-24T10:00:00Z\nfor: the organisation\n") {
		t.Errorf("the text is\n%s", before)
	}
}
