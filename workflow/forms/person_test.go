package forms

import (
	"testing"

	"anju/workflow/law/lawtest"
)

// A name has one written form, whatever stands in it that shows nothing (B13, M11).
func TestNormalName(t *testing.T) {
	lawtest.Claim(t, "R31")
	for typed, want := range map[string]string{"王 明": "王明", "欧阳　修": "欧阳修", "刘\u00a0备": "刘备", " 张三\t": "张三",
		"买买提 • 艾力": "买买提·艾力",
		"买买提・艾力":   "买买提·艾力", "John   Smith": "John Smith", "王 John": "王 John", "": "", " \u200b": "", "关\ufe00羽": "关羽",
		"葛\U000e0100飞": "葛飞"} {
		if got := NormalName(typed); got != want || NormalName(got) != got {
			t.Errorf("%+q becomes %+q, want %+q", typed, got, want)
		}
	}
	for _, r := range []rune{0x200b, 0x200c, 0x200d, 0x200e, 0x2060, 0x00ad, 0x061c, 0x180e, 0x2028, 0x2029, 0xe0041,
		0x3164, 0x034f, 0xfe0f, 0xfeff, 0x115f, 0xffa0} {
		if got := NormalName("测" + string(r) + "试"); got != "测试" {
			t.Errorf("U+%04X stays in a name: %+q", r, got)
		}
		if got := NormalIDNumber("1４0" + string(r) + " 82x"); got != "14082X" {
			t.Errorf("U+%04X stays in a number: %+q", r, got)
		}
		if !Unseen(r) {
			t.Errorf("U+%04X is seen", r)
		}
	}
	for _, r := range "王a·，。 \n1é한" {
		if Unseen(r) {
			t.Errorf("U+%04X is unseen", r)
		}
	}
}
