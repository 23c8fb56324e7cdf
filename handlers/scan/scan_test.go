package scan_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
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

// header is a PNG that has nothing but a header.
func header(width, height uint32, depth, colours byte) []byte {
	body := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte("IHDR"), width), height)
	body = append(body, depth, colours, 0, 0, 0)
	b := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), body...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(body))
}

// What would not fit into memory is refused by its header, and nothing is unpacked once nobody waits for it (security M6).
func TestPicturesAreUnpackedWithinTheirMemory(t *testing.T) {
	for name, tt := range map[string]struct {
		picture []byte
		bytes   int64
		large   bool
	}{
		"grey":                      {header(6000, 6000, 8, 0), 36_000_000, false},
		"colours":                   {header(6000, 6000, 8, 2), 144_000_000, false},
		"16 bits with transparency": {header(6000, 6000, 16, 6), 288_000_000, true},
		"very large":                {header(12000, 11000, 8, 6), 528_000_000, true},
	} {
		size, err := scan.Measure(tt.picture)
		if err != nil || size.Bytes != tt.bytes {
			t.Errorf("%s: %+v %v", name, size, err)
		}
		if _, err := scan.Turn(t.Context(), tt.picture, 90); err == nil || errors.Is(err, scan.ErrLarge) != tt.large {
			t.Errorf("%s turned: %v", name, err)
		}
		if err := scan.Whole(t.Context(), tt.picture); err == nil || errors.Is(err, scan.ErrLarge) != tt.large {
			t.Errorf("%s unpacked: %v", name, err)
		}
	}
	if _, err := scan.Together(t.Context(), [][]byte{header(6000, 6000, 8, 6)}); !errors.Is(err, scan.ErrLarge) {
		t.Errorf("a transparent page of 36 million pixels: %v", err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := scan.Turn(ended, picture(t, "png"), 90); !errors.Is(err, context.Canceled) {
		t.Errorf("turned after the request ended: %v", err)
	}
	if _, err := scan.Together(ended, [][]byte{picture(t, "png")}); !errors.Is(err, context.Canceled) {
		t.Errorf("put together after the request ended: %v", err)
	}
}

// A page with transparency goes in on white, as JPEG: it does not stay unpacked until the document is written.
func TestATransparentPageIsOnWhite(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 60, 40)) // nothing but transparency
	img.Set(1, 1, color.NRGBA{A: 1})
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	whole, err := scan.Together(t.Context(), [][]byte{b.Bytes(), picture(t, "png")})
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(whole, []byte("\xff\xd8\xff"))
	if at < 0 || !bytes.Contains(whole, []byte("DCTDecode")) {
		t.Fatal("no JPEG in the document")
	}
	page, err := jpeg.Decode(bytes.NewReader(whole[at:]))
	if err != nil {
		t.Fatal(err)
	}
	if r, g, bl, _ := page.At(30, 20).RGBA(); min(r, g, bl) < 0xf000 {
		t.Errorf("the page is of %x %x %x, not white", r, g, bl)
	}
}
