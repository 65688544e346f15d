package assessment

import (
	"context"
	"time"

	"countersign/internal/access"
)

// LatestOf gives the assessment that the decision's organisation started last
// by an instant, for features that lean on it. Without one it is ErrNone.
func (s *Service) LatestOf(ctx context.Context, pass access.Pass, at time.Time) (Reading, error) {
	return s.latest(ctx, pass, at)
}
