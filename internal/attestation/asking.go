package attestation

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"countersign/internal/event"
)

// The marks that begin the records of what regulators ask for, version 1
// (docs/attestation.md). The event of each act vouches for one.
const (
	askingMark   = "countersign asking record 1"
	deadlineMark = "countersign deadline record 1"
	endingMark   = "countersign ending record 1"
	campaignMark = "countersign campaign record 1"
)

// AskingRecord writes down what an organisation was asked for when the statement
// was, and what it is to take the place of. None of it ever changes but the
// deadline, which is here as it was first.
func (s Statement) AskingRecord() string {
	return event.Record(askingMark, append(s.about(),
		event.Field{Name: "template", Value: s.Template + " " + strconv.FormatInt(s.Edition, 10)},
		event.Field{Name: "number", Value: strconv.FormatInt(s.Number, 10)},
		event.Field{Name: "taken up from", Value: string(s.Replaces)},
		event.Field{Name: "campaign", Value: string(s.Campaign)},
		event.Field{Name: "title", Value: s.Called},
		event.Field{Name: "period", Value: s.Period},
		event.Field{Name: "from", Value: string(s.From)},
		event.Field{Name: "to", Value: string(s.To)},
		event.At("due", s.Due),
		event.Field{Name: "replaces", Value: string(s.Supersedes)},
		event.Field{Name: "replaces why", Value: s.Because},
		event.Field{Name: "wanted by", Value: s.Wanted},
	)...)
}

// FirstDue is the deadline a statement was asked for with.
func (s Statement) FirstDue(moves []Extension) time.Time {
	first := s.Due
	for _, x := range moves {
		if x.State == MoveConfirmed && x.WasDue.Before(first) {
			first = x.WasDue
		}
	}
	return first
}

// DeadlineRecord writes down the deadline that runs, and every one that was
// proposed, the oldest first.
func (s Statement) DeadlineRecord(moves []Extension) string {
	moves = slices.SortedFunc(slices.Values(moves), func(a, b Extension) int { return cmp.Or(a.AskedAt.Compare(b.AskedAt), cmp.Compare(a.ID, b.ID)) })
	fields := append(s.about(), event.At("due", s.Due))
	for i, x := range moves {
		name := "move " + strconv.Itoa(i+1)
		fields = append(fields, event.Field{Name: name, Value: x.ID}, event.Field{Name: name + " organisation", Value: string(x.Organisation)}, event.At(name+" from", x.WasDue), event.At(name+" to", x.Due), event.Field{Name: name + " why", Value: x.Reason},
			event.Field{Name: name + " asked by", Value: x.AskedBy}, event.Field{Name: name + " asked name", Value: x.AskedName}, event.At(name+" asked", x.AskedAt), event.Field{Name: name + " state", Value: string(x.State)},
			event.Field{Name: name + " decided by", Value: x.DecidedBy}, event.Field{Name: name + " decided name", Value: x.DecidedName}, event.At(name+" decided", x.DecidedAt))
	}
	return event.Record(deadlineMark, fields...)
}

// Decisions counts how often somebody decided on a deadline: that it be
// proposed, confirmed or refused. Each has its event.
func Decisions(moves []Extension) int {
	n := len(moves)
	for _, x := range moves {
		if x.State != MoveWaits {
			n++
		}
	}
	return n
}

// EndingRecord writes down that a statement is asked for no longer.
func (s Statement) EndingRecord() string {
	var ended time.Time
	if s.State == Withdrawn {
		ended = s.EndedAt
	}
	return event.Record(endingMark, append(s.about(), event.At("ended", ended))...)
}

func (s Statement) about() []event.Field {
	return []event.Field{{Name: "statement", Value: string(s.ID)}, {Name: "organisation", Value: string(s.Organisation)}}
}

// Record writes down a campaign as it was asked, and how it ended if it was
// withdrawn. The statements in it name it in records of their own.
func (c Campaign) Record() string {
	fields := []event.Field{{Name: "campaign", Value: string(c.ID)}, {Name: "name", Value: c.Name}, {Name: "template", Value: c.Template + " " + strconv.FormatInt(c.Edition, 10)},
		{Name: "period", Value: c.Period.Name}, {Name: "from", Value: string(c.Period.From)}, {Name: "to", Value: string(c.Period.To)}, event.At("due", c.Due), {Name: "asked of", Value: string(c.Audience.Scope)}}
	for _, kind := range c.Audience.Kinds {
		fields = append(fields, event.Field{Name: "kind", Value: string(kind)})
	}
	for _, group := range c.Audience.Cohorts {
		fields = append(fields, event.Field{Name: "group", Value: group})
	}
	return event.Record(campaignMark, append(fields, event.Field{Name: "asked by", Value: c.AskedBy}, event.Field{Name: "asked name", Value: c.AskedName}, event.At("asked", c.AskedAt),
		event.At("withdrawn", c.WithdrawnAt), event.Field{Name: "withdrawn name", Value: c.WithdrawnName}, event.Field{Name: "withdrawn why", Value: c.Why})...)
}
