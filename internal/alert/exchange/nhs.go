package exchange

import (
	"fmt"
	"regexp"
	"time"
	_ "time/tzdata" // days must read the same on a machine without zone files

	"countersign/internal/alert"
)

var london = func() *time.Location {
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		panic("the zone files are built in: " + err.Error())
	}
	return zone
}()

var threatID = regexp.MustCompile(`^CC-\d{4,9}$`)

// nhs reads a page of the NHS website's listing of cyber alerts. The listing
// has no severity and no steps: both are for the publisher to look at, so each
// draft is of medium severity and its one step is to read the alert.
func (r *reading) nhs(root *node) {
	items := r.objects(root, "items", true)
	if total, ok := r.whole(root, "total"); ok && total > int64(len(items)) {
		r.note("total", fmt.Sprintf("the listing has %d alerts, and this page of it has %d.", total, len(items)))
	}
	for _, n := range items {
		before := len(r.problems)
		d := r.nhsItem(n)
		if len(r.problems) == before {
			r.add(n, "threatId", d)
		}
	}
	if len(r.Drafts) > 0 {
		r.note("items", "the listing says neither how severe an alert is nor what to do. Every draft has medium severity and one step: read the alert. Look at both before you send it.")
	}
}

func (r *reading) nhsItem(n *node) alert.Draft {
	id, name := r.text(n, "threatId", true), line(r.text(n, "title", true))
	if id != "" && !threatID.MatchString(id) {
		r.wrong(within(n.place(), "threatId"), "this must be a number such as CC-1234.")
	}
	page := link(r.text(n, "basePath", true))
	if page == "" && n.fields["basePath"] != nil {
		r.wrong(within(n.place(), "basePath"), "this must be an address that begins with https:// or http://.")
	}
	published, ok := r.whole(n, "publishedDate")
	if !ok {
		r.wrong(within(n.place(), "publishedDate"), "this must be a moment in milliseconds.")
	}
	d := alert.Draft{Title: cut(name, alert.TitleLimit), Severity: alert.Medium, Class: alert.Normal, Sources: []string{page},
		Steps:  []alert.Step{{Kind: "Guidance", Text: "Read the alert " + id + " and do what it says", Link: page}},
		Origin: alert.Origin{Reference: id}}
	why := fromHTML(r.text(n, "summary", true))
	if d.Title != name {
		why = markdown(name) + "\n\n" + why
		r.note(within(n.place(), "title"), "the title of "+clip(id)+" was cut to 80 characters; the whole of it stands first in why it matters.")
	}
	d.Why = cut(why+"\n\nPublished as "+id+" on "+londonDay(time.UnixMilli(published))+".", alert.TextLimit)
	return d
}
