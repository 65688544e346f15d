package handler

import (
	"strings"
	"testing"
	"time"

	"countersign/internal/alert"
	"countersign/internal/attestation"
	"countersign/internal/evidence"
	"countersign/internal/fault"
	"countersign/internal/organisation"
)

var deskNow = time.Date(2026, 10, 5, 12, 0, 0, 0, time.UTC)

// lateOne is an answer that came 5 hours late.
func lateOne(id alert.ID, number int64) alert.Titled {
	due := deskNow.AddDate(0, 0, -20)
	return alert.Titled{Number: number, Title: "Mail gateway", Severity: alert.High, Response: alert.Response{Alert: id, AnswerDue: due, ActionDue: deskNow.AddDate(0, 0, 9),
		Acknowledged: &alert.Acknowledgement{By: "x", At: due.Add(5 * time.Hour)}, Applicability: alert.AppliesToAll, AppliedAt: due.Add(5 * time.Hour)}}
}

func TestTasksSayHowFarTheyAre(t *testing.T) {
	facts := attestation.Facts{"answered": "10", "due": "12"}
	held := attestation.Position{At: deskNow, Facts: facts, Late: []alert.Titled{lateOne("a", 1), lateOne("b", 2)}, Commitments: []attestation.Commitment{{ID: "c", By: "2026-11-01", Fate: attestation.StillOpen}, {ID: "d", By: "2026-11-01", Fate: attestation.StillOpen}}}
	begun := attestation.Statement{To: "2026-09-30", Due: deskNow.AddDate(0, 1, 0), Gaps: []attestation.Gap{{Name: "x", What: "x", FixBy: "2026-12-01"}}, BoardOn: "2026-10-02",
		Prepared: attestation.Preparation{Figures: &attestation.FigureCheck{Facts: attestation.Facts{"answered": "9", "due": "12"}}, Explained: []attestation.Explanation{{Alert: "a", Code: "other", Why: "x"}},
			GapsAt: deskNow, Relied: []evidence.ID{"f"}, Accounts: []attestation.Account{{Commitment: "c", How: attestation.Done, Note: "x"}}}}
	quiet := attestation.Position{At: deskNow, Facts: facts}
	done := begun
	done.Prepared.Figures = &attestation.FigureCheck{Facts: facts}
	for claim, test := range map[string]struct {
		statement attestation.Statement
		held      attestation.Position
		want      string
	}{
		"nothing has begun": {attestation.Statement{To: "2026-09-30"}, held, "Not yet started, Not yet started, Not yet started, Not yet started, Not yet started, Not yet started, 4 to look at, Cannot start yet"},
		"half of it":        {begun, held, "Moved since, 1 of 2, 2 proposals left, 1 file linked, 1 of 2, Completed, 2 to look at, Cannot start yet"},
		"all of it":         {done, quiet, "Completed, None was late, 1 gap named, 1 file linked, Completed, Everything agrees, Waiting for the SIRO"},
	} {
		t.Run(claim, func(t *testing.T) {
			var words []string
			for _, task := range prepareTasks(test.statement, attestation.Desk{Held: test.held, Findings: test.statement.Contradictions(test.held)}, "/at") {
				words = append(words, task.Tag.Text)
				if task.Tag.Colour == "red" {
					t.Error("red is for errors only")
				}
			}
			got := strings.Join(words, ", ")
			if got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestWhatIsInTheWayLeadsToItsTask(t *testing.T) {
	st := attestation.Statement{To: "2026-09-30"}
	list := taskProblems("/at", st.Undone(attestation.Position{At: deskNow, Late: []alert.Titled{lateOne("a", 1)}}))
	var hrefs []string
	for _, p := range list {
		hrefs = append(hrefs, p.Href)
	}
	if strings.Join(hrefs, " ") != "/at/figures /at/late-answers /at/contradictions" {
		t.Errorf("they lead to %v", hrefs)
	}
	if whole := taskProblems("/at", fault.New(fault.Conflict, "Someone else changed it")); whole[0].Href != "" && !strings.HasPrefix(whole[0].Href, "/at") {
		t.Errorf("what belongs to no task leads to %q", whole[0].Href)
	}
}

func TestCommitmentsAreListedWithTheirDates(t *testing.T) {
	open := func(by, first organisation.Day) attestation.Commitment {
		return attestation.Commitment{ID: "c", Organisation: "ZZ1", Period: "April to June 2026", Part: 2, What: "Sites", Who: "Tom", By: by, FirstBy: first, Fate: attestation.StillOpen}
	}
	done := open("2026-09-01", "2026-09-01")
	done.Fate = attestation.Done
	for claim, test := range map[string]struct {
		all  []attestation.Commitment
		says string
	}{
		"none at all": {nil, "No statement was signed with a qualification, so nothing was promised."},
		"all settled": {[]attestation.Commitment{done}, "No commitment is open."},
		"one in time": {[]attestation.Commitment{open("2026-10-05", "2026-10-05")}, "1 commitment is open, and none is late."},
		"one is late": {[]attestation.Commitment{open("2026-10-04", "2026-10-04"), open("2026-12-01", "2026-10-01"), done}, "2 commitments are open, 1 of them late."},
	} {
		t.Run(claim, func(t *testing.T) {
			page := commitmentsView(test.all, deskNow)
			if page.Sentence != test.says || len(page.Open)+len(page.Settled) != len(test.all) {
				t.Errorf("it says %q, with %d and %d rows", page.Sentence, len(page.Open), len(page.Settled))
			}
			for _, row := range page.Open {
				if (row.First != "") != (row.By == "1 December 2026") || (row.Standing == "Late") != (row.By == "4 October 2026") {
					t.Errorf("row %+v", row)
				}
			}
		})
	}
}

func TestTheWordsAreShownWhole(t *testing.T) {
	words := attestation.Words{Parts: []string{"One"}, Facts: attestation.Facts{"answered": "11", "own_figure": "4"},
		Late:     []attestation.LateAnswer{{Alert: "CC-0001", Title: "Mail gateway", Due: "2026-09-01T09:00:00Z", Answered: "2026-09-01T14:00:00Z", Code: "other", Why: "Nobody was on call."}, {Alert: "CC-0002", Title: "Pumps", Due: "2026-09-01T09:00:00Z", Answered: "not yet", Code: "national_fix", Why: "It comes."}},
		Aside:    []attestation.Aside{{What: "The evidence ends.", Why: "It is renewed."}},
		Evidence: []attestation.Pinned{{Digest: attestation.DigestOf("x"), Title: "Scan", Until: "2027-01-01"}},
		Accepted: []attestation.Accepted{{Rule: "C10", Sentence: "The board has not seen it.", Reason: "It meets next week.", By: "Helen Frost"}},
		Settled:  []attestation.Settled{{Commitment: "c", What: "Sites", Was: "2026-11-01", How: attestation.StillOpen, Note: "Half.", By: "2027-01-01"}}}
	doc := docView(words, scene{})
	var all []string
	all = append(all, doc.Figures...)
	for _, section := range doc.More {
		for _, item := range section.Items {
			all = append(all, item.Name, item.What, item.FixBy)
		}
	}
	for _, file := range doc.Relied {
		all = append(all, file.Name, file.What, file.FixBy)
	}
	text := strings.Join(all, "\n")
	for _, want := range []string{"High severity alerts answered within 48 hours: 11", "Own figure: 4", "\nNobody was on call.", "We waited for a national fix. It comes.", "answered 5 hours late.", "not answered when the words were locked.", "It is renewed.",
		string(attestation.DigestOf("x")), "Accepted by Helen Frost (rule C10).", "Still open. Half.", "Was due 1 November 2026, now 1 January 2027."} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not show %q:\n%s", want, text)
		}
	}
}

func TestWhatMovedAsksForANewStatementOnlyWhenItMatters(t *testing.T) {
	change := func(material bool) []attestation.Change {
		return []attestation.Change{{Fact: "answered", Was: "11 of 12", Is: "12 of 12", Material: material}}
	}
	for want, m := range map[string]attestation.Moved{
		"": {}, "A new statement can take its place.": {Changes: change(true)}, "so no new statement is needed.": {Changes: change(false)},
		"A newer statement is on its way.": {Changes: change(true), Waiting: true},
	} {
		if got := movedWord(m); !strings.Contains(got, want) || (want == "") != (got == "") {
			t.Errorf("it says %q, want %q", got, want)
		}
	}
	if lines := movedLines(change(true)); lines[0] != "High severity alerts answered within 48 hours: 11 of 12 → 12 of 12" {
		t.Errorf("it says %q", lines)
	}
	if got := differenceWord(attestation.Difference{Changes: change(true), New: 1, Closed: 2}); got != "1 figure moved, 1 gap new, 2 gaps closed." {
		t.Errorf("it says %q", got)
	}
}

// TestEveryCodeHasItsWords: nothing is shown as it is stored.
func TestEveryCodeHasItsWords(t *testing.T) {
	for _, code := range attestation.LateCodes {
		if lateWords[code] == "" {
			t.Errorf("the late code %s has no words", code)
		}
	}
	for _, fate := range []attestation.Fate{attestation.StillOpen, attestation.Done, attestation.NotNeeded} {
		if fateWords[fate] == "" {
			t.Errorf("the fate %s has no words", fate)
		}
	}
	if got := factWord("evidence"); got != "Pieces of evidence" {
		t.Errorf("the evidence is called %q", got)
	}
}
