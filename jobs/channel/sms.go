package channel

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"time"
)

// SMS is a short message through the operator's gateway.
const SMS Kind = "sms"

var smsDriver = driver{kind: SMS, schemes: web, check: checkSMS,
	open: func(c Config, transport http.RoundTripper, patience time.Duration) (Sender, error) {
		return &sms{newPoster(c, transport, patience)}, nil
	}}

func checkSMS(c Config, _ *url.URL) error {
	if c.Key == "" {
		return errors.New("短信网关的“账号”没有填写")
	}
	if c.Secret == "" {
		return errors.New("短信网关的“密钥”没有填写")
	}
	return nil
}

// sms speaks the neutral form of the package comment.
type sms struct{ *poster }

var phone = regexp.MustCompile(`^\+?[0-9]{5,20}$`)

type smsBody struct {
	OutID    string            `json:"out_id"`
	Phone    string            `json:"phone"`
	Sender   string            `json:"sender,omitempty"`
	Template string            `json:"template"`
	Params   map[string]string `json:"params"`
}

// Send implements Sender.
func (s *sms) Send(ctx context.Context, m Message) error {
	if err := m.check(); err != nil {
		return fmt.Errorf("send short message: %w", err)
	}
	if !phone.MatchString(m.To) {
		return fmt.Errorf("send short message: %w: not a phone number", ErrRefused)
	}
	body, err := json.Marshal(smsBody{m.ID, m.To, s.config.Sender, s.config.Template, map[string]string{"text": m.Text}})
	if err != nil {
		return fmt.Errorf("send short message: %w", err)
	}
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	mac := hmac.New(sha256.New, []byte(s.config.Secret))
	mac.Write([]byte(stamp))
	mac.Write(body)
	_, _, err = s.post(ctx, m, s.config.URL, body, map[string]string{
		"X-Key": s.config.Key, "X-Timestamp": stamp, "X-Signature": hex.EncodeToString(mac.Sum(nil)),
	})
	if err != nil {
		return fmt.Errorf("send short message: %w", err)
	}
	return nil
}
