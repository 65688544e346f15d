package handler

import (
	"testing"
	"time"

	"countersign/internal/organisation"
)

func TestTimeWords(t *testing.T) {
	now := time.Date(2026, 11, 24, 9, 41, 0, 0, organisation.London)
	for _, test := range []struct {
		name string
		left time.Duration
		want string
	}{
		{"two days", 48 * time.Hour, "48 hours left"},
		{"above a day, rounded down", 30*time.Hour + 59*time.Minute, "30 hours left"},
		{"a day", 24 * time.Hour, "24 hours left"},
		{"hours and minutes", 7*time.Hour + 19*time.Minute + 59*time.Second, "7 hours 19 minutes left"},
		{"one hour", time.Hour, "1 hour left"},
		{"minutes", 42 * time.Minute, "42 minutes left"},
		{"one minute", time.Minute, "1 minute left"},
		{"seconds", 59 * time.Second, "less than 1 minute left"},
		{"the deadline itself", 0, "less than 1 minute late"},
		{"just past", -59 * time.Second, "less than 1 minute late"},
		{"a minute past", -time.Minute, "1 minute late"},
		{"late", -5 * time.Hour, "5 hours late"},
		{"days late", -80 * time.Hour, "3 days late"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := timeLeft(now.Add(test.left), now); got != test.want {
				t.Errorf("timeLeft says %q, want %q", got, test.want)
			}
		})
	}
}

func TestDueWordsFollowTheCalendarOfLondon(t *testing.T) {
	at := func(month time.Month, day, hour, minute int) time.Time {
		return time.Date(2026, month, day, hour, minute, 0, 0, organisation.London)
	}
	for _, test := range []struct {
		due, now time.Time
		want     string
	}{
		{at(11, 24, 17, 0), at(11, 24, 9, 41), "5pm today"},
		{at(11, 25, 15, 41), at(11, 24, 9, 41), "3:41pm tomorrow"},
		{at(11, 23, 17, 0), at(11, 24, 9, 41), "5pm yesterday"},
		{at(11, 27, 12, 0), at(11, 24, 9, 41), "midday on Friday 27 November 2026"},
		{at(11, 25, 0, 0), at(11, 24, 9, 41), "midnight tomorrow"},
		{at(10, 25, 1, 30), at(10, 24, 23, 30), "1:30am tomorrow"}, // the night the clocks go back
		{at(3, 30, 0, 15), at(3, 28, 23, 50), "12:15am on Monday 30 March 2026"},
		{at(3, 29, 3, 0), at(3, 28, 12, 0), "3am tomorrow"}, // a day of 23 hours
	} {
		if got := dueWord(test.due, test.now); got != test.want {
			t.Errorf("due %s seen at %s: %q, want %q", test.due, test.now, got, test.want)
		}
	}
}

func TestClockChangeIsSaid(t *testing.T) {
	before := time.Date(2026, 10, 24, 12, 0, 0, 0, time.UTC)
	if got := clockChange(before, before.Add(48*time.Hour)); got != " (UK time)" {
		t.Errorf("over the change: %q", got)
	}
	if got := clockChange(before.AddDate(0, 1, 0), before.AddDate(0, 1, 2)); got != "" {
		t.Errorf("in winter: %q", got)
	}
}

func TestNumbersAndSizes(t *testing.T) {
	for n, want := range map[int]string{0: "0 trusts", 1: "1 trust", 206: "206 trusts", 1062: "1,062 trusts", 1234567: "1,234,567 trusts"} {
		if got := plural(n, "trust"); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
	for n, want := range map[int64]string{1: "1 byte", 999: "999 bytes", 184_200: "184KB", 1_250_000: "1.2MB"} {
		if got := fileSize(n); got != want && !(n == 1_250_000 && got == "1.3MB") {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

func TestDatesSayWhatIsWrong(t *testing.T) {
	for _, test := range []struct{ day, month, year, want string }{
		{"", "11", "2026", "Date must include a day"}, {"24", "", "2026", "Date must include a month"}, {"24", "11", "", "Date must include a year"},
		{"24", "11", "26", "Year must include 4 numbers"}, {"31", "2", "2026", "Enter the date as a real date, such as 24 11 2026"},
		{"x", "1", "2026", "Enter the date as a real date, such as 24 11 2026"},
	} {
		if _, err := parseDate("by", "the date", test.day, test.month, test.year); err == nil || err.Error() != test.want {
			t.Errorf("%v: %v", test, err)
		}
	}
	if day, err := parseDate("by", "the date", " 4 ", "1", "2027"); err != nil || day != "2027-01-04" {
		t.Errorf("a real date: %q, %v", day, err)
	}
	if day, err := parseDate("by", "the date", "", " ", ""); err != nil || day != "" {
		t.Errorf("no date: %q, %v", day, err)
	}
}

func TestMonthsAreWrittenInOneForm(t *testing.T) {
	at := func(year int, month time.Month, day int) time.Time {
		return time.Date(year, month, day, 0, 0, 0, 0, organisation.London)
	}
	for want, span := range map[string][2]time.Time{
		"July to September 2026":        {at(2026, 7, 1), at(2026, 9, 30)},
		"October 2025 to March 2026":    {at(2025, 10, 1), at(2026, 3, 31)},
		"September 2025 to August 2026": {at(2025, 9, 1).UTC(), at(2026, 8, 31).UTC()},
		"March 2026":                    {at(2026, 3, 1), at(2026, 3, 31)},
	} {
		if got := months(span[0], span[1]); got != want {
			t.Errorf("got %q, want: %q", got, want)
		}
	}
}
