package alert

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// sent is an alert that two publishers issued.
func sent(t *testing.T) Alert {
	t.Helper()
	a := Alert{ID: "al_1", DraftedAt: issuedAt.Add(-time.Hour)}
	a, _, err := a.Amend(publisher(t, "helen"), sound(), "ev", issuedAt)
	if err == nil {
		a, _, err = a.Submit(publisher(t, "helen"), "ev", issuedAt)
	}
	if err == nil {
		a, _, err = a.Issue(publisher(t, "yusuf"), 1, "ev", issuedAt)
	}
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func revised(t *testing.T, a Alert, r Revision, at time.Time) (Alert, Version) {
	t.Helper()
	v, _, err := a.Revise(publisher(t, "helen"), r, "v_2", "ev", at)
	if err != nil {
		t.Fatal(err)
	}
	is, v, _, err := a.Reissue(publisher(t, "yusuf"), v, "ev", at)
	if err != nil {
		t.Fatal(err)
	}
	return is, v
}

func better() Draft {
	d := sound()
	d.Why = "It is only a proof of concept."
	return d
}

func TestReviseNamesWhatIsMissing(t *testing.T) {
	now := issuedAt.Add(10 * time.Hour)
	for name, test := range map[string]struct {
		revision Revision
		want     []string
	}{
		"nothing":                          {Revision{}, []string{"kind", "reason"}},
		"a correction without words":       {Revision{Kind: Correction, Reason: "Wrong", Draft: Draft{Title: "x"}}, []string{"steps", "why"}},
		"a reason of 501 characters":       {Revision{Kind: Withdrawal, Reason: strings.Repeat("é", 501)}, []string{"reason"}},
		"a withdrawal and why":             {Revision{Kind: Withdrawal, Reason: "False alarm"}, nil},
		"an extension to nothing":          {Revision{Kind: Extension, Reason: "Late patch"}, []string{"answer"}},
		"an extension that is no later":    {Revision{Kind: Extension, Reason: "Late patch", AnswerBy: answerDue}, []string{"answer"}},
		"an extension that comes sooner":   {Revision{Kind: Extension, Reason: "Late patch", AnswerBy: answerDue.Add(-time.Millisecond)}, []string{"answer"}},
		"an extension of the answer":       {Revision{Kind: Extension, Reason: "Late patch", AnswerBy: answerDue.Add(time.Millisecond)}, nil},
		"an extension of the action":       {Revision{Kind: Extension, Reason: "Late patch", ActionBy: actionDue.Add(time.Hour)}, nil},
		"an action that is to come sooner": {Revision{Kind: Extension, Reason: "Late patch", AnswerBy: answerDue.Add(time.Hour), ActionBy: actionDue.Add(-time.Hour)}, []string{"action"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := sent(t).Revise(publisher(t, "helen"), test.revision, "v", "ev", now)
			if got := fields(err); !slices.Equal(got, test.want) {
				t.Errorf("missing %q, want %q", got, test.want)
			}
		})
	}
	past := answerDue.Add(10 * time.Hour)
	if _, _, err := sent(t).Revise(publisher(t, "helen"), Revision{Kind: Extension, Reason: "x", AnswerBy: past.Add(-time.Hour)}, "v", "ev", past); !slices.Equal(fields(err), []string{"answer"}) {
		t.Errorf("extended to a time that has passed: %v", err)
	}
	if _, _, err := sent(t).Revise(publisher(t, "helen"), Revision{Kind: Correction, Reason: "x", Draft: sound()}, "v", "ev", now); !errors.Is(err, ErrNoChange) {
		t.Errorf("a correction that changes nothing: %v", err)
	}
}

// What decides whom an alert is for and how it is measured never changes under
// an alert that has been issued.
func TestRevisionKeepsWhatWasDecidedAtIssue(t *testing.T) {
	draft := better()
	draft.Severity, draft.Class, draft.Audience, draft.Rehearsal = Low, Critical, Audience{Regions: []string{"Y56"}}, true
	a, v := revised(t, sent(t), Revision{Kind: Correction, Reason: "Wrong", Draft: draft}, issuedAt.Add(time.Hour))
	if a.Draft.Severity != High || a.Draft.Class != Normal || len(a.Draft.Audience.Regions) != 0 || a.Draft.Rehearsal || a.Draft.Why != draft.Why {
		t.Errorf("%+v", a.Draft)
	}
	if a.Edition != 2 || v.Number != 2 || v.Edition() != a.Current() || !a.AnswerDue.Equal(answerDue) {
		t.Errorf("%+v, %+v", a, v)
	}
}

func TestT55_ChangingAnAlertTakesTwoPeople(t *testing.T) {
	a := sent(t)
	v, e, err := a.Revise(publisher(t, "helen"), Revision{Kind: Extension, Reason: "The patch is late", AnswerBy: answerDue.Add(time.Hour)}, "v", "ev", issuedAt.Add(time.Hour))
	if err != nil || e.Kind != "alert change proposed" {
		t.Fatalf("%+v, %v", e, err)
	}
	if _, _, _, err := a.Reissue(publisher(t, "helen"), v, "ev", issuedAt.Add(2*time.Hour)); !errors.Is(err, ErrOwnDraft) {
		t.Errorf("one person moved a deadline: %v", err)
	}
	is, v, e, err := a.Reissue(publisher(t, "yusuf"), v, "ev", issuedAt.Add(2*time.Hour))
	if err != nil || !is.AnswerDue.Equal(answerDue.Add(time.Hour)) || e.Kind != "alert extended" || v.Approval.By != "yusuf" || v.Author != "helen" {
		t.Errorf("%+v, %+v, %v", is, e, err)
	}
	if _, _, _, err := is.Reissue(publisher(t, "yusuf"), v, "ev", issuedAt.Add(2*time.Hour)); !errors.Is(err, ErrNothingWaits) {
		t.Errorf("issued twice: %v", err)
	}
}

func TestVersionDigestCoversEverythingApproved(t *testing.T) {
	whole := Version{Kind: Extension, Draft: sound(), Reason: "r", AnswerDue: answerDue, ActionDue: actionDue}
	for name, change := range map[string]func(*Version){
		"kind": func(v *Version) { v.Kind = Update }, "words": func(v *Version) { v.Draft.Title = "?" }, "reason": func(v *Version) { v.Reason = "s" },
		"renewal": func(v *Version) { v.Renew = true }, "answer": func(v *Version) { v.AnswerDue = answerDue.Add(time.Microsecond) }, "action": func(v *Version) { v.ActionDue = actionDue.Add(time.Microsecond) },
	} {
		other := whole
		if change(&other); other.Digest() == whole.Digest() {
			t.Errorf("another %s has the same digest", name)
		}
	}
}

func TestMeetExtension(t *testing.T) {
	const ms = time.Millisecond
	later, action := answerDue.Add(10*time.Hour), actionDue.Add(10*24*time.Hour)
	_, v := revised(t, sent(t), Revision{Kind: Extension, Reason: "r", AnswerBy: later, ActionBy: action}, answerDue.Add(time.Hour))
	open := waiting().Meet(v)
	if got := open.Standing(later.Add(-ms)); got != NotAcknowledged {
		t.Errorf("before the new deadline: %s", got)
	}
	if got := open.Standing(later); got != Late {
		t.Errorf("at the new deadline: %s", got)
	}
	late := answered(answerDue.Add(ms)).Meet(v) // before the extension, past the deadline in force then
	if late.InTime() {
		t.Error("an extension made a late answer timely")
	}
	if got := late.Standing(action.Add(-ms)); got != AnsweredLate {
		t.Errorf("the action's deadline did not move: %s", got)
	}
	closed := with(answered(issuedAt.Add(2*time.Hour)), func(r *Response) { r.Outcome, r.ClosedAt = Fixed, issuedAt.Add(3*time.Hour) })
	if met := closed.Meet(v); !met.ActionDue.Equal(actionDue) || !met.Closed() {
		t.Errorf("a closed answer moved: %+v", met)
	}
	taken, _, err := answered(answerDue.Add(ms)).Apply(lead(t), Applies{Answer: StillChecking}, first, "ev", answerDue.Add(2*ms))
	if err != nil {
		t.Fatal(err)
	}
	again, _, err := taken.Meet(v).Apply(lead(t), Applies{Answer: AppliesToAll}, first, "ev", later.Add(-ms))
	if err != nil || again.InTime() {
		t.Errorf("taking a late answer back and an extension made it timely: %+v, %v", again, err)
	}
}

func TestMeetRenewal(t *testing.T) {
	const ms = time.Millisecond
	at := issuedAt.Add(60 * time.Hour)
	_, v := revised(t, sent(t), Revision{Kind: Update, Reason: "r", Draft: better(), Renew: true}, at)
	closed := with(answered(issuedAt.Add(2*time.Hour)), func(r *Response) { r.Outcome, r.ClosedAt, r.Answered = Fixed, issuedAt.Add(3*time.Hour), first })
	met := closed.Meet(v)
	if met.Closed() || !met.Owes() || !met.InTime() || met.Answered != first {
		t.Fatalf("%+v", met)
	}
	due := at.Add(AnswerWindow)
	if got, _ := met.Due(at); !got.Equal(due) {
		t.Errorf("due %s, want %s", got, due)
	}
	again, _, err := met.Apply(lead(t), Applies{Answer: AppliesToSome}, v.Edition(), "ev", due.Add(-ms))
	if err != nil || again.Owes() || again.Answered != v.Edition() || !again.InTime() || !again.AppliedAt.Equal(closed.AppliedAt) {
		t.Errorf("%+v, %v", again, err)
	}
	if _, _, err := met.Close(lead(t), 1, "ev", due); !errors.Is(err, ErrOwesAnswer) {
		t.Errorf("closed without answering the new version: %v", err)
	}
	window := at.Add(ActionWindow)
	if !met.ActionDue.Equal(window) {
		t.Errorf("fix by %s, want %s", met.ActionDue, window)
	}
	_, late := revised(t, sent(t), Revision{Kind: Update, Reason: "r", Draft: better(), Renew: true}, actionDue.Add(ms))
	if late := answered(issuedAt.Add(2 * time.Hour)).Meet(late); !late.ActionDue.Equal(actionDue) {
		t.Errorf("a new version forgave a late fix: by %s", late.ActionDue)
	}
	if unanswered := waiting().Meet(v); unanswered.Owes() || !unanswered.AnswerDue.Equal(answerDue) {
		t.Errorf("who has not answered answers the newest version by the first deadline: %+v", unanswered)
	}
}

func TestMeetWithdrawal(t *testing.T) {
	at := answerDue.Add(-time.Hour)
	a, v := revised(t, sent(t), Revision{Kind: Withdrawal, Reason: "False alarm"}, at)
	if !a.WithdrawnAt.Equal(at) {
		t.Errorf("%+v", a)
	}
	met := waiting().Meet(v)
	if met.Counts(answerDue.Add(time.Hour)) {
		t.Error("an alert withdrawn before its deadline counts against who had not answered")
	}
	if !waiting().Counts(answerDue) || waiting().Counts(answerDue.Add(-time.Millisecond)) {
		t.Error("a pair counts from its deadline on")
	}
	closed := with(answered(issuedAt.Add(2*time.Hour)), func(r *Response) { r.Outcome, r.ClosedAt = Fixed, issuedAt.Add(3*time.Hour) }).Meet(v)
	if closed.Counts(answerDue.Add(time.Hour)) || closed.Standing(actionDue) != IsFixed {
		t.Errorf("a withdrawn alert counts for who had closed it, or its answer is lost: %+v", closed)
	}
	if _, _, err := closed.Reopen(lead(t), "ev", at); !errors.Is(err, ErrWithdrawn) {
		t.Errorf("opened again after it was withdrawn: %v", err)
	}
	if _, _, err := met.Acknowledge(lead(t), "ev", at); !errors.Is(err, ErrWithdrawn) {
		t.Errorf("acknowledged a withdrawn alert: %v", err)
	}
	if _, _, err := a.Revise(publisher(t, "helen"), Revision{Kind: Correction, Reason: "r", Draft: better()}, "v", "ev", at); !errors.Is(err, ErrGone) {
		t.Errorf("changed a withdrawn alert: %v", err)
	}
}

func TestCloseNeedsProof(t *testing.T) {
	now := issuedAt.Add(5 * time.Hour)
	fixed := with(answered(issuedAt.Add(2*time.Hour)), func(r *Response) { r.Outcome = Fixed })
	none := with(fixed, func(r *Response) { r.Applicability, r.Outcome = DoesNotApply, NothingYet })
	for name, test := range map[string]struct {
		response Response
		proofs   int64
		want     error
	}{
		"fixed with proof":            {fixed, 1, nil},
		"does not apply, with proof":  {none, 1, nil},
		"made safe, with proof":       {with(fixed, func(r *Response) { r.Outcome = Covered }), 1, nil},
		"fixed without":               {fixed, 0, ErrNoProof},
		"does not apply, without":     {none, 0, ErrNoProof},
		"fixed in part":               {with(fixed, func(r *Response) { r.Outcome = FixedInPart }), 1, ErrNotFixed},
		"nothing done":                {with(fixed, func(r *Response) { r.Outcome = NothingYet }), 1, ErrNotFixed},
		"not even read":               {waiting(), 1, ErrNotAcknowledged},
		"closed already":              {with(fixed, func(r *Response) { r.ClosedAt = now }), 1, ErrClosed},
		"of an alert that is no more": {with(fixed, func(r *Response) { r.StoppedAt = now }), 1, ErrWithdrawn},
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := test.response.Close(lead(t), test.proofs, "ev", now); !errors.Is(err, test.want) || (test.want == nil && err != nil) {
				t.Errorf("%v, want %v", err, test.want)
			}
		})
	}
}

func TestReopen(t *testing.T) {
	now := actionDue.Add(time.Hour)
	closed := with(answered(issuedAt.Add(2*time.Hour)), func(r *Response) { r.Outcome, r.ClosedAt = Fixed, issuedAt.Add(3*time.Hour) })
	open, e, err := closed.Reopen(lead(t), "ev", now)
	if err != nil || open.Closed() || !open.ReopenedAt.Equal(now) || open.Standing(now) != Late || !open.InTime() || e.Kind != "alert opened again" {
		t.Errorf("%+v, %+v, %v", open, e, err)
	}
	if _, _, err := open.Reopen(lead(t), "ev", now); !errors.Is(err, ErrOpen) {
		t.Errorf("opened twice: %v", err)
	}
}

func TestDraftNamesWhatIsNotInTheVocabulary(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*Draft)
		want   []string
	}{
		"a whole vocabulary": {func(d *Draft) {
			d.Categories, d.Vectors, d.CVEs, d.Sources = []string{"Ransomware"}, []string{"Email"}, []CVE{{ID: "CVE-2017-0144", Status: "Master"}}, []string{"https://supplier.example/notice"}
			d.Platforms, d.Steps = []Platform{{Name: "Gateway", Versions: []string{"9.1"}}}, []Step{{Kind: "Patch", Text: "Install 9.2", Link: "https://supplier.example/9.2"}}
		}, nil},
		"another kind of threat":      {func(d *Draft) { d.ThreatType = "Gossip" }, []string{"threat"}},
		"another category":            {func(d *Draft) { d.Categories = []string{"ransomware"} }, []string{"categories"}},
		"another way in":              {func(d *Draft) { d.Vectors = []string{"Window"} }, []string{"vectors"}},
		"a step that runs":            {func(d *Draft) { d.Steps[0].Link = "javascript:alert(1)" }, []string{"steps"}},
		"a step with a password":      {func(d *Draft) { d.Steps[0].Link = "https://user:secret@supplier.example/" }, []string{"steps"}},
		"a step of another kind":      {func(d *Draft) { d.Steps[0].Kind = "Pray" }, []string{"steps"}},
		"a platform without a name":   {func(d *Draft) { d.Platforms = []Platform{{Text: "old"}} }, []string{"platforms"}},
		"a CVE that is none":          {func(d *Draft) { d.CVEs = []CVE{{ID: "CVE-17-1"}} }, []string{"cves"}},
		"a source that is no address": {func(d *Draft) { d.Sources = []string{"data:text/html,x"} }, []string{"sources"}},
		"201 sources":                 {func(d *Draft) { d.Sources = slices.Repeat([]string{"https://a.example/"}, 201) }, []string{"sources"}},
		"indicators without an end":   {func(d *Draft) { d.Indicators = strings.Repeat("x", TextLimit+1) }, []string{"indicators"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := sound()
			test.change(&d)
			if got := fields(d.Check()); !slices.Equal(got, test.want) {
				t.Errorf("to mend: %q, want %q", got, test.want)
			}
		})
	}
}

func TestDigestTakesNoListForAnEmptyOne(t *testing.T) {
	empty := sound()
	empty.Categories, empty.Sources, empty.CVEs = []string{}, []string{}, []CVE{}
	if empty.Digest() != sound().Digest() {
		t.Error("a draft read back is another one than was kept")
	}
}

func TestRehearsalSaysSoInItsName(t *testing.T) {
	for _, name := range []string{Alert{Number: 7, Draft: Draft{Rehearsal: true}}.Name(), Titled{Number: 7, Rehearsal: true}.Name(), Counted{Number: 7, Rehearsal: true}.Name()} {
		if name != "Rehearsal CC-0007" {
			t.Errorf("called %q", name)
		}
	}
}
