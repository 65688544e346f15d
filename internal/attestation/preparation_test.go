package attestation

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/assessment"
	"countersign/internal/evidence"
	"countersign/internal/fault"
)

// framework has the outcome that alerts speak about, and two more.
var framework = assessment.Framework{ID: "caf-4.0", Name: "Test", Objectives: []assessment.Objective{{Code: "B", Principles: []assessment.Principle{{Code: "B4", Outcomes: []assessment.Outcome{
	{Code: "B4.d", Title: "Vulnerability management", HasPartial: true}, {Code: "B5.c", Title: "Backups", HasPartial: true}, {Code: "D1.c", Title: "Exercises", HasPartial: true}}}}}}}

// agreed is a statement ready to be locked, and what it stands on: nothing
// disagrees.
func agreed() (Statement, Position) {
	reading := assessment.Reading{Framework: framework, Profile: assessment.Profile{Expected: map[string]assessment.Level{"B4.d": assessment.Achieved, "B5.c": assessment.Achieved, "D1.c": assessment.PartiallyAchieved}},
		Answers: map[string]assessment.Answer{"B4.d": {Outcome: "B4.d", Level: assessment.Achieved, By: "x"}, "B5.c": {Outcome: "B5.c", Level: assessment.Achieved, By: "x"}, "D1.c": {Outcome: "D1.c", Level: assessment.PartiallyAchieved, By: "x"}}}
	facts := Facts{"answered": "11", "due": "12", "reached": "3", "outcomes": "3", "evidence": "2"}
	held := Position{At: noon, Facts: facts, Assessment: &reading, Files: []evidence.File{
		{ID: "f1", Title: "Scan", Digest: strings.Repeat("a", 64), Verdict: evidence.Ready, AboutOn: "2026-09-01", RunsUntil: "2027-03-01", Uses: []string{"outcome/caf-4.0/B4.d"}},
		{ID: "f2", Title: "Restore test", Digest: strings.Repeat("b", 64), Verdict: evidence.Ready, AboutOn: "2026-08-01", RunsUntil: "2027-03-01", Uses: []string{"outcome/caf-4.0/B5.c"}}}}
	st := Statement{ID: "st_7", Organisation: "RXH", Template: "quarterly", Edition: 1, Number: 1, Period: "July to September 2026", From: "2026-07-01", To: "2026-09-30", Due: noon.AddDate(0, 1, 0), State: Preparing,
		BoardOn: "2026-10-02", Prepared: Preparation{Figures: &FigureCheck{Facts: facts, By: "Tom Reilly", At: noon}, Relied: []evidence.ID{"f1", "f2"}}}
	return st, held
}

func titled(name int64, due time.Time) alert.Titled {
	return alert.Titled{Number: name, Title: "Gap in a gateway", Severity: alert.High, Response: alert.Response{Alert: alert.ID("al_" + number(int(name))), IssuedAt: due.Add(-48 * time.Hour), AnswerDue: due, ActionDue: due.AddDate(0, 0, 12),
		Acknowledged: &alert.Acknowledgement{By: "x", At: due.Add(-time.Hour)}, Applicability: alert.AppliesToAll, AppliedAt: due.Add(-time.Hour), NextUpdateDue: noon.AddDate(0, 0, 3)}}
}

func openCommitment(what string) Commitment {
	return Commitment{ID: "co_1", Part: 2, Period: "April to June 2026", What: what, Doing: "See to it", FirstBy: "2026-11-01", By: "2026-11-01", Fate: StillOpen}
}

// disagreements is what each rule finds, by one change to a statement that
// agrees; and how the same change is mended.
var disagreements = map[string]struct {
	change func(*Statement, *Position)
	says   string
	mend   func(*Statement, *Position)
}{
	"C01": {func(_ *Statement, held *Position) { held.Open = []alert.Titled{titled(7, noon.AddDate(0, 0, -20))} }, "CC-0007 is late",
		func(_ *Statement, held *Position) { held.Open[0].ActionDue = noon.AddDate(0, 0, 1) }},
	"C02": {func(_ *Statement, held *Position) {
		held.Files = append(held.Files, evidence.File{ID: "f3", Title: "Old scan", Verdict: evidence.Ready, RunsUntil: "2026-10-04", Uses: []string{"outcome/caf-4.0/B4.d"}})
	}, "“Old scan” ended on 4 October 2026, and B4.d leans on it", func(_ *Statement, held *Position) { held.Files[2].RunsUntil = "2026-10-05" }},
	"C03": {func(_ *Statement, held *Position) { held.Files[1].Verdict = evidence.Held }, "1 outcome is said to be achieved, and no evidence supports it: B5.c",
		func(_ *Statement, held *Position) {
			held.Files[0].Uses = append(held.Files[0].Uses, "outcome/caf-4.0/B5.c")
		}},
	"C04": {func(_ *Statement, held *Position) {
		held.Elsewhere = Elsewhere{NotApplicable: 9, Answered: 12, PeersNotApplicable: 100, PeersAnswered: 1000, Peers: 9}
	}, "9 of 12 alerts",
		func(_ *Statement, held *Position) { held.Elsewhere.Peers = 7 }},
	"C05": {func(_ *Statement, held *Position) { held.Commitments = []Commitment{openCommitment("Check the sites")} }, "part 2 of the April to June 2026 statement is open: “Check the sites”",
		func(s *Statement, _ *Position) {
			s.Prepared.Accounts = []Account{{Commitment: "co_1", How: Done, Note: "x"}}
		}},
	"C06": {func(s *Statement, held *Position) {
		held.Commitments, held.Open = []Commitment{openCommitment("CC-0009 is not fixed")}, []alert.Titled{titled(9, noon.AddDate(0, 0, -2))}
		s.Prepared.Accounts = []Account{{Commitment: "co_1", How: Done, Note: "x"}}
	}, "said to be done, and CC-0009", func(_ *Statement, held *Position) { held.Open[0].Number = 8 }},
	"C07": {func(_ *Statement, held *Position) {
		held.Open = []alert.Titled{titled(5, noon.AddDate(0, 0, -4))}
		held.Open[0].AcceptedUntil, held.Open[0].Severity = noon, alert.Medium
	}, "The risk of CC-0005 was accepted until 5 October 2026", func(_ *Statement, held *Position) { held.Open[0].AcceptedUntil = noon.Add(1) }},
	"C08": {func(_ *Statement, held *Position) {
		held.Assessment.Answers["D1.c"] = assessment.Answer{Level: assessment.NotAchieved}
	}, "1 outcome is below the expected level and not in the list of gaps: D1.c",
		func(s *Statement, _ *Position) {
			s.Gaps = []Gap{{Code: "D1.c", Name: "x", What: "x", FixBy: "2026-12-01"}}
		}},
	"C09": {func(_ *Statement, held *Position) {
		held.Open = []alert.Titled{titled(7, noon.AddDate(0, 0, -20))}
		held.Open[0].Severity = alert.Medium
	}, "1 alert is past the day to be fixed and not in the list of gaps: CC-0007", func(s *Statement, _ *Position) { s.Prepared.Aside = []Aside{{Key: "alert/al_7", What: "x", Why: "y"}} }},
	"C10": {func(s *Statement, _ *Position) { s.BoardOn = "2026-09-29" }, "The board saw the statement on 29 September 2026", func(s *Statement, _ *Position) { s.BoardOn = "2026-09-30" }},
	"C11": {func(_ *Statement, held *Position) {
		held.Facts = Facts{"answered": "12", "due": "12", "reached": "3", "outcomes": "3", "evidence": "2"}
	}, "“High severity alerts answered within 48 hours” from 11 of 12 to 12 of 12",
		func(s *Statement, held *Position) { s.Prepared.Figures = &FigureCheck{Facts: held.Facts, By: "x"} }},
	"C12": {func(s *Statement, _ *Position) { s.Gaps = []Gap{{Name: "Pumps", What: "x", FixBy: "2026-10-04"}} }, "The gap “Pumps” was to be fixed by 4 October 2026",
		func(s *Statement, _ *Position) { s.Gaps[0].FixBy = "2026-10-05" }},
	"C13": {func(s *Statement, _ *Position) { s.Prepared.Relied = nil }, "No evidence", func(s *Statement, _ *Position) { s.Prepared.Relied = []evidence.ID{"f1"} }},
	"C14": {func(_ *Statement, held *Position) { held.Files[0].AboutOn = "2025-09-28" }, "“Scan”, about 28 September 2025",
		func(_ *Statement, held *Position) { held.Files[0].AboutOn = "2025-09-30" }},
}

func TestContradictions(t *testing.T) {
	if st, held := agreed(); len(st.Contradictions(held)) != 0 {
		t.Fatalf("a statement that agrees: %+v", st.Contradictions(held))
	}
	for _, rule := range Rules {
		t.Run(rule.ID+" "+rule.Title, func(t *testing.T) {
			d, tested := disagreements[rule.ID]
			if !tested {
				t.Fatal("nobody has tried this rule")
			}
			st, held := agreed()
			d.change(&st, &held)
			ours := func(f Finding) bool { return f.Rule == rule.ID }
			found := st.Contradictions(held)
			if i := slices.IndexFunc(found, ours); i < 0 || !strings.Contains(found[i].Sentence, d.says) {
				t.Fatalf("it finds %+v", found)
			}
			if err := st.Undone(held); err == nil {
				t.Error("the lock is not refused")
			}
			d.mend(&st, &held)
			if slices.ContainsFunc(st.Contradictions(held), ours) {
				t.Error("it is found after it was mended")
			}
		})
	}
}

// TestAnAcceptanceHoldsForItsSentence: when a figure in it moves, it is asked
// again, and what was accepted and then mended is nothing to sign.
func TestAnAcceptanceHoldsForItsSentence(t *testing.T) {
	st, held := agreed()
	st.BoardOn = "2026-09-01"
	first := st.Contradictions(held)[0]
	pass := preparer(t)
	st, _, err := st.Accept(pass, held, first.Digest(), "It meets in November", "e", noon)
	if err != nil || st.Undone(held) != nil {
		t.Fatalf("accepted: %v; then %v", err, st.Undone(held))
	}
	st.BoardOn = "2026-09-02"
	if _, accepted := st.Prepared.Acceptance(st.Contradictions(held)[0]); accepted || st.Undone(held) == nil {
		t.Error("another day is accepted unread")
	}
	st.BoardOn = "2026-10-02"
	words, err := st.Draft(Binding{Template: Quarterly, Held: held, Name: "Sussex Trust"}, noon)
	if err != nil || len(words.Accepted) != 0 {
		t.Errorf("mended, and still in the words: %+v, %v", words.Accepted, err)
	}
	held.Commitments = []Commitment{openCommitment("Check the sites")}
	must := st.Contradictions(held)[0]
	if err := second(st.Accept(pass, held, must.Digest(), "Never mind", "e", noon)); !errors.Is(err, ErrMoved) {
		t.Errorf("what can only be mended was accepted: %v", err)
	}
}

// TestContradictionsAreDescribed: the document names every rule, and no other.
func TestContradictionsAreDescribed(t *testing.T) {
	text, err := os.ReadFile("../../docs/contradictions.md")
	if err != nil {
		t.Fatal(err)
	}
	described := strings.Count(string(text), "\n## C")
	if described != len(Rules) {
		t.Errorf("%d rules are described, and there are %d", described, len(Rules))
	}
	for _, r := range Rules {
		if !strings.Contains(string(text), "\n## "+r.ID+" "+r.Title+"\n") {
			t.Errorf("%s is not described as %q", r.ID, r.Title)
		}
	}
}

func TestExactBinomialTail(t *testing.T) {
	for _, c := range []struct {
		k, n int
		p    float64
		want float64
	}{{0, 5, 0.5, 1}, {5, 5, 0.5, 0.03125}, {3, 5, 0.5, 0.5}, {1, 10, 0.1, 0.6513215599}, {10, 12, 0.1, 5.455e-9 /* 66·0.1¹⁰·0.9² + 12·0.1¹¹·0.9 + 0.1¹² */}, {1, 5, 0, 0}, {5, 5, 1, 1}} {
		if got := AtLeast(c.k, c.n, c.p); got < c.want*(1-1e-9) || got > c.want*(1+1e-9) {
			t.Errorf("%d or more of %d at %v: %v, want %v", c.k, c.n, c.p, got, c.want)
		}
	}
}

func preparer(t *testing.T) access.Pass {
	t.Helper()
	pass, err := access.Check(access.Actor{ID: "siro", Name: "Helen Frost", At: noon, Appointments: []access.Appointment{{Office: access.SIRO, Organisation: "RXH"}}}, access.LockStatement, "RXH")
	if err != nil {
		t.Fatal(err)
	}
	return pass
}

func TestLockBindsEverything(t *testing.T) {
	st, held := agreed()
	held.Late = []alert.Titled{titled(3, noon.AddDate(0, 0, -10))}
	held.Late[0].AppliedAt = held.Late[0].AnswerDue.Add(5 * time.Hour)
	held.Commitments = []Commitment{openCommitment("Check the sites")}
	st.Gaps = []Gap{{Code: "D1.c", Name: "Exercises", What: "None yet", FixBy: "2026-12-01"}}
	st.BoardOn = "2026-09-01"
	with := Binding{Template: Quarterly, Held: held, Name: "Sussex Trust"}
	pass := preparer(t)
	if _, _, err := st.Lock(pass, with, "e", noon); err == nil {
		t.Fatal("locked with a late answer unexplained")
	}
	step := func(is Statement, _ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		st = is
	}
	is, e, err := st.ExplainLate(pass, held, []Explanation{{Alert: "al_3", Code: "recorded_late", Why: "It was done\nin time"}}, "e", noon)
	step(is, e, err)
	is, e, err = st.AccountFor(pass, held, Account{Commitment: "co_1", How: StillOpen, Note: "Half are checked", By: "2027-01-01"}, "e", noon)
	step(is, e, err)
	found := st.Contradictions(held)
	if len(found) != 1 || found[0].Rule != "C10" {
		t.Fatalf("found %+v", found)
	}
	is, e, err = st.Accept(pass, held, found[0].Digest(), "It meets again in November", "e", noon)
	step(is, e, err)
	is, e, err = st.Lock(pass, with, "e", noon)
	step(is, e, err)
	want := `countersign statement 1
statement: st_7
organisation: RXH Sussex Trust
title: July to September 2026 cyber statement
template: quarterly 1
number: 1
period: 2026-07-01 to 2026-09-30
locked: 2026-10-05T12:00:00Z
opening: On behalf of Sussex Trust, I confirm that on 5 October 2026:
part 1: We answered 11 of 12 high severity alerts within 48 hours.
part 2: 3 of 3 outcomes of our assessment are at the expected level.
part 3: The 2 pieces of evidence behind this statement were checked by the senior information risk owner.
part 4: The gaps listed below are complete, as far as I know.
fact answered: 11
fact due: 12
fact evidence: 2
fact outcomes: 3
fact reached: 3
late 1: CC-0003 Gap in a gateway
late 1 due: 2026-09-25T12:00:00Z
late 1 answered: 2026-09-25T17:00:00Z
late 1 code: recorded_late
late 1 why: It was done in time
gap 1: D1.c Exercises
gap 1 what: None yet
gap 1 fix by: 2026-12-01
evidence 1: ` + strings.Repeat("a", 64) + ` Scan
evidence 1 until: 2027-03-01
evidence 2: ` + strings.Repeat("b", 64) + ` Restore test
evidence 2 until: 2027-03-01
contradiction 1: C10 The board saw the statement on 1 September 2026. The period ends on 30 September 2026.
contradiction 1 accepted: It meets again in November
contradiction 1 by: Helen Frost
commitment 1: co_1 Check the sites
commitment 1 was due: 2026-11-01
commitment 1 now: open
commitment 1 how: Half are checked
commitment 1 by: 2027-01-01
`
	if st.Words != want {
		t.Errorf("the words are\n%s", st.Words)
	}
	if st.State != Locked || st.Digest != DigestOf(want) || !st.Settles() {
		t.Errorf("locked as %+v", st)
	}
}

func TestEvidenceThatDoesNotHoldRefusesTheLock(t *testing.T) {
	for claim, change := range map[string]func(*evidence.File){
		"it ended yesterday":    func(f *evidence.File) { f.RunsUntil = "2026-10-04" },
		"nobody has scanned it": func(f *evidence.File) { f.Verdict = evidence.NotScanned },
		"it was rejected":       func(f *evidence.File) { f.Verdict = evidence.Rejected },
	} {
		t.Run(claim, func(t *testing.T) {
			st, held := agreed()
			change(&held.Files[0])
			held.Assessment = nil // what leans on it is other rules' business
			_, _, err := st.Lock(preparer(t), Binding{Template: Quarterly, Held: held, Name: "Sussex Trust"}, "e", noon)
			if problems := problemsOf(err); len(problems) != 1 || problems[0].Field != "evidence" || !strings.Contains(problems[0].Sentence, "“Scan”") {
				t.Errorf("the lock says %v", err)
			}
		})
	}
}

func TestProposalsFollowFromWhatIsHeld(t *testing.T) {
	st, held := agreed()
	held.Open = []alert.Titled{titled(7, noon.AddDate(0, 0, -20)), titled(8, noon.AddDate(0, 0, -20)), titled(9, noon.AddDate(0, 0, -20)), titled(10, noon.AddDate(0, 0, -11))}
	held.Open[1].AcceptedUntil = noon.Add(1) // the risk is accepted
	held.Open[2].Rehearsal = true
	held.Assessment.Answers["D1.c"] = assessment.Answer{Level: assessment.NotAchieved}
	held.Files[0].RunsUntil = "2026-11-01" // before the statement is due
	held.Commitments = []Commitment{openCommitment("Check the sites")}
	keys := func() (all []string) {
		for _, p := range st.Proposals(held) {
			all = append(all, p.Key)
		}
		return all
	}
	if got := keys(); !slices.Equal(got, []string{"alert/al_7", "outcome/D1.c", "evidence/f1", "commitment/co_1"}) {
		t.Fatalf("proposed %v", got)
	}
	pass := preparer(t)
	is, _, err := st.TakeGap(pass, held, "outcome/D1.c", "e", noon)
	if err != nil {
		t.Fatal(err)
	}
	if g := is.Gaps[0]; g.Code != "D1.c" || g.Name != "Exercises" || g.What != "Not achieved, where partially achieved is expected." || g.Source != "outcome/D1.c" {
		t.Errorf("taken in as %+v", g)
	}
	st = is
	if is, _, err = st.SetAside(pass, held, "alert/al_7", "The system was\nswitched off", "e", noon); err != nil {
		t.Fatal(err)
	}
	st = is
	if got := keys(); !slices.Equal(got, []string{"evidence/f1", "commitment/co_1"}) {
		t.Errorf("still proposed %v", got)
	}
	if a := st.Prepared.Aside[0]; a.Why != "The system was switched off" || !strings.Contains(a.What, "still open") {
		t.Errorf("set aside as %+v", a)
	}
	if a := st.Prepared.Aside[0]; !strings.Contains(a.What, "CC-0007") {
		t.Errorf("set aside is %q, and nobody can tell which alert that is", a.What)
	}
	if over := held; len(st.asideNow(over)) == 0 {
		t.Error("what is proposed still is not in the words")
	} else if over.Open = nil; slices.ContainsFunc(st.asideNow(over), func(a Aside) bool { return a.Key == "alert/al_7" }) {
		t.Error("an alert that is closed stands in the words as open")
	}
	if back, _, err := st.TakeBack(pass, "alert/al_7", "e", noon); err != nil || !slices.ContainsFunc(back.Proposals(held), func(p Proposal) bool { return p.Key == "alert/al_7" }) {
		t.Errorf("taken back it is not proposed again: %v", err)
	}
	if err := second(st.TakeBack(pass, "alert/al_9", "e", noon)); !errors.Is(err, ErrMoved) {
		t.Errorf("what was never set aside is taken back: %v", err)
	}
	long := Gap{Name: strings.Repeat("n", 301), What: strings.Repeat("w", 501), FixBy: "2030-01-01"}
	if problems, is := errors.AsType[fault.Problems](second(st.KeepGaps(pass, []Gap{long}, "e", noon))); !is || len(problems) != 2 {
		t.Errorf("a gap as long as a book: %v", problems)
	}
	for _, refused := range []error{second(st.TakeGap(pass, held, "outcome/D1.c", "e", noon)), second(st.SetAside(pass, held, "alert/al_7", "Twice", "e", noon))} {
		if !errors.Is(refused, ErrMoved) {
			t.Errorf("dealt with twice: %v", refused)
		}
	}
	if err := second(st.SetAside(pass, held, "evidence/f1", " \n", "e", noon)); err == nil {
		t.Error("set aside without a reason")
	}
}

func second[A, B any](_ A, _ B, err error) error { return err }

func TestLateAnswersAreExplainedOneByOne(t *testing.T) {
	st, held := agreed()
	held.Late = []alert.Titled{titled(3, noon.AddDate(0, 0, -10)), titled(4, noon.AddDate(0, 0, -9))}
	pass := preparer(t)
	for claim, c := range map[string]struct {
		given Explanation
		field string
	}{
		"no reason chosen":  {Explanation{Alert: "al_3", Why: "x"}, "late-0-code"},
		"a reason of yours": {Explanation{Alert: "al_3", Code: "tired", Why: "x"}, "late-0-code"},
		"nothing said":      {Explanation{Alert: "al_3", Code: "other"}, "late-0-why"},
		"too much said":     {Explanation{Alert: "al_3", Code: "other", Why: strings.Repeat("é", 501)}, "late-0-why"},
		"T40 hidden":        {Explanation{Alert: "al_3", Code: "other", Why: "a\u202eb"}, "late-0-why"},
	} {
		if problems := problemsOf(second(st.ExplainLate(pass, held, []Explanation{c.given}, "e", noon))); len(problems) != 1 || problems[0].Field != c.field {
			t.Errorf("%s: %v", claim, problems)
		}
	}
	if err := second(st.ExplainLate(pass, held, []Explanation{{Alert: "al_9", Code: "other", Why: "x"}}, "e", noon)); !errors.Is(err, ErrMoved) {
		t.Errorf("an answer that was not late: %v", err)
	}
	st, _, err := st.ExplainLate(pass, held, []Explanation{{Alert: "al_3", Code: "other", Why: "x"}, {Alert: "al_4"}}, "e", noon)
	if err != nil || st.Unexplained(held) != 1 {
		t.Fatalf("half of it: %d open, %v", st.Unexplained(held), err)
	}
	if st, _, err = st.ExplainLate(pass, held, []Explanation{{Alert: "al_4", Code: "other", Why: "y"}}, "e", noon); err != nil || st.Unexplained(held) != 0 {
		t.Errorf("the rest: %d open, %v", st.Unexplained(held), err)
	}
}

func TestAccountSaysEverything(t *testing.T) {
	c := openCommitment("Check the sites")
	for claim, test := range map[string]struct {
		account Account
		field   string
	}{
		"nothing chosen":              {Account{}, "how"},
		"done without a word":         {Account{How: Done}, "note"},
		"not needed without a word":   {Account{How: NotNeeded}, "note"},
		"a new date without a reason": {Account{How: StillOpen, By: "2026-12-01"}, "note"},
		"no new date":                 {Account{How: StillOpen, Note: "x"}, "by"},
		"a date in the past":          {Account{How: StillOpen, Note: "x", By: "2026-10-04"}, "by"},
		"earlier than promised":       {Account{How: StillOpen, Note: "x", By: "2026-10-31"}, "by"},
		"a year ahead":                {Account{How: StillOpen, Note: "x", By: "2027-10-05"}, "by"},
		"too much":                    {Account{How: Done, Note: strings.Repeat("é", 501)}, "note"},
		"T40 hidden":                  {Account{How: Done, Note: "a\u200bb"}, "note"},
	} {
		if problems := problemsOf(test.account.Check(c, noon)); len(problems) != 1 || problems[0].Field != test.field {
			t.Errorf("%s: %v", claim, problems)
		}
	}
	for _, sound := range []Account{{How: Done, Note: "x"}, {How: NotNeeded, Note: "x"}, {How: StillOpen, Note: "x", By: "2026-11-01"}, {How: StillOpen, Note: "x", By: "2027-10-04"}} {
		if err := sound.Check(c, noon); err != nil {
			t.Errorf("%+v: %v", sound, err)
		}
	}
}

func TestWhatMovedIsToldInPairs(t *testing.T) {
	was := Facts{"answered": "11", "due": "12", "reached": "30", "outcomes": "41", "evidence": "7"}
	is := Facts{"answered": "12", "due": "12", "reached": "30", "outcomes": "41", "overdue": "1"}
	want := []Change{{"answered", "11 of 12", "12 of 12", false}, {"evidence", "7", "none", true}, {"overdue", "none", "1", false}}
	if got := Since(was, is, []string{"evidence", "reached"}); !slices.Equal(got, want) {
		t.Errorf("moved: %+v", got)
	}
	if got := Since(was, is, []string{"due"}); !got[0].Material {
		t.Error("the second of a pair names it too")
	}
	if got := Since(was, is, nil); !got[0].Material || !got[2].Material {
		t.Error("without a list, all of them matter")
	}
	if got := Since(was, was, nil); len(got) != 0 {
		t.Errorf("nothing moved: %+v", got)
	}
	if len(Quarterly.Material) != 0 {
		t.Error("the quarterly statement names what matters now: test it")
	}
}

func TestComparedWithTheLastStatement(t *testing.T) {
	before := Statement{Facts: Facts{"reached": "30", "outcomes": "41"}, Gaps: []Gap{{Code: "B4.d", Name: "Servers"}, {Name: "Backups"}, {Name: "Pumps"}}}
	now := Statement{Facts: Facts{"reached": "34", "outcomes": "41"}, Gaps: []Gap{{Code: "b4.d", Name: "Old servers"}, {Name: "backups"}, {Code: "D1.c", Name: "Exercises"}}}
	d := now.Compare(before)
	if d.New != 1 || d.Closed != 1 || len(d.Changes) != 1 || d.Changes[0].Is != "34 of 41" {
		t.Errorf("%+v", d)
	}
}
