package request

import (
	"bytes"
	"errors"
	"io"
	"net"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"anju/handlers/problem"
	"anju/handlers/schema"
)

// What a request may take in bytes and in time.
const (
	BodyLimit    = 21 << 20 // one scan of 20 MB with its form around it
	JsonLimit    = 1 << 20  // any other body
	RequestLimit = 15 * time.Second
)

// IsLegible text is UTF-8 without control characters: no database keeps anything else.
func IsLegible(b []byte) bool { return utf8.Valid(b) && !bytes.ContainsFunc(b, unicode.IsControl) }

// The limits of what is read of a request before anything else is known of it.
const (
	HeaderTime  = 10 * time.Second // for the whole header
	pauseMost   = 10 * time.Second // between two pieces of a body
	paceLeast   = 4 << 10          // bytes a second of a body on the whole: half of what a line of 64 kbit/s carries
	lingerTime  = 2 * time.Second  // for reading on after a refusal, so that the sender gets to the answer
	headersMost = 100              // header lines
)

// The refusals of a request that cannot be read.
var (
	ErrMalformed = problem.New(400, "请求的格式不正确，没有受理，请用浏览器或按接口说明重新提交")
	errSlow      = problem.New(408, "提交用时过长，请检查网络后重试")
	errCutOff    = problem.New(400, "提交的内容没有收全，没有受理，请重试")
)

// hostForm is a name or an address, with or without a port.
var hostForm = regexp.MustCompile(`^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?$`)

// Malformed tells whether two servers might read a request differently: what fasthttp lets through of RFC 9112 §2.2,
// §2.3, §3.2, §5.2 and §6.1. Behind a proxy such requests hide others in them.
func Malformed(r *fasthttp.Request) bool {
	h := &r.Header
	if p := string(h.Protocol()); p != "HTTP/1.1" && p != "HTTP/1.0" {
		return true
	}
	if host := h.Host(); !hostForm.Match(host) && (len(host) > 0 || h.IsHTTP11()) {
		return true
	}
	if badLines(h.RawHeaders()) {
		return true
	}
	if len(h.Peek(fiber.HeaderTransferEncoding)) > 0 && len(h.Peek(fiber.HeaderContentLength)) > 0 {
		return true
	}
	return badTarget(string(h.RequestURI()), string(h.Host()))
}

// badLines tells whether header lines are folded, not ended by CR LF, too many, or say both how long a body is and that
// it is chunked.
func badLines(raw []byte) bool {
	var length, coding bool
	lines := 0
	for len(raw) > 0 {
		line, rest, _ := bytes.Cut(raw, []byte("\n"))
		if len(rest) > 0 || bytes.HasSuffix(raw, []byte("\n")) {
			if !bytes.HasSuffix(line, []byte("\r")) {
				return true
			}
			line = line[:len(line)-1]
		}
		raw = rest
		if len(line) == 0 {
			continue // the end of the header
		}
		if lines++; lines > headersMost || line[0] == ' ' || line[0] == '\t' || bytes.IndexByte(line, '\r') >= 0 {
			return true
		}
		name, _, colon := bytes.Cut(line, []byte(":"))
		if !colon || !token(name) {
			return true
		}
		length = length || bytes.EqualFold(name, []byte(fiber.HeaderContentLength))
		coding = coding || bytes.EqualFold(name, []byte(fiber.HeaderTransferEncoding))
	}
	return length && coding
}

// badTarget tells whether the address of a request is neither a path of this server nor a whole address at the same
// host, or its path has a percent sign that is no escape.
func badTarget(target, host string) bool {
	for _, scheme := range []string{"http://", "https://"} {
		if len(target) > len(scheme) && strings.EqualFold(target[:len(scheme)], scheme) {
			at, path, _ := strings.Cut(target[len(scheme):], "/")
			if !strings.EqualFold(at, host) {
				return true
			}
			target = "/" + path
		}
	}
	if !strings.HasPrefix(target, "/") {
		return true
	}
	path, _, _ := strings.Cut(target, "?")
	for i := range len(path) {
		if path[i] == '%' && (i+2 >= len(path) || !hexDigit(path[i+1]) || !hexDigit(path[i+2])) {
			return true
		}
	}
	return false
}

// token tells whether a name is one as RFC 9110 §5.6.2 has it.
func token(name []byte) bool {
	return len(name) > 0 && !bytes.ContainsFunc(name, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune("\"(),/:;<=>?@[\\]{}", r)
	})
}

func hexDigit(b byte) bool {
	return '0' <= b && b <= '9' || 'a' <= b|0x20 && b|0x20 <= 'f'
}

// Linger reads on for a moment after a refusal: who is still sending would otherwise lose the answer with the
// connection.
func Linger(c *fiber.Ctx) {
	stream := c.Request().BodyStream()
	if stream == nil || c.Context().SetReadDeadline(time.Now().Add(lingerTime)) != nil {
		return
	}
	if p, ok := stream.(*pacedBody); ok {
		stream = p.in
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(stream, 2*BodyLimit)) // what fails here ends the connection, as is meant
}

// pacedBody is a body that must keep coming: it fails with errSlow after a pause of ten seconds and below the least
// pace, with errTooLarge over its limit, and with errCutOff where it ends early.
type pacedBody struct {
	deadline func(time.Time) error
	in       io.Reader
	began    time.Time
	read     int64
	most     int64
	length   int64 // negative: not said
	failed   error
}

// Paced returns the body of a request, read no more than most bytes and no slower than a sender may be.
func Paced(c *fiber.Ctx, most int64, length int) io.Reader {
	return &pacedBody{deadline: c.Context().SetReadDeadline, in: c.Request().BodyStream(), began: time.Now(), most: most,
		length: int64(length)}
}

// Read implements io.Reader.
func (p *pacedBody) Read(b []byte) (int, error) {
	if p.failed != nil {
		return 0, p.failed
	}
	next := time.Now().Add(pauseMost)
	if due := p.began.Add(pauseMost + time.Duration(p.read)*time.Second/paceLeast); due.Before(next) {
		next = due
	}
	if err := p.deadline(next); err != nil {
		return 0, err
	}
	n, err := p.in.Read(b)
	p.read += int64(n)
	var late net.Error
	switch {
	case p.read > p.most:
		p.failed = problem.ErrTooLarge
	case err == nil:
		return n, nil
	case errors.Is(err, io.EOF) && p.read >= p.length:
		p.failed = io.EOF
	case errors.As(err, &late) && late.Timeout():
		p.failed = errSlow
	default:
		p.failed = errCutOff
	}
	return n, p.failed
}

// Readable refuses what may not even be looked at: packed bodies (a few bytes of them become gigabytes) and addresses
// that are no text.
func Readable(c *fiber.Ctx) error {
	for _, packed := range c.Request().Header.PeekAll(fiber.HeaderContentEncoding) {
		if p := bytes.TrimSpace(packed); len(p) > 0 && !bytes.EqualFold(p, []byte("identity")) {
			return problem.ErrPacked
		}
	}
	broken := !IsLegible(c.Context().Path())
	for name, value := range c.Context().QueryArgs().All() {
		broken = broken || !IsLegible(name) || !IsLegible(value)
	}
	if broken {
		return schema.ErrEncoding
	}
	return nil
}
