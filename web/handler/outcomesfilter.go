package handler

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"countersign/internal/attestation"
	"countersign/views/attestationview"
)

// outcomesFilter is what a regulator asks of the list of statements. What is
// empty is not asked.
type outcomesFilter struct{ search, standing, campaign, wording string }

// standingWords are the answers to how a statement stands, in the order in which
// the counts are said. Late ones are among those that are not signed yet.
var standingWords = []attestationview.Option{{Value: isWaiting, Text: "Not signed yet"}, {Value: isLate, Text: "Late"}, {Value: isSigned, Text: "Signed without qualification"}, {Value: isQualified, Text: "Signed with a qualification"},
	{Value: isReturned, Text: "Returned without a signature"}, {Value: isReplaced, Text: "Replaced"}, {Value: isWithdrawn, Text: "Withdrawn after signing"}, {Value: isReplacing, Text: "To take the place of a signed one"}}

func readFilter(query url.Values) outcomesFilter {
	return outcomesFilter{search: strings.Join(strings.Fields(query.Get("search")), " "), standing: query.Get("state"), campaign: query.Get("campaign"), wording: query.Get("wording")}
}

// query writes the filter into an address.
func (f outcomesFilter) query() url.Values {
	query := url.Values{}
	for name, value := range map[string]string{"search": f.search, "state": f.standing, "campaign": f.campaign, "wording": f.wording} {
		if value != "" {
			query.Set(name, value)
		}
	}
	return query
}

// of leaves the statements that were asked for.
func (f outcomesFilter) of(all []attestation.Ended, now time.Time) []attestation.Ended {
	if f == (outcomesFilter{}) {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(e attestation.Ended) bool { return !f.wants(e, now) })
}

func (f outcomesFilter) wants(e attestation.Ended, now time.Time) bool {
	stands := standingOf(e, now)
	if f.standing == isWaiting && stands == isLate {
		stands = isWaiting
	}
	return (f.search == "" || strings.EqualFold(string(e.Organisation), f.search) || strings.Contains(strings.ToLower(e.Name), strings.ToLower(f.search))) &&
		(f.standing == "" || f.standing == stands) && (f.campaign == "" || f.campaign == string(e.Campaign)) && (f.wording == "" || f.wording == e.Template)
}

// offer puts what can be asked of these statements on their page, with what was,
// and says how many have it.
func (f outcomesFilter) offer(page *attestationview.Outcomes, all []attestation.Ended) {
	form := attestationview.OutcomeFilter{Search: f.search, Standing: f.standing, Campaign: f.campaign, Wording: f.wording, All: outcomesPath, Standings: standingWords}
	for _, e := range all { // the latest deadline first
		form.Campaigns = offered(form.Campaigns, string(e.Campaign), e.CampaignName)
		form.Wordings = offered(form.Wordings, e.Template, wordingName(e))
	}
	slices.SortFunc(form.Wordings, func(a, b attestationview.Option) int {
		return cmp.Or(cmp.Compare(a.Text, b.Text), cmp.Compare(a.Value, b.Value))
	})
	if f != (outcomesFilter{}) {
		form.Chosen = number(len(page.Rows)) + " of " + plural(len(all), "statement") + "."
		if len(page.Rows) == 0 {
			form.Chosen = "No statement has what you asked for."
		}
		if !isOffered(form.Standings, f.standing) || !isOffered(form.Campaigns, f.campaign) || !isOffered(form.Wordings, f.wording) {
			form.Chosen = "The address asks for a choice that is not in this list. Choose again, or show every statement."
		}
	}
	page.Filter = form
}

// isOffered tells whether a choice can be shown as chosen, as no choice always can.
func isOffered(list []attestationview.Option, value string) bool {
	return value == "" || slices.ContainsFunc(list, func(o attestationview.Option) bool { return o.Value == value })
}

// offered adds a choice that is not there yet. One that shares its name with
// another says which it is.
func offered(list []attestationview.Option, value, text string) []attestationview.Option {
	if value == "" || slices.ContainsFunc(list, func(o attestationview.Option) bool { return o.Value == value }) {
		return list
	}
	if slices.ContainsFunc(list, func(o attestationview.Option) bool { return o.Text == text }) {
		text += " (" + value + ")"
	}
	return append(list, attestationview.Option{Value: value, Text: text})
}

// wordingName is the title of a statement without the months it is about.
func wordingName(e attestation.Ended) string {
	return sentenceCase(strings.Join(strings.Fields(strings.ReplaceAll(e.Title(), e.Period, "")), " "))
}
