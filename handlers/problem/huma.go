package problem

import (
	"errors"
	"fmt"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/validation"

	"anju/handlers/schema"
	"anju/workflow"
)

// FromHuma is huma's own refusals (query parameters, methods) in the one form of this package.
func FromHuma(status int, _ string, errs ...error) huma.StatusError {
	var p *Problem
	fields := []workflow.FieldError{}
	for _, err := range errs {
		if errors.As(err, &p) {
			return p
		}
		var d huma.ErrorDetailer
		if errors.As(err, &d) {
			e := d.ErrorDetail()
			field := e.Location
			if _, name, ok := strings.Cut(field, "."); ok {
				field = name
			}
			fields = append(fields, workflow.FieldError{Field: field, Message: paramMessage(field, e.Message)})
		}
	}
	switch {
	case len(fields) > 0:
		return New(status, fields[0].Message, fields...)
	case status >= 500:
		return New(status, "服务器未能完成这次操作，请稍后重试")
	}
	return New(status, "请求不成立，请核对后重试")
}

// oneOf begins what huma says of a value outside a list.
var oneOf, _, _ = strings.Cut(validation.MsgExpectedOneOf, `"`)

func paramMessage(field, message string) string {
	switch {
	case strings.Contains(message, "unknown query parameter"):
		return fmt.Sprintf("没有“%s”这个查询参数，请核对", schema.Shown(field))
	case strings.HasPrefix(message, oneOf):
		return field + " 只能是 " + strings.ReplaceAll(strings.Trim(message[len(oneOf):], ` "`), ", ", "、") + " 之一"
	case field == "page":
		return "page 应为不小于 1 的整数，例如 1"
	case field == "per_page":
		return "per_page 应为 1 至 200 的整数，例如 50"
	}
	return fmt.Sprintf("参数“%s”不正确，请核对后重试", schema.Shown(field))
}
