package forms

import (
	"archive/zip"
	"bytes"
	_ "embed"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/carlos7ags/folio/font"
)

// rareData holds the characters that the font of the papers lacks: a small font for each 256 code points, so that a
// paper reads the few that it needs. font/rare.py makes it.
//
//go:embed font/rare.zip
var rareData []byte

// A rareBlock is the small font of 256 code points.
type rareBlock struct {
	data []byte
	face font.Face
}

// rare keeps the blocks that were read: most names need none, and a county's rare names are few.
var rare struct {
	sync.Mutex
	read map[rune]*rareBlock
}

var rareFiles = sync.OnceValues(func() (*zip.Reader, error) {
	return zip.NewReader(bytes.NewReader(rareData), int64(len(rareData)))
})

func rareName(block rune) string { return fmt.Sprintf("rare-%x", block) }

// rareOf returns the font of the block that a character is in, nil where there is none. Its face is used under the
// lock of glyphs alone.
func rareOf(r rune) (*rareBlock, error) {
	rare.Lock()
	defer rare.Unlock()
	block := r >> 8
	if b, known := rare.read[block]; known {
		return b, nil
	}
	files, err := rareFiles()
	if err != nil {
		return nil, err
	}
	name := fmt.Sprintf("%x.ttf", block)
	i := slices.IndexFunc(files.File, func(f *zip.File) bool { return f.Name == name })
	if i < 0 {
		return nil, nil
	}
	f, err := files.File[i].Open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b := &rareBlock{}
	if b.data, err = io.ReadAll(f); err != nil {
		return nil, err
	}
	if b.face, err = font.ParseTTF(b.data); err != nil {
		return nil, err
	}
	if rare.read == nil {
		rare.read = map[rune]*rareBlock{}
	}
	rare.read[block] = b
	return b, nil
}

// withRare gives the characters of a page that only a rare font has to that font, and returns the style that declares
// the fonts and the page. It adds the fonts to the assets.
func withRare(body string, assets map[string][]byte) (style, page string, err error) {
	var b strings.Builder
	for _, r := range body {
		if r < 0x3400 { // below the ideographs there is no rare character
			b.WriteRune(r)
			continue
		}
		common, err := inSerif(r)
		if err != nil {
			return "", "", err
		}
		block, err := rareOf(r)
		if common || block == nil || err != nil {
			if err != nil {
				return "", "", err
			}
			b.WriteRune(r)
			continue
		}
		name := rareName(r >> 8)
		if file := name + ".ttf"; assets[file] == nil {
			assets[file] = block.data
			style += fmt.Sprintf(`@font-face { font-family: %s; src: url("%s") }`+"\n", name, file)
		}
		fmt.Fprintf(&b, `<span style="font-family:%s">%c</span>`, name, r)
	}
	return style, b.String(), nil
}
