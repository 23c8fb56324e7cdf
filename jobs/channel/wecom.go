package channel

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// WeCom is a group robot of WeCom.
const WeCom Kind = "wecom"

var wecomDriver = driver{kind: WeCom, schemes: web,
	open: func(c Config, transport http.RoundTripper, patience time.Duration) (Sender, error) {
		return &wecom{newPoster(c, transport, patience)}, nil
	}}

// wecom speaks to a group robot of WeCom, and to whatever else takes the same text by webhook.
type wecom struct{ *poster }

// mostWeCom is how many bytes a text may have: WeCom cuts off what is beyond.
const mostWeCom = 2048

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
