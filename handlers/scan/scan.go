// Package scan puts the pages of a paper together as they come from a scanner or a phone: pictures turned the right way up, several
// of them as one PDF. It knows pictures only; what a paper is and whose it is, is not its matter.
package scan

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	_ "image/png" // pictures of a scanner may be PNG

	"github.com/carlos7ags/folio/document"
	folio "github.com/carlos7ags/folio/image"
)

// quality of a picture that was turned: 200 dpi text stays sharp, and the file near its size.
const quality = 85

// ErrTurn says that a picture can only be turned by a quarter, a half or three quarters.
var ErrTurn = errors.New("turned by something else than 0, 90, 180 or 270 degrees")

// Turn turns a picture clockwise and gives it as JPEG; by nothing it gives the picture as it came. It fails with ErrTurn on other
// angles, and on what is no picture.
func Turn(picture []byte, degrees int) ([]byte, error) {
	if degrees == 0 {
		return picture, nil
	}
	if degrees != 90 && degrees != 180 && degrees != 270 {
		return nil, ErrTurn
	}
	img, _, err := image.Decode(bytes.NewReader(picture))
	if err != nil {
		return nil, fmt.Errorf("read a picture: %w", err)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, turned{img, degrees}, &jpeg.Options{Quality: quality}); err != nil {
		return nil, fmt.Errorf("write a turned picture: %w", err)
	}
	return b.Bytes(), nil
}

// turned is a picture seen from another side.
type turned struct {
	image.Image
	degrees int
}

// Bounds implements image.Image.
func (t turned) Bounds() image.Rectangle {
	b := t.Image.Bounds()
	if t.degrees == 180 {
		return image.Rect(0, 0, b.Dx(), b.Dy())
	}
	return image.Rect(0, 0, b.Dy(), b.Dx())
}

// At implements image.Image.
func (t turned) At(x, y int) color.Color {
	b := t.Image.Bounds()
	switch t.degrees {
	case 90:
		x, y = y, b.Dy()-1-x
	case 180:
		x, y = b.Dx()-1-x, b.Dy()-1-y
	default:
		x, y = b.Dx()-1-y, x
	}
	return t.Image.At(b.Min.X+x, b.Min.Y+y)
}

// Together makes one PDF of several pictures, each on an A4 page of its own, in their order. It fails on what is no PNG or JPEG.
func Together(pictures [][]byte) ([]byte, error) {
	doc := document.NewDocument(document.PageSizeA4)
	width, height := document.PageSizeA4.Width, document.PageSizeA4.Height
	for i, p := range pictures {
		read := folio.NewJPEG
		if bytes.HasPrefix(p, []byte("\x89PNG")) {
			read = folio.NewPNG
		}
		img, err := read(p)
		if err != nil {
			return nil, fmt.Errorf("page %d: %w", i+1, err)
		}
		scale := min(width/float64(img.Width()), height/float64(img.Height()))
		w, h := float64(img.Width())*scale, float64(img.Height())*scale
		doc.AddPage().AddImage(img, (width-w)/2, (height-h)/2, w, h)
	}
	var b bytes.Buffer
	if _, err := doc.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("write the pages: %w", err)
	}
	return b.Bytes(), nil
}
