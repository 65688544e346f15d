package storagetest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"countersign/internal/access"
	"countersign/internal/alert"
)

// brought imports drafts with these titles, each with a CVE of its own, and
// gives their ids in the order of the desk.
func (h *House) brought(t testing.TB, titles ...string) []alert.ID {
	t.Helper()
	var drafts []alert.Draft
	for i, title := range titles {
		d := found(fmt.Sprintf("%s %d", title, i), "Somebody says so")
		d.Title, d.CVEs = title, []alert.CVE{{ID: fmt.Sprintf("CVE-2026-100%d", i)}}
		drafts = append(drafts, d)
	}
	_, err := h.Alerts.Import(t.Context(), h.at(importer), drafts, false)
	must(t, err)
	return ids(h.desk(t, ""))
}

func (h *House) desk(t testing.TB, search string) []alert.Alert {
	t.Helper()
	list, n, err := h.Alerts.Imported(t.Context(), h.at(author), search, "", 100)
	must(t, err)
	if n != len(list) {
		t.Errorf("%d are counted and %d listed", n, len(list))
	}
	return list
}

func ids(list []alert.Alert) []alert.ID {
	var all []alert.ID
	for _, a := range list {
		all = append(all, a.ID)
	}
	return all
}

func titles(list []alert.Alert) string {
	var all []string
	for _, a := range list {
		all = append(all, a.Draft.Title)
	}
	slices.Sort(all)
	return strings.Join(all, "; ")
}

// desk is what holds of drafts that were imported and that nobody has touched.
var desk = []promise{
	{"imported drafts have a desk of their own, until somebody touches one", func(t *testing.T, h *House) {
		brought := h.brought(t, "One", "Two", "Three")
		own, err := h.Alerts.Draft(t.Context(), h.at(author), wording("By hand"))
		must(t, err)
		works := func(want ...alert.ID) {
			t.Helper()
			list, err := h.Alerts.Drafts(t.Context(), h.at(author))
			must(t, err)
			got := ids(list)
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("people work on %v, want %v", got, want)
			}
		}
		works(own)
		a, err := h.Alerts.ReadDraft(t.Context(), h.at(author), brought[1])
		must(t, err)
		must(t, h.Alerts.Amend(t.Context(), h.at(author), a.ID, a.Draft)) // saved as it is: it is theirs now
		works(own, a.ID)
		if got := ids(h.desk(t, "")); !slices.Equal(got, []alert.ID{brought[0], brought[2]}) {
			t.Errorf("the desk has %v", got)
		}
	}},
	{"a publisher's own import is on the desk too, and leaves it when it is sent for approval", func(t *testing.T, h *House) {
		_, err := h.Alerts.Import(t.Context(), h.at(author), []alert.Draft{found("K-1", "Once"), found("K-2", "Once")}, false)
		must(t, err)
		brought := h.desk(t, "")
		if len(brought) != 2 {
			t.Fatalf("the desk has %v", ids(brought))
		}
		must(t, h.Alerts.Submit(t.Context(), h.at(author), brought[0].ID))
		works, err := h.Alerts.Drafts(t.Context(), h.at(author))
		must(t, err)
		if got := h.desk(t, ""); len(got) != 1 || got[0].ID != brought[1].ID || len(works) != 1 || works[0].ID != brought[0].ID {
			t.Errorf("the desk has %v, people work on %v", ids(got), ids(works))
		}
	}},
	{"what an import renews stays on the desk", func(t *testing.T, h *House) {
		for _, why := range []string{"Once", "Again", "And again"} {
			_, err := h.Alerts.Import(t.Context(), h.at(importer), []alert.Draft{found("K-1", why)}, false)
			must(t, err)
			if got := h.desk(t, ""); len(got) != 1 || got[0].Draft.Why != why {
				t.Errorf("after %q: %+v", why, got)
			}
			h.Pass(1)
		}
	}},
	{"the desk is read page by page, each draft once, the newest import first", func(t *testing.T, h *House) {
		h.brought(t, "Old one", "Old two", "Old three")
		h.Pass(1_000_000)
		h.brought(t, "New one", "New two", "New three")
		var seen []alert.Alert
		for after := alert.ID(""); ; {
			list, n, err := h.Alerts.Imported(t.Context(), h.at(author), "", after, 2)
			must(t, err)
			if n != 6 {
				t.Fatalf("%d in all", n)
			}
			if len(list) == 0 {
				break
			}
			seen, after = append(seen, list...), list[len(list)-1].ID
		}
		distinct := map[alert.ID]bool{}
		for i, a := range seen {
			distinct[a.ID] = true
			if strings.HasPrefix(a.Draft.Title, "New") != (i < 3) {
				t.Errorf("%s is number %d", a.Draft.Title, i+1)
			}
		}
		if len(seen) != 6 || len(distinct) != 6 {
			t.Errorf("%s", titles(seen))
		}
		if list, n, err := h.Alerts.Imported(t.Context(), h.at(author), "", "no such draft", 2); err != nil || len(list) > 0 || n != 6 {
			t.Errorf("after one that is not there: %v, %d, %v", ids(list), n, err)
		}
	}},
	{"the desk is searched by words of a title or the beginning of a CVE, and no sign has a meaning", func(t *testing.T, h *House) {
		h.brought(t, "Apache Log4j runs code", "A 100% flaw_here", `Back\slash`, "Log of Apache")
		for search, want := range map[string]string{
			"apache": "Apache Log4j runs code; Log of Apache", "APACHE code": "Apache Log4j runs code", "code apache": "", "  log  ": "Apache Log4j runs code; Log of Apache", "100%": "A 100% flaw_here", "%": "A 100% flaw_here",
			"_": "A 100% flaw_here", `\`: `Back\slash`, "cve-2026-1002": `Back\slash`, "CVE-2026-100": "A 100% flaw_here; Apache Log4j runs code; Back\\slash; Log of Apache", "2026-1003": "Log of Apache", "cve-2025": "", "somebody": "", `"id"`: "", "'": "",
		} {
			if got := titles(h.desk(t, search)); got != want {
				t.Errorf("%q finds %q, want %q", search, got, want)
			}
		}
	}},
	{"the desk is for those who read drafts alone", func(t *testing.T, h *House) {
		h.brought(t, "One")
		for _, who := range []access.Actor{lead, chief, regulator, importer, {}} {
			if _, _, err := h.Alerts.Imported(t.Context(), h.at(who), "", "", 10); err == nil {
				t.Errorf("%q read it", who.Name)
			}
		}
		h.refused(t, access.ErrNotFound, func() error {
			_, _, err := h.AlertStore.Imported(t.Context(), h.pass(t, lead, access.ReadResponses, Here), "", "", 10)
			return err
		})
	}},
}
