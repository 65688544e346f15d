package handler

import (
	"strconv"
	"strings"
	"time"

	"countersign/internal/organisation"
)

// The functions here turn instants and numbers into the words of pages.

// clockTime writes a time of day: 5pm, 3:41pm, midday, midnight.
func clockTime(t time.Time) string {
	t = t.In(organisation.London)
	switch {
	case t.Hour() == 0 && t.Minute() == 0:
		return "midnight"
	case t.Hour() == 12 && t.Minute() == 0:
		return "midday"
	case t.Minute() == 0:
		return t.Format("3pm")
	}
	return t.Format("3:04pm")
}

// dayWord writes a day of the United Kingdom: 24 November 2026.
func dayWord(t time.Time) string { return t.In(organisation.London).Format("2 January 2006") }

// weekday writes a day someone must plan for: Wednesday 25 November 2026.
func weekday(t time.Time) string { return t.In(organisation.London).Format("Monday 2 January 2006") }

// moment writes an instant: 9:52am on 24 November 2026.
func moment(t time.Time) string { return clockTime(t) + " on " + dayWord(t) }

// asAt writes the moment a page's figures are from.
func asAt(t time.Time) string { return "As at " + clockTime(t) + ", " + weekday(t) }

// months writes the months from one day to another: July to September 2026,
// October 2025 to March 2026, March 2026.
func months(from, to time.Time) string {
	from, to = from.In(organisation.London), to.In(organisation.London)
	switch {
	case from.Year() != to.Year():
		return from.Format("January 2006") + " to " + to.Format("January 2006")
	case from.Month() != to.Month():
		return from.Format("January") + " to " + to.Format("January 2006")
	}
	return to.Format("January 2006")
}

// dueWord writes a deadline as seen from now: 5pm today, 3:41pm tomorrow.
func dueWord(due, now time.Time) string {
	today, day := organisation.DayOf(now), organisation.DayOf(due)
	switch day {
	case today:
		return clockTime(due) + " today"
	case organisation.DayOf(now.In(organisation.London).AddDate(0, 0, 1)):
		return clockTime(due) + " tomorrow"
	case organisation.DayOf(now.In(organisation.London).AddDate(0, 0, -1)):
		return clockTime(due) + " yesterday"
	}
	return clockTime(due) + " on " + weekday(due)
}

// upTo writes an instant that a day was promised or signed for: that day
// included, "the end of Friday 4 December 2026", not the midnight after it.
func upTo(at, now time.Time) string {
	if clockTime(at) != "midnight" {
		return dueWord(at, now)
	}
	last := at.Add(-time.Nanosecond)
	switch organisation.DayOf(last) {
	case organisation.DayOf(now):
		return "the end of today"
	case organisation.DayOf(now.In(organisation.London).AddDate(0, 0, 1)):
		return "the end of tomorrow"
	}
	return "the end of " + weekday(last)
}

// timeLeft writes what remains of a 48-hour clock, rounded down, or how late
// it is.
func timeLeft(due, now time.Time) string {
	left := due.Sub(now)
	switch {
	case left <= 0:
		return lateBy(-left) + " late"
	case left < time.Minute:
		return "less than 1 minute left"
	case left < time.Hour:
		return plural(int(left.Minutes()), "minute") + " left"
	case left <= 24*time.Hour:
		hours := int(left.Hours())
		if minutes := int(left.Minutes()) - 60*hours; minutes > 0 {
			return plural(hours, "hour") + " " + plural(minutes, "minute") + " left"
		}
		return plural(hours, "hour") + " left"
	}
	return plural(int(left.Hours()), "hour") + " left"
}

// lateBy writes how long ago a deadline passed, rounded down.
func lateBy(late time.Duration) string {
	switch {
	case late < time.Minute:
		return "less than 1 minute"
	case late < time.Hour:
		return plural(int(late.Minutes()), "minute")
	case late < 72*time.Hour:
		return plural(int(late.Hours()), "hour")
	}
	return plural(int(late.Hours()/24), "day")
}

// daysLeft writes what remains of any other deadline.
func daysLeft(due, now time.Time) string {
	left := due.Sub(now)
	switch {
	case left < 24*time.Hour && left > -time.Minute:
		return timeLeft(due, now)
	case left <= 0:
		return lateBy(-left) + " late"
	}
	return plural(int(left.Hours()/24), "day") + " left"
}

// clockChange adds "(UK time)" where the clocks change between two instants,
// so that nobody counts the hours on the wall.
func clockChange(from, to time.Time) string {
	_, before := from.In(organisation.London).Zone()
	_, after := to.In(organisation.London).Zone()
	if before != after {
		return " (UK time)"
	}
	return ""
}

// plural writes a count with its noun: 1 hour, 1,062 trusts.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return number(n) + " " + noun + "s"
}

// number writes thousands with a comma.
func number(n int) string {
	digits := strconv.Itoa(n)
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// fileSize writes bytes as people read them: 184KB, 1.2MB.
func fileSize(bytes int64) string {
	switch {
	case bytes < 1000:
		return plural(int(bytes), "byte")
	case bytes < 1000*1000:
		return strconv.FormatInt((bytes+500)/1000, 10) + "KB"
	}
	return strconv.FormatFloat(float64(bytes)/1e6, 'f', 1, 64) + "MB"
}
