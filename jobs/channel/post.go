package channel

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// mostAnswer is as much of an answer as is read.
const mostAnswer = 64 << 10

// poster posts to the address of one channel.
type poster struct {
	config   Config
	client   *http.Client
	patience time.Duration
}

func newPoster(c Config, transport http.RoundTripper, patience time.Duration) *poster {
	if shared, ok := transport.(*http.Transport); ok {
		own := shared.Clone()
		// a connection left from the last message may be dead: then a written request would stay without answer
		own.DisableKeepAlives = true
		// over HTTP/1.1 a request is written when its last byte is; HTTP/2 reports a stream that was cut off the same way
		own.Protocols = new(http.Protocols)
		own.Protocols.SetHTTP1(true)
		own.TLSNextProto = nil
		if own.TLSClientConfig != nil { // a transport that was in use offers h2 here by itself
			own.TLSClientConfig.NextProtos = nil
		}
		own.MaxResponseHeaderBytes = mostAnswer
		transport = own
	}
	return &poster{c, &http.Client{
		Transport: transport,
		// a redirected POST becomes a GET, or goes with its signature to another host
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, patience}
}

// post sends the body once and returns the text of an answer of success. cut says that the answer was one of success
// and its text did not come whole.
func (p *poster) post(ctx context.Context, m Message, address string, body []byte,
	header map[string]string) (answer []byte, cut, err error) {
	ctx, cancel := context.WithTimeout(ctx, p.patience)
	defer cancel()
	sent := &outgoing{rest: bytes.NewReader(body)}
	var failed atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn:      func(httptrace.GotConnInfo) { failed.Store(false) },
		WroteRequest: func(info httptrace.WroteRequestInfo) { failed.Store(info.Err != nil) },
	})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, sent)
	if err != nil {
		return nil, nil, errors.New("the address is not one") // the error would quote it, with its token
	}
	req.ContentLength = int64(len(body)) // no GetBody: the transport must not send it again on its own
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	for name, value := range header {
		req.Header.Set(name, value)
	}
	resp, err := p.client.Do(req)
	if err != nil {
		if e := (*url.Error)(nil); errors.As(err, &e) {
			err = e.Err // without the address and its token
		}
		if sent.gone() && !failed.Load() {
			return nil, nil, fmt.Errorf("%w: %w", ErrUnsure, err)
		}
		return nil, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	text, cut := io.ReadAll(io.LimitReader(resp.Body, mostAnswer))
	said := fmt.Sprintf("status %d: %s", resp.StatusCode, hide(p.config, m, string(text)))
	switch code := resp.StatusCode; {
	case code >= 200 && code < 300:
		return text, cut, nil
	case code == http.StatusRequestTimeout || code == http.StatusTooManyRequests:
		return nil, nil, errors.New(said)
	case code == http.StatusGatewayTimeout: // a proxy says what ErrUnsure says
		return nil, nil, fmt.Errorf("%w: %s", ErrUnsure, said)
	case code >= 400 && code < 500:
		return nil, nil, fmt.Errorf("%w: %s", ErrRefused, said)
	}
	return nil, nil, errors.New(said)
}

// outgoing is a body that knows whether its last byte was taken to be written. A request without it is never whole.
type outgoing struct {
	mu     sync.Mutex
	rest   *bytes.Reader
	closed bool
}

func (o *outgoing) Read(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return 0, io.ErrClosedPipe
	}
	return o.rest.Read(p)
}

// gone says whether all was taken, and gives nothing more: the transport may still read after it has failed.
func (o *outgoing) gone() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	return o.rest.Len() == 0
}
