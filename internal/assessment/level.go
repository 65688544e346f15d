package assessment

import "slices"

// Level is what a contributing outcome has reached.
type Level string

// The levels, lowest first.
const (
	NotAssessed       Level = "not_assessed"
	NotAchieved       Level = "not_achieved"
	PartiallyAchieved Level = "partially_achieved"
	Achieved          Level = "achieved"
)

// Levels lists every level, lowest first.
var Levels = []Level{NotAssessed, NotAchieved, PartiallyAchieved, Achieved}

// Order compares levels: a higher number is a higher level. Anything that is
// no level counts as not assessed.
func (l Level) Order() int {
	switch l { // not by a search in Levels: a page asks of every outcome
	case Achieved:
		return 3
	case PartiallyAchieved:
		return 2
	case NotAchieved:
		return 1
	}
	return 0
}

// Word is the level as a page says it.
func (l Level) Word() string {
	switch l {
	case Achieved:
		return "Achieved"
	case PartiallyAchieved:
		return "Partially achieved"
	case NotAchieved:
		return "Not achieved"
	}
	return "Not assessed"
}

// Letter is the level in a tile of the heat map.
func (l Level) Letter() string {
	switch l {
	case Achieved:
		return "A"
	case PartiallyAchieved:
		return "P"
	case NotAchieved:
		return "N"
	}
	return "–"
}

// Reached tells whether a level is good enough. What was not assessed reaches
// nothing, not even an expectation of "not achieved".
func Reached(level, expected Level) bool {
	order := level.Order()
	return order > 0 && order >= expected.Order()
}

// Propose gives the level that the chosen indicators speak for, by the
// published rule: any "not achieved" indicator, and the outcome is not
// achieved; else all the "achieved" ones, and it is achieved; else all the
// "partially achieved" ones, and it is partially achieved; else not achieved.
// A person may say otherwise and why (alternative controls); this only
// proposes. Codes of other outcomes are passed over, and an outcome without
// indicators has nothing to go by.
func Propose(outcome Outcome, chosen []string) Level {
	if len(outcome.Indicators) == 0 {
		return NotAssessed
	}
	of, picked := map[Level]int{}, map[Level]int{}
	for _, i := range outcome.Indicators {
		of[i.Level]++
		if slices.Contains(chosen, i.Code) {
			picked[i.Level]++
		}
	}
	all := func(level Level) bool { return of[level] > 0 && picked[level] == of[level] }
	switch {
	case picked[NotAchieved] > 0:
		return NotAchieved
	case all(Achieved):
		return Achieved
	case all(PartiallyAchieved):
		return PartiallyAchieved
	}
	return NotAchieved
}

// Tally counts the outcomes of a profile and those whose answer reaches what
// the profile expects. An answer to an outcome the profile does not know
// counts for nothing.
func Tally(answers map[string]Level, profile Profile) (at, of int) {
	return profile.tally(func(code string) Level { return answers[code] })
}

func (p Profile) tally(level func(code string) Level) (at, of int) {
	for code, expected := range p.Expected {
		of++
		if Reached(level(code), expected) {
			at++
		}
	}
	return at, of
}
