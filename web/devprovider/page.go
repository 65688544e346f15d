//go:build demo

package devprovider

import (
	"bytes"
	_ "embed"
	"html/template"
	"net/http"
)

//go:embed page.html
var pageText string

var pages = template.Must(template.New("page").Parse(pageText))

// page is everything the one template prints.
type page struct {
	Title       string
	Stylesheets []string
	Words       string // of a page that only says something
	Journey     string
	Action      string
	Client      string
	People      []Person
}

func (p *Provider) showPeople(w http.ResponseWriter, journey string, client Client) {
	p.render(w, http.StatusOK, page{Title: "Choose who to be", Journey: journey, Action: p.prefix + "/sign-in",
		Client: client.ID, People: p.People})
}

func (p *Provider) refuse(w http.ResponseWriter, words string) {
	p.say(w, http.StatusBadRequest, "You cannot sign in here", words)
}

func (p *Provider) say(w http.ResponseWriter, status int, title, words string) {
	p.render(w, status, page{Title: title, Words: words})
}

// render writes a whole page or an error, never half of one.
func (p *Provider) render(w http.ResponseWriter, status int, shown page) {
	shown.Stylesheets = p.Stylesheets
	var whole bytes.Buffer
	if err := pages.Execute(&whole, shown); err != nil {
		http.Error(w, "The page could not be made.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(whole.Bytes()) // a reader who has gone needs no page
}
