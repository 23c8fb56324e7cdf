package channel

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const secret = "s3cret-of-the-county"

// channels are the three that post, each with a true answer of the other side.
var channels = []struct {
	config Config
	ok     string
}{
	{Config{Kind: SMS, Key: "anju-county", Secret: secret, Sender: "某县农业农村局", Template: "T-1"}, ""},
	{Config{Kind: WeCom, Secret: secret}, `{"errcode":0,"errmsg":"ok"}`},
	{Config{Kind: DingTalk, Secret: secret}, `{"errcode":0,"errmsg":"ok"}`},
}

// each runs a test on each channel against a server of its own.
func each(t *testing.T, serve func(ok string) http.HandlerFunc, do func(t *testing.T, s Sender, kind Kind)) {
	t.Helper()
	for _, ch := range channels {
		t.Run(string(ch.config.Kind), func(t *testing.T) {
			server := httptest.NewServer(serve(ch.ok))
			defer server.Close()
			c := ch.config
			c.URL = server.URL + "/send?access_token=t0ken"
			do(t, mustOpen(t, c, server.Client()), c.Kind)
		})
	}
}

func read(r *http.Request) []byte {
	body, _ := io.ReadAll(r.Body)
	return body
}

func TestPostAnswer(t *testing.T) {
	const busy = `{"errcode":-1,"errmsg":"system busy"}`
	tests := []struct {
		name   string
		status int
		answer string // empty is the true one of the channel
		want   map[Kind]string
	}{
		{"taken", 200, "", map[Kind]string{SMS: "taken", WeCom: "taken", DingTalk: "taken"}},
		{"accepted", 202, "", map[Kind]string{SMS: "taken", WeCom: "taken", DingTalk: "taken"}},
		{"a bad number", 400, `{"errmsg":"bad phone"}`, all("refused")},
		{"a wrong signature", 401, "no", all("refused")},
		{"gone", 410, "no", all("refused")},
		{"too slow", 408, "later", all("again")},
		{"too often", 429, "later", all("again")},
		{"broken", 500, "sorry", all("again")},
		{"a proxy has nobody behind it", 502, "sorry", all("again")},
		{"closed for the night", 503, "sorry", all("again")},
		{"a proxy got no answer", 504, "sorry", all("unsure")},
		{"busy", 200, busy, map[Kind]string{SMS: "taken", WeCom: "again", DingTalk: "again"}},
		{"WeCom has enough", 200, `{"errcode":45009}`, map[Kind]string{SMS: "taken", WeCom: "again", DingTalk: "refused"}},
		{"DingTalk has enough", 200, `{"status":1111,"errcode":130101}`, map[Kind]string{SMS: "taken", WeCom: "refused",
			DingTalk: "again"}},
		{"no such robot", 200, `{"errcode":93000,"errmsg":"invalid webhook url"}`, map[Kind]string{SMS: "taken",
			WeCom: "refused", DingTalk: "refused"}},
		{"a page of a portal", 200, "<html>请登录</html>", map[Kind]string{SMS: "taken", WeCom: "unsure", DingTalk: "unsure"}},
		{"other JSON", 200, `{"ok":true}`, map[Kind]string{SMS: "taken", WeCom: "unsure", DingTalk: "unsure"}},
		{"an endless page", 200, strings.Repeat(" ", mostAnswer) + `{"errcode":0}`, map[Kind]string{SMS: "taken",
			WeCom: "unsure", DingTalk: "unsure"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			each(t, func(ok string) http.HandlerFunc {
				return func(w http.ResponseWriter, r *http.Request) {
					read(r)
					w.WriteHeader(tt.status)
					_, _ = io.WriteString(w, cmpOr(tt.answer, ok))
				}
			}, func(t *testing.T, s Sender, kind Kind) {
				if err := s.Send(context.Background(), notice); outcome(err) != tt.want[kind] {
					t.Errorf("%s is %s, want %s: %v", tt.name, outcome(err), tt.want[kind], err)
				}
			})
		})
	}
}

func all(want string) map[Kind]string {
	return map[Kind]string{SMS: want, WeCom: want, DingTalk: want}
}

func cmpOr(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func TestPostAfterFailure(t *testing.T) {
	var ids []string
	var tries atomic.Int32
	each(t, func(ok string) http.HandlerFunc {
		tries.Store(0)
		return func(w http.ResponseWriter, r *http.Request) {
			var body smsBody
			_ = json.Unmarshal(read(r), &body)
			ids = append(ids, body.OutID)
			if tries.Add(1) == 1 {
				http.Error(w, "sorry", http.StatusInternalServerError)
				return
			}
			_, _ = io.WriteString(w, ok)
		}
	}, func(t *testing.T, s Sender, _ Kind) {
		first, second := s.Send(context.Background(), notice), s.Send(context.Background(), notice)
		if outcome(first) != "again" || outcome(second) != "taken" || tries.Load() != 2 {
			t.Errorf("%v, then %v, after %d requests", first, second, tries.Load())
		}
	})
	if ids[0] != notice.ID || ids[1] != notice.ID {
		t.Errorf("out_id %q, want twice %q", ids[:2], notice.ID)
	}
}

func TestPostConnectionRefused(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	for _, ch := range channels {
		c := ch.config
		c.URL = "http://" + l.Addr().String() + "/send?access_token=t0ken"
		err := mustOpen(t, c, nil).Send(context.Background(), notice)
		if outcome(err) != "again" || strings.Contains(err.Error(), "t0ken") {
			t.Errorf("%s: %s, %v", c.Kind, outcome(err), err)
		}
	}
}

func TestPostNoAnswer(t *testing.T) {
	hangs := make(chan struct{})
	defer close(hangs)
	ends := map[string]http.HandlerFunc{
		"it hangs": func(_ http.ResponseWriter, r *http.Request) {
			read(r)
			select {
			case <-hangs:
			case <-r.Context().Done():
			}
		},
		"it hangs up": func(_ http.ResponseWriter, r *http.Request) {
			read(r)
			panic(http.ErrAbortHandler)
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			each(t, func(string) http.HandlerFunc { return end }, func(t *testing.T, s Sender, _ Kind) {
				ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
				defer cancel()
				if err := s.Send(ctx, notice); outcome(err) != "unsure" {
					t.Errorf("%s, %v", outcome(err), err)
				}
			})
		})
	}
}

func TestPostAnswerCutOff(t *testing.T) {
	each(t, func(ok string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			read(r)
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, ok+" ")
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}
	}, func(t *testing.T, s Sender, kind Kind) {
		want := "unsure"
		if kind == SMS {
			want = "taken" // its status says all
		}
		if err := s.Send(context.Background(), notice); outcome(err) != want {
			t.Errorf("%s, want %s: %v", outcome(err), want, err)
		}
	})
}

func TestPostHalfWritten(t *testing.T) {
	if testing.Short() {
		t.Skip("bound by the clock")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	go func() { // reads nothing, so that the request stays in the buffers of the kernel
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			defer func() { _ = c.Close() }()
		}
	}()
	c := channels[0].config
	c.URL = "http://" + l.Addr().String()
	s := mustOpen(t, c, nil)
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	long := notice
	long.Text = strings.Repeat("长", 20<<20)
	if err := s.Send(ctx, long); outcome(err) != "again" {
		t.Errorf("%s, %v", outcome(err), err)
	}
}

func TestPostDeadline(t *testing.T) {
	each(t, func(string) http.HandlerFunc {
		return func(http.ResponseWriter, *http.Request) { t.Error("a request came") }
	}, func(t *testing.T, s Sender, _ Kind) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if err := s.Send(ctx, notice); outcome(err) != "again" {
			t.Errorf("%s, %v", outcome(err), err)
		}
	})
}

func TestPostRedirect(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		t.Error("the other host was asked")
		_, _ = io.WriteString(w, `{"errcode":0}`)
	}))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		each(t, func(string) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				read(r)
				if r.Method != http.MethodPost {
					t.Errorf("asked again with %s", r.Method)
				}
				http.Redirect(w, r, other.URL, status)
			}
		}, func(t *testing.T, s Sender, _ Kind) {
			if err := s.Send(context.Background(), notice); outcome(err) != "again" {
				t.Errorf("%d: %s, %v", status, outcome(err), err)
			}
		})
	}
}

func TestSMSSignature(t *testing.T) {
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, stamp := read(r), r.Header.Get("X-Timestamp")
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(stamp + string(raw)))
		at, err := strconv.ParseInt(stamp, 10, 64)
		late := time.Since(time.Unix(at, 0)).Abs()
		if r.Header.Get("X-Signature") != hex.EncodeToString(mac.Sum(nil)) || err != nil || late > time.Minute {
			http.Error(w, "signature", http.StatusUnauthorized)
			return
		}
		want := `{"out_id":"notice:12:sms","phone":"13800000001","sender":"某县农业农村局","template":"T-1","params":{"text":"您的办件已受理，请留意。"}}`
		if string(raw) != want || r.Header.Get("X-Key") != "anju-county" || r.Method != http.MethodPost ||
			!strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
			t.Errorf("%s by %v", raw, r.Header)
		}
	}))
	defer gateway.Close()
	c := channels[0].config
	c.URL = gateway.URL
	if err := mustOpen(t, c, nil).Send(context.Background(), notice); err != nil {
		t.Error(err)
	}
	c.Secret = "another"
	if err := mustOpen(t, c, nil).Send(context.Background(), notice); outcome(err) != "refused" {
		t.Errorf("with another secret: %v", err)
	}
}

func TestRobots(t *testing.T) {
	var got []byte
	var query url.Values
	robot := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got, query = read(r), r.URL.Query()
		_, _ = io.WriteString(w, `{"errcode":0}`)
	}))
	defer robot.Close()
	address := robot.URL + "/robot/send?access_token=a%2Bb"
	for _, tt := range []struct {
		kind     Kind
		to, want string
	}{
		{WeCom, "13800000001", `{"msgtype":"text","text":{"content":"x","mentioned_mobile_list":["13800000001"]}}`},
		{WeCom, "zhangsan", `{"msgtype":"text","text":{"content":"x","mentioned_list":["zhangsan"]}}`},
		{WeCom, "", `{"msgtype":"text","text":{"content":"x"}}`},
		{DingTalk, "13800000001", `{"msgtype":"text","text":{"content":"x"},"at":{"atMobiles":["13800000001"],"isAtAll":false}}`},
		{DingTalk, "zhangsan", `{"msgtype":"text","text":{"content":"x"},"at":{"atUserIds":["zhangsan"],"isAtAll":false}}`},
		{DingTalk, "", `{"msgtype":"text","text":{"content":"x"},"at":{"isAtAll":false}}`},
	} {
		s := mustOpen(t, Config{Kind: tt.kind, URL: address, Secret: "SEC1"}, nil)
		if err := s.Send(context.Background(), Message{ID: "1", To: tt.to, Subject: "s", Text: "x"}); err != nil ||
			string(got) != tt.want {
			t.Errorf("%s to %q: %s, %v; want %s", tt.kind, tt.to, got, err, tt.want)
		}
		if query.Get("access_token") != "a+b" {
			t.Errorf("%s: the token became %q", tt.kind, query.Get("access_token"))
		}
		if tt.kind == WeCom {
			continue
		}
		mac := hmac.New(sha256.New, []byte("SEC1"))
		mac.Write([]byte(query.Get("timestamp") + "\nSEC1"))
		at, err := strconv.ParseInt(query.Get("timestamp"), 10, 64)
		if query.Get("sign") != base64.StdEncoding.EncodeToString(mac.Sum(nil)) || err != nil ||
			time.Since(time.UnixMilli(at)).Abs() > time.Minute {
			t.Errorf("signed with %v", query)
		}
	}
}

// TestDingTalkSign compares with a value worked out apart:
// printf '1577262236757\nthis is secret' | openssl dgst -sha256 -hmac "this is secret" -binary | base64
func TestDingTalkSign(t *testing.T) {
	const want = "hmPWwU+7lVdm3ZZz0r9tSfx0L4Q26jWOZr9+Gs6EZQM="
	if got := sign("1577262236757", "this is secret"); got != want {
		t.Errorf("sign %s, want %s", got, want)
	}
}

func TestSendRefusesMessage(t *testing.T) {
	for name, m := range unsendable {
		each(t, func(string) http.HandlerFunc {
			return func(http.ResponseWriter, *http.Request) { t.Errorf("%s was sent", name) }
		}, func(t *testing.T, s Sender, _ Kind) {
			if err := s.Send(context.Background(), m); outcome(err) != "refused" {
				t.Errorf("%s: %s, %v", name, outcome(err), err)
			}
		})
	}
	each(t, func(ok string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { read(r); _, _ = io.WriteString(w, ok) }
	}, func(t *testing.T, s Sender, kind Kind) {
		for m, only := range map[Message][]Kind{
			{ID: "1", To: "138****0001", Text: "x"}:                         {SMS},
			{ID: "1", To: "", Text: "x"}:                                    {SMS},
			{ID: "1", To: "@all", Text: "x"}:                                {SMS, WeCom, DingTalk},
			{ID: "1", To: "13800000001", Text: strings.Repeat("长", 683)}:    {WeCom}, // 2,049 bytes
			{ID: "1", To: "+8613800000001", Text: strings.Repeat("长", 682)}: nil,
			{ID: "1", To: "13800000001", Text: "一行\n\t二行 <b>&\"\u2028𠅤"}:    nil,
		} {
			want := "taken"
			if slices.Contains(only, kind) {
				want = "refused"
			}
			if err := s.Send(context.Background(), m); outcome(err) != want {
				t.Errorf("to %q: %s, want %s: %v", m.To, outcome(err), want, err)
			}
		}
	})
}

func TestErrorsHideSecrets(t *testing.T) {
	for _, status := range []int{200, 400, 500, 504} {
		each(t, func(string) http.HandlerFunc {
			return func(w http.ResponseWriter, r *http.Request) {
				body, _ := json.Marshal(string(read(r)))
				w.WriteHeader(status)
				_, _ = fmt.Fprintf(w, `{"errcode":7,"errmsg":"13800000001 %s %s"}`, secret, bytes.Trim(body, `"`))
			}
		}, func(t *testing.T, s Sender, _ Kind) {
			err := s.Send(context.Background(), notice)
			for _, word := range []string{notice.To, secret, "t0ken", "anju-county"} {
				if err != nil && strings.Contains(err.Error(), word) {
					t.Errorf("%d: %q is in %v", status, word, err)
				}
			}
			if err != nil && len(err.Error()) > 1000 {
				t.Errorf("%d: an error of %d bytes", status, len(err.Error()))
			}
		})
	}
}

func TestPostVerifiesCertificates(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		var proto string
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			proto = r.Proto
			_, _ = w.Write(read(r)[:0])
		}))
		server.EnableHTTP2 = http2
		server.Config.ErrorLog = log.New(io.Discard, "", 0)
		server.StartTLS()
		c := channels[0].config
		c.URL = server.URL
		if err := mustOpen(t, c, nil).Send(context.Background(), notice); outcome(err) != "again" || proto != "" {
			t.Errorf("an unknown certificate: %v over %q", err, proto)
		}
		if err := mustOpen(t, c, server.Client()).Send(context.Background(), notice); err != nil || proto != "HTTP/1.1" {
			t.Errorf("a known certificate: %v over %q", err, proto)
		}
		server.Close()
	}
}
