// Package organisation owns trusts and the other bodies the portal knows by
// their Organisation Data Service (ODS) code: kind, region, integrated care
// board, opening and closing. Cohorts, the dated sets an alert or a campaign
// is addressed to, are here too. Who works where is package identity's.
package organisation

import (
	"time"

	"countersign/internal/fault"
)

// Code is an ODS organisation code of 3 to 5 capital letters and digits. A
// code is permanent: a merger closes codes and opens others, history stays.
type Code string

// National stands for the whole service where a rule needs an organisation:
// the national team's offices are held there.
const National Code = "NATIONAL"

// Kind groups organisations that can fairly be compared.
type Kind string

// The kinds of trust.
const (
	Acute           Kind = "acute"
	AcuteSpecialist Kind = "acute_specialist"
	MentalHealth    Kind = "mental_health"
	Community       Kind = "community"
	Ambulance       Kind = "ambulance"
	KindUnknown     Kind = "unknown" // imported, nobody has said yet
)

// Kinds lists every kind in the order pages show them.
var Kinds = []Kind{Acute, AcuteSpecialist, MentalHealth, Community, Ambulance, KindUnknown}

// Word is the kind as a page says it.
func (k Kind) Word() string {
	switch k {
	case Acute:
		return "Acute trust"
	case AcuteSpecialist:
		return "Specialist acute trust"
	case MentalHealth:
		return "Mental health trust"
	case Community:
		return "Community trust"
	case Ambulance:
		return "Ambulance trust"
	}
	return "Kind not recorded"
}

// Region is an NHS England region code, such as Y56.
type Region string

// Regions maps the seven NHS England regions to their names.
var Regions = map[Region]string{
	"Y56": "London", "Y58": "South West", "Y59": "South East", "Y60": "Midlands",
	"Y61": "East of England", "Y62": "North West", "Y63": "North East and Yorkshire",
}

// Wales is the national grouping of Welsh bodies, which the import refuses.
const Wales Region = "W00"

// Organisation is one body with an ODS code.
type Organisation struct {
	Code     Code
	Name     string
	Kind     Kind
	Region   Region
	ICB      string // integrated care board code, such as QOP
	OpenedOn Day
	ClosedOn Day // empty while open
	Version  int64
}

// Open tells whether the organisation exists on the day.
func (o Organisation) Open(on Day) bool {
	return o.OpenedOn <= on && (o.ClosedOn == "" || on < o.ClosedOn)
}

// Day is a calendar day in the United Kingdom, written YYYY-MM-DD, so that
// days compare as text. The empty Day means "none".
type Day string

// DayOf gives the day an instant falls on in the United Kingdom.
func DayOf(t time.Time) Day { return Day(t.In(London).Format(time.DateOnly)) }

// Start is the instant the day begins: midnight in the United Kingdom, which
// on the days the clocks change is 23 or 25 hours before the next one. The
// zero time when the day is none.
func (d Day) Start() time.Time {
	day, err := time.ParseInLocation(time.DateOnly, string(d), London)
	if err != nil {
		return time.Time{}
	}
	return day
}

// Next is the day after.
func (d Day) Next() Day {
	day, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return ""
	}
	return Day(day.AddDate(0, 0, 1).Format(time.DateOnly))
}

// Word writes the day as pages and statements do: 24 November 2026.
func (d Day) Word() string {
	day, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return string(d)
	}
	return day.Format("2 January 2006")
}

// ReadDay reads a day written YYYY-MM-DD, and refuses what is on no calendar.
func ReadDay(s string) (Day, bool) {
	day, err := time.Parse(time.DateOnly, s)
	if err != nil || day.Year() < 1900 {
		return "", false
	}
	return Day(s), true
}

// London is the zone all pages and calendar days use. The program embeds the
// zone database, so loading cannot fail.
var London = mustZone("Europe/London")

func mustZone(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		panic("time zone database is missing: " + err.Error())
	}
	return zone
}

// ErrUnknown says that no organisation has the code asked for.
var ErrUnknown = fault.New(fault.NotFound, "We do not know this organisation.")
