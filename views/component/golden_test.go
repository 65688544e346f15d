package component

import (
	"strconv"
	"strings"
	"testing"

	"github.com/a-h/templ"
)

// TestLibraryCases renders every case the library ships for the components we
// use and compares it with the library's own HTML. A case that differs must be
// listed with its reason, a listed case that no longer differs must go from the
// list, and the number of equal cases is fixed, so nothing passes by being left
// out.
func TestLibraryCases(t *testing.T) {
	for name, c := range libraryCases {
		t.Run(name, func(t *testing.T) {
			equal, differs := 0, map[string]bool{}
			for i, fixture := range fixtures(t, name) {
				want := normal(t, fixture.HTML)
				got := normal(t, renderFixture(t, c, fixture))
				if got == want {
					equal++
					continue
				}
				differs[fixture.Name] = true
				if c.without[fixture.Name] == "" {
					t.Errorf("case %d %q\n--- library\n%s--- ours\n%s", i, fixture.Name, want, got)
				}
			}
			for left := range c.without {
				if !differs[left] {
					t.Errorf("%q is listed as left out and does not differ", left)
				}
			}
			if equal != c.equal {
				t.Errorf("%d cases are equal, expected exactly %d", equal, c.equal)
			}
		})
	}
}

// libraryCase says how one component's options become our fields.
type libraryCase struct {
	build   func(option) templ.Component
	content string // class of the element that holds a template's content
	equal   int
	without map[string]string // cases our fields cannot express, and why not
}

func levelOf(heading option) Level {
	switch {
	case heading.value == nil || heading.value == false:
		return 0
	case heading.number("level") > 0:
		return Level(heading.number("level"))
	}
	return 1
}

func labelOf(o option) Label {
	l := Label{Text: or(o.words(), o.text("heading")), ID: o.text("id"), Caption: o.text("caption"), Level: levelOf(o.at("heading"))}
	l.Size = Size(or(o.text("heading.size"), o.text("size")))
	return l
}

func legendOf(o option) Legend {
	l := labelOf(o)
	return Legend{Text: l.Text, ID: l.ID, Size: l.Size, Caption: l.Caption, Level: l.Level}
}

func fieldOf(o option) Field {
	return Field{Name: o.text("name"), ID: o.text("id"), Label: labelOf(o.at("label")), Hint: o.text("hint"), Error: o.text("errorMessage")}
}

func textareaOf(o option) Textarea {
	return Textarea{Field: fieldOf(o), Value: o.text("value"), Rows: o.number("rows"), Autocomplete: o.text("autocomplete"), Disabled: o.is("disabled")}
}

func choicesOf(o option) []Choice {
	var list []Choice
	for _, item := range o.list("items") {
		list = append(list, Choice{
			Value: item.text("value"), Text: item.words(), Hint: item.text("hint"), Divider: item.text("divider"), Conditional: item.markup("conditional.html"),
			Disabled: item.is("disabled") || (o.is("disabled") && !item.no("disabled")), Behaviour: item.text("behaviour"), Group: item.text("behaviourGroup"), Name: item.text("name"),
		})
	}
	return list
}

func dateOf(o option) templ.Component {
	d := DateInput{ID: o.text("id"), Name: o.text("namePrefix"), Legend: legendOf(o.at("fieldset.legend")), Hint: o.text("hint"), Error: o.text("errorMessage")}
	for name, part := range map[string]*DatePart{"day": &d.Day, "month": &d.Month, "year": &d.Year} {
		own := o.at(name)
		*part = DatePart{
			Value: or(own.text("value"), o.text("values."+name)), Wrong: own.is("error"), Autocomplete: own.text("autocomplete"),
			Disabled: own.is("disabled") || (o.is("disabled") && !own.no("disabled")), Omit: o.no(name),
		}
		items := o.list("items")
		if len(items) == 0 {
			continue
		}
		part.Omit = true
		for _, item := range items {
			if item.text("name") == name {
				*part = DatePart{Value: item.text("value"), Wrong: item.is("error"), Autocomplete: item.text("autocomplete"), Disabled: item.is("disabled")}
			}
		}
	}
	return d
}

func actionsOf(o option) []Action {
	items := o.list("items")
	if len(items) == 0 {
		items = option{map[string]any{"items": o.value}}.list("items")
	}
	var actions []Action
	for _, item := range items {
		actions = append(actions, Action{Text: item.words(), Href: item.text("href"), Hidden: item.text("visuallyHiddenText")})
	}
	return actions
}

func cardOf(o option) Card {
	return Card{
		Heading: o.text("heading"), Level: Level(o.number("heading.level")), Size: Size(o.text("heading.size")), Href: o.text("href"), Clickable: o.is("clickable"),
		Variant: o.text("variant"), Description: o.text("description"), Actions: actionsOf(o.at("actions")),
	}
}

func tagOf(o option) Tag {
	return Tag{Text: o.words(), Colour: o.text("colour"), Plain: o.no("colour"), NoBorder: o.no("border"),
		Light: strings.Contains(o.text("classes"), "nhsuk-u-font-weight-normal"), Quiet: strings.Contains(o.text("classes"), "nhsuk-u-secondary-text-colour")}
}

func tableOf(o option) templ.Component {
	t := Table{
		ID: o.text("id"), Caption: o.text("caption"), CaptionSize: Size(o.text("caption.size")), CaptionID: o.text("caption.id"), CaptionClass: o.text("caption.classes"), RowHeaders: o.is("firstCellIsHeader"), Compact: o.is("compact"),
		Striped: o.is("striped"), Responsive: o.is("responsive"), Reverse: o.text("variant") == "reverse", NoBorder: o.no("border"), NoLastRowBorder: o.no("lastRowBorder"),
	}
	for _, head := range o.list("head") {
		sort := head.text("sort")
		if head.is("sort") {
			sort = "none"
		}
		t.Columns = append(t.Columns, Column{Text: head.words(), Hidden: head.text("visuallyHiddenText"), Numeric: head.text("format") == "numeric", Sort: sort, SortNext: head.text("sortNext"), Href: head.text("href"),
			Align: head.text("align"), Class: classes(with("nhsuk-u-width-", head.text("width")), head.text("classes"))})
	}
	for _, row := range o.list("rows") {
		var cells []Cell
		for _, cell := range (option{map[string]any{"cells": row.value}}).list("cells") {
			cells = append(cells, Cell{Text: cell.words(), Hidden: cell.text("visuallyHiddenText"), Href: cell.text("href"), Content: cell.markup("html"), Class: cell.text("classes"),
				Words: cell.text("format") == "string", Sort: cell.text("sortValue")})
		}
		t.Rows = append(t.Rows, cells)
	}
	var whole templ.Component = t
	if o.is("scroll") {
		whole = withMarkup(Scroll{LabelledBy: t.CaptionID, Reverse: t.Reverse}, whole)
	}
	if o.at("card").value != nil {
		whole = withMarkup(cardOf(o.at("card")), whole)
	}
	return whole
}

func summaryOf(o option) templ.Component {
	s := SummaryList{NoBorder: o.no("border"), NoLastRowBorder: o.no("lastRowBorder")}
	for _, row := range o.list("rows") {
		s.Rows = append(s.Rows, SummaryRow{
			Key: row.text("key"), Value: row.text("value"), Content: row.markup("value.html"), Actions: actionsOf(row.at("actions")), NoBorder: row.no("border"),
		})
	}
	if o.at("card").value != nil {
		card := cardOf(o.at("card"))
		s.Card = &card
	}
	return s
}

func pagesOf(o option) templ.Component {
	link := func(name string) *Link {
		if o.text(name+".href") == "" {
			return nil
		}
		return &Link{Text: o.text(name + ".label"), Href: o.text(name + ".href")}
	}
	p := Pagination{Previous: link("previous"), Next: link("next")}
	for _, item := range o.list("items") {
		p.Pages = append(p.Pages, Page{Number: item.text("number"), Href: item.text("href"), Current: item.is("current"), Gap: item.is("ellipsis")})
	}
	return p
}

func tasksOf(o option) templ.Component {
	list := TaskList{ID: o.text("idPrefix")}
	for _, item := range o.list("items") {
		task := Task{Title: item.text("heading"), Href: item.text("href"), Hint: item.text("hint"), Status: item.text("status")}
		if item.at("status.tag").value != nil {
			tag := tagOf(item.at("status.tag"))
			task.Tag = &tag
		}
		list.Tasks = append(list.Tasks, task)
	}
	return list
}

func problemsOf(o option) templ.Component {
	e := ErrorSummary{Title: o.text("heading"), Description: o.text("description")}
	for _, item := range o.list("errorList") {
		e.Problems = append(e.Problems, Problem{Text: item.words(), Href: item.text("href")})
	}
	return e
}

func linksOf(o option) templ.Component {
	b := Breadcrumb{Reverse: o.text("variant") == "reverse"}
	for _, item := range o.list("items") {
		b.Links = append(b.Links, Link{Text: item.words(), Href: item.text("href")})
	}
	return b
}

func selectOf(o option) templ.Component {
	s := Select{Field: fieldOf(o), Value: o.text("value"), Disabled: o.is("disabled")}
	for _, item := range o.list("items") {
		s.Options = append(s.Options, Option{Value: item.text("value"), Text: item.words(), Disabled: item.is("disabled")})
	}
	return s
}

func inputOf(o option) templ.Component {
	width := o.text("width")
	t := TextInput{
		Field: fieldOf(o), Value: o.text("value"), Type: o.text("type"), Autocomplete: o.text("autocomplete"), InputMode: o.text("inputmode"),
		Prefix: o.text("prefix"), Suffix: o.text("suffix"), Code: o.is("code"), NoSpellcheck: o.no("spellcheck"), Disabled: o.is("disabled"),
	}
	if fluid, found := strings.CutPrefix(o.text("classes"), "nhsuk-u-width-"); found {
		width = fluid
	}
	if _, err := strconv.Atoi(width); err == nil {
		t.Width = width
	} else {
		t.Fluid = width
	}
	return t
}

func valuesOf(o option) []string {
	var values []string
	for _, value := range o.list("values") {
		values = append(values, value.words())
	}
	return values
}

// Why our fields leave something out.
const (
	callBlock    = "the content is in a template of the library, not in the options we could read"
	rawMarkup    = "a text is always escaped; markup is given as children, where there is room for it"
	anyClass     = "no free classes: a size or a variant has its own field"
	anyAttr      = "no free attributes, ids or elements where we have no use for them"
	oldName      = "a name the library has deprecated, or two spellings of one option"
	iconButton   = "our buttons say what they do in words"
	careCard     = "cards of clinical advice, which we do not give"
	picture      = "we show no pictures in cards"
	actionButton = "an action leads to a page that asks, so it is a link"
	silentError  = "a field that is wrong always says why"
	browser      = "set in script or in another language; we have one language and the server sets limits"
	oneCaption   = "a caption stands inside its label or legend, before the words"
	noRule       = "a list long enough to need a rule should not be a drop-down"
	besideField  = "a button stands below its field, where everybody finds it"
)

var libraryCases = map[string]libraryCase{
	"back-link": {equal: 5, without: map[string]string{
		"with HTML":                rawMarkup,
		"with HTML via call block": callBlock,
	}, build: func(o option) templ.Component {
		return BackLink{Text: o.words(), Href: o.text("href"), Reverse: o.text("variant") == "reverse"}
	}},
	"breadcrumb": {equal: 2, without: map[string]string{
		"attributes":                 anyAttr,
		"with back link as a button": actionButton,
		"with back link custom text": anyAttr,
	}, build: linksOf},
	"button": {equal: 41, without: map[string]string{
		"login with icon at end":                                iconButton,
		"login with icon at end, small":                         iconButton,
		"login with icon at start":                              iconButton,
		"login with icon at start, small":                       iconButton,
		"reverse with icon at end":                              iconButton,
		"reverse with icon at end, small":                       iconButton,
		"reverse with icon at start":                            iconButton,
		"reverse with icon at start, small":                     iconButton,
		"secondary, solid background with icon at end":          iconButton,
		"secondary, solid background with icon at end, small":   iconButton,
		"secondary, solid background with icon at start":        iconButton,
		"secondary, solid background with icon at start, small": iconButton,
		"secondary with icon at end":                            iconButton,
		"secondary with icon at end, small":                     iconButton,
		"secondary with icon at start":                          iconButton,
		"secondary with icon at start, small":                   iconButton,
		"warning with icon at end":                              iconButton,
		"warning with icon at end, small":                       iconButton,
		"warning with icon at start":                            iconButton,
		"warning with icon at start, small":                     iconButton,
		"with double click not prevented":                       anyAttr,
		"with icon at end":                                      iconButton,
		"with icon at end, small":                               iconButton,
		"with icon at start":                                    iconButton,
		"with icon at start, small":                             iconButton,
	}, build: func(o option) templ.Component {
		return Button{Text: o.words(), Href: o.text("href"), Variant: o.text("variant"), Small: o.is("small"), Disabled: o.is("disabled"), PreventDoubleClick: o.is("preventDoubleClick")}
	}},
	"card": {content: "nhsuk-card__content", equal: 38, without: map[string]string{
		"basic with summary list and action as a button":  actionButton,
		"basic with summary list and actions as buttons":  actionButton,
		"emergency (red and black)":                       careCard,
		"emergency (red and black) with action link":      careCard,
		"feature with A to Z content":                     anyAttr,
		"heading":                                         anyAttr,
		"secondary non-clickable with custom description": anyAttr,
		"non-urgent (blue)":                               careCard,
		"urgent (red)":                                    careCard,
		"with image":                                      picture,
		"with image and caption":                          picture,
		"with image and custom HTML":                      picture,
	}, build: func(o option) templ.Component { return withMarkup(cardOf(o), o.markup("description.html")) }},
	"character-count": {equal: 27, without: map[string]string{
		"to configure in JavaScript": browser,
		"with error only":            silentError,
		"with maxlength attribute":   anyAttr,
		"with neither maxlength, maxwords nor textarea description set": browser,
		"with neither maxlength nor maxwords set":                       browser,
		"with translations": browser,
	}, build: func(o option) templ.Component {
		return CharacterCount{Textarea: textareaOf(o), MaxLength: o.number("maxlength"), MaxWords: o.number("maxwords"), Threshold: o.number("threshold"), CountType: o.text("countType")}
	}},
	"checkboxes": {equal: 52, without: map[string]string{
		"with error only":                            silentError,
		"with \"none\" option, deprecated":           oldName,
		"with \"none\" option (named group)":         oldName,
		"with \"none\" option (named group, unique)": oldName,
	}, build: func(o option) templ.Component {
		return Checkboxes{Name: o.text("name"), ID: o.text("idPrefix"), Legend: legendOf(o.at("fieldset.legend")), Hint: o.text("hint"), Error: o.text("errorMessage"), Choices: choicesOf(o), Values: valuesOf(o), Small: o.is("small"), Inline: o.is("inline")}
	}},
	"date-input": {equal: 36, without: map[string]string{
		"with custom name prefix": anyAttr,
		"with error only":         silentError,
		"with translations":       browser,
	}, build: dateOf},
	"details": {content: "nhsuk-details__text", equal: 11, without: map[string]string{
		"with summary HTML": rawMarkup,
	}, build: func(o option) templ.Component {
		return Details{Summary: o.text("summary"), Text: o.words(), Open: o.is("open"), Expander: o.text("classes") == "nhsuk-expander"}
	}},
	"error-message": {equal: 2, without: map[string]string{
		"with HTML":                    rawMarkup,
		"with HTML via call block":     callBlock,
		"without visually hidden text": anyAttr,
		"with translations":            browser,
	}, build: func(o option) templ.Component { return ErrorMessage{Text: o.words()} }},
	"error-summary": {equal: 9, without: map[string]string{
		"auto-focus disabled":             anyAttr,
		"auto-focus explicitly enabled":   anyAttr,
		"with description HTML":           rawMarkup,
		"with description via call block": callBlock,
		"with heading HTML":               rawMarkup,
	}, build: problemsOf},
	"fieldset": {equal: 3, without: map[string]string{
		"with HTML via call block": callBlock,
	}, build: func(o option) templ.Component { return Fieldset{Legend: legendOf(o.at("legend"))} }},
	"file-upload": {equal: 15, without: map[string]string{
		"button":            anyAttr,
		"with error only":   silentError,
		"with multiple":     anyAttr,
		"with translations": browser,
	}, build: func(o option) templ.Component {
		return FileUpload{Field: fieldOf(o), Multiple: o.is("multiple"), Disabled: o.is("disabled")}
	}},
	"hint": {equal: 2, without: map[string]string{
		"with HTML via call block": callBlock,
	}, build: func(o option) templ.Component { return Hint{Text: o.words()} }},
	"input": {equal: 33, without: map[string]string{
		"width class":                                  anyClass,
		"width class overriding width option":          anyClass,
		"with button":                                  besideField,
		"with button and error message":                besideField,
		"with code input styling":                      rawMarkup,
		"with error message and hint":                  rawMarkup,
		"with error message and hint, without heading": rawMarkup,
		"with error only":                              silentError,
		"with hint":                                    rawMarkup,
		"with prefix HTML":                             rawMarkup,
		"with suffix HTML":                             rawMarkup,
	}, build: inputOf},
	"inset-text": {equal: 2, without: map[string]string{
		"with HTML via call block": callBlock,
	}, build: func(o option) templ.Component { return InsetText{Text: o.words()} }},
	"label": {equal: 15, without: map[string]string{
		"size class":                                      anyClass,
		"size class overriding size option":               anyClass,
		"text and caption \"after\" as a paragraph":       oneCaption,
		"text and caption \"before\" as a paragraph":      oneCaption,
		"with deprecated page heading":                    oldName,
		"with deprecated page heading overriding heading": oldName,
		"with HTML":                rawMarkup,
		"with HTML via call block": callBlock,
		"with HTML via call block, without heading": callBlock,
		"with id attribute on heading":              anyAttr,
	}, build: func(o option) templ.Component { return labelOf(o) }},
	"legend": {equal: 15, without: map[string]string{
		"size class":                                      anyClass,
		"size class overriding size option":               anyClass,
		"text and caption \"after\" as a paragraph":       oneCaption,
		"with deprecated page heading":                    oldName,
		"with deprecated page heading overriding heading": oldName,
		"with HTML":                rawMarkup,
		"with HTML via call block": callBlock,
		"with HTML via call block, without heading": callBlock,
		"with id attribute on heading":              anyAttr,
	}, build: func(o option) templ.Component { return legendOf(o) }},
	"notification-banner": {content: "nhsuk-notification-banner__content", equal: 12, without: map[string]string{
		"auto-focus disabled, with success variant":           anyAttr,
		"auto-focus explicitly enabled, with success variant": anyAttr,
		"custom tabindex":              anyAttr,
		"paragraph with heading class": anyClass,
		"role=alert overridden to role=region, with success variant": anyAttr,
	}, build: func(o option) templ.Component {
		return NotificationBanner{Success: o.text("variant") == "success", Title: o.text("title"), Heading: o.text("heading"), Text: o.words()}
	}},
	"pagination": {equal: 8, without: map[string]string{
		"numbered with translations": browser,
		"with deprecated options":    oldName,
		"with translations":          browser,
	}, build: pagesOf},
	"panel": {content: "nhsuk-panel__body", equal: 13, without: map[string]string{
		"heading":              anyAttr,
		"with heading classes": anyClass,
	}, build: func(o option) templ.Component {
		return Panel{Title: o.text("heading"), Level: Level(o.number("heading.level")), Size: Size(o.text("heading.size")), Text: o.words(), Interruption: o.text("variant") == "interruption"}
	}},
	"radios": {equal: 45, without: map[string]string{
		"with divider":    rawMarkup,
		"with error only": silentError,
	}, build: func(o option) templ.Component {
		return Radios{Name: o.text("name"), ID: o.text("idPrefix"), Legend: legendOf(o.at("fieldset.legend")), Hint: o.text("hint"), Error: o.text("errorMessage"), Choices: choicesOf(o), Value: o.text("value"), Small: o.is("small"), Inline: o.is("inline")}
	}},
	"scroll": {content: "nhsuk-scroll__content", equal: 2, without: map[string]string{
		"default": anyAttr,
	}, build: func(o option) templ.Component { return Scroll{LabelledBy: o.text("labelledBy")} }},
	"select": {equal: 16, without: map[string]string{
		"with button":                   besideField,
		"with button and error message": besideField,
		"with divider":                  noRule,
		"with error only":               silentError,
	}, build: selectOf},
	"skip-link": {equal: 3, build: func(o option) templ.Component { return SkipLink{Text: o.words(), Href: o.text("href")} }},
	"summary-list": {equal: 20, without: map[string]string{
		"with actions as buttons":                  actionButton,
		"with item widths":                         anyClass,
		"with multiple actions as buttons":         actionButton,
		"as a card (type emergency) with actions":  careCard,
		"as a card (type non-urgent) with actions": careCard,
		"as a card (type urgent) with actions":     careCard,
		"as a card with action as a button":        actionButton,
		"as a card with actions as buttons":        actionButton,
	}, build: summaryOf},
	"tables": {equal: 139, without: map[string]string{
		"as a card (feature) with deprecated options": oldName,
	}, build: tableOf},
	"tag": {equal: 24, without: map[string]string{
		"colour class":                          anyClass,
		"colour class overriding colour option": anyClass,
		"with HTML":                             rawMarkup,
		"with HTML via call block":              callBlock,
	}, build: func(o option) templ.Component { return tagOf(o) }},
	"task-list": {equal: 3, without: map[string]string{
		"with deprecated status classes": oldName,
		"with deprecated titles":         oldName,
		"with empty items":               anyAttr,
	}, build: tasksOf},
	"textarea": {equal: 15, without: map[string]string{
		"with error only": silentError,
	}, build: func(o option) templ.Component { return textareaOf(o) }},
	"warning-callout": {content: "nhsuk-card__content", equal: 5, without: map[string]string{
		"without heading": anyAttr,
	}, build: func(o option) templ.Component { return WarningCallout{Heading: o.text("heading"), Text: o.words()} }},
}
