package storagetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"countersign/internal/access"
	"countersign/internal/attestation"
	"countersign/internal/event"
	"countersign/internal/organisation"
)

// deadlines is what must hold of a deadline that moves.
var deadlines = []promise{
	{"a deadline moves when two regulators say so, for one trust, and lateness goes by the one that runs", func(t *testing.T, h *House) {
		h.joins(t, second)
		id, statements := h.calls(t)
		propose := func(who access.Actor, day organisation.Day, why string) error {
			return h.Requests.Extend(t.Context(), h.at(who), id, statements[Here], day, why)
		}
		h.refusedField(t, "due", func() error { return propose(regulator, "2026-11-27", "A ransomware attack") })
		h.refusedField(t, "reason", func() error { return propose(regulator, "2026-12-18", " ") })
		h.refused(t, access.ErrForbidden, func() error { return propose(chief, "2026-12-18", "We ask for it") })
		must(t, propose(regulator, "2026-12-18", "A ransomware attack"))
		h.refused(t, attestation.ErrMoveWaits, func() error { return propose(second, "2026-12-19", "Another") })
		h.refused(t, attestation.ErrOwnMove, func() error { return h.Requests.ConfirmMove(t.Context(), h.at(regulator), id, statements[Here]) })
		h.refused(t, attestation.ErrNoMove, func() error { return h.Requests.ConfirmMove(t.Context(), h.at(second), id, statements[There]) })
		h.refusedBySchema(t, "update extension set state = 'confirmed', decided_by = asked_by, decided_at = 1")
		h.Prepare(t, siro, Here, statements[Here])
		must(t, h.Statements.Lock(t.Context(), h.at(siro), Here, statements[Here], 0))
		must(t, h.Requests.ConfirmMove(t.Context(), h.at(second), id, statements[Here]))
		rows := h.course(t, id).Rows
		if !rows[0].Due.Equal(attestation.Due("2026-12-18")) || !rows[1].Due.Equal(attestation.Due("2026-11-27")) {
			t.Errorf("due %v and %v", rows[0].Due, rows[1].Due)
		}
		origin, err := h.Requests.Origin(t.Context(), h.at(lead), Here, statements[Here])
		must(t, err)
		moves := origin.Moves
		if origin.Campaign.ID != id || origin.Campaign.Audience.Scope != "" || len(moves) != 1 || moves[0].Reason != "A ransomware attack" || moves[0].AskedName != regulator.Name || moves[0].DecidedName != second.Name {
			t.Errorf("the trust reads %+v", moves)
		}
		h.refused(t, attestation.ErrUnknown, func() error { return failing(h.Requests.Origin(t.Context(), h.at(other), There, statements[Here])) })
		about, err := h.Events.About(t.Context(), h.pass(t, lead, access.ReadResponses, Here), "statement/"+string(statements[Here]), 20)
		must(t, err)
		if !slices.ContainsFunc(about, func(e event.Event) bool { return e.Kind == "statement deadline moved" }) {
			t.Errorf("the trust's record says %+v", about)
		}
		h.Pass(60 * 24 * time.Hour) // 4 December: past the first deadline, before the second
		signed, err := h.Sign(t.Context(), chief, Here, h.Begun(t, chief, Here, statements[Here]))
		must(t, err)
		if signed.Late {
			t.Error("it is late by a deadline that does not run any more")
		}
		h.refused(t, attestation.ErrMovesOnly, func() error { return propose(regulator, "2027-01-15", "Too late") })
	}},
	{"a deadline that moves while somebody signs is the one they are late by, or was not", func(t *testing.T, h *House) {
		h.joins(t, second)
		id, statements := h.calls(t)
		h.Prepare(t, siro, Here, statements[Here])
		must(t, h.Statements.Lock(t.Context(), h.at(siro), Here, statements[Here], 0))
		must(t, h.Requests.Extend(t.Context(), h.at(regulator), id, statements[Here], "2026-12-18", "A move of house"))
		h.Pass(60 * 24 * time.Hour) // past the first deadline
		up := h.Begun(t, chief, Here, statements[Here])
		var signed attestation.Signature
		var signing, moving error
		together(2, func(i int) {
			if i == 0 {
				signed, signing = h.Sign(t.Context(), chief, Here, up)
			} else {
				moving = h.Requests.ConfirmMove(t.Context(), h.at(second), id, statements[Here])
			}
		})
		must(t, signing)
		if signed.Late != errors.Is(moving, attestation.ErrMovesOnly) || !signed.Late && moving != nil {
			t.Errorf("late: %v; moving: %v", signed.Late, moving)
		}
	}},
	{"a deadline that is refused does not move, and one that passed meanwhile is not confirmed", func(t *testing.T, h *House) {
		h.joins(t, second)
		id, statements := h.calls(t)
		must(t, h.Requests.Extend(t.Context(), h.at(regulator), id, statements[Here], "2026-12-18", "A move of house"))
		must(t, h.Requests.RefuseMove(t.Context(), h.at(second), id, statements[Here]))
		if due := h.course(t, id).Rows[0].Due; !due.Equal(attestation.Due("2026-11-27")) {
			t.Errorf("it is due at %v", due)
		}
		must(t, h.Requests.Extend(t.Context(), h.at(regulator), id, statements[Here], "2026-12-18", "A move of house"))
		h.Pass(80 * 24 * time.Hour)
		h.refused(t, attestation.ErrMoveStale, func() error { return h.Requests.ConfirmMove(t.Context(), h.at(second), id, statements[Here]) })
	}},
	{"of many who propose and confirm at once, one deadline is proposed and one decision counts", func(t *testing.T, h *House) {
		h.joins(t, second)
		id, statements := h.calls(t)
		errs := make([]error, 8)
		together(len(errs), func(i int) {
			errs[i] = h.Requests.Extend(t.Context(), h.at(regulator), id, statements[Here], "2026-12-18", "A move of house")
		})
		oneSucceeds(t, errs, attestation.ErrMoveWaits)
		together(len(errs), func(i int) {
			if i%2 == 0 {
				errs[i] = h.Requests.ConfirmMove(t.Context(), h.at(second), id, statements[Here])
			} else {
				errs[i] = h.Requests.RefuseMove(t.Context(), h.at(second), id, statements[Here])
			}
		})
		oneSucceeds(t, errs, attestation.ErrNoMove)
	}},
	{"a campaign begins on the rung its deadline leaves, and a deadline that moved reminds anew", func(t *testing.T, h *House) {
		h.joins(t, second)
		request := quarter()
		request.SignBy = "2026-10-09" // four days from now
		preview, err := h.Requests.Preview(t.Context(), h.at(regulator), request)
		must(t, err)
		id, _, err := h.Requests.Ask(t.Context(), h.at(regulator), request, preview.Digest())
		must(t, err)
		st := h.course(t, id).Rows[0].ID
		thing := "statement/" + string(st)
		must(t, h.Telling.RemindStatements(t.Context()))
		h.reminded(t, thing)
		h.Pass(2 * 24 * time.Hour)
		must(t, h.Telling.RemindStatements(t.Context()))
		h.reminded(t, thing, "chief", "lead", "siro")
		must(t, h.Requests.Extend(t.Context(), h.at(regulator), id, st, "2026-10-16", "A move of house"))
		must(t, h.Requests.ConfirmMove(t.Context(), h.at(second), id, st))
		h.Pass(2 * 24 * time.Hour)
		must(t, h.Telling.RemindStatements(t.Context()))
		h.reminded(t, thing, "chief", "lead", "siro", "lead", "siro") // seven days before the new one
		h.stands(t, id, attestation.NotBegun, attestation.NotBegun)
	}},
}
