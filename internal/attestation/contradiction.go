package attestation

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"countersign/internal/alert"
	"countersign/internal/assessment"
	"countersign/internal/evidence"
	"countersign/internal/organisation"
)

// Finding is one thing in which a statement does not agree with what the portal
// holds. It stands in the way of a lock until it is mended, or accepted with a
// reason that then goes into the words.
type Finding struct {
	Rule     string // C01
	Sentence string // what does not agree; another sentence is another finding
	Task     string // where it can be mended
	Must     bool   // it can only be mended
}

// Digest names a finding in a form: the sentence that was read.
func (f Finding) Digest() Digest { return DigestOf(f.Rule + " " + f.Sentence) }

// is tells whether an acceptance is of this finding, as it stands.
func (f Finding) is(a Accepted) bool { return a.Rule == f.Rule && a.Sentence == f.Sentence }

// Title says which kind of disagreement it is.
func (f Finding) Title() string {
	i := slices.IndexFunc(Rules, func(r Rule) bool { return r.ID == f.Rule })
	if i < 0 {
		return f.Rule
	}
	return Rules[i].Title
}

// Acceptance gives why a finding was accepted as it stands, if it was.
func (p Preparation) Acceptance(f Finding) (Accepted, bool) {
	i := slices.IndexFunc(p.Accepted, f.is)
	if i < 0 || f.Must {
		return Accepted{}, false
	}
	return p.Accepted[i], true
}

// Rule compares two things the portal knows. docs/contradictions.md describes
// each; a test reads it.
type Rule struct {
	ID    string
	Title string
	find  func(s Statement, held Position) []Finding
}

// Rules are all of them, in the order pages show what they find. What an
// assessor says is not on record yet, so nothing is compared with it.
var Rules = []Rule{
	{"C01", "Vulnerability management is said to be achieved while high severity alerts are late", achievedWhileLate},
	{"C02", "Evidence that an outcome leans on has ended", leansOnEnded},
	{"C03", "Outcomes are said to be achieved with no evidence", achievedOnNothing},
	{"C04", "Far more alerts “do not apply” than at trusts of the same kind", notApplicableFarAbove},
	{"C05", "An open commitment is not accounted for", notAccounted},
	{"C06", "A commitment is said to be done while its alert is open", doneWhileOpen},
	{"C07", "A risk was accepted until a day that has passed", acceptanceEnded},
	{"C08", "Outcomes are below the expected level and no gap names them", belowWithoutGap},
	{"C09", "An alert is past its day to be fixed and no gap names it", lateWithoutGap},
	{"C10", "The board has not seen the statement, or saw it before the period ended", boardTooEarly},
	{"C11", "The figures moved after they were checked", figuresMoved},
	{"C12", "A gap is to be fixed by a day that has passed, or by none", gapOver},
	{"C13", "The statement leans on no evidence", leansOnNothing},
	{"C14", "The statement leans on evidence that is more than a year old", leansOnOld},
}

// Contradictions applies every rule. It is a pure function of what it is given.
func (s Statement) Contradictions(held Position) []Finding {
	var all []Finding
	for _, r := range Rules {
		for _, f := range r.find(s, held) {
			f.Rule, f.Sentence = r.ID, visible(f.Sentence)
			all = append(all, f)
		}
	}
	return all
}

// one makes a finding of a sentence, unless there is nothing to say.
func one(wrong bool, task, sentence string) []Finding {
	if !wrong {
		return nil
	}
	return []Finding{{Sentence: sentence, Task: task}}
}

// vulnerabilityManagement is the outcome of the Cyber Assessment Framework
// that late alerts speak against, in every version of it that we know.
const vulnerabilityManagement = "B4.d"

func achievedWhileLate(_ Statement, held Position) []Finding {
	if held.Assessment == nil || held.Assessment.Answer(vulnerabilityManagement).Level != assessment.Achieved {
		return nil
	}
	var names []string
	for _, r := range held.Open {
		if late(r, held) {
			names = append(names, r.Name())
		}
	}
	return one(len(names) > 0, "alerts", "B4.d is said to be achieved, and "+enumerated(names)+" "+isAre(len(names))+" late.")
}

// outcomesOf lists the codes of the latest assessment that a file supports.
func outcomesOf(held Position, f evidence.File) []string {
	var codes []string
	for _, use := range f.Uses {
		if code, is := strings.CutPrefix(use, "outcome/"+held.Assessment.Framework.ID+"/"); is {
			codes = append(codes, code)
		}
	}
	return codes
}

func leansOnEnded(_ Statement, held Position) []Finding {
	if held.Assessment == nil {
		return nil
	}
	var all []Finding
	for _, f := range held.Files {
		var codes []string
		for _, code := range outcomesOf(held, f) {
			if held.Assessment.Answer(code).Level.Order() > assessment.NotAchieved.Order() {
				codes = append(codes, code)
			}
		}
		if f.Verdict == evidence.Ready && f.RunsUntil < organisation.DayOf(held.At) && len(codes) > 0 {
			all = append(all, Finding{Task: "evidence", Sentence: fmt.Sprintf("“%s” ended on %s, and %s %s on it.", f.Title, f.RunsUntil.Word(), enumerated(codes), choose(len(codes), "leans", "lean"))})
		}
	}
	return all
}

func achievedOnNothing(_ Statement, held Position) []Finding {
	if held.Assessment == nil {
		return nil
	}
	shown := map[string]bool{}
	for _, f := range held.Files {
		for _, code := range outcomesOf(held, f) {
			shown[code] = shown[code] || f.Verdict == evidence.Ready
		}
	}
	var codes []string
	for _, o := range held.Assessment.Framework.Outcomes() {
		if held.Assessment.Answer(o.Code).Level == assessment.Achieved && !shown[o.Code] {
			codes = append(codes, o.Code)
		}
	}
	return one(len(codes) > 0, "evidence", fmt.Sprintf("%s said to be achieved, and no evidence supports %s: %s.", is(len(codes), "outcome"), choose(len(codes), "it", "them"), enumerated(codes)))
}

// Elsewhere is how often alerts did not apply, here and at the trusts of the
// same kind, over the year before.
type Elsewhere struct {
	NotApplicable, Answered           int // here
	PeersNotApplicable, PeersAnswered int // at the others, together
	Peers                             int // how many others have answered any
}

// What the comparison of "does not apply" needs before it says anything.
const (
	fewestAnswered = 10
	fewestPeers    = 8
	farAbove       = 0.001 // exact binomial, one side
)

func notApplicableFarAbove(_ Statement, held Position) []Finding {
	e := held.Elsewhere
	if e.Answered < fewestAnswered || e.Peers < fewestPeers || e.PeersAnswered == 0 {
		return nil
	}
	pooled := float64(e.PeersNotApplicable) / float64(e.PeersAnswered)
	return one(AtLeast(e.NotApplicable, e.Answered, pooled) < farAbove, "alerts", fmt.Sprintf("%d of %d alerts of the last 12 months were said not to apply. At other trusts of this kind it was %d of %d.", e.NotApplicable, e.Answered, e.PeersNotApplicable, e.PeersAnswered))
}

// AtLeast is the chance of k or more out of n, each with chance p: the upper
// tail of the binomial distribution, summed exactly.
func AtLeast(k, n int, p float64) float64 {
	switch {
	case k <= 0:
		return 1
	case p <= 0:
		return 0
	case p >= 1:
		return 1
	}
	sum := 0.0
	for x := k; x <= n; x++ {
		sum += math.Exp(choices(n, x) + float64(x)*math.Log(p) + float64(n-x)*math.Log1p(-p))
	}
	return min(sum, 1)
}

// choices is the logarithm of n over k.
func choices(n, k int) float64 {
	a, _ := math.Lgamma(float64(n + 1))
	b, _ := math.Lgamma(float64(k + 1))
	c, _ := math.Lgamma(float64(n - k + 1))
	return a - b - c
}

func notAccounted(s Statement, held Position) []Finding {
	var all []Finding
	for _, c := range held.Commitments {
		if _, said := s.Prepared.Account(c.ID); !said {
			all = append(all, Finding{Must: true, Task: "commitments", Sentence: "The commitment to " + c.name() + " is open: “" + c.What + "”"})
		}
	}
	return all
}

var alertNumber = regexp.MustCompile(`\bCC-\d{4,}\b`)

func doneWhileOpen(s Statement, held Position) []Finding {
	var all []Finding
	for _, c := range held.Commitments {
		if a, said := s.Prepared.Account(c.ID); !said || a.How != Done {
			continue
		}
		for _, name := range alertNumber.FindAllString(c.What+" "+c.Doing, -1) {
			if slices.ContainsFunc(held.Open, func(r alert.Titled) bool { return r.Name() == name }) {
				all = append(all, Finding{Task: "commitments", Sentence: "The commitment to " + c.name() + " is said to be done, and " + name + ", which it is about, is open."})
				break
			}
		}
	}
	return all
}

func acceptanceEnded(_ Statement, held Position) []Finding {
	var all []Finding
	for _, r := range held.Open {
		if !r.Rehearsal && !r.AcceptedUntil.IsZero() && !held.At.Before(r.AcceptedUntil) {
			last := organisation.DayOf(r.AcceptedUntil.Add(-1))
			all = append(all, Finding{Task: "alerts", Sentence: "The risk of " + r.Name() + " was accepted until " + last.Word() + ", and the alert is open."})
		}
	}
	return all
}

// proposed lists the names of the proposals of a kind that nobody has dealt
// with.
func (s Statement) proposed(held Position, kind string, name func(Proposal) string) []string {
	var names []string
	for _, p := range s.Proposals(held) {
		if strings.HasPrefix(p.Key, kind+"/") {
			names = append(names, name(p))
		}
	}
	return names
}

func belowWithoutGap(s Statement, held Position) []Finding {
	codes := s.proposed(held, "outcome", func(p Proposal) string { return p.Code })
	return one(len(codes) > 0, "gaps", fmt.Sprintf("%s below the expected level and not in the list of gaps: %s.", is(len(codes), "outcome"), enumerated(codes)))
}

func lateWithoutGap(s Statement, held Position) []Finding {
	names := s.proposed(held, "alert", func(p Proposal) string { name, _, _ := strings.Cut(p.Name, " "); return name })
	return one(len(names) > 0, "gaps", fmt.Sprintf("%s past the day to be fixed and not in the list of gaps: %s.", is(len(names), "alert"), enumerated(names)))
}

func boardTooEarly(s Statement, _ Position) []Finding {
	if s.BoardOn == "" {
		return one(true, "board", "The board has not seen the statement.")
	}
	return one(s.BoardOn < s.To, "board", "The board saw the statement on "+s.BoardOn.Word()+". The period ends on "+s.To.Word()+".")
}

func figuresMoved(s Statement, held Position) []Finding {
	if s.Prepared.Figures == nil {
		return nil // a task that is not done, which is said as such
	}
	changes := Since(s.Prepared.Figures.Facts, held.Facts, nil)
	return one(len(changes) > 0, "figures", "The figures moved after "+s.Prepared.Figures.By+" checked them: "+enumerated(moved(changes))+".")
}

func moved(changes []Change) []string {
	var all []string
	for _, c := range changes {
		all = append(all, "“"+meaning(c.Fact)+"” from "+c.Was+" to "+c.Is)
	}
	return all
}

func gapOver(s Statement, held Position) []Finding {
	var all []Finding
	for _, g := range s.Gaps {
		if g.FixBy == "" {
			all = append(all, Finding{Must: true, Task: "gaps", Sentence: "The gap “" + g.Name + "” has no date by which it will be fixed."})
		} else if g.FixBy < organisation.DayOf(held.At) {
			all = append(all, Finding{Must: true, Task: "gaps", Sentence: "The gap “" + g.Name + "” was to be fixed by " + g.FixBy.Word() + "."})
		}
	}
	return all
}

func leansOnNothing(s Statement, _ Position) []Finding {
	return one(len(s.Prepared.Relied) == 0, "evidence", "No evidence is linked to the statement.")
}

func leansOnOld(s Statement, held Position) []Finding {
	var titles []string
	for _, f := range held.Files {
		if slices.Contains(s.Prepared.Relied, f.ID) && f.AboutOn < organisation.DayOf(s.To.Start().AddDate(-1, 0, 0)) {
			titles = append(titles, "“"+f.Title+"”, about "+f.AboutOn.Word())
		}
	}
	return one(len(titles) > 0, "evidence", "More than a year older than the end of the period: "+enumerated(titles)+".")
}

// enumerated joins names: A, B and C.
func enumerated(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}

// is counts with a verb: 1 outcome is, 2 outcomes are.
func is(n int, noun string) string { return Count(n, noun) + " " + isAre(n) }

func isAre(n int) string { return choose(n, "is", "are") }

func choose(n int, single, several string) string {
	if n == 1 {
		return single
	}
	return several
}
