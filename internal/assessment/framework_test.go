package assessment_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"countersign/internal/assessment"
	"countersign/internal/fault"
	"countersign/internal/organisation"
)

// shared finds reference material beside the module. It is not part of the
// repository, so a laptop may be without it; a build machine may not.
func shared(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", filepath.FromSlash(path)))
	if errors.Is(err, os.ErrNotExist) {
		if os.Getenv("CI") == "true" {
			t.Fatalf("../shared/%s is missing, and CI must not leave this test out", path)
		}
		t.Skipf("left out: ../shared/%s is not here", path)
	} else if err != nil {
		t.Fatal(err)
	}
	return data
}

// counts of a framework: outcomes, those with a partial level, and indicators
// not achieved, partially achieved and achieved.
type counts struct{ objectives, principles, outcomes, partial, na, pa, a int }

func count(f assessment.Framework) counts {
	c := counts{objectives: len(f.Objectives)}
	for _, o := range f.Objectives {
		c.principles += len(o.Principles)
	}
	for _, o := range f.Outcomes() {
		c.outcomes++
		if o.HasPartial {
			c.partial++
		}
		for _, i := range o.Indicators {
			switch i.Level {
			case assessment.NotAchieved:
				c.na++
			case assessment.PartiallyAchieved:
				c.pa++
			case assessment.Achieved:
				c.a++
			}
		}
	}
	return c
}

func TestThePublishedFrameworksAreReadWhole(t *testing.T) {
	for _, test := range []struct {
		file string
		as   assessment.Heading
		want counts
	}{
		{"data/caf/cyber-assessment-framework-v3.2.yaml", assessment.CAF32, counts{4, 14, 39, 28, 154, 111, 184}},
		{"data/caf/cyber-assessment-framework-v4.0.yaml", assessment.CAF40, counts{4, 14, 41, 32, 183, 148, 224}},
	} {
		f, err := assessment.ReadFrameworkAs(bytes.NewReader(shared(t, test.file)), test.as)
		if err != nil {
			t.Fatalf("%s: %v", test.file, err)
		}
		if got := count(f); got != test.want || f.ID != test.as.ID {
			t.Errorf("%s: got %+v, want %+v", f.ID, got, test.want)
		}
		if o, _ := f.Outcome("A1.a"); o.Title != "Board Direction" || o.Indicators[0].Code != "A1.a.1" || strings.Contains(o.Indicators[0].Text, "\n") {
			t.Errorf("%s: got %+v", f.ID, o)
		}
		_, err = assessment.ReadFramework(bytes.NewReader(shared(t, test.file)))
		if fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s was read without a name: %v", test.file, err)
		}
	}
}

func TestTheProposedLevelFollowsThePublishedTable(t *testing.T) {
	var published struct {
		Rules map[string]struct {
			Status string `yaml:"outcome_status"`
		} `yaml:"assessment-rules"`
	}
	if err := yaml.Unmarshal(shared(t, "data/caf/cyber-assessment-framework-v3.2.yaml"), &published); err != nil {
		t.Fatal(err)
	}
	if len(published.Rules) != 27 {
		t.Fatalf("the published table has %d rows, want 27", len(published.Rules))
	}
	for key, rule := range published.Rules {
		words := strings.Split(key, "_")
		var chosen []string
		for i, prefix := range []string{"A", "P", "N"} {
			switch words[i] {
			case "all":
				chosen = append(chosen, prefix+"1", prefix+"2")
			case "some":
				chosen = append(chosen, prefix+"1")
			}
		}
		if got := assessment.Propose(full, chosen).Word(); got != rule.Status {
			t.Errorf("%s: proposed %q, published %q", key, got, rule.Status)
		}
	}
}

// full has two indicators of each level.
var full = assessment.Outcome{Code: "X1.a", HasPartial: true, Indicators: []assessment.Indicator{
	{Code: "N1", Level: assessment.NotAchieved}, {Code: "N2", Level: assessment.NotAchieved},
	{Code: "P1", Level: assessment.PartiallyAchieved}, {Code: "P2", Level: assessment.PartiallyAchieved},
	{Code: "A1", Level: assessment.Achieved}, {Code: "A2", Level: assessment.Achieved},
}}

func TestPropose(t *testing.T) {
	twoLevels := assessment.Outcome{Indicators: []assessment.Indicator{{Code: "N1", Level: assessment.NotAchieved}, {Code: "A1", Level: assessment.Achieved}}}
	for name, test := range map[string]struct {
		outcome assessment.Outcome
		chosen  string
		want    assessment.Level
	}{
		"one not achieved beside all the rest": {full, "N1 P1 P2 A1 A2", assessment.NotAchieved},
		"all achieved":                         {full, "A1 A2", assessment.Achieved},
		"all achieved and some partial":        {full, "A1 A2 P1", assessment.Achieved},
		"all partial and some achieved":        {full, "P1 P2 A1", assessment.PartiallyAchieved},
		"some of each but the worst":           {full, "P1 A1", assessment.NotAchieved},
		"nothing":                              {full, "", assessment.NotAchieved},
		"codes of another outcome":             {full, "Z1 Z2", assessment.NotAchieved},
		"no partial level, nothing chosen":     {twoLevels, "", assessment.NotAchieved},
		"no partial level, all achieved":       {twoLevels, "A1", assessment.Achieved},
		"an outcome held as a title":           {assessment.Outcome{}, "A1", assessment.NotAssessed},
	} {
		if got := assessment.Propose(test.outcome, strings.Fields(test.chosen)); got != test.want {
			t.Errorf("%s: got %s, want %s", name, got, test.want)
		}
	}
}

func TestReachedAndTally(t *testing.T) {
	for _, test := range []struct {
		level, expected assessment.Level
		want            bool
	}{
		{assessment.Achieved, assessment.PartiallyAchieved, true},
		{assessment.PartiallyAchieved, assessment.PartiallyAchieved, true},
		{assessment.NotAchieved, assessment.PartiallyAchieved, false},
		{assessment.NotAchieved, assessment.NotAchieved, true},
		{assessment.NotAssessed, assessment.NotAchieved, false},
		{"", assessment.NotAchieved, false},
		{assessment.NotAssessed, assessment.NotAssessed, false},
		{"excellent", assessment.NotAchieved, false},
	} {
		if got := assessment.Reached(test.level, test.expected); got != test.want {
			t.Errorf("%q where %q is expected: got %v", test.level, test.expected, got)
		}
	}
	profile := assessment.Profile{Expected: map[string]assessment.Level{"A": assessment.Achieved, "B": assessment.PartiallyAchieved, "C": assessment.NotAchieved}}
	at, of := assessment.Tally(map[string]assessment.Level{"A": assessment.PartiallyAchieved, "B": assessment.Achieved, "Z": assessment.Achieved}, profile)
	if at != 1 || of != 3 {
		t.Errorf("got %d of %d, want 1 of 3", at, of)
	}
}

func TestWhatComesWithTheProgram(t *testing.T) {
	frameworks, profiles, err := assessment.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	if len(frameworks) != 2 || frameworks[0].ID != "caf-4.0-titles" || frameworks[1].ID != "ndg-10" || len(profiles) != 2 {
		t.Fatalf("got %d frameworks and %d profiles", len(frameworks), len(profiles))
	}
	if got := count(frameworks[0]); got != (counts{4, 14, 41, 32, 0, 0, 0}) {
		t.Errorf("caf-4.0-titles: got %+v", got)
	}
	ten := count(frameworks[1])
	if ten.outcomes != 10 || ten.objectives != 3 || ten.na < 10 || ten.pa < 10 || ten.a < 10 {
		t.Errorf("ndg-10: got %+v", ten)
	}
	for i, want := range []int{41, 10} {
		if _, of := assessment.Tally(nil, profiles[i]); of != want || !strings.Contains(profiles[i].Note, "demonstration") || !profiles[i].For(organisation.Ambulance) {
			t.Errorf("profile %+v", profiles[i])
		}
	}
}

const small = `framework: {id: own-1, name: Own, version: '1'}
objectives:
  A:
    title: First
    principles:
      A1:
        title: Second
        outcomes:
          A1.a: {title: Third, partial: true}
          A1.b:
            title: Fourth
            indicators:
              achieved:
                A1.b.1: {description: Good.}
`

func TestASmallFramework(t *testing.T) {
	f, err := assessment.ReadFramework(strings.NewReader(small))
	if err != nil {
		t.Fatal(err)
	}
	want := assessment.Framework{ID: "own-1", Name: "Own", Version: "1", Objectives: []assessment.Objective{{Code: "A", Title: "First", Principles: []assessment.Principle{{Code: "A1", Title: "Second", Outcomes: []assessment.Outcome{
		{Code: "A1.a", Title: "Third", HasPartial: true},
		{Code: "A1.b", Title: "Fourth", Indicators: []assessment.Indicator{{Code: "A1.b.1", Level: assessment.Achieved, Text: "Good."}}},
	}}}}}}
	if !reflect.DeepEqual(f, want) {
		t.Errorf("got %+v, want %+v", f, want)
	}
}

func TestADamagedFrameworkIsRefusedWithItsPlaces(t *testing.T) {
	for name, test := range map[string]struct{ old, is, want string }{
		"a missing title":              {"    title: First\n", "", "Line 4, column 5: the key \"title\" is missing."},
		"an empty title":               {"title: Second", "title:", "Line 7, column 15: there is no text here."},
		"an unknown key":               {"title: Second", "title: Second\n        colour: red", `Line 8, column 9: "colour" is not a key this service knows here.`},
		"an outcome twice":             {"A1.b:", "A1.a:", `Line 10, column 11: "A1.a" stands here twice.`},
		"an indicator of another code": {"A1.b.1:", "A1 b:", `Line 14, column 17: "A1 b" is not a code`},
		"a list for a tree":            {"objectives:\n  A:", "objectives:\n  - A:", "Line 3, column 3: there should be keys with values here."},
		"a word for an indicator":      {"{description: Good.}", "Good.", "Line 14, column 25: there should be keys with values here."},
		"a code that disagrees":        {"title: Second", "title: Second\n        code: B1", "Line 8, column 15: the code is B1, and it stands under A1."},
		"half a truth":                 {"partial: true", "partial: perhaps", `Line 9, column 41: "perhaps" is neither true nor false.`},
		"an id with capitals":          {"id: own-1", "id: Own 1", `Line 1, column 17: "Own 1" is not an id`},
		"no name":                      {"framework: {id: own-1, name: Own, version: '1'}\n", "", "Line 1, column 1: the file does not name its framework"},
		"no outcomes":                  {small[strings.Index(small, "          A1.a"):], "          {}\n", "Line 9, column 11: there is no outcome here."},
		"an endless title":             {"title: Third", "title: " + strings.Repeat("x", 201), "Line 9, column 25: the text is longer than 200 characters."},
		"text turned around":           {"title: Third", "title: \"a\\u202eb\"", "Line 9, column 25: there is a character that cannot be seen."},
		"a branch by alias":            {"A1.a: {title: Third, partial: true}", "A1.a: &o {title: Third}\n          A1.c: *o", "Line 10, column 17: there should be keys with values here."},
		"a merge key":                  {"title: Fourth", "<<: {title: Fourth}", "Line 11, column 13: this key is not a plain word."},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(small, test.old, test.is, 1)
			if text == small {
				t.Fatal("the test changes nothing")
			}
			f, err := assessment.ReadFramework(strings.NewReader(text))
			problems, ok := errors.AsType[fault.Problems](err)
			if !ok || fault.KindOf(err) != fault.Invalid || f.ID != "" {
				t.Fatalf("got %+v and %v", f, err)
			}
			for _, p := range problems {
				if strings.HasPrefix(p.Sentence, test.want) {
					return
				}
			}
			t.Errorf("got %q, want %q", problems, test.want)
		})
	}
}

func TestANumberUsedInTwoLevelsBecomesTwoCodes(t *testing.T) {
	twice := strings.Replace(small, "              achieved:\n", "              achieved:\n                A1.b.2: {description: Also.}\n              not-achieved:\n                A1.b.2: {description: Bad.}\n              partially-achieved:\n", 1)
	f, err := assessment.ReadFramework(strings.NewReader(twice))
	if err != nil {
		t.Fatal(err)
	}
	o, _ := f.Outcome("A1.b")
	var codes []string
	for _, i := range o.Indicators {
		codes = append(codes, i.Code)
	}
	if got := strings.Join(codes, " "); got != "A1.b.2 A1.b.1 A1.b.2-A" {
		t.Errorf("got %s", got)
	}
	across := strings.Replace(small, "A1.a: {title: Third, partial: true}", "A1.a: {title: Third, indicators: {achieved: {A1.b.1: {description: Good.}}}}", 1)
	_, err = assessment.ReadFramework(strings.NewReader(across))
	if err == nil || !strings.Contains(err.Error(), "indicator A1.b.1 was already on line 9.") {
		t.Errorf("the same code in two outcomes: %v", err)
	}
}

func TestAllProblemsComeTogetherInOrder(t *testing.T) {
	text := strings.NewReplacer("    title: First\n", "", "title: Third", "name: Third", "{description: Good.}", "{}").Replace(small)
	_, err := assessment.ReadFramework(strings.NewReader(text))
	problems, _ := errors.AsType[fault.Problems](err)
	want := []string{"Line 4, column 5: ", "Line 8, column 17: ", "Line 8, column 18: ", "Line 13, column 25: "}
	if len(problems) != len(want) {
		t.Fatalf("got %d problems, want %d: %v", len(problems), len(want), problems)
	}
	for i := range want {
		if !strings.HasPrefix(problems[i].Sentence, want[i]) {
			t.Errorf("got %q, want %q", problems[i].Sentence, want[i])
		}
	}
}

func TestFilesThatAreNoFrameworkAreRefusedWhole(t *testing.T) {
	bomb := "a: &a [x, x, x, x, x, x, x, x]\n"
	for _, next := range []string{"b a", "c b", "d c", "e d", "f e", "g f", "h g", "i h"} {
		to, from := next[:1], next[2:]
		bomb += to + ": &" + to + " [" + strings.TrimSuffix(strings.Repeat("*"+from+", ", 9), ", ") + "]\n"
	}
	for name, text := range map[string]string{
		"nothing":                       "",
		"only a comment":                "# nothing\n",
		"not YAML":                      "objectives: [\n",
		"two documents":                 small + "---\n" + small,
		"more than 4 MB":                strings.Repeat("#", 4<<20+1),
		"thousands of aliases":          "a: &a x\nb: [" + strings.Repeat("*a,", 1001) + "]\n",
		"a file that multiplies itself": bomb,
		"a file that holds itself":      "objectives: &a {A: *a}\n",
		"an alias to nowhere":           "objectives: *a\n",
		"very deep":                     strings.Repeat("[", 20_000),
	} {
		t.Run(name, func(t *testing.T) {
			f, err := assessment.ReadFramework(strings.NewReader(text))
			if fault.KindOf(err) != fault.Invalid || f.Objectives != nil {
				t.Errorf("got %+v and %v", f, err)
			}
		})
	}
}

func TestAliasesAreCounted(t *testing.T) {
	many := small + "indicator_statuses:\n- &a x\n" + strings.Repeat("- *a\n", 1001)
	if _, err := assessment.ReadFramework(strings.NewReader(many)); err == nil || !strings.Contains(err.Error(), "more than 1000 aliases") {
		t.Errorf("got %v", err)
	}
	fewer := small + "indicator_statuses:\n- &a x\n" + strings.Repeat("- *a\n", 1000)
	if _, err := assessment.ReadFramework(strings.NewReader(fewer)); err != nil {
		t.Errorf("a thousand are allowed: %v", err)
	}
}

func TestProfiles(t *testing.T) {
	f, err := assessment.ReadFramework(strings.NewReader(small))
	if err != nil {
		t.Fatal(err)
	}
	const text = "profile: {id: p-1, name: P, framework: own-1, kinds: [acute, ambulance]}\nexpected:\n  A1.a: partially_achieved\n  A1.b: achieved\n"
	p, err := assessment.ReadProfile(strings.NewReader(text), f)
	want := assessment.Profile{ID: "p-1", Name: "P", Framework: "own-1", Kinds: []organisation.Kind{"acute", "ambulance"}, Expected: map[string]assessment.Level{"A1.a": assessment.PartiallyAchieved, "A1.b": assessment.Achieved}}
	if err != nil || !reflect.DeepEqual(p, want) || p.For(organisation.Community) || !p.For(organisation.Acute) {
		t.Errorf("got %+v, %v, want %+v", p, err, want)
	}
	for name, test := range map[string]struct{ old, is, want string }{
		"an outcome left out":       {"  A1.b: achieved\n", "", "Line 3, column 3: outcome A1.b has no expected level."},
		"an outcome of another":     {"A1.b:", "A9.b:", "Line 4, column 3: outcome A9.b is not in own-1."},
		"a level that is none":      {"A1.b: achieved", "A1.b: good", `Line 4, column 9: "good" is not a level to expect`},
		"a level it cannot reach":   {"A1.b: achieved", "A1.b: partially_achieved", "Line 4, column 9: outcome A1.b cannot be partially achieved."},
		"not assessed is no demand": {"A1.b: achieved", "A1.b: not_assessed", "Line 4, column 9: "},
		"another framework":         {"own-1", "caf-9", `Line 1, column 1: the framework "caf-9" is not known here.`},
		"a kind that is none":       {"ambulance", "hospital", `Line 1, column 62: "hospital" is not a kind of trust.`},
	} {
		_, err := assessment.ReadProfile(strings.NewReader(strings.Replace(text, test.old, test.is, 1)), f)
		problems, _ := errors.AsType[fault.Problems](err)
		found := false
		for _, p := range problems {
			found = found || strings.HasPrefix(p.Sentence, test.want)
		}
		if !found {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}

func FuzzReadFramework(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte("a: &a [*a]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := assessment.ReadFramework(bytes.NewReader(data))
		if err != nil && fault.KindOf(err) != fault.Invalid {
			t.Errorf("a damaged file must be something a person can put right, got %v", err)
		}
		if err == nil && (got.ID == "" || len(got.Outcomes()) == 0) {
			t.Errorf("an empty framework was read: %+v", got)
		}
	})
}
