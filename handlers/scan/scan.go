// Package scan puts the pages of a paper together as they come from a scanner or a phone: pictures turned the right way
// up, several of them as one PDF. It knows pictures only; what a paper is and to which case it belongs, is decided
// elsewhere.
package scan

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"

	"github.com/carlos7ags/folio/document"
	folio "github.com/carlos7ags/folio/image"
	"golang.org/x/sync/semaphore"
)

// quality of a picture that was turned: 200 dpi text stays sharp, and the file near its size.
const quality = 85

var (
	// ErrTurn says that a picture can only be turned by a quarter, a half or three quarters.
	ErrTurn = errors.New("turned by something else than 0, 90, 180 or 270 degrees")
	// ErrLarge says that a picture takes more memory unpacked than all pictures together may.
	ErrLarge = errors.New("a picture too large to be unpacked")
	// ErrBusy says that other pictures took the memory or the time that this one would have needed.
	ErrBusy = errors.New("too many pictures at once")
)

// memoryMost is how many bytes the pictures that this process unpacks may take at a time: one of 48 million pixels with
// colours and transparency, or several that are smaller.
const memoryMost = 192 << 20

var memory = semaphore.NewWeighted(memoryMost)

// unpacking calls do once there is memory for a picture that takes so many bytes. It fails with ErrLarge where there
// never will be, and with ErrBusy where there is none before ctx ends.
func unpacking(ctx context.Context, bytes int64, do func() error) error {
	if bytes > memoryMost {
		return ErrLarge
	}
	if err := memory.Acquire(ctx, bytes); err != nil {
		return fmt.Errorf("%w: wait for memory to unpack a picture: %w", ErrBusy, err)
	}
	defer memory.Release(bytes)
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%w: %w", ErrBusy, err)
	}
	return do()
}

// Size is what the header of a picture says of it.
type Size struct {
	Width, Height int
	Bytes         int64 // that it takes unpacked
}

// Pixels counts the pixels of a picture.
func (s Size) Pixels() int { return s.Width * s.Height }

// Measure reads the header of a PNG or JPEG, and nothing else. It fails on what has none.
func Measure(picture []byte) (Size, error) {
	c, kind, err := image.DecodeConfig(bytes.NewReader(picture))
	if err != nil {
		return Size{}, fmt.Errorf("read the header of a picture: %w", err)
	}
	if c.Width < 1 || c.Height < 1 {
		return Size{}, errors.New("a picture without an extent")
	}
	per := int64(4)
	switch c.ColorModel {
	case color.GrayModel:
		per = 1
	case color.Gray16Model:
		per = 2
	case color.RGBA64Model, color.NRGBA64Model:
		per = 8
	case color.YCbCrModel:
		per = 3
	}
	if kind == "jpeg" && progressive(picture) {
		per *= 5 // its decoder keeps four bytes of coefficients for each byte of the picture
	}
	if _, ok := c.ColorModel.(color.Palette); ok {
		per = 1
	}
	return Size{c.Width, c.Height, int64(c.Width) * int64(c.Height) * per}, nil
}

// progressive tells whether a JPEG comes in several passes.
func progressive(b []byte) bool {
	for at := 2; at+4 <= len(b) && b[at] == 0xff; {
		switch b[at+1] {
		case 0xc2:
			return true
		case 0xda: // the picture begins
			return false
		case 0xff: // a fill byte
			at++
			continue
		}
		at += 2 + int(b[at+2])<<8 + int(b[at+3])
	}
	return false
}

// Whole unpacks a picture to see that it can be. It fails where it cannot, and as unpacking does.
func Whole(ctx context.Context, picture []byte) error {
	size, err := Measure(picture)
	if err != nil {
		return err
	}
	return unpacking(ctx, size.Bytes, func() error {
		_, _, err := image.Decode(bytes.NewReader(picture))
		return err
	})
}

// Turn turns a picture clockwise and gives it as JPEG; by nothing it gives the picture as it came. It fails with
// ErrTurn on other angles, with ErrLarge on a picture too large, when ctx ends, and on what is no picture.
func Turn(ctx context.Context, picture []byte, degrees int) ([]byte, error) {
	if degrees == 0 {
		return picture, nil
	}
	if degrees != 90 && degrees != 180 && degrees != 270 {
		return nil, ErrTurn
	}
	size, err := Measure(picture)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = unpacking(ctx, size.Bytes, func() error {
		img, _, err := image.Decode(bytes.NewReader(picture))
		if err != nil {
			return fmt.Errorf("read a picture: %w", err)
		}
		if err := jpeg.Encode(&b, turned{img, degrees}, &jpeg.Options{Quality: quality}); err != nil {
			return fmt.Errorf("write a turned picture: %w", err)
		}
		return nil
	})
	if err != nil {
		return nil, err
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

// Together makes one PDF of several pictures, each on an A4 page of its own, in their order. It fails on what is no PNG
// or JPEG, with ErrLarge on a picture too large, and when ctx ends.
func Together(ctx context.Context, pictures [][]byte) ([]byte, error) {
	doc := document.NewDocument(document.PageSizeA4)
	width, height := document.PageSizeA4.Width, document.PageSizeA4.Height
	for i, p := range pictures {
		img, err := page(ctx, p)
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

// page makes a picture fit for a document. A JPEG and most PNG go in packed, as they are; what would have to stay
// unpacked until the document is written (transparency, interlacing, 16 bits) goes in as JPEG on white.
func page(ctx context.Context, picture []byte) (*folio.Image, error) {
	if !bytes.HasPrefix(picture, []byte("\x89PNG")) {
		return folio.NewJPEG(picture)
	}
	size, err := Measure(picture)
	if err != nil {
		return nil, err
	}
	if packed(picture) {
		var img *folio.Image
		err := unpacking(ctx, size.Bytes, func() (err error) { img, err = folio.NewPNG(picture); return err })
		return img, err
	}
	var b bytes.Buffer
	err = unpacking(ctx, size.Bytes+4*int64(size.Pixels()), func() error {
		img, err := png.Decode(bytes.NewReader(picture))
		if err != nil {
			return err
		}
		white := image.NewRGBA(image.Rect(0, 0, size.Width, size.Height))
		draw.Draw(white, white.Rect, image.White, image.Point{}, draw.Src)
		draw.Draw(white, white.Rect, img, img.Bounds().Min, draw.Over)
		return jpeg.Encode(&b, white, &jpeg.Options{Quality: quality})
	})
	if err != nil {
		return nil, err
	}
	return folio.NewJPEG(b.Bytes())
}

// packed tells whether folio takes the pixels of a PNG into a document without unpacking them: eight bits or a palette,
// neither transparent nor interlaced.
func packed(b []byte) bool {
	if len(b) < 29 || b[28] != 0 || bytes.Contains(b, []byte("tRNS")) {
		return false
	}
	depth, colours := b[24], b[25]
	return colours == 3 || depth == 8 && (colours == 0 || colours == 2)
}
