package alert

import (
	"errors"
	"strings"
	"testing"
	"time"

	"countersign/internal/fault"
)

const pastSound = "ods_code,alert,title,severity,issued_at,answer_due,action_due,acknowledged_at,acknowledged_by,applicability,applied_at,how_known,checked_on,outcome,fixed,assets,closed_at,class,reason,plan_on\n" +
	"RXH,CC-0041,Old flaw,High,2026-03-29T00:30:00Z,2026-03-31T01:30:00+01:00,2026-04-12T01:30:00+01:00,2026-03-29T02:30:00+01:00,Ada Lovelace,some,2026-03-29T03:30:00+01:00,,,part,3,9,,,,2026-05-01\n" +
	"RYJ,41,Old flaw,high,2026-03-29T00:30:00Z,2026-03-31T00:30:00Z,2026-04-12T00:30:00Z,2026-03-30T00:30:00Z,Grace Hopper,none,2026-03-30T00:30:00Z,Scan; Asset register,2026-03-30,,,,2026-03-30T00:30:00Z,normal,,\n"

func TestPastAnswersAreRead(t *testing.T) {
	lines, err := ReadPast(strings.NewReader(pastSound))
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) != 2 || lines[0].Number != 41 || lines[1].Number != 41 || lines[0].Class != Normal || lines[0].Severity != High {
		t.Fatalf("%+v", lines)
	}
	r := lines[0].Response
	at := time.Date(2026, 3, 29, 1, 30, 0, 0, time.UTC)
	if r.Organisation != "RXH" || r.Acknowledged == nil || r.Acknowledged.By != "Ada Lovelace" || !r.Acknowledged.At.Equal(at) || r.Applicability != AppliesToSome || r.Outcome != FixedInPart || r.FixedCount != 3 || r.AssetCount != 9 ||
		!r.AnswerDue.Equal(r.IssuedAt.Add(AnswerWindow)) || r.PlanOn != "2026-05-01" || r.Closed() {
		t.Errorf("%+v", r)
	}
	if none := lines[1].Response; len(none.HowKnown) != 2 || none.CheckedOn != "2026-03-30" || !none.Closed() {
		t.Errorf("%+v", none)
	}
}

func TestContradictionsInPastAnswersAreNamedByLineAndColumn(t *testing.T) {
	for _, c := range []struct{ claim, old, new, says string }{
		{"answered before it was sent", "2026-03-29T02:30:00+01:00,Ada", "2026-03-28T00:00:00Z,Ada", "Line 2, column 8: it was acknowledged before it was sent."},
		{"answered before it was acknowledged", "some,2026-03-29T03:30:00+01:00", "some,2026-03-29T00:40:00Z", "Line 2, column 11: it was answered before it was acknowledged."},
		{"answered and never acknowledged", "2026-03-29T02:30:00+01:00,Ada Lovelace,some", ",,some", "Line 2, column 10: it was answered and never acknowledged."},
		{"closed and never acknowledged", "2026-03-29T02:30:00+01:00,Ada Lovelace,some,2026-03-29T03:30:00+01:00,,,part,3,9,,", ",,,,,,,,,2026-04-01T00:00:00Z,", "Line 2, column 17: it was closed and never acknowledged."},
		{"closed before it was answered", "2026-03-30T00:30:00Z,normal", "2026-03-29T23:30:00Z,normal", "Line 3, column 17: it was closed before it was answered."},
		{"closed and not fixed", "3,9,,", "3,9,2026-04-01T00:00:00Z,", "Line 2, column 17: it was closed, and neither fixed"},
		{"nobody acknowledged", "Ada Lovelace", "", "Line 2, column 9: acknowledged_at and acknowledged_by belong together."},
		{"an answer without its time", "some,2026-03-29T03:30:00+01:00", "some,", "Line 2, column 11: applied_at is when applicability became"},
		{"none without how", "Scan; Asset register", "", "Line 3, column 12: how_known belongs to the answer none"},
		{"another way to know", "Scan; Asset register", "Scan; Rumour", `Line 3, column 12: "Rumour" is none of Asset register`},
		{"checked after it was answered", ",2026-03-30,", ",2026-03-31,", "Line 3, column 13: it was checked after it was answered."},
		{"an outcome of what does not apply", "2026-03-30,,", "2026-03-30,fixed,", "Line 3, column 14: there is an outcome"},
		{"all of them in part", "part,3,9", "part,9,9", "Line 2, column 15: in part means fewer"},
		{"a number of what is fixed whole", "part,3,9", "fixed,3,9", "Line 2, column 15: fixed and assets belong to the outcome part."},
		{"due before it was sent", "2026-03-31T01:30:00+01:00", "2026-03-01T01:30:00Z", "Line 2, column 6: the answer was due before the alert was sent."},
		{"a time without its zone", "2026-03-29T00:30:00Z", "2026-03-29 00:30", `Line 2, column 5: "2026-03-29 00:30" is no moment`},
		{"no number", "CC-0041", "CC-=1", `Line 2, column 2: "CC-=1" is no number such as CC-0042.`},
		{"a number that would use all of them up", "CC-0041", "CC-9999999", `Line 2, column 2: "CC-9999999" is no number`},
		{"an organisation twice", "RYJ,41", "RXH,41", "Line 3, column 1: RXH and this alert were already on line 2."},
		{"an unknown column", "plan_on\n", "planned\n", `Line 1, column 20: there is no column "planned"`},
		{"a missing column", "ods_code,alert", "reason2,alert", `Line 1, column 1: the header has no column "ods_code".`},
		{"a formula for a title is a title", "Old flaw,High", "=cmd|'/C calc'!A0,High", ""},
	} {
		t.Run(c.claim, func(t *testing.T) {
			file := strings.Replace(pastSound, c.old, c.new, 1)
			if file == pastSound {
				t.Fatal("the file was not broken")
			}
			lines, err := ReadPast(strings.NewReader(file))
			if c.says == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			problems, _ := errors.AsType[fault.Problems](err)
			if len(problems) == 0 || !strings.HasPrefix(problems[0].Sentence, c.says) || lines != nil {
				t.Errorf("said %v, want %q", err, c.says)
			}
		})
	}
}
