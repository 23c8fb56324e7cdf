package channel

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// wecom speaks to a group robot of WeCom, and to whatever else takes the same text by webhook.
type wecom struct{ *poster }

// mostWeCom is how many bytes a text may have: WeCom cuts off what is beyond.
const mostWeCom = 2048

var mobile = regexp.MustCompile(`^1[0-9]{10}$`)

type wecomBody struct {
	MsgType string `json:"msgtype"`
	Text    struct {
		Content string   `json:"content"`
		Users   []string `json:"mentioned_list,omitempty"`
		Mobiles []string `json:"mentioned_mobile_list,omitempty"`
	} `json:"text"`
}

// Send implements Sender.
func (w *wecom) Send(ctx context.Context, m Message) error {
	if len(m.Text) > mostWeCom {
		return fmt.Errorf("send to WeCom: %w: more than %d bytes", ErrRefused, mostWeCom)
	}
	body := wecomBody{MsgType: "text"}
	body.Text.Content = m.Text
	body.Text.Users, body.Text.Mobiles = mention(m.To)
	// system busy; too often, too many at once
	if err := w.say(ctx, m, w.config.URL, body, []int{-1, 45009, 45011, 45033}); err != nil {
		return fmt.Errorf("send to WeCom: %w", err)
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

// mention is whom a robot names, by user or by number.
func mention(to string) (users, mobiles []string) {
	switch {
	case to == "":
		return nil, nil
	case mobile.MatchString(to):
		return nil, []string{to}
	}
	return []string{to}, nil
}

// say posts to a robot, which answers everything with 200 and says in the text what it thinks; later are its codes for
// try again.
func (p *poster) say(ctx context.Context, m Message, address string, body any, later []int) error {
	if err := m.check(); err != nil {
		return err
	}
	if m.To == "@all" {
		return fmt.Errorf("%w: everybody is not one person", ErrRefused)
	}
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	answer, cut, err := p.post(ctx, m, address, text, nil)
	if err != nil {
		return err
	}
	if cut != nil {
		return fmt.Errorf("%w: %w", ErrUnsure, cut)
	}
	var verdict struct {
		Code *int   `json:"errcode"`
		Text string `json:"errmsg"`
	}
	if err := json.Unmarshal(answer, &verdict); err != nil || verdict.Code == nil {
		return fmt.Errorf("%w: an answer without errcode", ErrUnsure)
	}
	said := fmt.Sprintf("errcode %d: %s", *verdict.Code, hide(p.config, m, verdict.Text))
	switch {
	case *verdict.Code == 0:
		return nil
	case slices.Contains(later, *verdict.Code):
		return errors.New(said)
	}
	return fmt.Errorf("%w: %s", ErrRefused, said)
}
