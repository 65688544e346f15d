package attestation_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/fault"
	"countersign/internal/organisation"
)

// annual is a sound template of another kind.
func annual() attestation.Template {
	return attestation.Template{ID: "annual", Edition: 1, Kind: attestation.AnnualKind, Title: "{period} statement of resilience", Opening: "On behalf of {organisation}, I confirm that on {date}:",
		Parts: []attestation.Part{{Text: "We answered {answered} of {due} alerts in time.", Proof: "alerts"}, {Text: "I have read this."}}, CoSign: []access.Office{access.SIRO}, Material: []string{"answered"}}
}

func TestATemplateIsRefused(t *testing.T) {
	if err := annual().Check(); err != nil {
		t.Fatal(err)
	}
	if err := attestation.Quarterly.Check(); err != nil {
		t.Fatal("the wording that comes with the portal:", err)
	}
	for claim, test := range map[string]struct {
		change      func(*attestation.Template)
		field, says string
	}{
		"a name with blanks":                 {func(t *attestation.Template) { t.ID = "An id" }, "id", "Enter a short name"},
		"the name of a page":                 {func(t *attestation.Template) { t.ID = "new" }, "id", "Enter a short name"},
		"a kind nobody knows":                {func(t *attestation.Template) { t.Kind = "risk" }, "kind", "Select what"},
		"a title without months":             {func(t *attestation.Template) { t.Title = "Statement" }, "title", "The title must say {period}"},
		"a title with another fact":          {func(t *attestation.Template) { t.Title = "{period} of {organisation}" }, "title", "The title can say {period}"},
		"no opening":                         {func(t *attestation.Template) { t.Opening = "" }, "opening", "Enter the opening"},
		"a fact nobody knows":                {func(t *attestation.Template) { t.Opening = "On {day}:" }, "opening", "The opening asks for {day}, which the portal does not know"},
		"a fact in other capitals":           {func(t *attestation.Template) { t.Opening = "On {Date}:" }, "opening", "The opening asks for {Date}"},
		"a brace that is not closed":         {func(t *attestation.Template) { t.Parts[1].Text = "I {date" }, "part-1-text", "Part 2 has a { without a }"},
		"a brace that is not opened":         {func(t *attestation.Template) { t.Parts[1].Text = "I date}" }, "part-1-text", "Part 2 has a } without a {"},
		"a brace in a brace":                 {func(t *attestation.Template) { t.Parts[1].Text = "I {{date}}" }, "part-1-text", "Part 2 has a { without a }"},
		"no part":                            {func(t *attestation.Template) { t.Parts, t.Material = nil, nil }, "part-0-text", "Enter at least 1 part"},
		"an empty part":                      {func(t *attestation.Template) { t.Parts[1].Text = "" }, "part-1-text", "Part 2 is empty"},
		"too many parts":                     {func(t *attestation.Template) { t.Parts = append(t.Parts, make20()...) }, "part-0-text", "A statement can have 20 parts"},
		"hidden characters":                  {func(t *attestation.Template) { t.Parts[1].Text = "I\u200b confirm" }, "part-1-text", "The text holds hidden characters"},
		"records that do not exist":          {func(t *attestation.Template) { t.Parts[1].Proof = "minutes" }, "part-1-proof", "Part 2 points to records"},
		"what is in no part":                 {func(t *attestation.Template) { t.Material = []string{"evidence"} }, "material", "“evidence” is in no part"},
		"what never changes":                 {func(t *attestation.Template) { t.Parts[1].Text, t.Material = "On {date}.", []string{"date"} }, "material", "“date” is in no part"},
		"somebody who cannot sign beside it": {func(t *attestation.Template) { t.CoSign = []access.Office{access.CyberLead} }, "siro", "Only the senior"},
	} {
		t.Run(claim, func(t *testing.T) {
			template := annual()
			test.change(&template)
			problems, _ := errors.AsType[fault.Problems](template.Check())
			if len(problems) != 1 || problems[0].Field != test.field || !strings.HasPrefix(problems[0].Sentence, test.says) {
				t.Errorf("it says %v", problems)
			}
		})
	}
}

func make20() []attestation.Part {
	var parts []attestation.Part
	for range 19 {
		parts = append(parts, attestation.Part{Text: "I confirm it."})
	}
	return parts
}

func TestATemplateIsReadStrictly(t *testing.T) {
	sound, err := json.Marshal(annual())
	if err != nil {
		t.Fatal(err)
	}
	if is, err := attestation.ParseTemplate(sound); err != nil || is.Parts[0] != annual().Parts[0] {
		t.Fatal(is, err)
	}
	for claim, text := range map[string]string{
		"a field nobody knows": strings.Replace(string(sound), `"title"`, `"signs":"anybody","title"`, 1),
		"a second document":    string(sound) + "{}",
		"half a document":      string(sound[:40]),
		"another shape":        `["quarterly"]`,
		"what Check refuses":   strings.Replace(string(sound), "{answered}", "{answers}", 1),
	} {
		if _, err := attestation.ParseTemplate([]byte(text)); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", claim, err)
		}
	}
}

// counts gives figures, so that every fact of the records exists.
type counts struct{}

func (counts) OnTime(context.Context, access.Pass, organisation.Day, organisation.Day, time.Time) (int, int, error) {
	return 11, 12, nil
}
func (counts) TallyOf(context.Context, access.Pass, time.Time) (int, int, error) { return 30, 41, nil }
func (counts) Count(context.Context, access.Pass, organisation.Day) (int, error) { return 7, nil }

// The editor offers exactly what can be bound: a fact more, and no statement of
// the template could ever be locked.
func TestEveryFactOfferedIsGiven(t *testing.T) {
	given, err := attestation.Records{Answers: counts{}, Outcomes: counts{}, Proofs: counts{}}.Facts(t.Context(), access.Pass{}, "", "", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range attestation.FactNames {
		if _, is := given[f.Name]; is != f.Changeable() {
			t.Errorf("{%s}: given %v, changeable %v", f.Name, is, f.Changeable())
		}
		delete(given, f.Name)
	}
	if len(given) > 0 {
		t.Errorf("not offered: %v", given)
	}
	words, err := annual().Read(attestation.Samples())
	if err != nil || words.Parts[0] != "We answered 11 of 12 alerts in time." || words.Title != "July to September 2026 statement of resilience" {
		t.Errorf("it reads %+v, %v", words, err)
	}
}

func TestEditionsAreCompared(t *testing.T) {
	is := annual()
	is.Title, is.CoSign, is.Material = "{period} statement", nil, nil
	is.Parts = []attestation.Part{is.Parts[0], {Text: "I have read this twice.", Proof: "evidence"}, {Text: "I am new."}}
	want := []attestation.Compared{{Name: "Title", Was: "{period} statement of resilience", Is: "{period} statement"}, {Name: "Part 2", Was: "I have read this.", Is: "I have read this twice."},
		{Name: "Records behind part 2", Is: "evidence"}, {Name: "Part 3", Is: "I am new."}, {Name: "Must sign beside the chief executive", Was: "Senior information risk owner"},
		{Name: "Asks for a new statement when it changes", Was: "High severity alerts answered within 48 hours", Is: attestation.AnyFigure}}
	got := attestation.Compare(annual(), is)
	if len(got) != len(want) {
		t.Fatalf("compared: %+v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("compared %+v, want: %+v", got[i], want[i])
		}
	}
	if same := attestation.Compare(annual(), annual()); len(same) > 0 {
		t.Errorf("the same is different in %+v", same)
	}
}
