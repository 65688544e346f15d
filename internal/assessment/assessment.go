package assessment

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/fault"
	"countersign/internal/organisation"
)

// ID names an assessment.
type ID string

// CommentLimit is the longest comment on an answer, in characters.
const CommentLimit = 2000

// Assessment is one organisation's answering of one framework for one period,
// judged by one profile. None of its fields changes once it has started: only
// answers do.
type Assessment struct {
	ID           ID
	Organisation organisation.Code
	Framework    string
	Profile      string
	Period       string // such as "2026 to 2027"
	StartedAt    time.Time
	Due          time.Time
}

// Answer is what an organisation says of one outcome. An outcome nobody has
// answered has the level NotAssessed and no By; Was is what the assessment
// before this one said, so that nothing is carried forward unread.
type Answer struct {
	Outcome string
	Level   Level
	Was     Level // of the assessment before; empty when there was none
	Comment string
	By      string // name of who answered last
	At      time.Time
	Version int64 // what a form posts back; 0 before anything is stored
}

// Answered tells whether a person has said anything of the outcome.
func (a Answer) Answered() bool { return a.By != "" }

// Faults of frameworks, assessments and answers.
var (
	ErrUnknown          = fault.New(fault.NotFound, "We do not know this assessment.")
	ErrUnknownOutcome   = fault.New(fault.NotFound, "This outcome is not part of the assessment.")
	ErrUnknownFramework = fault.New(fault.NotFound, "We do not know this framework. Import it first.")
	ErrUnknownProfile   = fault.New(fault.NotFound, "We do not know this profile. Import it first.")
	ErrOtherFramework   = fault.New(fault.Conflict, "A framework with this id exists with other content. Give this one another id.")
	ErrOtherProfile     = fault.New(fault.Conflict, "A profile with this id exists with other content. Give this one another id.")
	ErrMismatch         = fault.New(fault.Invalid, "This profile is for another framework.")
	ErrNotForKind       = fault.New(fault.Invalid, "This profile is not meant for this kind of organisation.")
	ErrStarted          = fault.New(fault.Conflict, "This organisation already has an assessment by this framework for this period.")
	ErrChanged          = fault.New(fault.Conflict, "Someone else answered this outcome while you were reading. Your answer is not saved. Check what they said, then answer again.")
)

// Digest is the lower-case hex SHA-256 of the framework as it is stored.
func (f Framework) Digest() string { return digest(f) }

// Digest is the lower-case hex SHA-256 of the profile as it is stored.
func (p Profile) Digest() string { return digest(p) }

func digest(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic("encode " + fmt.Sprintf("%T", value) + ": " + err.Error()) // plain fields, for which it cannot fail
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Fits refuses a profile that leaves out an outcome of the framework, or
// expects a level of one that it cannot reach or does not have. ReadProfile
// says so with places in the file; this guards what arrives otherwise.
func (p Profile) Fits(f Framework) error {
	if p.Framework != f.ID {
		return ErrMismatch
	}
	all := f.Outcomes()
	for _, o := range all {
		if o.problem(p.Expected[o.Code]) != nil {
			return fault.New(fault.Invalid, fmt.Sprintf("The profile expects no possible level of %s.", o.Code))
		}
	}
	if len(p.Expected) != len(all) {
		return fault.New(fault.Invalid, "The profile expects a level of an outcome the framework does not have.")
	}
	return nil
}

// problem says why an outcome cannot be at a level, or nil.
func (o Outcome) problem(level Level) *fault.Error {
	if level == "" || !slices.Contains(Levels, level) {
		return fault.In("level", "Select the level you have reached")
	}
	if level == PartiallyAchieved && !o.HasPartial {
		return fault.In("level", "This outcome cannot be partially achieved. Select another level")
	}
	return nil
}

// Begin decides the start of an assessment: what it is judged by, and the
// levels of the assessment before it to be confirmed or changed one by one.
func (a Assessment) Begin(pass access.Pass, f Framework, p Profile, kind organisation.Kind, before []Answer, eventID string, now time.Time) (Assessment, []Answer, event.Event, error) {
	a.Period = strings.Join(strings.Fields(a.Period), " ")
	if problems := a.problems(now); len(problems) > 0 {
		return a, nil, event.Event{}, problems
	}
	if p.Framework != f.ID {
		return a, nil, event.Event{}, ErrMismatch
	}
	if !p.For(kind) {
		return a, nil, event.Event{}, ErrNotForKind
	}
	a.Organisation, a.Framework, a.Profile, a.StartedAt = pass.In(), f.ID, p.ID, now
	return a, carried(f, before), event.New(eventID, pass, now, "assessment started", a.thing(), f.Name+" assessment started for "+a.Period), nil
}

// problems lists what is wrong with how an assessment is to begin.
func (a Assessment) problems(now time.Time) fault.Problems {
	var problems fault.Problems
	switch {
	case a.Period == "":
		problems = append(problems, fault.In("period", "Enter the period this assessment is for"))
	case utf8.RuneCountInString(a.Period) > 40:
		problems = append(problems, fault.In("period", "The period must be 40 characters or fewer"))
	case hidden(a.Period):
		problems = append(problems, fault.In("period", "The period holds hidden characters. Type it again"))
	}
	if !a.Due.After(now) {
		problems = append(problems, fault.In("due", "The date it is due must be after today"))
	}
	return problems
}

// carried makes an unanswered answer of each level reached before. Nothing
// counts again until a person has said that it still holds.
func carried(f Framework, before []Answer) []Answer {
	var all []Answer
	for _, answer := range before {
		if _, known := f.Outcome(answer.Outcome); known && answer.Level.Order() > 0 {
			all = append(all, Answer{Outcome: answer.Outcome, Level: NotAssessed, Was: answer.Level})
		}
	}
	return all
}

// Record decides an answer to one outcome. The event tells the levels and
// never the comment, which is the organisation's own.
func (a Assessment) Record(pass access.Pass, f Framework, was Answer, level Level, comment string, eventID string, now time.Time) (Answer, event.Event, error) {
	outcome, known := f.Outcome(was.Outcome)
	if !known || f.ID != a.Framework {
		return was, event.Event{}, ErrUnknownOutcome
	}
	var problems fault.Problems
	if problem := outcome.problem(level); problem != nil {
		problems = append(problems, problem)
	}
	comment = strings.TrimSpace(strings.ReplaceAll(comment, "\r\n", "\n"))
	if utf8.RuneCountInString(comment) > CommentLimit {
		problems = append(problems, fault.In("comment", "The comment must be 2,000 characters or fewer"))
	} else if hidden(comment) {
		problems = append(problems, fault.In("comment", "The comment holds hidden characters. Remove them or type it again"))
	}
	if len(problems) > 0 {
		return was, event.Event{}, problems
	}
	detail := recorded(outcome, level)
	if was.Answered() && was.Level != level {
		detail += recordedWas + strings.ToLower(was.Level.Word())
	}
	is := was
	is.Level, is.Comment, is.By, is.At = level, comment, pass.Who().Name, now
	return is, event.New(eventID, pass, now, "outcome recorded", a.thing(), detail), nil
}

// recordedWas parts a level, in the sentence of the record, from the one before.
const recordedWas = ", was "

// recorded is the sentence of the record that an outcome is at a level.
func recorded(o Outcome, level Level) string {
	return fmt.Sprintf("%s %s recorded as %s", o.Code, o.Title, strings.ToLower(level.Word()))
}

// Recorded reads that sentence back: an answer is overwritten in place, and the
// event that says so is not.
func Recorded(f Framework, detail string) (outcome string, level Level, ok bool) {
	code, _, _ := strings.Cut(detail, " ")
	o, known := f.Outcome(code)
	for _, level := range Levels {
		rest, said := strings.CutPrefix(detail, recorded(o, level))
		if known && said && (rest == "" || strings.HasPrefix(rest, recordedWas)) {
			return code, level, true
		}
	}
	return "", "", false
}

// hidden finds characters that hide or reorder what a reader sees. A line end
// is none.
func hidden(text string) bool {
	return !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool {
		return r != '\n' && r != '\t' && (unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r))
	})
}

func (a Assessment) thing() string { return "assessment/" + string(a.ID) }

// Reading is an assessment with everything a page shows of it. Its tally is
// counted when asked for and stored nowhere.
type Reading struct {
	Assessment Assessment
	Framework  Framework
	Profile    Profile
	Answers    map[string]Answer // by the outcome's code
}

// Answer gives what was said of an outcome of the framework, which may be
// nothing yet.
func (r Reading) Answer(code string) Answer {
	if answer, said := r.Answers[code]; said {
		return answer
	}
	return Answer{Outcome: code, Level: NotAssessed}
}

// Reached tells whether the answer to an outcome is at the level expected.
func (r Reading) Reached(code string) bool {
	return Reached(r.Answer(code).Level, r.Profile.Expected[code])
}

// Tally counts the outcomes at the expected level, and all outcomes.
func (r Reading) Tally() (at, of int) {
	return r.Profile.tally(func(code string) Level { return r.Answers[code].Level })
}

// Said counts the outcomes a person has answered.
func (r Reading) Said() int {
	said := 0
	for _, answer := range r.Answers {
		if answer.Answered() && answer.Level != NotAssessed {
			said++
		}
	}
	return said
}

// TallyWords says a tally as every page and statement does.
func TallyWords(at, of int) string { return fmt.Sprintf("%d of %d at the expected level", at, of) }
