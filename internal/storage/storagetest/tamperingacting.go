package storagetest

import (
	"testing"
	"time"

	"countersign/internal/audit"
)

// acted is a house that asked four times for an acting chief executive: it was
// refused, withdrawn, confirmed and ended, and waits.
func acted(t *testing.T, h *House) scene {
	t.Helper()
	s, ctx := audited(t, h), t.Context()
	h.joins(t, secretary, director, second)
	asks := func() { // each on its own moment, as the newest is found by it
		h.Pass(time.Minute)
		must(t, h.Acting.Ask(ctx, h.at(secretary), Here, leave()))
		h.Pass(time.Minute)
	}
	asks()
	must(t, h.Acting.Refuse(ctx, h.at(regulator), h.newest(t).ID, "Send us the minute"))
	asks()
	must(t, h.Acting.End(ctx, h.at(secretary), Here, h.newest(t).ID))
	asks()
	must(t, h.Acting.Confirm(ctx, h.at(regulator), h.newest(t).ID))
	h.Pass(time.Minute)
	must(t, h.Acting.End(ctx, h.at(secretary), Here, h.newest(t).ID))
	asks()
	grow(t, s.log)
	return s
}

const (
	waits     = " where state = 'waiting'"
	refused   = " where state = 'refused'"
	confirmed = " where state = 'confirmed'"

	saysActing = "the request of RXH for an acting chief executive is not the one that was recorded on 5 October 2026"
)

// tamperingActing lists what somebody with the database's password may try with
// requests for an acting chief executive.
var tamperingActing = join([]promise{{"a house in which acting chief executives were asked for is found in order", func(t *testing.T, h *House) {
	acted(t, h).inOrder(t)
}}},
	tampersOf("T49 found and named: ", saysActing, acted, []tamper{
		{"somebody else is asked for", audit.Unvouched, sqls("update acting_request set person = 'lead'" + waits)},
		{"somebody is asked for under another name", audit.Unvouched, sqls("update acting_request set person_name = 'Another'" + waits)},
		{"somebody is to act from another day", audit.Unvouched, sqls("update acting_request set from_on = '2026-10-04'" + waits)},
		{"somebody is to act until another day", audit.Unvouched, sqls("update acting_request set to_on = '2027-10-04'" + waits)},
		{"somebody is to act for another reason", audit.Unvouched, sqls("update acting_request set reason = 'Another'" + waits)},
		{"it was somebody else who asked for it", audit.Unvouched, sqls("update acting_request set asked_by = 'lead'" + waits)},
		{"it was asked for under another name", audit.Unvouched, sqls("update acting_request set asked_name = 'Another'" + waits)},
		{"it was asked for at another moment", audit.Unvouched, sqls("update acting_request set asked_at = asked_at - 1" + waits)},
		{"a request that was refused waits again", audit.Unvouched, sqls("delete from acting_request"+waits, "update acting_request set state = 'waiting', decided_by = null, decided_name = '', decided_at = null, why = ''"+refused)},
		{"a request that was refused is a withdrawn one", audit.Unvouched, sqls("update acting_request set state = 'withdrawn', why = ''" + refused)},
		{"a request that waits is confirmed by hand", audit.Unvouched, sqls("update acting_request set state = 'confirmed', decided_by = 'second', decided_name = 'Priya Nair', decided_at = 1, appointment = (select a.id from appointment a where a.person = 'director' limit 1)" + waits)},
		{"a request was decided by somebody else", audit.Unvouched, sqls("update acting_request set decided_by = 'second'" + confirmed)},
		{"a request was decided under another name", audit.Unvouched, sqls("update acting_request set decided_name = 'Another'" + confirmed)},
		{"a request was decided at another moment", audit.Unvouched, sqls("update acting_request set decided_at = decided_at - 1" + confirmed)},
		{"a request was refused for another reason", audit.Unvouched, sqls("update acting_request set why = 'Another'" + refused)},
		{"a request made another appointment", audit.Unvouched, sqls("update acting_request set appointment = (select a.id from appointment a where a.person = 'lead')" + confirmed)},
		{"acting was ended at another moment", audit.Unvouched, sqls("update acting_request set ended_at = ended_at - 1" + confirmed)},
		{"acting was ended under another name", audit.Unvouched, sqls("update acting_request set ended_name = 'Another'" + confirmed)},
		{"that acting was ended is undone", audit.Unvouched, sqls("update acting_request set ended_at = null, ended_name = ''" + confirmed)},
	}),
	tampersOf("T49 found and named: ", "made this request of RYJ for an acting chief executive", acted, []tamper{
		{"a request is given to another trust", audit.Ghost, sqls("update acting_request set organisation = 'RYJ'" + waits)},
	}),
	tampersOf("T49 found and named: ", "made this request of RXH for an acting chief executive", acted, []tamper{
		{"a request for an acting chief executive is made by hand", audit.Ghost, forged("acting_request", refused, "id", "'forged'")},
	}),
	tampersOf("T49 found and named: ", "acting chief executive asked for", acted, []tamper{
		{"a request for an acting chief executive is removed", audit.Dropped, sqls("delete from acting_request" + refused)},
	}),
)
