package transparency

import (
	"context"
	"fmt"
	"time"

	"countersign/internal/access"
	"countersign/internal/event"
)

// renewal is how long a checkpoint is leaned on before a later one, signed by
// the log and the witnesses of that day, takes its place. A key or a kind of
// signature that is broken in ten years cannot then be used to doubt, or to
// forge, what was signed long before (abuse case T47).
const renewal = 365 * 24 * time.Hour

// renew gives a log in which nothing has happened for a year an act of its own,
// so that there is something for the witnesses to sign anew. It tells whether it
// did; of two programs at once, one does.
func (l *Log) renew(ctx context.Context, pass access.Pass) (bool, error) {
	head, err := l.Store.Head(ctx, pass)
	if err != nil || head.Size == 0 || l.Now().Sub(head.SignedAt) < renewal {
		return false, err
	}
	id := fmt.Sprintf("log-renewed-%d", head.Size) // one for each head, whoever is first
	e := event.New(id, pass, l.Now(), "log renewed", "log", fmt.Sprintf("Nothing was added for a year after entry %d; its witnesses are asked anew", head.Size-1))
	if err := l.Store.Renew(ctx, pass, e); err != nil {
		return false, err
	}
	return true, nil
}
