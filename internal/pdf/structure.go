package pdf

import (
	"fmt"
	"strings"
)

// element is a part of the structure that screen readers follow.
type element struct {
	tag        string
	attributes string
	actual     string // what it is, where that cannot be shown
	kids       []kid
	number     int // its object
}

// kid is what an element holds: another element, a mark on a page, or the
// field of the seal.
type kid interface {
	entry(pages []int) string
}

// mark is a piece of a page's drawing.
type mark struct{ page, number int }

// field is an interactive field, by its object.
type field struct{ page, number int }

func (e *element) add(tag string) *element {
	child := &element{tag: tag}
	e.kids = append(e.kids, child)
	return child
}

func (e *element) entry([]int) string { return ref(e.number) }

func (m mark) entry(pages []int) string {
	return fmt.Sprintf("<< /Type /MCR /Pg %s /MCID %d >>", ref(pages[m.page]), m.number)
}

func (f field) entry(pages []int) string {
	return fmt.Sprintf("<< /Type /OBJR /Pg %s /Obj %s >>", ref(pages[f.page]), ref(f.number))
}

// numbered gives the element and all below it an object each.
func (e *element) numbered(w *writer) {
	e.number = w.next()
	for _, k := range e.kids {
		if child, ok := k.(*element); ok {
			child.numbered(w)
		}
	}
}

func (e *element) write(w *writer, parent int, pages []int) {
	entries := make([]string, len(e.kids))
	for i, k := range e.kids {
		entries[i] = k.entry(pages)
		if child, ok := k.(*element); ok {
			child.write(w, e.number, pages)
		}
	}
	attributes := ""
	if e.attributes != "" {
		attributes = " /A << " + e.attributes + " >>"
	}
	w.set(e.number, fmt.Sprintf("<< /Type /StructElem /S /%s /P %s%s%s /K [%s] >>", e.tag, ref(parent), attributes, e.actual, strings.Join(entries, " ")))
}

// structure writes the tree, and the list that leads from a mark on a page, or
// from the seal's field, back to its element.
func (c *composer) structure(document, form *element) {
	w := c.w
	root, parents := w.next(), w.next()
	document.numbered(w)
	document.write(w, root, c.pages)
	var list strings.Builder
	for i, p := range c.l.pages {
		fmt.Fprintf(&list, "%d [", i)
		for n, e := range p.marks {
			if n > 0 {
				list.WriteString(" ")
			}
			list.WriteString(ref(e.number))
		}
		list.WriteString("]\n")
	}
	keys := len(c.l.pages)
	if form != nil {
		fmt.Fprintf(&list, "%d %s\n", keys, ref(form.number))
		keys++
	}
	w.set(parents, "<< /Nums [\n"+list.String()+"] >>")
	w.set(root, fmt.Sprintf("<< /Type /StructTreeRoot /K [%s] /ParentTree %s /ParentTreeNextKey %d >>", ref(document.number), ref(parents), keys))
	c.tree = root
}

// outline writes the bookmarks: headings, each below the one of a higher level
// before it. It gives 0 when there are none.
func (c *composer) outline() int {
	marks := c.l.marks
	if len(marks) == 0 {
		return 0
	}
	root := c.w.next()
	numbers := make([]int, len(marks))
	for i := range marks {
		numbers[i] = c.w.next()
	}
	parent := make([]int, len(marks)) // index of the mark above, or -1
	for i := range marks {
		above := i - 1
		for above >= 0 && marks[above].level >= marks[i].level {
			above = parent[above]
		}
		parent[i] = above
	}
	object := func(i int) string {
		if i < 0 {
			return ref(root)
		}
		return ref(numbers[i])
	}
	for i, m := range marks {
		body := fmt.Sprintf("<< /Title %s /Parent %s /Dest [%s /XYZ 0 %s null]", words(m.title), object(parent[i]), ref(c.pages[m.page]), pageHeight-m.top+20*pt)
		body += siblings(parent, i, object) + children(parent, i, object)
		c.w.set(numbers[i], body+" >>")
	}
	c.w.set(root, "<< /Type /Outlines"+children(parent, -1, object)+" >>")
	return root
}

func siblings(parent []int, i int, object func(int) string) string {
	said := ""
	for before := i - 1; before >= 0 && before >= parent[i]; before-- {
		if parent[before] == parent[i] {
			said += " /Prev " + object(before)
			break
		}
	}
	for after := i + 1; after < len(parent) && parent[after] >= parent[i]; after++ {
		if parent[after] == parent[i] {
			return said + " /Next " + object(after)
		}
	}
	return said
}

func children(parent []int, i int, object func(int) string) string {
	first, last, n := -1, -1, 0
	for k := i + 1; k < len(parent) && parent[k] >= i; k++ {
		if parent[k] == i {
			if first < 0 {
				first = k
			}
			last, n = k, n+1
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" /First %s /Last %s /Count %d", object(first), object(last), n)
}
