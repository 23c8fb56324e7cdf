package screens_test

import (
	"bytes"
	"cmp"
	"flag"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

var update = flag.Bool("update", false, "take the pictures of the manual again (also ANJU_MANUAL=1)")

// heaviestPicture keeps the manual readable over the line of a township.
const heaviestPicture = 150 << 10

var manual = filepath.Join("..", "..", "docs", "manual")

// pictures are the screens that the manual shows: docs/manual/img/NAME.png.
var pictures = []string{"counter-home", "counter-find", "counter-new", "counter-case", "counter-papers", "village-home", "village-case", "village-return",
	"notice-poster", "public-query", "public-progress", "public-notice", "public-verify", "township-board", "township-site", "township-decision", "audit-board",
	"audit-heat", "audit-breaches", "audit-breach", "case-clock", "admin-people", "admin-calendar", "admin-health", "demo-walk"}

var shown = regexp.MustCompile(`img/([A-Za-z0-9_.-]+)`)

// The pictures of the manual are there, and light. With -update they are taken anew from the program.
func TestManualPictures(t *testing.T) {
	if *update || os.Getenv("ANJU_MANUAL") == "1" {
		takePictures(t)
	}
	named := map[string]string{}
	for _, name := range pictures {
		named[name+".png"] = "the list of this test"
	}
	pages, err := filepath.Glob(filepath.Join(manual, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range shown.FindAllSubmatch(text, -1) {
			named[string(m[1])] = page
		}
	}
	for name, where := range named {
		info, err := os.Stat(filepath.Join(manual, "img", name))
		if err != nil {
			t.Errorf("%s names a picture that is missing: %v", where, err)
		} else if info.Size() > heaviestPicture {
			t.Errorf("%s has %d bytes, more than %d", name, info.Size(), heaviestPicture)
		}
	}
}

// takePictures walks through a fresh county and keeps what the manual shows.
func takePictures(t *testing.T) {
	c := ownCounty(t)
	clerk, village, auditor := c.officer(t, "counter"), c.officer(t, "village"), c.officer(t, "auditor")
	dir := filepath.Join(manual, "img")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	taken := []string{}
	// take keeps what stands in the window, with a part of the page at its top.
	take := func(p *person, name, top string) {
		t.Helper()
		if top == "" {
			top = "body"
		}
		if p.count(top) == 0 {
			t.Fatalf("%s: no %s on the page:\n%s", name, top, p.see("main"))
		}
		evaluate[bool](p, "document.querySelector("+quote(top)+").scrollIntoView(), document.activeElement && document.activeElement.blur(), true")
		b, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
		if err == nil {
			b, err = lighter(b)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name+".png"), b, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
		taken = append(taken, name)
	}
	as := func(login string, phone bool) *person {
		p := c.comes(t)
		if phone {
			p.phone()
		}
		if login != "" {
			p.becomes(login)
		}
		return p
	}
	intake, notice, over := clerk.first("planning_permit", "township_intake"), clerk.first("homestead", "group_notice"), clerk.first("homestead", "archived")

	counter := as("counter", false)
	counter.open("/")
	take(counter, "counter-home", "")
	counter.open("/new?chain=homestead&q=jhl")
	take(counter, "counter-find", "")
	counter.open("/new?chain=homestead&household=14")
	take(counter, "counter-new", "h1")
	draft := clerk.opens("homestead", 1)[0]
	counter.open("/cases/" + draft.ID)
	file := scan(t)
	for _, code := range []string{"HP01", "HP02"} {
		counter.do(chromedp.SetUploadFiles(chromedp.CSS("#file-"+code), []string{file}))
		counter.until("document.querySelector('#paper-" + code + " .lamp.green')")
	}
	counter.open("/cases/" + draft.ID)
	take(counter, "counter-papers", "#papers")
	counter.open("/cases/" + intake.ID)
	take(counter, "counter-case", "h1")
	counter.open("/demo/walk")
	take(counter, "demo-walk", "")
	counter.open("/cases/" + clerk.first("planning_permit", "joint_review").ID + "/clock")
	take(counter, "case-clock", "h1")

	head := as("group", false)
	hung := head.noticeOf(notice.ID)
	take(head, "notice-poster", ".poster")
	public := as("", true)
	public.open("/")
	take(public, "public-query", "")
	public.load(typeIn("#code", clerk.codeOf(intake.ID)), typeIn("#tail", tail(t, intake.Household.Head)), at("main form button"))
	take(public, "public-progress", "")
	public.open("/notices/" + hung)
	take(public, "public-notice", "")
	for _, d := range clerk.get(over.ID).Documents {
		if d.Form == "F05" {
			public.open(d.Verify)
			take(public, "public-verify", "")
		}
	}

	phone := as("village", true)
	phone.open("/")
	take(phone, "village-home", "main")
	lies := village.first("homestead", "village_review")
	phone.open("/cases/" + lies.ID)
	take(phone, "village-case", "h1")
	phone.tap("#v-return > summary")
	take(phone, "village-return", "#v-return")

	site := as("planning", false)
	site.open("/board")
	take(site, "township-board", "h1")
	site.open("/cases/" + clerk.first("homestead", "joint_review").ID)
	take(site, "township-site", "h1")
	decides := as("township", false)
	decides.open("/cases/" + clerk.first("homestead", "decision").ID)
	take(decides, "township-decision", "h1")

	watches := as("auditor", false)
	watches.open("/audit")
	take(watches, "audit-board", "h1")
	take(watches, "audit-heat", "table.heat")
	watches.open("/audit/breaches")
	take(watches, "audit-breaches", "h1")
	var red struct{ Items []struct{ ID string } }
	auditor.ask("GET", "/sla/breaches", nil, &red)
	watches.open("/audit/breaches/" + red.Items[0].ID)
	take(watches, "audit-breach", "h1")

	security := as("security", false)
	security.open("/admin/accounts")
	take(security, "admin-people", "h1")
	admin := as("admin", false)
	for _, name := range []string{"calendar", "health"} {
		admin.open("/admin/" + name)
		take(admin, "admin-"+name, "h1")
	}
	slices.Sort(taken)
	want := slices.Sorted(slices.Values(pictures))
	if !slices.Equal(taken, want) {
		t.Errorf("taken: %s\nwant: %s", strings.Join(taken, " "), strings.Join(want, " "))
	}
}

// lighter writes a picture of a screen with the 256 colours that it mostly has.
func lighter(screen []byte) ([]byte, error) {
	img, err := png.Decode(bytes.NewReader(screen))
	if err != nil {
		return nil, err
	}
	seen := map[color.NRGBA]int{}
	size := img.Bounds()
	at := func(x, y int) color.NRGBA { return color.NRGBAModel.Convert(img.At(x, y)).(color.NRGBA) }
	for y := size.Min.Y; y < size.Max.Y; y++ {
		for x := size.Min.X; x < size.Max.X; x++ {
			seen[at(x, y)]++
		}
	}
	most := slices.SortedFunc(maps.Keys(seen), func(a, b color.NRGBA) int {
		return cmp.Or(cmp.Compare(seen[b], seen[a]), cmp.Compare(a.R, b.R), cmp.Compare(a.G, b.G), cmp.Compare(a.B, b.B))
	})
	var palette color.Palette
	for _, c := range most[:min(256, len(most))] {
		palette = append(palette, c)
	}
	index := map[color.NRGBA]uint8{}
	for c := range seen {
		index[c] = uint8(palette.Index(c))
	}
	small := image.NewPaletted(size, palette)
	for y := size.Min.Y; y < size.Max.Y; y++ {
		for x := size.Min.X; x < size.Max.X; x++ {
			small.SetColorIndex(x, y, index[at(x, y)])
		}
	}
	var b bytes.Buffer
	err = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, small)
	return b.Bytes(), err
}
