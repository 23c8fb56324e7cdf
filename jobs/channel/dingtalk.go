package channel

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// DingTalk is a group robot of DingTalk.
const DingTalk Kind = "dingtalk"

var dingtalkDriver = driver{kind: DingTalk, schemes: web, check: checkDingTalk,
	open: func(c Config, transport http.RoundTripper, patience time.Duration) (Sender, error) {
		return &dingtalk{newPoster(c, transport, patience)}, nil
	}}

func checkDingTalk(c Config, _ *url.URL) error {
	if c.Secret == "" {
		return errors.New("钉钉机器人的“密钥”没有填写，请在机器人的安全设置中选择“加签”")
	}
	return nil
}

// dingtalk speaks to a group robot of DingTalk with a signed address.
type dingtalk struct{ *poster }

type dingtalkBody struct {
	MsgType string `json:"msgtype"`
	Text    struct {
		Content string `json:"content"`
	} `json:"text"`
	At struct {
		Users   []string `json:"atUserIds,omitempty"`
		Mobiles []string `json:"atMobiles,omitempty"`
		All     bool     `json:"isAtAll"`
	} `json:"at"`
}

// Send implements Sender.
func (d *dingtalk) Send(ctx context.Context, m Message) error {
	u, err := url.Parse(d.config.URL)
	if err != nil {
		return errors.New("send to DingTalk: the address is not one")
	}
	stamp := strconv.FormatInt(time.Now().UnixMilli(), 10)
	q := u.Query()
	q.Set("timestamp", stamp)
	q.Set("sign", sign(stamp, d.config.Secret))
	u.RawQuery = q.Encode()
	body := dingtalkBody{MsgType: "text"}
	body.Text.Content = m.Text
	body.At.Users, body.At.Mobiles = mention(m.To)
	// system busy; too often
	if err := d.say(ctx, m, u.String(), body, []int{-1, 130101, 410100}); err != nil {
		return fmt.Errorf("send to DingTalk: %w", err)
	}
	return nil
}

// sign is DingTalk's: the secret is also in what is signed.
func sign(stamp, secret string) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(stamp + "\n" + secret))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
