package handler

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"countersign/views/assessmentview"
	"countersign/views/compareview"
	"countersign/views/layout"
	"countersign/views/layout/layouttest"
)

var updatePages = flag.Bool("update", false, "rewrite the golden pages; read the difference")

// golden compares a page with the one kept, a tag a line so that a difference
// can be read. Fingerprints of files are left out: they change with the files.
func golden(t *testing.T, name string, page templ.Component) {
	t.Helper()
	markup := layouttest.Render(t, page)
	layouttest.Check(t, markup)
	_, main, found := strings.Cut(markup, "<main")
	main, _, ended := strings.Cut(main, "</main>")
	if !found || !ended {
		t.Fatal("the page has no main part")
	}
	got := strings.ReplaceAll("<main"+main+"</main>\n", "><", ">\n<")
	path := filepath.Join("testdata", name+".html")
	if *updatePages {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		gotLines, wantLines := strings.Split(got, "\n"), strings.Split(string(want), "\n")
		for i, line := range gotLines {
			if i >= len(wantLines) || line != wantLines[i] {
				t.Fatalf("%s differs from line %d; look at it, then -update\ngot  %s", path, i+1, line)
			}
		}
		t.Fatalf("%s is longer than the page", path)
	}
}

func TestPagesOfMeasuresStayAsTheyWereRead(t *testing.T) {
	frame := layout.Page{Title: "Page", Service: "Countersign"}
	whole := compareView(compared())
	whole.Page, whole.Kind, whole.Download, whole.File = frame, "acute", "/compare.csv?kind=acute", "Download this comparison (CSV)"
	golden(t, "compare", compareview.ComparePage(whole))
	own := compareView(compared().For("ZZD"))
	own.Page = frame
	golden(t, "compare-own", compareview.ComparePage(own))
	small := compared()
	small.Refusal = "This group has fewer than 8 organisations, which is too few for a fair comparison."
	refused := compareView(small)
	refused.Page = frame
	golden(t, "compare-refused", compareview.ComparePage(refused))
	assessment := assessmentView(halfRead(t), tested)
	assessment.Page, assessment.CanRecord = frame, true
	golden(t, "assessment", assessmentview.AssessmentPage(assessment))
	record, _ := recordView(halfRead(t), "S4")
	record.Page, record.CanRecord = frame, true
	golden(t, "outcome", assessmentview.RecordPage(record))
	read, _ := recordView(halfRead(t), "S1")
	read.Page = frame
	golden(t, "outcome-read", assessmentview.RecordPage(read))
	row := assessmentRow(halfRead(t), tested)
	golden(t, "assessments", assessmentview.ListPage(assessmentview.List{Page: frame, Rows: []assessmentview.Row{row}, Start: &assessmentview.Start{}, StartURL: "/organisations/ZZ1/assessments"}))
}
