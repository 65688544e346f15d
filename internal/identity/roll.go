package identity

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"countersign/internal/access"
	"countersign/internal/fault"
	"countersign/internal/organisation"
	"countersign/internal/sheet"
)

// Held is an appointment on the record.
type Held struct {
	ID     string
	Person PersonID
	access.Appointment
}

// Roll is everything that decides what an appointment may be: who is known, by
// which login, who holds or held which office, and which organisations there are.
type Roll struct {
	Organisations []organisation.Organisation
	People        []Person
	Logins        []Login
	Held          []Held
}

// Unvouched refuses to decide on a roll with a row that was not written by the
// portal, or changed past it (abuse case T57). It names table and id.
func Unvouched(thing string) error {
	table, id, _ := strings.Cut(thing, "/")
	return fault.New(fault.Conflict, "The row "+id+" of the table "+table+" is not as the portal recorded it. Nothing was imported. Run `countersign fsck`, and find out who had access before you import.")
}

// Act is one thing an import of appointments does.
type Act string

// The acts, in the order a person reads them.
const (
	Appoints Act = "appoints"
	Ends     Act = "ends"
	Corrects Act = "corrects" // the contact or name of a person
)

// Deed is one act with what it is about. A person nobody knew before has the
// empty id; Was is then the zero Person.
type Deed struct {
	Act  Act
	Line Line
	Was  Person // as recorded, for a person who is known
	Held Held   // for an ending: the appointment as it stands
}

// Chief tells whether the deed puts a chief executive into office.
func (d Deed) Chief() bool { return d.Act == Appoints && d.Line.Office.Sole() }

// Plan compares the record with a file and changes nothing. It gives all that
// would be done, or a fault.Problems with everything that stands against it.
// today decides what counts as closed. When a plan has been carried out,
// planning the same file again gives no deed.
func (r Roll) Plan(lines []Line, today organisation.Day) ([]Deed, error) {
	p := planner{roll: r, today: today, organisations: map[organisation.Code]organisation.Organisation{}, told: map[PersonID]bool{}}
	people, logins := map[PersonID]Person{}, map[Login]PersonID{}
	for _, person := range r.People {
		people[person.ID] = person
	}
	for _, login := range r.Logins {
		logins[Login{Issuer: login.Issuer, Subject: login.Subject}] = login.Person
	}
	for _, o := range r.Organisations {
		p.organisations[o.Code] = o
	}
	for _, held := range r.Held {
		p.posts = append(p.posts, post{who: held.Person, name: people[held.Person].Name, Appointment: held.Appointment})
	}
	var appointing []Line
	for _, line := range lines { // endings first: they make room for who comes next
		was := people[logins[line.login()]]
		p.contact(line, was)
		if i, is := p.recorded(line, was.ID); is {
			p.again(line, was, i)
		} else {
			appointing = append(appointing, line)
		}
	}
	for _, line := range appointing {
		p.appoint(line, people[logins[line.login()]])
	}
	if len(p.problems) > 0 {
		return nil, sheet.Problems(p.problems)
	}
	return p.deeds, nil
}

type planner struct {
	roll          Roll
	today         organisation.Day
	organisations map[organisation.Code]organisation.Organisation
	told          map[PersonID]bool // whose contact is dealt with
	posts         []post            // those of the roll first, in its order
	deeds         []Deed
	problems      []sheet.Damage
}

// post is somebody's time in an office, as it will be. Who is the person, or
// the login of one nobody knew.
type post struct {
	who  any
	name string
	access.Appointment
	line *Line // of the file, when it is new
}

func (p *planner) bad(line Line, column, format string, args ...any) {
	p.problems = append(p.problems, line.damage(column, format, args...))
}

// recorded finds the appointment a line is about, when the record has it.
func (p *planner) recorded(line Line, who PersonID) (int, bool) {
	is := line.appointment()
	i := slices.IndexFunc(p.roll.Held, func(h Held) bool {
		return who != "" && h.Person == who && h.Office == is.Office && h.Organisation == is.Organisation && h.From.Equal(is.From)
	})
	return i, i >= 0
}

// contact decides whether the line changes how a known person is called or
// reached. Lines of one login agree on that, so the first one speaks.
func (p *planner) contact(line Line, was Person) {
	if was.ID == "" || p.told[was.ID] {
		return
	}
	p.told[was.ID] = true
	if was.Name != line.Name || was.Email != line.Email || was.Phone != line.Phone {
		p.deeds = append(p.deeds, Deed{Act: Corrects, Line: line, Was: was})
	}
}

// again is a line about an appointment on the record: nothing new, or its end.
func (p *planner) again(line Line, was Person, i int) {
	held, is := p.roll.Held[i], line.appointment()
	switch {
	case held.Acting != is.Acting:
		p.bad(line, "acting", "%s is recorded as %s from that day. What is recorded is not changed: give that appointment its last day, and add another line.", was.Name, capacity(held.Acting))
	case held.To.Equal(is.To):
	case held.To.IsZero():
		p.deeds = append(p.deeds, Deed{Act: Ends, Line: line, Was: was, Held: held})
		p.posts[i].To = is.To
	case is.To.IsZero():
		p.bad(line, "to", "the record says that %s holds this office%s. An end is not taken back: add another line from the day after.", was.Name, until(held.To))
	default:
		p.bad(line, "to", "the record says that %s holds this office%s. An end is not moved: add another line from the day after.", was.Name, until(held.To))
	}
}

// appoint is a line about an appointment the record does not have.
func (p *planner) appoint(line Line, was Person) {
	is := post{who: line.login(), name: line.Name, Appointment: line.appointment(), line: &line}
	if was.ID != "" {
		is.who = was.ID
	}
	if !p.admits(line) {
		return
	}
	for _, other := range p.posts {
		switch {
		case other.Office != is.Office || other.Organisation != is.Organisation || !overlap(other.Appointment, is.Appointment):
		case other.who == is.who:
			p.bad(line, "from", "%s has this office there from %s%s. What is recorded is not moved: give that appointment its last day first.", line.Name, dayOf(other.From), until(other.To))
			return
		case is.Office.Sole() && !is.Acting && !other.Acting:
			p.bad(line, "office", "%s is chief executive there from %s%s, and a trust has one at a time. Give that appointment its last day, or say who is acting.", other.name, dayOf(other.From), until(other.To))
			return
		}
	}
	p.posts = append(p.posts, is)
	p.deeds = append(p.deeds, Deed{Act: Appoints, Line: line, Was: was})
}

// admits tells whether the organisation can be given somebody new.
func (p *planner) admits(line Line) bool {
	if line.Organisation == organisation.National {
		return true
	}
	o, known := p.organisations[line.Organisation]
	if !known {
		p.bad(line, "ods_code", "no organisation with the code %s is registered. Import the organisations first.", line.Organisation)
		return false
	}
	if o.ClosedOn != "" && (o.ClosedOn <= p.today || o.ClosedOn <= line.From) {
		p.bad(line, "ods_code", "%s (%s) closed on %s.", o.Name, o.Code, o.ClosedOn.Word())
		return false
	}
	return true
}

func overlap(a, b access.Appointment) bool {
	return (a.To.IsZero() || b.From.Before(a.To)) && (b.To.IsZero() || a.From.Before(b.To))
}

func capacity(acting bool) string {
	if acting {
		return "acting"
	}
	return "holding the office, not acting"
}

func dayOf(t time.Time) string { return organisation.DayOf(t).Word() }

// until says the last day of an appointment, in words that follow "from a day".
func until(to time.Time) string {
	if to.IsZero() {
		return " until further notice"
	}
	return " until " + dayOf(to.Add(-time.Microsecond))
}

// String is the deed in words, as the command prints it.
func (d Deed) String() string {
	at := fmt.Sprintf("%-8s  ", d.Line.Organisation)
	office := strings.ToLower(d.Line.Office.Word())
	if d.Line.Acting {
		office = "acting " + office
	}
	switch d.Act {
	case Appoints:
		return at + d.Line.Name + ": " + office + " from " + d.Line.From.Word() + until(d.Line.appointment().To)
	case Ends:
		return at + d.Was.Name + ": no longer " + office + " after " + d.Line.To.Word()
	}
	var what []string
	if d.Was.Name != d.Line.Name {
		what = append(what, "name: "+d.Line.Name+", was "+d.Was.Name)
	}
	if d.Was.Email != d.Line.Email {
		what = append(what, "e-mail: "+d.Line.Email+", was "+d.Was.Email)
	}
	if d.Was.Phone != d.Line.Phone {
		what = append(what, "telephone: "+orNone(d.Line.Phone)+", was "+orNone(d.Was.Phone))
	}
	return at + d.Was.Name + ": " + strings.Join(what, "; ")
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// Text prints deeds for a person to read: with dry before they agree to them,
// otherwise after they were done. Chief executives are listed once more, since
// elsewhere it takes two people to appoint one.
func Text(deeds []Deed, dry bool) string {
	var b strings.Builder
	count := map[Act]int{}
	var chiefs []Deed
	for _, d := range deeds {
		count[d.Act]++
		fmt.Fprintln(&b, d)
		if d.Chief() {
			chiefs = append(chiefs, d)
		}
	}
	switch {
	case len(deeds) == 0 && dry:
		b.WriteString("Nothing would change.\n")
	case len(deeds) == 0:
		b.WriteString("Nothing changed.\n")
	case dry:
		fmt.Fprintf(&b, "Would record: appointments %d, endings %d, changes of name or contact %d.\n", count[Appoints], count[Ends], count[Corrects])
	default:
		fmt.Fprintf(&b, "Recorded: appointments %d, endings %d, changes of name or contact %d.\n", count[Appoints], count[Ends], count[Corrects])
	}
	if len(chiefs) == 0 {
		return b.String()
	}
	slices.SortStableFunc(chiefs, func(x, y Deed) int {
		return strings.Compare(string(x.Line.Organisation), string(y.Line.Organisation))
	})
	if dry {
		b.WriteString("\nChief executives this would appoint:\n")
	} else {
		b.WriteString("\nChief executives this appointed:\n")
	}
	for _, d := range chiefs {
		fmt.Fprintf(&b, "  %s\n", d)
	}
	b.WriteString("A chief executive is appointed by two people. This command asks for one: show this list to a second person, who checks\nevery name and login against a source of their own. The record says that these appointments came from an import.\n")
	return b.String()
}
