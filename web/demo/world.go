//go:build demo

package demo

import (
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"countersign/internal/access"
	"countersign/internal/alert"
	"countersign/internal/assessment"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/evidence"
	"countersign/internal/identity"
	"countersign/internal/organisation"
	"countersign/internal/storage"
)

// seed begins every stream of chance. Another number is another country.
const seed = 20170512

// World is everything a demonstration needs: rows for the database, bytes for
// the blob store, and the people who can sign in.
type World struct {
	Seed   storage.Seed
	Files  [][]byte // the bytes of every piece of evidence, once each
	People []Person
}

// Provider is how the development provider is known here: the tokens under old
// signatures name it as their issuer, and the portal as their audience.
type Provider struct{ Issuer, Client string }

// Build makes the world as it stands at a moment. It is a pure function of
// its arguments.
func Build(now time.Time, provider Provider) (*World, error) {
	now = now.UTC().Truncate(time.Second)
	b := &builder{now: now, ids: stream("ids"), provider: provider, orgs: map[organisation.Code]*trust{}, quarter: closedQuarter(now)}
	for _, step := range []struct {
		what  string
		build func() error
	}{
		{"signer", b.addSigner}, {"organisations", b.addTrusts}, {"people", b.addPeople}, {"alerts", b.addAlerts}, {"imports", b.addImports}, {"assessments", b.addAssessments},
		{"evidence", b.addEvidence}, {"proofs", b.addProofs}, {"statements", b.addStatements}, {"acting", b.addActing}, {"campaigns", b.addDrafts}, {"messages", b.addMessages}, {"acceptance", b.addAcceptance},
	} {
		if err := step.build(); err != nil {
			return nil, fmt.Errorf("invent %s: %w", step.what, err)
		}
	}
	slices.SortFunc(b.world.Seed.Events, func(x, y event.Event) int {
		if c := x.At.Compare(y.At); c != 0 {
			return c
		}
		return strings.Compare(x.ID, y.ID)
	})
	return &b.world, nil
}

// builder holds what the steps share. Later steps look back at what earlier
// ones made, as a statement's figures do at the answers.
type builder struct {
	now      time.Time
	ids      *rand.Rand
	provider Provider
	world    World
	quarter  quarter // the one statements are being signed for
	trusts   []*trust
	orgs     map[organisation.Code]*trust

	national map[string]*person   // by subject
	late     map[int64]bool       // numbers of alerts that Calder Vale answered 5 hours late
	written  map[bool]int         // alerts so far, high ones under true
	parts    map[int]part         // of some alerts, by their place in the calendar
	titles   assessment.Framework // the one whose outcomes have titles only
	signer   *signer
	changing access.Pass // of who approved the newest change of an alert
	withdrew bool        // a signed statement was taken back already
}

// trust is one invented organisation while its history is made.
type trust struct {
	organisation.Organisation
	cohorts  []string
	chief    *person
	siro     *person
	lead     *person
	median   float64  // hours in which it usually answers
	onCall   float64  // chance that somebody looks at night and at weekends
	maturity float64  // how far its security is, 0 to 1
	answers  []answer // to high severity alerts
	reached  int      // outcomes at the expected level, of how many
	outcomes string
	evidence int // pieces that may be handed out
	files    []evidence.File
	promises []attestation.Commitment // made so far, as they stand
}

// answer is what a statement's figures need of one response.
type answer struct {
	issued time.Time
	due    time.Time
	inTime bool
	titled alert.Titled
}

// person is somebody invented, with the offices they hold.
type person struct {
	identity.Person
	subject string
	held    []access.Appointment
}

// at is the person as an actor at an instant.
func (p *person) at(t time.Time) access.Actor {
	return access.Actor{ID: string(p.ID), Name: p.Name, Appointments: p.held, At: t}
}

// stream gives chance of its own to each concern, so that one more draw in one
// place does not turn everything after it upside down.
func stream(of ...string) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(strings.Join(of, "/"))) // a hash never fails to write
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

// id mints a UUID of version 7 for an instant.
func (b *builder) id(at time.Time) string {
	var u [16]byte
	ms, hi, lo := uint64(at.UnixMilli()), b.ids.Uint64(), b.ids.Uint64()
	for i := range 6 {
		u[i] = byte(ms >> (40 - 8*i))
	}
	for i := range 8 {
		u[8+i] = byte(lo >> (8 * i))
	}
	u[6], u[7] = 0x70|byte(hi)&0x0f, byte(hi>>8)
	u[8] = 0x80 | u[8]&0x3f
	var text [36]byte
	hex.Encode(text[0:8], u[0:4])
	text[8] = '-'
	hex.Encode(text[9:13], u[4:6])
	text[13] = '-'
	hex.Encode(text[14:18], u[6:8])
	text[18] = '-'
	hex.Encode(text[19:23], u[8:10])
	text[23] = '-'
	hex.Encode(text[24:36], u[10:16])
	return string(text[:])
}

func (b *builder) record(e event.Event) { b.world.Seed.Events = append(b.world.Seed.Events, e) }

// past tells whether an instant has already happened. What has not is not in
// the world: a demonstration knows no future.
func (b *builder) past(t time.Time) bool { return !t.After(b.now) }

// logNormal draws a duration in hours round a median.
func logNormal(r *rand.Rand, median, sigma float64) time.Duration {
	return hours(median * math.Exp(sigma*r.NormFloat64()))
}

func hours(h float64) time.Duration {
	return time.Duration(h * float64(time.Hour)).Truncate(time.Second)
}

// chance is true in a share p of draws.
func chance(r *rand.Rand, p float64) bool { return r.Float64() < p }

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// clock gives an hour of a day in London.
func clock(day time.Time, hour, minute int) time.Time {
	d := day.In(organisation.London)
	return time.Date(d.Year(), d.Month(), d.Day(), hour, minute, 0, 0, organisation.London).UTC()
}

// working tells whether people are usually at their desks.
func working(t time.Time) bool {
	l := t.In(organisation.London)
	return l.Weekday() != time.Saturday && l.Weekday() != time.Sunday && l.Hour() >= 8 && l.Hour() < 19
}

// settle moves an instant nobody was at work to the next morning somebody is,
// unless the trust has somebody on call.
func settle(r *rand.Rand, t time.Time, onCall float64) time.Time {
	onDuty, late := chance(r, onCall), hours(2.5*r.Float64()) // drawn always, so that a weekday changes no later draw
	if working(t) || onDuty {
		return t
	}
	day := t
	if t.In(organisation.London).Hour() >= 8 {
		day = day.AddDate(0, 0, 1)
	}
	for !working(clock(day, 8, 0)) {
		day = day.AddDate(0, 0, 1)
	}
	return clock(day, 8, 0).Add(late)
}

// sensible moves an instant into working hours if that is before a limit.
func sensible(r *rand.Rand, t, limit time.Time) time.Time {
	if settled := settle(r, t, 0); settled.Before(limit) {
		return settled
	}
	return t
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// weekday moves a day that is a Saturday or Sunday to the Friday before.
func weekday(t time.Time) time.Time {
	switch t.In(organisation.London).Weekday() {
	case time.Saturday:
		return t.AddDate(0, 0, -1)
	case time.Sunday:
		return t.AddDate(0, 0, -2)
	}
	return t
}

// quarter is three months of the calendar.
type quarter struct{ start, end time.Time } // end is the first instant after it

func quarterOf(t time.Time) quarter {
	l := t.In(organisation.London)
	month := l.Month() - (l.Month()-1)%3
	start := time.Date(l.Year(), month, 1, 0, 0, 0, 0, organisation.London)
	return quarter{start, start.AddDate(0, 3, 0)}
}

func (q quarter) before(n int) quarter { return quarterOf(q.start.AddDate(0, -3*n, 1)) }

// settling is how long after a quarter its statements can be asked for, and
// prepared, checked and signed one region after the other.
const settling = 21 * 24 * time.Hour

// closedQuarter is the last quarter that ended long enough ago for its
// statements to be on their way.
func closedQuarter(now time.Time) quarter {
	q := quarterOf(now).before(1)
	if now.Sub(q.end) < settling {
		q = q.before(1)
	}
	return q
}

func (q quarter) holds(t time.Time) bool { return !t.Before(q.start) && t.Before(q.end) }

func (q quarter) from() organisation.Day { return organisation.DayOf(q.start) }
func (q quarter) to() organisation.Day   { return organisation.DayOf(q.end.AddDate(0, 0, -1)) }

// period names the quarter as statements do: July to September 2026.
func (q quarter) period() string {
	return fmt.Sprintf("%s to %s", q.start.Month(), q.end.AddDate(0, 0, -1).Format("January 2006"))
}
