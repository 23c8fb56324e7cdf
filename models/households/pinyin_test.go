package households

import (
	"slices"
	"strings"
	"testing"
)

func TestNamesAreSpelt(t *testing.T) {
	for name, want := range map[string]string{ // the likeliest first
		"单雄信": "shanxiongxin sxx", "查良镛": "zhaliangyong zly", "仇英": "qiuying qy", "解缙": "xiejin xj", "曾巩": "zenggong zg", "区大相": "oudaxiang odx", "盖叫天": "gejiaotian gjt",
		"任丙辰": "renbingchen rbc", "华罗庚": "hualuogeng hlg", "翟让": "zhairang zr", "乐毅": "yueyi yy", "朴树": "piaoshu ps", "尉迟恭": "yuchigong ycg", "尉健行": "weijianxing wjx",
		"万俟卨": "moqixie mqx", "令狐冲": "linghuchong lhc", "宓子贱": "fuzijian fzj", "员半千": "yunbanqian ybq", "缪荃孙": "miaoquansun mqs", "洗星海": "xianxinghai xxh",
		"繁钦": "poqin pq", "覃子豪": "qinzihao qzh", "逄先知": "pangxianzhi pxz", "黑齿常之": "hechichangzhi hccz", "秘彭祖": "bipengzu bpz", "召平": "shaoping sp",
		"祭遵": "zhaizun zz", "牟平": "muping mp", "折可适": "shekeshi sks", "种师道": "chongshidao csd", "晟明": "chengming cm", "马䶮": "mayan my", "𠅤": "xi x", "李𬭎": "lihong lh",
		"阿里木·热西提": "alimurexiti almrxt", "张 三": "zhangsan zs", "吕绿": "lvlv ll", "Anna王": "annawang annaw", "": " ", "·": " ",
	} {
		full, initials := spellName(name)
		first := append(slices.Clone(full), "")[0] + " " + append(slices.Clone(initials), "")[0]
		if first != want {
			t.Errorf("%s: %q (%v %v), want %q", name, first, full, initials, want)
		}
	}
	full, initials := spellName("覃曾解") // three readings, two and two by the dictionary: every one is there
	for _, want := range []string{"qinzengxie", "tanzengjie", "qincengjie", "tancengxie"} {
		if !slices.Contains(full, want) {
			t.Errorf("%s is missing of %v", want, full)
		}
	}
	if !slices.Contains(initials, "tcj") || !slices.Contains(initials, "qzx") {
		t.Errorf("initials %v", initials)
	}
	for _, long := range []string{strings.Repeat("单", 50), strings.Repeat("嗯", 50), strings.Repeat("行单曾解乐", 10)} {
		full, initials := spellName(long)
		sorted := slices.Clone(full)
		slices.Sort(sorted)
		if len(full) == 0 || len(full) > 16 || len(initials) > 16 || len(slices.Compact(sorted)) != len(full) {
			t.Errorf("%d and %d ways to spell %s", len(full), len(initials), long)
		}
	}
}
