package scan_test

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/carlos7ags/folio/reader"

	"anju/handlers/scan"
)

// picture is white with a black corner at the upper left, wider than high.
func picture(t *testing.T, as string) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 60, 40))
	for y := range 40 {
		for x := range 60 {
			img.Set(x, y, color.White)
			if x < 16 && y < 16 {
				img.Set(x, y, color.Black)
			}
		}
	}
	var b bytes.Buffer
	var err error
	if as == "png" {
		err = png.Encode(&b, img)
	} else {
		err = jpeg.Encode(&b, img, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestTurnedClockwise(t *testing.T) {
	for degrees, black := range map[int]image.Point{90: {35, 5}, 180: {55, 35}, 270: {5, 55}} {
		b, err := scan.Turn(t.Context(), picture(t, "png"), degrees)
		if err != nil {
			t.Fatal(err)
		}
		img, err := jpeg.Decode(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		for _, corner := range []image.Point{{5, 5}, {img.Bounds().Dx() - 5, 5}, {5, img.Bounds().Dy() - 5}, {img.Bounds().Dx() - 5, img.Bounds().Dy() - 5}} {
			r, _, _, _ := img.At(corner.X, corner.Y).RGBA()
			if dark := r < 0x8000; dark != (corner == black) {
				t.Errorf("turned by %d: corner %v of %v is dark: %v", degrees, corner, img.Bounds(), dark)
			}
		}
	}
	if same, err := scan.Turn(t.Context(), []byte("whatever"), 0); err != nil || string(same) != "whatever" {
		t.Errorf("not turned: %q %v", same, err)
	}
	if _, err := scan.Turn(t.Context(), picture(t, "png"), 45); !errors.Is(err, scan.ErrTurn) {
		t.Errorf("by 45 degrees: %v", err)
	}
}

func TestSeveralPagesAreOnePaper(t *testing.T) {
	b, err := scan.Together(t.Context(), [][]byte{picture(t, "png"), picture(t, "jpeg"), picture(t, "png")})
	if err != nil {
		t.Fatal(err)
	}
	r, err := reader.Parse(b)
	if err != nil || r.PageCount() != 3 {
		t.Fatalf("%v pages, %v", r.PageCount(), err)
	}
	if _, err := scan.Together(t.Context(), [][]byte{[]byte("no picture")}); err == nil {
		t.Error("what is no picture became a page")
	}
}
