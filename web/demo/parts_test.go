//go:build demo

package demo_test

import (
	"testing"
	"time"

	"countersign/internal/alert"
	"countersign/internal/attestation"
	"countersign/internal/evidence"
	"countersign/internal/organisation"
	"countersign/internal/risk"
	"countersign/web/demo"
)

func TestAlertsShowEveryTurn(t *testing.T) {
	eachMoment(t, func(t *testing.T, now time.Time, w *demo.World) {
		turns := map[string]int{}
		of := map[alert.ID]alert.Alert{}
		for _, a := range w.Seed.Alerts {
			of[a.ID] = a
			if a.Draft.Rehearsal {
				turns["rehearsal"]++
			}
			if !a.WithdrawnAt.IsZero() {
				turns["withdrawn"]++
			}
		}
		versions := map[alert.ID]int64{}
		for _, v := range w.Seed.Versions {
			if versions[v.Alert]++; v.State != alert.Issued || v.Approval == nil || v.Author == v.Approval.By || v.Number != versions[v.Alert] || v.Approval.At.After(now) {
				t.Errorf("version %+v", v)
			}
			if v.Number == of[v.Alert].Edition && v.Draft.Digest() != of[v.Alert].Draft.Digest() {
				t.Errorf("%s has other words than its newest version", of[v.Alert].Name())
			}
			if v.Kind == alert.Correction && v.Renew {
				turns["corrected"]++
			}
		}
		asked, again := 0, 0
		for _, r := range w.Seed.Responses {
			if r.Renewal != nil {
				if asked++; !r.Owes() {
					again++
				}
			}
		}
		if share := float64(again) / float64(asked); asked < 100 || share < 0.75 || share == 1 {
			t.Errorf("%d of %d answered the correction again", again, asked)
		}
		for _, a := range w.Seed.Imported {
			if a.State != alert.Drafting || a.Draft.Origin.Kind != "kev" || a.DraftedAt.After(now) {
				t.Errorf("imported: %+v", a)
			}
			turns["imported"]++
		}
		same(t, turns, map[string]int{"rehearsal": 1, "withdrawn": 1, "corrected": 1, "imported": 5})
	})
}

func TestRisksAreDecidedByTheirOwners(t *testing.T) {
	eachMoment(t, func(t *testing.T, now time.Time, w *demo.World) {
		today := organisation.DayOf(now)
		states := map[risk.State]int{}
		for _, r := range w.Seed.Risks {
			if states[r.State]++; r.Organisation != demo.CalderVale || r.AskedAt.After(now) || r.Until <= today {
				t.Errorf("request %+v", r)
			}
		}
		same(t, states, map[risk.State]int{risk.Asked: 1, risk.Accepted: 1})
		if len(w.Seed.Decisions) != 1 || len(w.Seed.Attempts) != 1 {
			t.Fatalf("%d decisions, %d attempts", len(w.Seed.Decisions), len(w.Seed.Attempts))
		}
		g := w.Seed.Decisions[0]
		claims := verified(t, g.Proof)
		if g.SignerName != "Tom Adeyemi" || g.SignedAt.After(now) || g.Attempt.UsedAt != g.SignedAt || attestation.DigestOf(g.Attempt.Document) != g.Attempt.Digest ||
			claims.Nonce != g.Attempt.Nonce || claims.Subject != "tom.adeyemi" || g.Attempt.Choice.Until <= today {
			t.Errorf("decision %+v, proved by %+v", g, claims)
		}
	})
}

func TestClosedAlertsHaveTheirProof(t *testing.T) {
	eachMoment(t, func(t *testing.T, now time.Time, w *demo.World) {
		files, closed := map[evidence.ID]evidence.File{}, map[string]time.Time{}
		for _, f := range w.Seed.Evidence {
			files[f.ID] = f
		}
		for _, r := range w.Seed.Responses {
			if r.Organisation == demo.CalderVale {
				closed["alert/"+string(r.Alert)] = r.ClosedAt
			}
		}
		for _, l := range w.Seed.Links {
			f := files[l.Evidence]
			if f.Organisation != l.Organisation || l.Organisation != demo.CalderVale || !l.At.After(f.ReceivedAt) || !l.At.Before(closed[l.Thing]) || f.Verdict != evidence.Ready {
				t.Errorf("link %+v to %+v", l, f)
			}
		}
		if len(w.Seed.Links) < 10 {
			t.Errorf("%d closed alerts have their proof", len(w.Seed.Links))
		}
	})
}
