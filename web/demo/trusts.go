//go:build demo

package demo

import (
	"fmt"
	"math"
	"slices"

	"countersign/internal/access"
	"countersign/internal/event"
	"countersign/internal/organisation"
	"countersign/internal/storage"
)

// The organisations a demonstration is about.
const (
	CalderVale organisation.Code = "ZZ1" // whose people can sign in
	Northmoor  organisation.Code = "ZZ2" // answers late more often than chance explains
	Trentside  organisation.Code = "ZZ3" // hardly ever late
	Neighbour  organisation.Code = "ZZ4" // shares its chief executive with
	Community  organisation.Code = "ZZ5"
)

// mix is how many organisations of which kind a region has, as the register
// of 2025 had them: acute, specialist, mental health, community, ambulance.
// Of the acute ones, trauma are major trauma centres.
var mix = []struct {
	region organisation.Region
	kinds  [5]int
	trauma int
}{
	{"Y63", [5]int{21, 1, 6, 1, 2}, 5}, // first: the organisations above are here
	{"Y60", [5]int{20, 3, 10, 4, 2}, 4},
	{"Y56", [5]int{17, 4, 9, 1, 1}, 4},
	{"Y62", [5]int{17, 6, 5, 2, 1}, 3},
	{"Y59", [5]int{17, 1, 6, 2, 2}, 3},
	{"Y61", [5]int{13, 1, 4, 3, 1}, 1},
	{"Y58", [5]int{13, 0, 5, 0, 1}, 2},
}

var kinds = [5]organisation.Kind{organisation.Acute, organisation.AcuteSpecialist, organisation.MentalHealth, organisation.Community, organisation.Ambulance}

// named are the organisations with a part of their own to play. They take the
// first places of their kind in their region.
var named = []struct {
	code   organisation.Code
	name   string
	kind   organisation.Kind
	region organisation.Region
	trauma bool
}{
	{CalderVale, "Calder Vale Teaching Hospitals NHS Trust", organisation.Acute, "Y63", true},
	{Northmoor, "Northmoor University Hospitals NHS Foundation Trust", organisation.Acute, "Y63", true},
	{Trentside, "Trentside University Hospitals NHS Trust", organisation.Acute, "Y60", true},
	{Neighbour, "Hollinbeck and Wharram Hospitals NHS Foundation Trust", organisation.Acute, "Y63", false},
	{Community, "Wharram Community Health NHS Trust", organisation.Community, "Y63", false},
}

func (b *builder) addTrusts() error {
	r := stream("trusts")
	codes := freeCodes()
	for area, m := range mix {
		places := placesOf(m.region)
		r.Shuffle(len(places), func(i, j int) { places[i], places[j] = places[j], places[i] })
		for k, kind := range kinds {
			trauma := 0
			for i := range m.kinds[k] {
				o := organisation.Organisation{Kind: kind, Region: m.region, OpenedOn: organisation.Day(fmt.Sprintf("%d-04-01", 1994+r.IntN(24)))}
				inTrauma := false
				if mine := namedFor(kind, m.region); i < len(mine) {
					o.Code, o.Name, inTrauma = named[mine[i]].code, named[mine[i]].name, named[mine[i]].trauma
				} else {
					o.Code, codes = codes[0], codes[1:]
					inTrauma = kind == organisation.Acute && trauma < m.trauma
					switch {
					case inTrauma:
						o.Name = fmt.Sprintf(teaching[trauma%len(teaching)], places[0])
					case kind == organisation.Ambulance:
						o.Name = fmt.Sprintf(forms[kind][0], wider[m.region][i])
					default:
						o.Name = fmt.Sprintf(forms[kind][(i+len(m.region)+k)%len(forms[kind])], places[0])
					}
					if kind != organisation.Ambulance {
						places = places[1:]
					}
				}
				if inTrauma {
					trauma++
				}
				o.ICB = "QZ" + string(boards[4*area+(k+i)%4])
				b.addTrust(o, inTrauma)
			}
		}
	}
	slices.SortFunc(b.trusts, func(x, y *trust) int { return compare(x.Code, y.Code) })
	return b.keepTrusts()
}

func compare(a, b organisation.Code) int {
	if a < b {
		return -1
	} else if a > b {
		return 1
	}
	return 0
}

// boards ends the codes of invented integrated care boards, four to a region.
const boards = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"

func (b *builder) addTrust(o organisation.Organisation, trauma bool) {
	t := &trust{Organisation: o}
	if trauma {
		t.cohorts = append(t.cohorts, organisation.CohortMajorTrauma)
	}
	if o.Kind == organisation.Ambulance {
		t.cohorts = append(t.cohorts, organisation.CohortAmbulance)
	}
	if len(t.cohorts) > 0 {
		t.cohorts = append(t.cohorts, organisation.CohortWave1)
	}
	r := stream("character", string(o.Code))
	t.median = 4.6 * math.Exp(0.28*r.NormFloat64())
	t.onCall = 0.6 + 0.4*r.Float64()
	t.maturity = min(0.97, max(0.35, 0.74+0.11*r.NormFloat64()))
	switch o.Code {
	case CalderVale:
		t.median, t.onCall, t.maturity = 4, 0.9, 0.78
	case Northmoor:
		t.median, t.onCall, t.maturity = 22, 0.2, 0.48
	case Trentside:
		t.median, t.onCall, t.maturity = 2, 1, 0.93
	}
	b.trusts = append(b.trusts, t)
	b.orgs[o.Code] = t
}

// keepTrusts writes the register, and the acts that made it, as of the day the
// service began.
func (b *builder) keepTrusts() error {
	began := b.began()
	portal, err := access.Check(access.PortalActor("demonstration"), access.ImportOrganisations, organisation.National)
	if err != nil {
		return err
	}
	day := organisation.DayOf(began)
	for _, t := range b.trusts {
		b.world.Seed.Organisations = append(b.world.Seed.Organisations, t.Organisation)
		for _, cohort := range t.cohorts {
			b.world.Seed.Cohorts = append(b.world.Seed.Cohorts, storage.SeedMember{Cohort: cohort, Organisation: t.Code, From: day})
		}
		b.record(event.New(b.id(began), portal, began, "organisation opened", "organisation/"+string(t.Code), "Joined the portal").For(t.Code))
	}
	return nil
}

func namedFor(kind organisation.Kind, region organisation.Region) []int {
	var mine []int
	for i, n := range named {
		if n.kind == kind && n.region == region {
			mine = append(mine, i)
		}
	}
	return mine
}

// freeCodes are codes of a shape the register does not give out.
func freeCodes() []organisation.Code {
	var codes []organisation.Code
	for _, letter := range "ABCDEFGHJKLMNPQRSTUVWXY" {
		for digit := range 10 {
			codes = append(codes, organisation.Code(fmt.Sprintf("Z%c%d", letter, digit)))
		}
	}
	return codes
}

func placesOf(region organisation.Region) []string {
	var places []string
	for _, beginning := range beginnings[region] {
		for _, ending := range endings[region] {
			places = append(places, beginning+ending)
		}
	}
	return places
}
