package identity_test

import (
	"context"
	"time"

	"countersign/internal/access"
	"countersign/internal/identity"
)

// kept is a roll in memory, and what was written to it.
type kept struct {
	roll    identity.Roll
	written identity.Writing
}

func (k *kept) Roll(context.Context, access.Pass) (identity.Roll, error) { return k.roll, nil }

func (k *kept) Appoint(_ context.Context, _ access.Pass, _ time.Time, decide func(identity.Roll) (identity.Writing, error)) error {
	var err error
	k.written, err = decide(k.roll)
	return err
}
