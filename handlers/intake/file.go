package intake

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"io"
	"path"
	"regexp"
	"strings"
	"unicode"

	"github.com/emmansun/gmsm/sm3"

	"anju/handlers/problem"
	"anju/handlers/scan"
	"anju/handlers/schema"
)

// MaxScan is how many bytes a scan may have.
const MaxScan = 20 << 20

// The media types of scans.
const (
	TypePNG  = "image/png"
	TypeJPEG = "image/jpeg"
	TypePDF  = "application/pdf"
)

var extensions = map[string]string{".png": TypePNG, ".jpg": TypeJPEG, ".jpeg": TypeJPEG, ".pdf": TypePDF}

// The refusals of a file.
var (
	errFileEmpty  = refuseFile(422, "文件是空的，请重新选择文件")
	ErrFileBig    = refuseFile(413, "单个文件不超过20MB，请用200dpi灰度扫描")
	ErrFileKind   = refuseFile(422, "不是有效的图片或PDF，请上传 PNG、JPEG 或 PDF 扫描件")
	errFileName   = refuseFile(422, "文件内容与扩展名不一致，请核对文件后重新上传")
	ErrFileCut    = refuseFile(422, "文件不完整，请重传")
	ErrFileDeep   = refuseFile(422, "PDF 内容过于复杂，请重新扫描")
	ErrFileLarge  = refuseFile(422, "图片尺寸过大，每边不超过 12000 像素、总共不超过 6000 万像素，请用200dpi灰度扫描")
	ErrFilesMany  = refuseFile(422, "一次最多合成 40 页，请分几次上传")
	ErrFilesLarge = refuseFile(422, "这些图片合起来尺寸过大，请分几次上传，或用200dpi灰度扫描")
	errFileLocked = refuseFile(422, "文件有密码，请去掉密码后重新上传")
	ErrFileActive = refuseFile(422, "文件含脚本或附件，请重新扫描")
	errFileVirus  = refuseFile(422, "文件含病毒，请检查来源后重新扫描")
)

func refuseFile(status int, message string) *problem.Problem {
	p := problem.New(status, message)
	p.Errors = append(p.Errors, schema.Invalid("file", message).Fields...)
	return p
}

// Sniff tells what a scan is by its bytes, and refuses what is not whole, not openable, or not only a picture. It fails
// with the error of ctx where there is no memory in time to look into a picture.
func Sniff(ctx context.Context, name string, b []byte) (string, error) {
	switch {
	case len(b) == 0:
		return "", errFileEmpty
	case len(b) > MaxScan:
		return "", ErrFileBig
	case bytes.Contains(b, []byte("EICAR-STANDARD-ANTIVIRUS-TEST-FILE")):
		return "", errFileVirus
	}
	var kind string
	var err error
	switch {
	case bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")):
		if kind, err = TypePNG, wholePNG(b); err == nil {
			err = drawn(ctx, b, true)
		}
	case bytes.HasPrefix(b, []byte("\xff\xd8\xff")):
		if kind, err = TypeJPEG, wholeJPEG(b); err == nil {
			err = drawn(ctx, b, false)
		}
	case bytes.HasPrefix(b, []byte("%PDF-")):
		kind, err = TypePDF, wholePDF(b)
	default:
		return "", ErrFileKind
	}
	if err != nil {
		return "", err
	}
	if ext := strings.ToLower(path.Ext(name)); ext != "" && extensions[ext] != kind {
		return "", errFileName
	}
	return kind, nil
}

// How large a scan and what is packed in it may be.
const (
	maxSide   = 12_000
	maxPixels = 60_000_000
	maxDrawn  = 40_000_000  // pixels of a picture that is unpacked to see that it can be
	maxPages  = 40          // files of one paper
	maxTotal  = 200_000_000 // pixels of one paper
	MaxHidden = 20 << 20    // bytes that the object streams of a document may unpack to
)

// drawn sees that a picture says of itself that it is of bearable size, and unpacks it where asked.
func drawn(ctx context.Context, b []byte, unpack bool) error {
	size, err := scan.Measure(b)
	switch {
	case err != nil:
		return ErrFileKind
	case size.Width > maxSide || size.Height > maxSide || size.Pixels() > maxPixels:
		return ErrFileLarge
	case !unpack || size.Pixels() > maxDrawn:
		return nil
	}
	err = scan.Whole(ctx, b)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, scan.ErrLarge):
		return ErrFileLarge
	case errors.Is(err, scan.ErrBusy):
		return err
	}
	return ErrFileCut
}

// Bearable refuses the files of one paper that are too many, or pictures that are too large by their headers, before
// one of them is unpacked.
func Bearable(files []PageFile) error {
	if len(files) > maxPages {
		return ErrFilesMany
	}
	total := 0
	for _, f := range files {
		size, err := scan.Measure(f.Body)
		if err != nil {
			continue // no picture: sniff says what it is
		}
		if size.Width > maxSide || size.Height > maxSide || size.Pixels() > maxPixels {
			return ErrFileLarge
		}
		if total += size.Pixels(); total > maxTotal {
			return ErrFilesLarge
		}
	}
	return nil
}

// wholePNG walks the chunks to the end; nothing may follow it.
func wholePNG(b []byte) error {
	for at := 8; ; {
		if at+12 > len(b) {
			return ErrFileCut
		}
		n := int(binary.BigEndian.Uint32(b[at:]))
		kind := string(b[at+4 : at+8])
		if at == 8 && kind != "IHDR" {
			return ErrFileKind
		}
		if n < 0 || n > len(b)-at-12 {
			return ErrFileCut
		}
		if crc32.ChecksumIEEE(b[at+4:at+8+n]) != binary.BigEndian.Uint32(b[at+8+n:]) {
			return ErrFileCut
		}
		at += n + 12
		if kind == "IEND" {
			if at != len(b) {
				return ErrFileActive // a second file hides behind the picture
			}
			return nil
		}
	}
}

// wholeJPEG walks the segments to the picture and looks for its end after it.
func wholeJPEG(b []byte) error {
	for at := 2; ; {
		if at+4 > len(b) {
			return ErrFileCut
		}
		if b[at] != 0xff {
			return ErrFileKind
		}
		marker := b[at+1]
		if marker == 0xff {
			at++
			continue
		}
		n := int(binary.BigEndian.Uint16(b[at+2:]))
		if n < 2 {
			return ErrFileKind
		}
		at += 2 + n
		if marker == 0xda {
			if at > len(b) || bytes.LastIndex(b[at:], []byte{0xff, 0xd9}) < 0 {
				return ErrFileCut
			}
			return nil
		}
	}
}

var (
	pdfStream   = regexp.MustCompile(`(?s)stream\r?\n.*?endstream`)
	pdfEscape   = regexp.MustCompile(`#[0-9A-Fa-f]{2}`)
	pdfActive   = regexp.MustCompile(`/(JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData)([^A-Za-z0-9]|$)`)
	pdfPacked   = regexp.MustCompile(`/ObjStm([^A-Za-z0-9]|$)`)
	pdfFilter   = regexp.MustCompile(`/Filter\s*(\[[^\]]*\]|/[A-Za-z0-9]+)`)
	pdfLocked   = regexp.MustCompile(`/Encrypt[^A-Za-z0-9]`)
	pdfScramble = regexp.MustCompile(`/(DecodeParms|DP|F)([^A-Za-z0-9]|$)`) // of object streams: no scanner writes them so
	htmlTag     = regexp.MustCompile(`(?i)<(script|html|svg|iframe)[\s>]`)
)

// wholePDF looks at the skeleton of the document, outside its compressed streams.
func wholePDF(b []byte) error {
	if !bytes.Contains(b[max(0, len(b)-2048):], []byte("%%EOF")) {
		return ErrFileCut
	}
	bones := unescaped(pdfStream.ReplaceAll(b, nil))
	switch {
	case pdfLocked.Match(bones):
		return errFileLocked
	case pdfActive.Match(bones), htmlTag.Match(bones), htmlTag.Match(b[:min(len(b), 2048)]):
		return ErrFileActive
	}
	return packedPDF(b)
}

func unescaped(b []byte) []byte {
	return pdfEscape.ReplaceAllFunc(b, func(e []byte) []byte {
		c, err := hex.DecodeString(string(e[1:]))
		if err != nil {
			return e
		}
		return c
	})
}

// packedPDF looks into the object streams of a document: what acts may stand in them instead of outside. A stream that
// cannot be looked into is refused.
func packedPDF(b []byte) error {
	left := int64(MaxHidden)
	end := 0
	for _, at := range pdfStream.FindAllIndex(b, -1) {
		head := b[end:at[0]]
		end = at[1]
		if i := bytes.LastIndex(head, []byte("endobj")); i >= 0 {
			head = head[i:]
		}
		head = unescaped(head)
		if !pdfPacked.Match(head) {
			continue
		}
		body := bytes.TrimSuffix(b[at[0]:at[1]], []byte("endstream"))
		body = body[bytes.IndexByte(body, '\n')+1:]
		filters := pdfFilter.FindAll(head, -1)
		if len(filters) > 1 || pdfScramble.Match(head) {
			return ErrFileActive
		}
		filter := ""
		if len(filters) == 1 {
			filter = strings.Trim(strings.TrimPrefix(string(filters[0]), "/Filter"), "[] \r\n\t")
		}
		switch filter {
		case "":
		case "/FlateDecode", "/Fl":
			z, err := zlib.NewReader(bytes.NewReader(body))
			if err != nil {
				return ErrFileCut
			}
			body, err = io.ReadAll(io.LimitReader(z, left+1))
			if err != nil {
				return ErrFileCut
			}
		default:
			return ErrFileActive
		}
		if left -= int64(len(body)); left < 0 {
			return ErrFileDeep
		}
		if pdfActive.Match(unescaped(body)) {
			return ErrFileActive
		}
	}
	return nil
}

// FileName is what people called the file: a name, never a path, nothing that a terminal or a header would read.
func FileName(s string) string {
	s = s[strings.LastIndexAny(s, `/\`)+1:]
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || schema.Unprintable(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, s)
	if r := []rune(s); len(r) > 100 {
		ext := []rune(path.Ext(s))
		if len(ext) > 10 {
			ext = nil
		}
		s = string(r[:100-len(ext)]) + string(ext)
	}
	if s == "" || s == "." || s == ".." {
		return "扫描件"
	}
	return s
}

// Sum is the SM3 digest of bytes, in hexadecimal digits.
func Sum(b []byte) string {
	s := sm3.Sum(b)
	return hex.EncodeToString(s[:])
}

// HashForm is the form of a digest, and of the name of a file that is kept.
var HashForm = regexp.MustCompile(`^[0-9a-f]{64}$`)

// PageFile is one file of a paper as it was handed in.
type PageFile struct {
	Name string
	Body []byte
}
