// Package assessment owns frameworks (what is asked), profiles (what is
// expected of whom), levels and the rule that proposes one. Frameworks and
// profiles are data: the schema of their files is in docs/frameworks.md. The
// evidence behind an answer is package evidence's, the signed statement that
// leans on it package attestation's.
package assessment

import (
	"io"
	"regexp"
	"slices"

	"go.yaml.in/yaml/v3"

	"countersign/internal/fault"
	"countersign/internal/organisation"
)

// Framework is one version of a set of outcomes. A code means something only
// together with the framework's ID: "A2.b" is not the same outcome in CAF 3.2
// and in CAF 4.0.
type Framework struct {
	ID         string      `json:"id"` // such as "caf-3.2"
	Name       string      `json:"name"`
	Version    string      `json:"version"`
	Objectives []Objective `json:"objectives"`
}

// Objective is the top of the tree.
type Objective struct {
	Code        string      `json:"code"`
	Title       string      `json:"title"`
	Description string      `json:"description,omitempty"`
	Principles  []Principle `json:"principles"`
}

// Principle holds the outcomes that contribute to it.
type Principle struct {
	Code        string    `json:"code"`
	Title       string    `json:"title"`
	Description string    `json:"description,omitempty"`
	Outcomes    []Outcome `json:"outcomes"`
}

// Outcome is what an organisation answers for.
type Outcome struct {
	Code        string      `json:"code"`
	Title       string      `json:"title"`
	Description string      `json:"description,omitempty"`
	Indicators  []Indicator `json:"indicators,omitempty"` // none when only titles are held
	HasPartial  bool        `json:"partial"`              // whether "partially achieved" is a possible level
}

// Indicator is one statement that speaks for a level of its outcome.
type Indicator struct {
	Code  string `json:"code"`
	Level Level  `json:"level"`
	Text  string `json:"text"`
}

// Outcomes lists every outcome in the framework's order.
func (f Framework) Outcomes() []Outcome {
	var all []Outcome
	for _, o := range f.Objectives {
		for _, p := range o.Principles {
			all = append(all, p.Outcomes...)
		}
	}
	return all
}

// Outcome finds one outcome by its code.
func (f Framework) Outcome(code string) (Outcome, bool) {
	all := f.Outcomes()
	if i := slices.IndexFunc(all, func(o Outcome) bool { return o.Code == code }); i >= 0 {
		return all[i], true
	}
	return Outcome{}, false
}

// Heading names a framework whose file does not name itself.
type Heading struct{ ID, Name, Version string }

// The headings of the two files of the NCSC Cyber Assessment Framework, which
// carry none.
var (
	CAF32 = Heading{ID: "caf-3.2", Name: "NCSC Cyber Assessment Framework 3.2", Version: "3.2"}
	CAF40 = Heading{ID: "caf-4.0", Name: "NCSC Cyber Assessment Framework 4.0", Version: "4.0"}
)

// Profile says what level each outcome of one framework should reach.
type Profile struct {
	ID        string              `json:"id"`
	Name      string              `json:"name"`
	Framework string              `json:"framework"`
	Note      string              `json:"note,omitempty"`  // printed with every figure that leans on the profile
	Kinds     []organisation.Kind `json:"kinds,omitempty"` // whom it is for; empty for every kind
	Expected  map[string]Level    `json:"expected"`
}

// For tells whether the profile is meant for a kind of organisation.
func (p Profile) For(kind organisation.Kind) bool {
	return len(p.Kinds) == 0 || slices.Contains(p.Kinds, kind)
}

var (
	idShape   = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,39}$`)
	codeShape = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]{0,19}$`)
)

// ReadFramework reads a framework file that names itself. Everything wrong
// with the file's content is named with line and column, in one
// fault.Problems, and nothing is returned beside it.
func ReadFramework(r io.Reader) (Framework, error) { return ReadFrameworkAs(r, Heading{}) }

// ReadFrameworkAs is ReadFramework for a file without a heading of its own. A
// file that has one must agree with the heading given.
func ReadFrameworkAs(r io.Reader, as Heading) (Framework, error) {
	top, err := readYAML(r)
	if err != nil {
		return Framework{}, err
	}
	file := &file{codes: map[string]int{}}
	f := Framework{ID: as.ID, Name: as.Name, Version: as.Version}
	for _, e := range file.entries(top, map[string]need{
		"framework": optional, "objectives": required,
		"indicator_statuses": passedOver, "validation_messages": passedOver, "assessment-rules": passedOver,
	}) {
		switch e.key {
		case "framework":
			file.heading(e.value, as, &f)
		case "objectives":
			f.Objectives = file.objectives(e.value)
		}
	}
	if f.ID == "" && len(file.problems) == 0 {
		file.bad(top, "the file does not name its framework: id, name and version are missing.")
	}
	if err := file.faults(); err != nil {
		return Framework{}, err
	}
	return f, nil
}

func (f *file) heading(n *yaml.Node, as Heading, into *Framework) {
	for _, e := range f.entries(n, map[string]need{"id": required, "name": required, "version": required}) {
		field := map[string]*string{"id": &into.ID, "name": &into.Name, "version": &into.Version}[e.key]
		*field = f.text(e.value, titleLimit)
		if e.key == "id" && *field != "" && !idShape.MatchString(*field) {
			f.bad(e.value, "%q is not an id: small letters, digits, points and hyphens.", *field)
		} else if e.key == "id" && as.ID != "" && *field != as.ID {
			f.bad(e.value, "the file says it is %s, and it was given as %s.", *field, as.ID)
		}
	}
}

func (f *file) objectives(n *yaml.Node) []Objective {
	var all []Objective
	for _, item := range f.coded(n, "objective") {
		o := Objective{Code: item.key}
		for _, e := range f.entries(item.value, map[string]need{"code": optional, "title": required, "description": optional, "principles": required}) {
			switch e.key {
			case "code":
				f.agrees(e.value, item.key)
			case "title":
				o.Title = f.text(e.value, titleLimit)
			case "description":
				o.Description = f.optionalText(e.value)
			case "principles":
				o.Principles = f.principles(e.value)
			}
		}
		all = append(all, o)
	}
	return all
}

func (f *file) principles(n *yaml.Node) []Principle {
	var all []Principle
	for _, item := range f.coded(n, "principle") {
		p := Principle{Code: item.key}
		for _, e := range f.entries(item.value, map[string]need{"code": optional, "title": required, "description": optional, "outcomes": required}) {
			switch e.key {
			case "code":
				f.agrees(e.value, item.key)
			case "title":
				p.Title = f.text(e.value, titleLimit)
			case "description":
				p.Description = f.optionalText(e.value)
			case "outcomes":
				p.Outcomes = f.outcomes(e.value)
			}
		}
		all = append(all, p)
	}
	return all
}

func (f *file) outcomes(n *yaml.Node) []Outcome {
	var all []Outcome
	for _, item := range f.coded(n, "outcome") {
		o := Outcome{Code: item.key}
		for _, e := range f.entries(item.value, map[string]need{
			"code": optional, "title": required, "description": optional, "partial": optional, "indicators": optional,
			"assessment-rules": passedOver, "min_profile_requirement": passedOver,
		}) {
			switch e.key {
			case "code":
				f.agrees(e.value, item.key)
			case "title":
				o.Title = f.text(e.value, titleLimit)
			case "description":
				o.Description = f.optionalText(e.value)
			case "partial":
				switch word := f.text(e.value, titleLimit); word {
				case "true":
					o.HasPartial = true
				case "false", "":
				default:
					f.bad(e.value, "%q is neither true nor false.", word)
				}
			case "indicators":
				o.Indicators = f.indicators(e.value)
			}
		}
		if slices.ContainsFunc(o.Indicators, func(i Indicator) bool { return i.Level == PartiallyAchieved }) {
			o.HasPartial = true
		}
		all = append(all, o)
	}
	return all
}

// indicatorLevels are the keys of an outcome's indicators, in the order they
// are held whatever the order in the file.
var indicatorLevels = []struct {
	key   string
	level Level
}{{"not-achieved", NotAchieved}, {"partially-achieved", PartiallyAchieved}, {"achieved", Achieved}}

// indicators reads the indicators of one outcome. CAF 4.0 as published numbers
// two of them A4.a.11, one for each of two levels; the second then gets its
// level's letter, A4.a.11-A, because a choice must name one statement.
func (f *file) indicators(n *yaml.Node) []Indicator {
	var all []Indicator
	groups := f.entries(n, map[string]need{"not-achieved": optional, "partially-achieved": optional, "achieved": optional})
	for _, l := range indicatorLevels {
		for _, group := range groups {
			if group.key != l.key {
				continue
			}
			for _, item := range f.mapping(group.value) {
				i := Indicator{Code: item.key, Level: l.level}
				if slices.ContainsFunc(all, func(before Indicator) bool { return before.Code == item.key }) {
					i.Code += "-" + l.level.Letter()
				}
				f.code(item.at, "indicator", i.Code)
				for _, e := range f.entries(item.value, map[string]need{"description": required, "ncsc-index": passedOver}) {
					i.Text = f.text(e.value, textLimit)
				}
				all = append(all, i)
			}
		}
	}
	return all
}

// ReadProfile reads a profile for one of the frameworks given. Every outcome
// of that framework must have an expected level, and a level that the outcome
// can reach.
func ReadProfile(r io.Reader, frameworks ...Framework) (Profile, error) {
	top, err := readYAML(r)
	if err != nil {
		return Profile{}, err
	}
	file := &file{codes: map[string]int{}}
	p := Profile{Expected: map[string]Level{}}
	var expected *yaml.Node
	for _, e := range file.entries(top, map[string]need{"profile": required, "expected": required}) {
		switch e.key {
		case "profile":
			file.profileHeading(e.value, &p)
		case "expected":
			expected = e.value
		}
	}
	of := slices.IndexFunc(frameworks, func(f Framework) bool { return f.ID == p.Framework })
	if len(file.problems) == 0 && of < 0 {
		file.bad(top, "the framework %q is not known here. Import it first.", p.Framework)
	}
	if len(file.problems) == 0 {
		file.expected(expected, frameworks[of], &p)
	}
	if err := file.faults(); err != nil {
		return Profile{}, err
	}
	return p, nil
}

func (f *file) profileHeading(n *yaml.Node, p *Profile) {
	for _, e := range f.entries(n, map[string]need{"id": required, "name": required, "framework": required, "note": optional, "kinds": optional}) {
		switch e.key {
		case "id":
			if p.ID = f.text(e.value, titleLimit); p.ID != "" && !idShape.MatchString(p.ID) {
				f.bad(e.value, "%q is not an id: small letters, digits, points and hyphens.", p.ID)
			}
		case "name":
			p.Name = f.text(e.value, titleLimit)
		case "framework":
			p.Framework = f.text(e.value, titleLimit)
		case "note":
			p.Note = f.text(e.value, textLimit)
		case "kinds":
			for _, item := range f.list(e.value) {
				kind := organisation.Kind(f.text(item, titleLimit))
				if !slices.Contains(organisation.Kinds, kind) {
					f.bad(item, "%q is not a kind of trust.", kind)
				}
				p.Kinds = append(p.Kinds, kind)
			}
		}
	}
}

func (f *file) expected(n *yaml.Node, framework Framework, p *Profile) {
	for _, item := range f.coded(n, "outcome") {
		level := Level(f.text(item.value, titleLimit))
		outcome, known := framework.Outcome(item.key)
		switch {
		case !known:
			f.bad(item.at, "outcome %s is not in %s.", item.key, framework.ID)
		case level != NotAchieved && level != PartiallyAchieved && level != Achieved:
			f.bad(item.value, "%q is not a level to expect: not_achieved, partially_achieved or achieved.", level)
		case level == PartiallyAchieved && !outcome.HasPartial:
			f.bad(item.value, "outcome %s cannot be partially achieved.", item.key)
		}
		p.Expected[item.key] = level
	}
	for _, o := range framework.Outcomes() {
		if _, said := p.Expected[o.Code]; !said {
			f.bad(n, "outcome %s has no expected level.", o.Code)
		}
	}
}

// ErrFileTooLarge says that a file was not even opened as YAML.
var ErrFileTooLarge = fault.New(fault.Invalid, "The file is larger than 4 MB. Nothing was read from it.")
