package chart

import (
	"html"

	"github.com/a-h/templ"
)

// HeatMap is a tile for each outcome, under the heading of its objective.
type HeatMap struct {
	Label  string // names the chart and says where the table is
	Groups []HeatGroup
	Narrow bool
}

// HeatGroup is one objective.
type HeatGroup struct {
	Title string
	Tiles []HeatTile
}

// HeatTile is one outcome.
type HeatTile struct {
	Code   string
	Letter string        // A, P, N or –
	Short  bool          // below the expected level
	Href   templ.SafeURL // of its row in the table; a plain tile when empty
}

// SVG draws the map.
func (h HeatMap) SVG() string {
	width, pitch, columns := 740.0, 50.0, 14
	if h.Narrow {
		width, pitch, columns = 342, 49, 7
	}
	height := 0.0
	for _, g := range h.Groups {
		height += 36 + pitch*float64((len(g.Tiles)+columns-1)/columns)
	}
	role := "img"
	if h.linked() {
		role = "group" // an image has no parts to a screen reader, and links are parts
	}
	d := beginAs(role, width, max(1, height-4), h.Label)
	y := 0.0
	for _, g := range h.Groups {
		d.text(0, y+16, g.Title, "font-size", "15", "font-weight", "bold", "class", "s")
		for i, t := range g.Tiles {
			d.tile(t, pitch*float64(i%columns), y+26+pitch*float64(i/columns))
		}
		y += 36 + pitch*float64((len(g.Tiles)+columns-1)/columns)
	}
	return d.end()
}

func (h HeatMap) linked() bool {
	for _, g := range h.Groups {
		for _, t := range g.Tiles {
			if t.Href != "" {
				return true
			}
		}
	}
	return false
}

// tile draws one square of 44. Its edge is drawn inside, so that all levels
// take the same room.
func (d *drawing) tile(t HeatTile, x, y float64) {
	if t.Href != "" {
		d.add(`<a href="`, html.EscapeString(string(t.Href)), `">`)
	}
	square := func(inset float64, attributes ...string) {
		d.element("rect", append([]string{"x", thin(x + inset), "y", thin(y + inset), "width", thin(44 - 2*inset), "height", thin(44 - 2*inset)}, attributes...)...)
	}
	class := "s"
	switch t.Letter {
	case "A":
		square(0, "fill", accent)
		class = "p"
	case "P":
		square(0.75, "fill", tint, "stroke", accent, "stroke-width", "1.5")
	case "N":
		square(1.5, "fill", "#fff", "stroke", concern, "stroke-width", "3")
	default:
		square(0.75, "fill", "#fff", "stroke", line, "stroke-width", "1.5", "stroke-dasharray", "4 3")
		class = ""
	}
	words := func(down float64, words string, more ...string) {
		if class != "" {
			more = append(more, "class", class)
		}
		d.text(x+22, y+down, words, append([]string{"font-size", "13", "text-anchor", "middle"}, more...)...)
	}
	words(20, t.Code)
	words(36, t.Letter, "font-weight", "bold")
	if t.Short {
		d.path("M"+num(x+44)+" "+num(y)+"v13l-13-13z", "fill", concern, "stroke", "#fff", "stroke-width", "1")
	}
	if t.Href != "" {
		d.add("</a>")
	}
}
