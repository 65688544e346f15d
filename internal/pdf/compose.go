package pdf

import (
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"time"
)

// composer turns a document that is laid out into objects.
type composer struct {
	d     Document
	l     *layout
	w     *writer
	pages []int // objects, by page
	tree  int
}

// Objects that have a fixed place. The seal's is the last one.
const (
	catalogObject = 1
	infoObject    = 2
)

// compose lays a document out and writes its objects. With a seal it has the
// field for it, and room.
func compose(d Document, seal *Seal) (*writer, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	faces, err := newFamily()
	if err != nil {
		return nil, err
	}
	l := &layout{faces: faces, pages: []*page{{}}}
	document := &element{tag: "Document"}
	if err := l.flow(l.gather(d.Blocks, document, textWidth)); err != nil {
		return nil, err
	}
	l.edges(d)
	c := &composer{d: d, l: l, w: &writer{}}
	c.w.next() // the catalogue
	c.w.next() // the properties
	for range l.pages {
		c.pages = append(c.pages, c.w.next())
	}
	return c.w, c.write(document, seal)
}

func (c *composer) write(document *element, seal *Seal) error {
	sealed, form, widget := "", (*element)(nil), 0
	if seal != nil {
		widget = c.w.next()
		form = document.add("Form")
		form.kids = []kid{field{0, widget}}
		sealed = fmt.Sprintf(" /AcroForm << /Fields [%s] /SigFlags 3 >>", ref(widget))
	}
	c.structure(document, form)
	resources, err := c.fonts()
	if err != nil {
		return err
	}
	kids := c.w.next()
	for i := range c.pages {
		c.page(i, kids, resources, widget)
	}
	c.w.set(kids, fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count %d >>", refs(c.pages), len(c.pages)))
	extras := sealed
	if root := c.outline(); root != 0 {
		extras += " /Outlines " + ref(root)
	}
	extras += c.attach()
	metadata := c.w.stream("/Type /Metadata /Subtype /XML", []byte(c.metadata()))
	c.w.set(catalogObject, fmt.Sprintf("<< /Type /Catalog /Pages %s /Lang (%s) /MarkInfo << /Marked true >> /StructTreeRoot %s /ViewerPreferences << /DisplayDocTitle true >> /Metadata %s%s >>",
		ref(kids), c.d.Lang, ref(c.tree), ref(metadata), extras))
	c.w.set(infoObject, fmt.Sprintf("<< /Title %s /Author %s /Subject %s /Producer (Countersign) /CreationDate %s /ModDate %s >>",
		words(c.d.Title), words(c.d.Author), words(c.d.Subject), moment(c.d.CreatedAt), moment(c.d.CreatedAt)))
	if seal != nil {
		c.seal(seal, widget)
	}
	return nil
}

// seal writes the field, which cannot be seen, and last the room for the seal.
func (c *composer) seal(s *Seal, widget int) {
	room := c.w.add(s.room())
	c.w.set(widget, fmt.Sprintf("<< /Type /Annot /Subtype /Widget /FT /Sig /T (Seal) /TU %s /Contents %s /V %s /Rect [0 0 0 0] /F 132 /P %s /StructParent %d >>",
		words("Electronic seal"), words("Electronic seal"), ref(room), ref(c.pages[0]), len(c.pages)))
}

func (c *composer) page(i, kids int, resources string, widget int) {
	content := c.w.stream("", c.l.pages[i].drawing.Bytes())
	annotations := ""
	if widget != 0 && i == 0 {
		annotations = " /Annots [" + ref(widget) + "]"
	}
	c.w.set(c.pages[i], fmt.Sprintf("<< /Type /Page /Parent %s /MediaBox [0 0 %s %s] /Resources << /Font << %s >> >> /Contents %s /Tabs /S /StructParents %d%s >>",
		ref(kids), pageWidth, pageHeight, resources, ref(content), i, annotations))
}

func refs(numbers []int) string {
	all := make([]string, len(numbers))
	for i, n := range numbers {
		all[i] = ref(n)
	}
	return strings.Join(all, " ")
}

// fonts writes each face that was used.
func (c *composer) fonts() (resources string, err error) {
	var all []string
	for _, style := range []Style{Plain, Bold, Mono} {
		f := c.l.faces[style]
		if len(f.chars) == 0 {
			continue
		}
		file, err := f.cut()
		if err != nil {
			return "", fmt.Errorf("embed the font %s: %w", f.name, err)
		}
		all = append(all, "/"+f.resource+" "+ref(c.font(f, file)))
	}
	return strings.Join(all, " "), nil
}

func (c *composer) font(f *face, file []byte) int {
	name := tag(file) + "+" + f.name
	data := c.w.stream(fmt.Sprintf("/Length1 %d", len(file)), file)
	scaled := func(table string, at int) int {
		return int(int16(binary.BigEndian.Uint16(f.tables[table][at:]))) * 1000 / f.perEm
	}
	descriptor := c.w.add(fmt.Sprintf("<< /Type /FontDescriptor /FontName /%s /Flags 4 /FontBBox [%d %d %d %d] /ItalicAngle 0 /Ascent %d /Descent %d /CapHeight 723 /StemV 80 /FontFile2 %s >>",
		name, scaled("head", 36), scaled("head", 38), scaled("head", 40), scaled("head", 42), scaled("hhea", 4), scaled("hhea", 6), ref(data)))
	widths := []string{fmt.Sprint(f.advance(0))}
	for _, r := range f.chars {
		widths = append(widths, fmt.Sprint(f.advance(int(f.index(r)))))
	}
	below := c.w.add(fmt.Sprintf("<< /Type /Font /Subtype /CIDFontType2 /BaseFont /%s /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor %s /CIDToGIDMap /Identity /W [0 [%s]] >>",
		name, ref(descriptor), strings.Join(widths, " ")))
	back := c.w.stream("", []byte(f.readable()))
	return c.w.add(fmt.Sprintf("<< /Type /Font /Subtype /Type0 /BaseFont /%s /Encoding /Identity-H /DescendantFonts [%s] /ToUnicode %s >>", name, ref(below), ref(back)))
}

// readable leads from each code back to its character.
func (f *face) readable() string {
	var b strings.Builder
	b.WriteString("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n" +
		"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n")
	next := 1
	for part := range slices.Chunk(f.chars, 100) {
		fmt.Fprintf(&b, "%d beginbfchar\n", len(part))
		for _, r := range part {
			text := strings.TrimPrefix(words(string(r)), "<feff")
			fmt.Fprintf(&b, "<%04x> <%s\n", next, text)
			next++
		}
		b.WriteString("endbfchar\n")
	}
	b.WriteString("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend")
	return b.String()
}

// attach writes the files, and how they are found.
func (c *composer) attach() string {
	files := slices.SortedFunc(slices.Values(c.d.Files), func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	if len(files) == 0 {
		return ""
	}
	var names, all []string
	for _, file := range files {
		data := c.w.stream(embedded(file, c.d.CreatedAt), file.Data)
		spec := c.w.add(fmt.Sprintf("<< /Type /Filespec /F (%s) /UF (%s) /AFRelationship /Data /Desc %s /EF << /F %s /UF %s >> >>",
			file.Name, file.Name, words(file.About), ref(data), ref(data)))
		names, all = append(names, fmt.Sprintf("(%s) %s", file.Name, ref(spec))), append(all, ref(spec))
	}
	return fmt.Sprintf(" /Names << /EmbeddedFiles << /Names [%s] >> >> /AF [%s]", strings.Join(names, " "), strings.Join(all, " "))
}

func embedded(file File, at time.Time) string {
	kind := strings.ReplaceAll(file.Type, "/", "#2F")
	return fmt.Sprintf("/Type /EmbeddedFile /Subtype /%s /Params << /Size %d /ModDate %s >>", kind, len(file.Data), moment(at))
}

// metadata is what the file says about itself, in XML.
func (c *composer) metadata() string {
	clean := func(text string) string {
		var b strings.Builder
		_ = xml.EscapeText(&b, []byte(text)) // a Builder takes everything
		return b.String()
	}
	at := c.d.CreatedAt.UTC().Format(time.RFC3339)
	return `<?xpacket begin="` + "\ufeff" + `" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
<pdfuaid:part>1</pdfuaid:part>
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">` + clean(c.d.Title) + `</rdf:li></rdf:Alt></dc:title>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">` + clean(c.d.Subject) + `</rdf:li></rdf:Alt></dc:description>
<dc:creator><rdf:Seq><rdf:li>` + clean(c.d.Author) + `</rdf:li></rdf:Seq></dc:creator>
<dc:language><rdf:Bag><rdf:li>` + c.d.Lang + `</rdf:li></rdf:Bag></dc:language>
<xmp:CreateDate>` + at + `</xmp:CreateDate>
<xmp:ModifyDate>` + at + `</xmp:ModifyDate>
<pdf:Producer>Countersign</pdf:Producer>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>`
}
