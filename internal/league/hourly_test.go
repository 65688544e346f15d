package league_test

import (
	"context"
	"errors"
	"reflect"
	"sync/atomic"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/league"
	"countersign/internal/organisation"
)

// slow counts how often a comparison is made, and holds the making up while it
// is told to.
type slow struct {
	league.Store
	made  *atomic.Int64
	begun chan bool
	goes  chan bool
}

func (s slow) Pairs(ctx context.Context, pass access.Pass, kind organisation.Kind, period league.Period, asOf time.Time) ([]league.Pair, error) {
	if s.made.Add(1) == 2 {
		s.begun <- true
		<-s.goes
	}
	return s.Store.Pairs(ctx, pass, kind, period, asOf)
}

// TestAComparisonInPassingIsMadeOnceAnHour: it says what the table does, to the organisation
// alone, and nobody waits while that of the next hour is made.
func TestAComparisonInPassingIsMadeOnceAnHour(t *testing.T) {
	s, now := house(), asOf
	s.Now = func() time.Time { return now }
	store := slow{s.Store, &atomic.Int64{}, make(chan bool), make(chan bool)}
	s.Store = store
	ambulance := func(code organisation.Code) organisation.Organisation {
		return organisation.Organisation{Code: code, Kind: organisation.Ambulance}
	}
	lead := person(access.CyberLead, "ZZ3")
	table, err := house().Table(t.Context(), lead, "ZZ3", "", league.Year(asOf), asOf)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		got, err := s.Hourly(t.Context(), lead, ambulance("ZZ3"))
		if err != nil || !reflect.DeepEqual(got, table) || len(got.Rows) != 1 {
			t.Fatalf("%v\ngot  %+v\nwant %+v", err, got, table)
		}
		now = now.Add(time.Minute)
	}
	if n := store.made.Load(); n != 1 {
		t.Fatalf("made %d times", n)
	}
	if _, err := s.Hourly(t.Context(), lead, ambulance("ZZ2")); !errors.Is(err, access.ErrNotFound) {
		t.Errorf("another trust's: %v", err)
	}

	now = asOf.Add(time.Hour)
	next := make(chan league.Comparison)
	go func() {
		made, err := s.Hourly(context.Background(), lead, ambulance("ZZ3"))
		if err != nil {
			t.Error(err)
		}
		next <- made
	}()
	<-store.begun
	if old, err := s.Hourly(t.Context(), person(access.CyberLead, "ZZ4"), ambulance("ZZ4")); err != nil || !old.AsOf.Equal(table.AsOf) || old.Rows[0].Organisation != "ZZ4" {
		t.Errorf("while it is made: %v, %+v", err, old)
	}
	store.goes <- true
	if made := <-next; !made.AsOf.Equal(table.AsOf.Add(time.Hour)) {
		t.Errorf("made as of %v", made.AsOf)
	}
	if is, err := s.Hourly(t.Context(), lead, ambulance("ZZ3")); err != nil || !is.AsOf.Equal(table.AsOf.Add(time.Hour)) || store.made.Load() != 2 {
		t.Errorf("after it was made: %v, %+v", err, is)
	}
}
