package organisation_test

import (
	"strings"
	"testing"

	"countersign/internal/organisation"
)

// TestWhichCohortsARowEnds: a file ends a membership only where one of its
// columns could have listed it.
func TestWhichCohortsARowEnds(t *testing.T) {
	for _, test := range []struct {
		file, cohort string
		leaves       bool
	}{
		{"ods_code,kind\nRXH,acute\n", "Pilot", false},
		{"ods_code,kind\nRXH,acute\n", organisation.CohortMajorTrauma, false},
		{"ods_code,kind\nRXH,acute\n", organisation.CohortAmbulance, true},
		{"ods_code,kind\nRXH,ambulance\n", organisation.CohortAmbulance, false},
		{"ods_code,kind,wave_2017\nRXH,acute,2\n", organisation.CohortWave1, true},
		{"ods_code,kind,wave_2017\nRXH,acute,1\n", organisation.CohortWave1, false},
		{"ods_code,kind,wave_2017\nRXH,acute,2\n", organisation.CohortMajorTrauma, false},
		{"ods_code,kind,major_trauma\nRXH,acute,\n", organisation.CohortMajorTrauma, true},
		{"ods_code,kind,cohort\nRXH,acute,\n", organisation.CohortMajorTrauma, true},
		{"ods_code,kind,cohort\nRXH,acute,\n", "Pilot", true},
		{"ods_code,kind,cohort\nRXH,acute,Pilot\n", "Pilot", false},
	} {
		records, err := organisation.ReadKinds(strings.NewReader(test.file))
		if err != nil {
			t.Fatal(err)
		}
		if got := records[0].Leaves(test.cohort); got != test.leaves {
			t.Errorf("%q leaves %s: %v", test.file, test.cohort, got)
		}
	}
}

func TestPlacingInWords(t *testing.T) {
	existing := []organisation.Organisation{{Code: "RXH", Kind: organisation.KindUnknown}, {Code: "RXJ", Kind: organisation.Acute}}
	members := map[organisation.Code][]string{"RXJ": {"Pilot"}}
	rows, err := organisation.ReadKinds(strings.NewReader("ods_code,kind,cohort\nRXJ,acute,\nRXH,ambulance,Pilot\nR99,acute,\n"))
	if err != nil {
		t.Fatal(err)
	}
	placing := organisation.Place(existing, members, rows)
	want := `RXH    joins Ambulance
RXH    joins Pilot
RXH    kind: Ambulance trust
RXJ    leaves Pilot
R99    left out: it is not registered
Would change: kinds 1, cohorts joined 2, cohorts left 1.
`
	if got := placing.Text(true); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if got := placing.Text(false); got != strings.Replace(want, "Would change", "Changed", 1) {
		t.Errorf("afterwards: %s", got)
	}
	if got := organisation.Place(existing, members, nil).Text(false); got != "Nothing changed.\n" {
		t.Errorf("without rows: %s", got)
	}
}
