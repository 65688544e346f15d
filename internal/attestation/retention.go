package attestation

import (
	"context"
	"time"

	"countersign/internal/access"
	"countersign/internal/organisation"
)

// Kept is the last day a record that was signed at a moment must be kept.
func Kept(signedAt time.Time, years int) organisation.Day {
	return organisation.DayOf(signedAt.In(organisation.London).AddDate(years, 0, 0))
}

// Outlived is a signed statement that has been kept as long as it must be.
type Outlived struct {
	Organisation organisation.Code
	Statement    ID
	Title        string
	Code         Code
	SignedAt     time.Time
	Evidence     int // files that stand behind it
	Elsewhere    int // of those, files that something else stands on too
}

// Outliving lists them, the oldest first: signed on or before a day.
type Outliving interface {
	Outlived(ctx context.Context, pass access.Pass, day organisation.Day) ([]Outlived, error)
}

// Archive tells what need not be kept any more. Nothing is erased by it.
type Archive struct {
	Store Outliving
	Years int // that what was signed is kept
	Now   func() time.Time
}

// Outlived lists what was kept until yesterday or longer.
func (a Archive) Outlived(ctx context.Context, who access.Actor) ([]Outlived, error) {
	pass, err := access.Check(who, access.ReadRetention, organisation.National)
	if err != nil {
		return nil, err
	}
	return a.Store.Outlived(ctx, pass, organisation.DayOf(a.Now().In(organisation.London).AddDate(-a.Years, 0, -1)))
}
