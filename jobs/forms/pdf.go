package forms

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"strings"
	"sync"
	"time"

	"github.com/carlos7ags/folio/document"
	"github.com/carlos7ags/folio/font"
	"github.com/carlos7ags/folio/html"
	"rsc.io/qr"
)

const (
	fontFile = "font/anju-serif.ttf"

	// A4 in points.
	pageWidth  = 595.28
	pageHeight = 841.89

	longestAddress = 300     // in a QR code that a phone still reads from paper
	largestPicture = 4 << 20 // bytes of a PNG
	widestPicture  = 4000    // pixels
	printedPicture = 400     // pixels: 4 cm at 250 dpi
)

// face is the parsed font: read by drawn alone, and never changed.
var face = sync.OnceValues(func() (font.Face, error) {
	return font.ParseTTF(fontData)
})

// glyphs remembers which characters the font can draw, so that the font is asked by one goroutine at a time.
var glyphs struct {
	sync.Mutex
	known map[rune]bool
}

// drawn tells whether one of the fonts has a picture of a character.
func drawn(r rune) (bool, error) {
	if r == '\n' || r == ' ' {
		return true, nil
	}
	if ok, err := inSerif(r); ok || err != nil {
		return ok, err
	}
	b, err := rareOf(r)
	if b == nil || err != nil {
		return false, err
	}
	glyphs.Lock()
	defer glyphs.Unlock()
	return b.face.GlyphIndex(r) != 0, nil
}

// inSerif tells whether the font of the papers has a picture of a character.
func inSerif(r rune) (bool, error) {
	f, err := face()
	if err != nil {
		return false, err
	}
	glyphs.Lock()
	defer glyphs.Unlock()
	ok, asked := glyphs.known[r]
	if !asked {
		if glyphs.known == nil {
			glyphs.known = map[rune]bool{}
		}
		ok = f.GlyphIndex(r) != 0
		glyphs.known[r] = ok
	}
	return ok, nil
}

// metadata is what a PDF says of itself beside its pages.
type metadata struct {
	title string
	at    time.Time
	blank []string // fields left to the pen: the keywords of the PDF name them
}

// typeset is the only place that knows the PDF engine: the body of a page and its pictures become a document.
func typeset(body string, assets map[string][]byte, about metadata) ([]byte, error) {
	css, err := files.ReadFile("layouts/style.css")
	if err != nil {
		return nil, err
	}
	style, body, err := withRare(body, assets)
	if err != nil {
		return nil, err
	}
	page := `<!DOCTYPE html><html lang="zh-CN"><head><style>` + string(css) + style + `</style></head><body>` + body +
		`</body></html>`
	d := document.NewDocument(document.PageSizeA4)
	d.Info.Title, d.Info.Language, d.Info.Producer, d.Info.CreationDate = about.title, "zh-CN", "anju", about.at.UTC()
	d.Info.Keywords = strings.Join(about.blank, " ")
	if about.at.IsZero() {
		d.Info.CreationDate = time.Time{}
	}
	if err := d.AddHTML(page, &html.Options{BaseFS: shelf(assets), StrictAssets: true, PageWidth: pageWidth,
		PageHeight: pageHeight}); err != nil {
		return nil, err
	}
	return d.ToBytesWithOptions(document.WriteOptions{Deterministic: true, CompressionLevel: 5})
}

// shelf is a file system of the font and one paper's own pictures.
type shelf map[string][]byte

// Open implements fs.FS; the engine reads whole files.
func (s shelf) Open(name string) (fs.File, error) {
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// ReadFile implements fs.ReadFileFS.
func (s shelf) ReadFile(name string) ([]byte, error) {
	if name == fontFile {
		return fontData, nil
	}
	if b, ok := s[name]; ok {
		return b, nil
	}
	return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
}

// pictures prepares seal, signature and QR code.
func pictures(d Data) (map[string][]byte, error) {
	all := map[string][]byte{}
	for name, b := range map[string][]byte{"seal": d.Seal, "signature": d.Signature} {
		if len(b) == 0 {
			continue
		}
		p, err := picture(b)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all[name+".png"] = p
	}
	if d.Verify == "" {
		return all, nil
	}
	if len(d.Verify) > longestAddress {
		return nil, fmt.Errorf("verify: an address of %d characters does not fit into the code; at most %d", len(d.Verify),
			longestAddress)
	}
	code, err := qr.Encode(d.Verify, qr.M)
	if err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	code.Scale = 4
	all["verify.png"] = code.PNG()
	return all, nil
}

// picture checks a PNG and makes it as small as print needs.
func picture(b []byte) ([]byte, error) {
	if len(b) > largestPicture {
		return nil, fmt.Errorf("picture of %d bytes; at most %d", len(b), largestPicture)
	}
	size, err := png.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("not a PNG picture: %w", err)
	}
	if size.Width < 1 || size.Height < 1 || size.Width > widestPicture || size.Height > widestPicture {
		return nil, fmt.Errorf("picture of %d by %d pixels; at most %d", size.Width, size.Height, widestPicture)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("not a PNG picture: %w", err)
	}
	var out bytes.Buffer
	err = png.Encode(&out, shrink(img))
	return out.Bytes(), err
}

// shrink averages a picture down to what is printed of it.
func shrink(img image.Image) image.Image {
	r := img.Bounds()
	by := (max(r.Dx(), r.Dy()) + printedPicture - 1) / printedPicture
	if by < 1 {
		by = 1
	}
	small := image.NewNRGBA(image.Rect(0, 0, (r.Dx()+by-1)/by, (r.Dy()+by-1)/by))
	for y := range small.Rect.Dy() {
		for x := range small.Rect.Dx() {
			var sum [4]uint64
			n := uint64(0)
			for v := r.Min.Y + y*by; v < min(r.Min.Y+(y+1)*by, r.Max.Y); v++ {
				for u := r.Min.X + x*by; u < min(r.Min.X+(x+1)*by, r.Max.X); u++ {
					cr, cg, cb, ca := img.At(u, v).RGBA()
					sum[0], sum[1], sum[2], sum[3] = sum[0]+uint64(cr), sum[1]+uint64(cg), sum[2]+uint64(cb), sum[3]+uint64(ca)
					n++
				}
			}
			small.Set(x, y, color.RGBA64{R: uint16(sum[0] / n), G: uint16(sum[1] / n), B: uint16(sum[2] / n),
				A: uint16(sum[3] / n)})
		}
	}
	return small
}

var _ fs.ReadFileFS = shelf(nil)
