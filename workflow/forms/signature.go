package forms

import (
	"bytes"
	"encoding/base64"
	"image/png"
	"time"

	"anju/workflow"
	"anju/workflow/law"
)

// HandSigned is what the head who decides adds by his own hand: his signature, drawn on a phone or at the desk and kept
// with the decision, and whether his office's seal picture is placed on what he issues (Licensing Law Art. 39). Only he
// may place it.
type HandSigned struct {
	Signature string `json:"signature,omitempty" doc:"手写签名（PNG 图片的 base64）" maxLength:"40000" format:"signature"`
	UseSeal   bool   `json:"use_seal,omitempty" doc:"使用本单位登记的印章图样"`
}

// Check wants a small picture where there is a signature.
func (h HandSigned) Check(time.Time) []workflow.FieldError { return h.signatureError("R52") }

func (h HandSigned) signatureError(r law.Rule) []workflow.FieldError {
	if h.Signature == "" {
		return nil
	}
	b, err := base64.StdEncoding.DecodeString(h.Signature)
	c, unread := png.DecodeConfig(bytes.NewReader(b))
	switch {
	case err != nil || unread != nil:
		return []workflow.FieldError{fieldError("signature", "签名应为 PNG 图片的 base64 编码，请重新签名", r)}
	case c.Width > 1200 || c.Height > 600:
		return []workflow.FieldError{fieldError("signature", "签名图片不超过 1200×600 像素", r)}
	}
	return nil
}

// Sealing implements the interface of that name.
func (h *HandSigned) Sealing() bool { return h.UseSeal }
