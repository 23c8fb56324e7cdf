package screens_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
)

// picture is a PNG of some size with a few dark lines on white, as of a page.
func picture(width, height int) []byte {
	img := image.NewGray(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			img.SetGray(x, y, color.Gray{Y: 255})
			if y%10 == 5 && x > width/10 && x < width*9/10 {
				img.SetGray(x, y, color.Gray{Y: 40})
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err) // an image in memory can be written to memory
	}
	return b.Bytes()
}
