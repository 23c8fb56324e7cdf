package forms

import (
	"embed"
	"fmt"
	"html/template"
	"strings"
	"sync"
	"time"

	"anju/workflow/glossary"
	"anju/workflow/law"
)

//go:embed layouts
var files embed.FS

// fontData is read where it lies in the program: a copy for every paper would be fourteen megabytes. It is
// never written to.
//
//go:embed font/anju-serif.ttf
var fontData []byte

// layouts are parsed once, at the first paper.
var layouts = sync.OnceValues(func() (*template.Template, error) {
	return template.New("").Funcs(template.FuncMap{"cols": columns, "limit": law.Find}).ParseFS(files, "layouts/*.html")
})

func layoutOf(k glossary.DocumentKind) (*template.Template, error) {
	all, err := layouts()
	if err != nil {
		return nil, err
	}
	t := all.Lookup(strings.ToLower(string(k)) + ".html")
	if t == nil && k.Added() {
		t = all.Lookup("plain.html")
	}
	if t == nil {
		return nil, fmt.Errorf("%s: %w", k, ErrNoLayout)
	}
	return t, nil
}

// Known lists the forms that have a layout, in their order.
func Known() []glossary.DocumentKind {
	found, err := files.ReadDir("layouts")
	if err != nil {
		return nil
	}
	var known []glossary.DocumentKind
	for _, f := range found {
		if name, ok := strings.CutSuffix(f.Name(), ".html"); ok && len(name) == 3 && name[0] == 'f' {
			known = append(known, glossary.DocumentKind(strings.ToUpper(name)))
		}
	}
	return known
}

// columns writes the widths of a table's columns in percent: without them the engine loses text beyond the page.
func columns(percent ...float64) template.HTML {
	var b strings.Builder
	b.WriteString("<colgroup>")
	for _, p := range percent {
		fmt.Fprintf(&b, `<col style="width:%g%%">`, p)
	}
	b.WriteString("</colgroup>")
	return template.HTML(b.String())
}

// TitleOf is the paper's name in the form list; the chains' own words agree with it.
func TitleOf(k glossary.DocumentKind) string {
	if t, ok := titles[k]; ok {
		return t
	}
	return k.Title()
}

var titles = map[glossary.DocumentKind]string{
	"F01": "农村宅基地和建房（规划许可）申请表", "F02": "农村宅基地使用承诺书", "F03": "农村宅基地和建房（规划许可）审批表",
	"F04": "乡村建设规划许可证", "F05": "农村宅基地批准书", "F06": "农村宅基地和建房（规划许可）验收意见表",
	"F07": "农村宅基地和自建房基本信息采集表", "F08": "农村自建低层房屋开工登记表", "F09": "农村自建低层房屋竣工验收表",
	"F10": "山西省农村自建低层房屋施工合同（试行）", "F11": "建筑工程施工许可（质量安全监督并联审批）申请表", "F12": "建筑工程施工许可证",
	"F13": "房屋建筑工程竣工验收备案表", "F14": "申请材料接收凭证", "F15": "受理通知书", "F16": "材料补正一次性告知书",
	"F17": "不予受理决定书", "F18": "特别程序（延期）告知书", "F19": "准予行政许可决定书", "F20": "不予行政许可决定书",
	"F21": "公示", "F22": "异议登记与核查答复书", "F23": "成员（代表）会议记录", "F24": "相邻权利人（四邻）意见书",
	"F25": "村级审查意见单", "F26": "现场核查（实地审查）记录", "F27": "联审意见表", "F28": "审批情况备案报告",
	"F29": "责令停工、限期整改通知书", "F30": "案件移送函", "F31": "经营场所文书", "F32": "政府购买服务文书",
	"F33": "一户一档目录", "F34": "送达回证", "F35": "授权委托书", "F36": "听证权利告知书", "F37": "建筑工程施工许可证变更、延续、注销申请表",
	"F40": "撤回申请办结通知书", "F41": "终止办理通知书", "F42": "撤销（注销、作废）证照决定书", "F43": "听证通知书",
	"F38": "不予登记意见书", "F39": "竣工验收不合格整改意见书", "F48": "解除停工通知书", "F49": "停止使用房屋通知书",
	"guidance_notice": "", // its layout says it
}

// issuedAt is the instant by which ages and dates of a paper are judged.
func (d Data) issuedAt() time.Time {
	if d.Document.IssuedAt.IsZero() {
		return d.Case.OpenedAt
	}
	return d.Document.IssuedAt
}
