package alert

import (
	"strings"
	"testing"
	"time"

	"countersign/internal/fault"
	"countersign/internal/organisation"
)

func TestTallyCountsWhoWasNotReached(t *testing.T) {
	at := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	list := []Reached{
		{Organisation: "A", Kind: organisation.Acute, AcknowledgedAt: at}, // whatever became of the message
		{Organisation: "B", Kind: organisation.Acute},
		{Organisation: "C", Kind: organisation.Acute},
		{Organisation: "D", Kind: organisation.Ambulance},
	}
	lost := func(code organisation.Code) bool { return code == "A" || code == "B" }
	all, kinds := Tally(list, lost)
	if (all != Count{Asked: 4, Acknowledged: 1, Lost: 1}) || all.Open() != 3 || all.Waiting() != 2 {
		t.Errorf("in all %+v", all)
	}
	if len(kinds) != 2 || (kinds[organisation.Acute] != Count{3, 1, 1}) || (kinds[organisation.Ambulance] != Count{1, 0, 0}) {
		t.Errorf("by kind %+v", kinds)
	}
}

func TestLateIsWhoOwesTheAnswer(t *testing.T) {
	due := time.Date(2026, 11, 25, 15, 41, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		r    Reached
		at   time.Time
		late bool
	}{
		"before the deadline":               {Reached{AnswerDue: due}, due.Add(-time.Microsecond), false},
		"at the deadline":                   {Reached{AnswerDue: due}, due, true},
		"acknowledged alone is no answer":   {Reached{AnswerDue: due, AcknowledgedAt: due.Add(-time.Hour)}, due, true},
		"withdrawn, so nobody is asked":     {Reached{AnswerDue: due, StoppedAt: due.Add(-time.Hour)}, due.Add(time.Hour), false},
		"asked again, until its deadline":   {Reached{AnswerDue: due, AcknowledgedAt: due.Add(-time.Hour), AnsweredAt: due.Add(-time.Hour), Renewal: &Renewal{Due: due.Add(time.Hour)}}, due, false},
		"asked again, at its deadline":      {Reached{AnswerDue: due, AcknowledgedAt: due.Add(-time.Hour), AnsweredAt: due.Add(-time.Hour), Renewal: &Renewal{Due: due.Add(time.Hour)}}, due.Add(time.Hour), true},
		"asked again, and answered":         {Reached{AnswerDue: due, AcknowledgedAt: due, AnsweredAt: due, Renewal: &Renewal{Due: due, AnsweredAt: due}}, due.Add(time.Hour), false},
		"answered, even after the deadline": {Reached{AnswerDue: due, AcknowledgedAt: due, AnsweredAt: due.Add(time.Hour)}, due.Add(2 * time.Hour), false},
	} {
		if got := test.r.Late(test.at); got != test.late {
			t.Errorf("%s: late %v", name, got)
		}
	}
}

func TestCallSaysWhatIsMissingAndKeepsNumbersOut(t *testing.T) {
	now := time.Date(2026, 11, 24, 9, 41, 0, 0, time.UTC)
	issued := now.Add(-3*time.Hour - 20*time.Second)
	whole := Call{Organisation: "RXH", Rung: "Cyber lead", At: now.Add(-time.Hour), Outcome: "Spoke for 15 minutes about CC-4712. 3 of 40 servers are left"}
	for name, test := range map[string]struct {
		change func(*Call)
		field  string
	}{
		"whole":                        {func(*Call) {}, ""},
		"now":                          {func(c *Call) { c.At = time.Time{} }, ""},
		"in the minute the alert went": {func(c *Call) { c.At = issued.Truncate(time.Minute) }, ""},
		"no trust":                     {func(c *Call) { c.Organisation = "" }, "trust"},
		"nobody":                       {func(c *Call) { c.Rung = "" }, "rung"},
		"somebody with a long name":    {func(c *Call) { c.Rung = strings.Repeat("é", 101) }, "rung"},
		"somebody's number":            {func(c *Call) { c.Rung = "Tom on 07700 900123" }, "rung"},
		"no outcome":                   {func(c *Call) { c.Outcome = "" }, "outcome"},
		"300 characters":               {func(c *Call) { c.Outcome = strings.Repeat("é", 300) }, ""},
		"301 characters":               {func(c *Call) { c.Outcome = strings.Repeat("é", 301) }, "outcome"},
		"a number in the outcome":      {func(c *Call) { c.Outcome = "Ring (0113) 496-0117" }, "outcome"},
		"a foreign number":             {func(c *Call) { c.Outcome = "Ring +44.113.496.0117" }, "outcome"},
		"later than now":               {func(c *Call) { c.At = now.Add(time.Second) }, "at"},
		"before the alert":             {func(c *Call) { c.At = issued.Add(-2 * time.Minute) }, "at"},
	} {
		call := whole
		test.change(&call)
		err := call.Check(issued, now)
		field := ""
		if problems, ok := err.(fault.Problems); ok {
			field = problems[0].Field
		}
		if field != test.field || (err == nil) != (test.field == "") {
			t.Errorf("%s: %v at %q, want %q", name, err, field, test.field)
		}
	}
}
