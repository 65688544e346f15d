package exchange

import (
	"slices"
	"strings"

	"countersign/internal/alert"
)

// catalogue is the product tree of an advisory: which products it defines, and
// the platforms they are versions of, in the file's order.
type catalogue struct {
	defined map[string]bool
	named   *[]alert.Platform
}

// products reads a product tree. Every product has an id of its own.
func (r *reading) products(n *node) catalogue {
	c := catalogue{defined: map[string]bool{}, named: &[]alert.Platform{}}
	r.branches(c, n, nil)
	for _, product := range r.objects(n, "full_product_names", false) {
		name := r.product(c, product)
		if product.fields["product_id"] != nil && product.fields["product_id"].value == unnamed {
			continue
		}
		c.name(name, "")
	}
	for _, relation := range r.objects(n, "relationships", false) { // a product as part of another: named by both already
		r.product(c, r.object(relation, "full_product_name", true))
	}
	return c
}

// branches walks the tree. What a branch with a version hangs on is a
// platform; a product that hangs on no version is one by itself.
func (r *reading) branches(c catalogue, n *node, above []string) {
	for _, branch := range r.objects(n, "branches", false) {
		category, name := r.text(branch, "category", true), line(r.text(branch, "name", true))
		version := category == "product_version" || category == "product_version_range"
		if product := branch.fields["product"]; product != nil {
			full := r.product(c, r.object(branch, "product", true))
			switch {
			case version && len(above) > 0:
				c.name(strings.Join(above, " "), name)
			default:
				c.name(full, "")
			}
		}
		path := above
		if category == "product_name" || category == "product_family" || category == "vendor" {
			path = append(slices.Clone(above), name)
		}
		r.branches(c, branch, path)
	}
}

func (r *reading) product(c catalogue, n *node) string {
	id := r.text(n, "product_id", true)
	if id != "" && c.defined[id] {
		r.wrong(within(n.place(), "product_id"), clip(id)+" is another product's id too.")
	}
	c.defined[id] = true
	return line(r.text(n, "name", true))
}

// name adds a version to the platform of that name, and the platform when it
// is new.
func (c catalogue) name(name, version string) {
	name, version = cut(name, alert.LineLimit), cut(version, alert.LineLimit)
	at := slices.IndexFunc(*c.named, func(p alert.Platform) bool { return p.Name == name })
	if at < 0 {
		at = len(*c.named)
		*c.named = append(*c.named, alert.Platform{Name: name})
	}
	p := &(*c.named)[at]
	if version != "" && len(p.Versions) < alert.ListLimit && !slices.Contains(p.Versions, version) {
		p.Versions = append(p.Versions, version)
	}
}

// ask refuses a list of products that names one the advisory does not have.
func (c catalogue) ask(r *reading, n *node, name string) {
	for _, id := range r.texts(n, name) {
		if !c.defined[id] {
			r.wrong(within(n.place(), name), clip(id)+" is no product of this advisory.")
		}
	}
}

// platforms gives the platforms with what the notes say about each.
func (c catalogue) platforms(notes []remark) []alert.Platform {
	for i, p := range *c.named {
		for _, note := range notes {
			if note.title == notePlatform+p.Name {
				(*c.named)[i].Text = cut(note.text, alert.LineLimit)
			}
		}
	}
	if len(*c.named) == 0 {
		return nil
	}
	return *c.named
}
