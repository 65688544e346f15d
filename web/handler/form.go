package handler

import (
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"countersign/internal/attestation"
	"countersign/internal/fault"
	"countersign/internal/organisation"
	"countersign/views/attestationview"
	"countersign/views/layout"
)

// readDate reads the three fields of a date from a form.
func readDate(c echo.Context, field, what string) (organisation.Day, error) {
	value := c.Request().PostFormValue
	return parseDate(field, what, value(field+"-day"), value(field+"-month"), value(field+"-year"))
}

// parseDate reads a date in three parts. All empty is no date; anything else
// that is not a day says which part is wrong.
func parseDate(field, what, day, month, year string) (organisation.Day, error) {
	day, month, year = strings.TrimSpace(day), strings.TrimSpace(month), strings.TrimSpace(year)
	if day == "" && month == "" && year == "" {
		return "", nil
	}
	for _, part := range []struct{ value, name string }{{day, "a day"}, {month, "a month"}, {year, "a year"}} {
		if part.value == "" {
			return "", fault.In(field, "Date must include "+part.name)
		}
	}
	if len(year) != 4 {
		return "", fault.In(field, "Year must include 4 numbers")
	}
	d, err1 := strconv.Atoi(day)
	m, err2 := strconv.Atoi(month)
	y, err3 := strconv.Atoi(year)
	date := time.Date(y, time.Month(m), d, 0, 0, 0, 0, time.UTC)
	if err1 != nil || err2 != nil || err3 != nil || date.Day() != d || int(date.Month()) != m {
		return "", fault.In(field, "Enter "+what+" as a real date, such as 24 11 2026")
	}
	return organisation.Day(date.Format(time.DateOnly)), nil
}

// typedDate keeps what a person typed, however wrong.
func typedDate(c echo.Context, field string) attestationview.Date {
	return attestationview.Date{Day: c.Request().PostFormValue(field + "-day"), Month: c.Request().PostFormValue(field + "-month"), Year: c.Request().PostFormValue(field + "-year")}
}

// dateFields splits a stored day for its three fields.
func dateFields(day organisation.Day) attestationview.Date {
	t, err := time.Parse(time.DateOnly, string(day))
	if err != nil {
		return attestationview.Date{}
	}
	return attestationview.Date{Day: strconv.Itoa(t.Day()), Month: strconv.Itoa(int(t.Month())), Year: strconv.Itoa(t.Year())}
}

// longDay writes a stored day: 24 November 2026.
func longDay(day organisation.Day) string { return attestation.LongDay(day) }

// readVersion reads the version a form was made from. What is no version of a
// record that exists, 0 included, becomes -1, which matches none: a form without
// one is refused as changed.
func readVersion(c echo.Context) int64 {
	if version := readAnswerVersion(c); version > 0 {
		return version
	}
	return -1
}

// readAnswerVersion is readVersion for records that begin with their first
// answer: 0 is the version of one that nobody has given.
func readAnswerVersion(c echo.Context) int64 {
	version, err := strconv.ParseInt(c.Request().PostFormValue("seen"), 10, 64)
	if err != nil || version < 0 {
		return -1
	}
	return version
}

// gapRows is how many gaps the form of a statement offers at once, beyond
// those that are filled.
const gapRows = 2

func gapFields(gaps []attestation.Gap) []attestationview.GapField {
	var fields []attestationview.GapField
	for _, gap := range gaps {
		fields = append(fields, attestationview.GapField{Code: gap.Code, Name: gap.Name, What: gap.What, Source: gap.Source, FixBy: dateFields(gap.FixBy)})
	}
	return fields
}

// readGaps keeps every field of every gap as it was typed, and leaves out the
// rows nobody filled, so that a gap has the same number in the form shown again
// as in what is said about it.
func readGaps(c echo.Context) []attestationview.GapField {
	fields := []attestationview.GapField{}
	for i := range numberedFields {
		at := "gap-" + strconv.Itoa(i)
		if _, sent := c.Request().PostForm[at+"-name"]; !sent {
			break
		}
		typed := attestationview.GapField{Code: c.Request().PostFormValue(at + "-code"), Name: c.Request().PostFormValue(at + "-name"), What: c.Request().PostFormValue(at + "-what"), FixBy: typedDate(c, at)}
		if typed != (attestationview.GapField{}) {
			typed.Source = c.Request().PostFormValue(at + "-source")
			fields = append(fields, typed)
		}
	}
	return fields
}

// toGaps reads the dates of all gaps, and says of each that is none.
func toGaps(fields []attestationview.GapField) ([]attestation.Gap, error) {
	var gaps []attestation.Gap
	var problems fault.Problems
	for i, f := range fields {
		day, err := parseDate("gap-"+strconv.Itoa(i), "the date the gap will be fixed", f.FixBy.Day, f.FixBy.Month, f.FixBy.Year)
		for _, each := range faults(err) {
			problems = append(problems, fault.In(each.Field, "Gap "+strconv.Itoa(i+1)+": "+strings.ToLower(each.Sentence[:1])+each.Sentence[1:]))
		}
		gaps = append(gaps, attestation.Gap{Code: attestation.Tidy(f.Code), Name: attestation.Tidy(f.Name), What: attestation.Tidy(f.What), FixBy: day, Source: f.Source})
	}
	return gaps, problems.OrNil()
}

func backLink(href, text string) *layout.Link { return &layout.Link{Text: text, Href: href} }
