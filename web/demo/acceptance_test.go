//go:build demo

package demo_test

import (
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/web/demo"
)

func TestOneTrustWaitsForACoSignature(t *testing.T) {
	eachMoment(t, func(t *testing.T, now time.Time, w *demo.World) {
		waiting := 0
		for _, s := range w.Seed.Statements {
			if len(s.CoSigns()) == 0 {
				continue
			}
			waiting++
			if s.Organisation != demo.Neighbour || len(s.Awaits()) != 1 || !s.LockedAt.Before(now) || !now.Before(s.Due) {
				t.Errorf("%s of %s is %s, locked %s, due %s", s.Title(), s.Organisation, s.State, s.LockedAt, s.Due)
			}
			if again, err := attestation.ParseWords(s.Words); err != nil || again.CoSigns[0] != access.SIRO {
				t.Errorf("its words: %+v, %v", again, err)
			}
		}
		if waiting != 1 {
			t.Errorf("%d statements ask for a co-signature", waiting)
		}
	})
}
