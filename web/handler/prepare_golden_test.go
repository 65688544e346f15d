package handler

import (
	"testing"

	"countersign/internal/alert"
	"countersign/internal/attestation"
	"countersign/views/attestationview"
	"countersign/views/component"
	"countersign/views/layout"
)

func TestPagesOfAPreparationStayAsTheyWereRead(t *testing.T) {
	frame := layout.Page{Title: "Page", Service: "Countersign"}
	task := func(name string, problem string) attestationview.Task {
		wrong := map[string]string{}
		page := frame
		if problem != "" {
			wrong[problem] = "Enter why"
			page.Problems = []layout.Problem{{Text: "Enter why", Href: "#" + problem}}
		}
		return attestationview.Task{Page: page, Caption: "July to September 2026 cyber statement", Action: "/organisations/ZZ1/statements/st/" + name, Seen: "4", Can: true, Wrong: wrong}
	}
	st := attestation.Statement{To: "2026-09-30", Due: deskNow.AddDate(0, 1, 0)}
	held := attestation.Position{At: deskNow, Late: []alert.Titled{lateOne("al_1", 1)}, Commitments: []attestation.Commitment{{ID: "c", Organisation: "ZZ1", Period: "April to June 2026", Part: 2, What: "Sites are not checked.", Doing: "Check them.", Who: "Tom", By: "2026-10-04", FirstBy: "2026-09-01", Fate: attestation.StillOpen}}}
	at := "/organisations/ZZ1/statements/st"
	golden(t, "statement/prepare", attestationview.PreparePage(attestationview.Prepare{Page: frame, Caption: "Statement", Action: at, Due: "5pm tomorrow", Seen: "4", Preparing: true, CanLock: true,
		Tasks: prepareTasks(st, attestation.Desk{Held: held, Findings: st.Contradictions(held)}, at), Undone: taskProblems(at, st.Undone(held)),
		Doc: attestationview.Doc{Opening: "I confirm:", Parts: []string{"We answered 11 of 12."}, Gaps: []attestationview.Gap{{Name: "B4.d Servers", What: "Two are old.", FixBy: "Fix by 1 December 2026."}},
			More: []attestationview.Section{{Title: "Late answers", Items: []attestationview.Gap{{Name: "CC-0001 Mail gateway", What: "Something else.", FixBy: "Due"}}}, {Title: "Empty"}}, Figures: []string{"Answered: 11"}, Relied: []attestationview.Gap{{Name: "Scan", What: "Runs until", FixBy: "abc"}}}}))
	golden(t, "statement/late-answers", attestationview.LateAnswersPage(attestationview.LateAnswers{Task: task("late-answers", "late-0-why"), Codes: lateOptions(), Late: lateFields(scene{org: calder, statement: st}, held.Late)}))
	golden(t, "statement/gaps", attestationview.GapsPage(attestationview.Gaps{Task: task("gaps", "why-0"), Propose: at + "/gaps/proposals", Proposals: []attestationview.ProposalField{{Key: "outcome/B5.c", Field: "why-0", Name: "B5.c Backups", What: "Not achieved."}},
		Aside: []attestationview.ProposalField{{Key: "evidence/f1", Name: "The evidence ends.", What: "Left out: It is renewed."}}, Gaps: make([]attestationview.GapField, 2), Filled: 1}))
	golden(t, "statement/contradictions", attestationview.ContradictionsPage(attestationview.Contradictions{Task: task("contradictions", "reason-0"), Findings: []attestationview.FindingField{
		{Rule: "C10", Title: "The board", Sentence: "It has not seen it.", Digest: "d", Field: "reason-0", Mend: at + "/board", MendText: "Record the board date"},
		{Rule: "C05", Title: "A commitment", Sentence: "It is open.", Digest: "e", Field: "reason-1", Must: true}, {Rule: "C13", Title: "No evidence", Sentence: "None.", Digest: "f", Field: "reason-2", Accepted: "Tom accepted it: we know."}}}))
	commitments := commitmentsView(held.Commitments, deskNow)
	commitments.Page = frame
	golden(t, "statement/commitments", attestationview.CommitmentsPage(commitments))
	stored := task("commitments/c", "note")
	stored.Stored = []string{"Done: It was checked."}
	golden(t, "statement/commitment", attestationview.SettlePage(attestationview.Settle{Task: stored, Commitment: commitmentField(held.Commitments[0], deskNow), Choices: []component.Choice{{Value: "done", Text: "It is done"}, {Value: "open", Text: "It is still open"}},
		How: "open", Files: []component.Option{{Text: "None"}}, Button: "Save", Steps: []attestationview.Moment{stepMoment(attestation.Step{Fate: attestation.StillOpen, Was: "2026-09-01", Is: "2026-10-04", Note: "Late.", By: "Tom", At: deskNow})}}))
	read := task("evidence", "")
	read.Can = false
	golden(t, "statement/evidence-read", attestationview.EvidencePage(attestationview.EvidenceList{Task: read, Linked: []string{"Scan"}}))
}
