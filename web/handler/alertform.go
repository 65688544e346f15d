package handler

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/labstack/echo/v4"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/organisation"
	"countersign/views/alertview"
	"countersign/web/session"
)

func (h Alerts) writePage(c echo.Context, code int, page alertview.Write, failure error) error {
	groups, err := h.groups(c)
	if err != nil {
		return err
	}
	page.Cohorts, page.Post = groups, c.Request().URL.Path
	page.Heading = "Write an alert"
	if c.Param("id") != "" {
		page.Heading = "Change this alert"
		page.Hint = "Whoever changes an alert becomes its author, so someone else must approve it."
	}
	page.Page = h.page(c, page.Heading+" – Alerts")
	page.Back = backLink("/alerts", "Alerts")
	page.Problems, page.Wrong = problems(failure), wrong(failure)
	return render(c, code, alertview.WritePage(page))
}

// groups lists the cohorts there are today, as choices.
func (h Alerts) groups(c echo.Context) ([]alertview.Option, error) {
	pass, err := access.Check(session.Who(c), access.ReadAlertDrafts, organisation.National)
	if err != nil {
		return nil, err
	}
	members, err := h.Everyone.Cohorts(c.Request().Context(), pass, organisation.DayOf(h.Now()))
	if err != nil {
		return nil, err
	}
	sizes := map[string]int{}
	for _, cohorts := range members {
		for _, cohort := range cohorts {
			sizes[cohort]++
		}
	}
	var list []alertview.Option
	for cohort, size := range sizes {
		list = append(list, alertview.Option{Value: cohort, Text: cohort + " (" + plural(size, "trust") + ")"})
	}
	slices.SortFunc(list, func(a, b alertview.Option) int { return cmp.Compare(a.Value, b.Value) })
	return list, nil
}

// alertForm fills the form with a draft.
func alertForm(d alert.Draft) alertview.Write {
	page := alertview.Write{Title: d.Title, Severity: string(d.Severity), Class: string(d.Class), Threat: d.ThreatType, Why: d.Why, Steps: typedSteps(d.Steps),
		InCohorts: d.Audience.Cohorts, InRegions: d.Audience.Regions, InOrganisations: typedCodes(d.Audience.Organisations),
		Categories: options(alert.Categories), InCategories: d.Categories, Vectors: options(alert.Vectors), InVectors: d.Vectors, CVEs: typedCVEs(d.CVEs), Platforms: typedPlatforms(d.Platforms),
		Indicators: d.Indicators, Sources: strings.Join(d.Sources, "\n"), Public: d.Public, Rehearsal: d.Rehearsal, More: len(d.Categories)+len(d.Vectors)+len(d.CVEs)+len(d.Platforms)+len(d.Sources) > 0 || d.Indicators != "",
		Classes: []alertview.Option{{Value: string(alert.Normal), Text: "Fix within 14 days"}, {Value: string(alert.Critical), Text: "Fix within 48 hours", Hint: "Critical: for what is being used against trusts now"}}}
	for _, severity := range []alert.Severity{alert.High, alert.Medium, alert.Low} {
		page.Severities = append(page.Severities, alertview.Option{Value: string(severity), Text: severityWords[severity]})
	}
	for _, threat := range alert.ThreatTypes {
		page.Threats = append(page.Threats, alertview.Option{Value: threat, Text: threat})
	}
	for _, kind := range organisation.Kinds {
		page.Kinds = append(page.Kinds, alertview.Option{Value: string(kind), Text: kind.Word()})
	}
	for _, kind := range d.Audience.Kinds {
		page.InKinds = append(page.InKinds, string(kind))
	}
	for _, region := range regionsByName() {
		page.Regions = append(page.Regions, alertview.Option{Value: string(region), Text: organisation.Regions[region]})
	}
	return page
}

func regionsByName() []organisation.Region {
	var codes []organisation.Region
	for code := range organisation.Regions {
		codes = append(codes, code)
	}
	slices.SortFunc(codes, func(a, b organisation.Region) int {
		return cmp.Compare(organisation.Regions[a], organisation.Regions[b])
	})
	return codes
}

func options(list []string) []alertview.Option {
	choices := make([]alertview.Option, len(list))
	for i, each := range list {
		choices[i] = alertview.Option{Value: each, Text: each}
	}
	return choices
}

// readDraft takes the form as typed. A choice that was not offered is left
// out; what is missing is the draft's own check to say.
func readDraft(c echo.Context) alert.Draft {
	d := readWords(c)
	d.Severity, d.Class, d.Rehearsal = alert.Severity(c.Request().PostFormValue("severity")), alert.Class(c.Request().PostFormValue("class")), c.Request().PostFormValue("rehearsal") != ""
	form := c.Request().PostForm
	for _, kind := range form["kinds"] {
		if slices.Contains(organisation.Kinds, organisation.Kind(kind)) {
			d.Audience.Kinds = append(d.Audience.Kinds, organisation.Kind(kind))
		}
	}
	for _, region := range form["regions"] {
		if organisation.Regions[organisation.Region(region)] != "" {
			d.Audience.Regions = append(d.Audience.Regions, region)
		}
	}
	d.Audience.Cohorts = form["cohorts"]
	for _, code := range strings.FieldsFunc(c.Request().PostFormValue("organisations"), func(r rune) bool { return r == ',' || unicode.IsSpace(r) }) {
		d.Audience.Organisations = append(d.Audience.Organisations, organisation.Code(strings.ToUpper(code)))
	}
	return d
}

// readWords takes the words of an alert, as a new version may change them.
func readWords(c echo.Context) alert.Draft {
	value, form := c.Request().PostFormValue, c.Request().PostForm
	d := alert.Draft{Title: strings.TrimSpace(value("title")), Why: strings.TrimSpace(lineEnds(value("why"))), Indicators: strings.TrimSpace(lineEnds(value("indicators"))),
		Steps: readSteps(value("steps")), Platforms: readPlatforms(value("platforms")), CVEs: readCVEs(value("cves")), Sources: lines(value("sources")), Public: value("public") != ""}
	if threat := value("threat"); slices.Contains(alert.ThreatTypes, threat) {
		d.ThreatType = threat
	}
	d.Categories, d.Vectors = form["categories"], form["vectors"]
	return d
}

// lineEnds makes the line ends of a browser those of a text.
func lineEnds(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }

// lines gives the lines of a text that say something.
func lines(text string) []string {
	var list []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}

// The four pairs below write a list as the form takes it, one thing on a line,
// and read it back to the same.

// typedSteps writes "Patch: Install 9.2 https://supplier.example/9.2".
func typedSteps(steps []alert.Step) string {
	list := make([]string, len(steps))
	for i, s := range steps {
		if s.Kind != "" {
			list[i] = s.Kind + ": "
		}
		list[i] += strings.TrimSpace(strings.Join(strings.Fields(s.Text), " ") + " " + s.Link)
	}
	return strings.Join(list, "\n")
}

func readSteps(text string) []alert.Step {
	var steps []alert.Step
	for _, line := range lines(text) {
		var s alert.Step
		if kind, rest, ok := strings.Cut(line, ":"); ok && slices.Contains(alert.StepKinds, kind) {
			s.Kind, line = kind, strings.TrimSpace(rest)
		}
		if at := strings.LastIndexByte(line, ' '); at > 0 && (strings.HasPrefix(line[at+1:], "https://") || strings.HasPrefix(line[at+1:], "http://")) {
			s.Link, line = line[at+1:], strings.TrimSpace(line[:at])
		}
		s.Text = line
		steps = append(steps, s)
	}
	return steps
}

// typedPlatforms writes "Halvard gateway | the appliance | 9.0, 9.1".
func typedPlatforms(platforms []alert.Platform) string {
	list := make([]string, len(platforms))
	for i, p := range platforms {
		list[i] = strings.TrimRight(p.Name+" | "+p.Text+" | "+strings.Join(p.Versions, ", "), " |")
	}
	return strings.Join(list, "\n")
}

func readPlatforms(text string) []alert.Platform {
	var platforms []alert.Platform
	for _, line := range lines(text) {
		parts := strings.SplitN(line, "|", 3)
		p := alert.Platform{Name: strings.TrimSpace(parts[0])}
		if len(parts) > 1 {
			p.Text = strings.TrimSpace(parts[1])
		}
		if len(parts) > 2 {
			p.Versions = filled(strings.FieldsFunc(strings.ReplaceAll(parts[2], ", ", ","), func(r rune) bool { return r == ',' })...)
			for i := range p.Versions {
				p.Versions[i] = strings.TrimSpace(p.Versions[i])
			}
		}
		platforms = append(platforms, p)
	}
	return platforms
}

// typedCVEs writes "CVE-2017-0144 Master in the file service".
func typedCVEs(cves []alert.CVE) string {
	list := make([]string, len(cves))
	for i, c := range cves {
		list[i] = strings.Join(filled(c.ID, c.Status, c.Text), " ")
	}
	return strings.Join(list, "\n")
}

func readCVEs(text string) []alert.CVE {
	var cves []alert.CVE
	for _, line := range lines(text) {
		id, rest, _ := strings.Cut(line, " ")
		c := alert.CVE{ID: strings.ToUpper(id), Text: strings.TrimSpace(rest)}
		if status, more, _ := strings.Cut(c.Text, " "); slices.Contains(alert.CVEStatuses, status) {
			c.Status, c.Text = status, strings.TrimSpace(more)
		}
		cves = append(cves, c)
	}
	return cves
}

func typedCodes(codes []organisation.Code) string {
	list := make([]string, len(codes))
	for i, code := range codes {
		list[i] = string(code)
	}
	return strings.Join(list, " ")
}
