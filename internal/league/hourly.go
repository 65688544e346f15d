package league

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"countersign/internal/access"
	"countersign/internal/organisation"
)

// hourlies are the latest comparison of each kind, for pages that show one row of
// it in passing.
type hourlies struct {
	mutex sync.Mutex
	kinds map[organisation.Kind]*hourly
}

type hourly struct {
	building sync.Mutex
	made     atomic.Pointer[Comparison]
}

func (g *hourlies) of(kind organisation.Kind) *hourly {
	g.mutex.Lock()
	defer g.mutex.Unlock()
	if g.kinds == nil {
		g.kinds = map[organisation.Kind]*hourly{}
	}
	if g.kinds[kind] == nil {
		g.kinds[kind] = &hourly{}
	}
	return g.kinds[kind]
}

// Hourly is what Table says of the last 12 months to an organisation, made once
// an hour however often records change: a comparison of everybody is too dear to
// be made anew for a figure on somebody's first page. While it is made, others
// read that of the hour before.
func (s *Service) Hourly(ctx context.Context, who access.Actor, org organisation.Organisation) (Comparison, error) {
	pass, err := access.Check(who, access.Compare, org.Code)
	if err != nil {
		return Comparison{}, err
	}
	now := s.Now()
	hour, g := now.UTC().Truncate(time.Hour), s.hourlies.of(org.Kind)
	if made := g.made.Load(); made == nil {
		g.building.Lock()
	} else if made.AsOf.Equal(hour) || !g.building.TryLock() {
		return made.For(org.Code), nil
	}
	defer g.building.Unlock()
	if made := g.made.Load(); made != nil && made.AsOf.Equal(hour) { // by whom this reader waited for
		return made.For(org.Code), nil
	}
	all, err := s.Register.All(ctx, pass)
	if err != nil {
		return Comparison{}, fmt.Errorf("find who is compared: %w", err)
	}
	made, err := s.build(ctx, pass, all, org.Kind, Year(now), hour)
	if err != nil {
		return Comparison{}, err
	}
	g.made.Store(&made)
	return made.For(org.Code), nil
}
