package exchange

import (
	"strings"
	"time"
	"unicode/utf8"
)

// Deadline is one moment of an organisation's calendar.
type Deadline struct {
	ID    string    // the same for the same deadline for ever, so that a calendar moves it instead of adding another
	At    time.Time // the deadline itself is already late
	Since time.Time // when it was set
	Title string
	Link  string
}

// Calendar writes deadlines as an iCalendar object of RFC 5545, which calendar
// programs subscribe to. The same deadlines give the same bytes: the stamp of
// an event is when its deadline was set.
func Calendar(name string, deadlines []Deadline) []byte {
	var out strings.Builder
	put := func(name, value string) { out.WriteString(folded(name + ":" + value)) }
	put("BEGIN", "VCALENDAR")
	put("VERSION", "2.0")
	put("PRODID", "-//Countersign//Alert deadlines//EN")
	put("CALSCALE", "GREGORIAN")
	put("METHOD", "PUBLISH")
	put("X-WR-CALNAME", calendarText(name))
	for _, d := range deadlines {
		put("BEGIN", "VEVENT")
		put("UID", calendarText(d.ID))
		put("DTSTAMP", calendarMoment(d.Since))
		put("DTSTART", calendarMoment(d.At))
		put("SUMMARY", calendarText(d.Title))
		if d.Link != "" {
			put("URL", visible(strings.ReplaceAll(d.Link, "\n", "")))
		}
		put("TRANSP", "TRANSPARENT") // a deadline keeps nobody busy
		put("END", "VEVENT")
	}
	put("END", "VCALENDAR")
	return []byte(out.String())
}

func calendarMoment(at time.Time) string { return at.UTC().Format("20060102T150405Z") }

// calendarText escapes a value of type TEXT.
func calendarText(s string) string {
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`).Replace(visible(s))
}

// folded ends a line as the standard asks: no more than 75 bytes, going on
// after a blank, and no character cut in two.
func folded(line string) string {
	var out strings.Builder
	width := 0
	for _, r := range line {
		if size := utf8.RuneLen(r); width+size > 75 {
			out.WriteString("\r\n ")
			width = 1 + size
		} else {
			width += size
		}
		out.WriteRune(r)
	}
	out.WriteString("\r\n")
	return out.String()
}
