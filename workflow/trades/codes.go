package trades

import "strings"

// CheckCreditCode tells in one Chinese sentence what is wrong with a unified social credit code (GB 32100-2015: 18
// characters, modulo 31), "" when it is sound.
func CheckCreditCode(s string) string {
	const digits = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	weights := [...]int{1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28}
	if len(s) != 18 {
		return "统一社会信用代码应为 18 位"
	}
	sum := 0
	for i, w := range weights {
		v := strings.IndexByte(digits, s[i])
		if v < 0 {
			return "统一社会信用代码只用数字和大写字母，不用 I、O、S、V、Z"
		}
		sum += v * w
	}
	if digits[(31-sum%31)%31] != s[17] {
		return "统一社会信用代码校验位不符，请核对第18位"
	}
	return ""
}
