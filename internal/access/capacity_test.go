package access

import (
	"testing"
	"time"

	"countersign/internal/organisation"
)

func TestCapacity(t *testing.T) {
	now := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	post := func(office Office, org organisation.Code, acting bool, from, to time.Time) Appointment {
		return Appointment{Office: office, Organisation: org, Acting: acting, From: from, To: to}
	}
	year := now.AddDate(-1, 0, 0)
	for name, test := range map[string]struct {
		held          []Appointment
		holds, acting bool
	}{
		"nobody":                         {nil, false, false},
		"in office":                      {[]Appointment{post(ChiefExecutive, "ZZ1", false, year, time.Time{})}, true, false},
		"acting":                         {[]Appointment{post(ChiefExecutive, "ZZ1", true, year, time.Time{})}, true, true},
		"acting, then appointed":         {[]Appointment{post(ChiefExecutive, "ZZ1", true, year, time.Time{}), post(ChiefExecutive, "ZZ1", false, now, time.Time{})}, true, false},
		"elsewhere":                      {[]Appointment{post(ChiefExecutive, "ZZ2", false, year, time.Time{})}, false, false},
		"another office":                 {[]Appointment{post(SIRO, "ZZ1", false, year, time.Time{})}, false, false},
		"ended at this very instant":     {[]Appointment{post(ChiefExecutive, "ZZ1", false, year, now)}, false, false},
		"begins a microsecond from now":  {[]Appointment{post(ChiefExecutive, "ZZ1", false, now.Add(time.Microsecond), time.Time{})}, false, false},
		"ends a microsecond from now on": {[]Appointment{post(ChiefExecutive, "ZZ1", false, year, now.Add(time.Microsecond))}, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			if holds, acting := Capacity(test.held, "ZZ1", now); holds != test.holds || acting != test.acting {
				t.Errorf("holds %v, acting %v", holds, acting)
			}
		})
	}
}
