package forms

import (
	"strings"
	"time"

	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/trades"
)

// BusinessApplication asks to use a house as business premises (R93–R97): where, for which trade, and which authority
// oversees that trade (R103, R105).
type BusinessApplication struct {
	Kind     string           `json:"kind" doc:"市场主体类型" enum:"individual_business,company,cooperative,other" example:"individual_business"`
	Name     string           `json:"name" doc:"市场主体名称" minLength:"1" maxLength:"100" example:"稷峰镇建国农家小院"`
	Address  string           `json:"address" doc:"经营场所地址" minLength:"1" maxLength:"200" example:"稷峰镇马村村西新区3排14号"`
	Trade    string           `json:"trade" doc:"行业" minLength:"1" maxLength:"60" example:"餐饮业"`
	Overseer string           `json:"trade_authority" doc:"行业主管部门" minLength:"1" maxLength:"60" example:"稷山县市场监督管理局"`
	Operator string           `json:"operator" doc:"经营者" minLength:"1" maxLength:"50" example:"王建国"`
	Scope    string           `json:"scope" doc:"经营范围" minLength:"1" maxLength:"300" example:"餐饮服务、农家乐"`
	Area     workflow.Decimal `json:"area" doc:"经营面积（㎡）" pattern:"^[0-9０-９]{1,7}([.．][0-9０-９]{1,2})?$" example:"80.00"`
	Floors   string           `json:"floors_used,omitempty" doc:"使用楼层" maxLength:"60" example:"一层"`
	Title    string           `json:"title" doc:"产权或使用权来源" minLength:"1" maxLength:"200" example:"自建自有"`
	Promised bool             `json:"safety_promised" doc:"已承诺房屋安全、消防和如实申报" example:"true"`
	Earlier  *Earlier         `json:"earlier,omitempty" doc:"系统以前核发的手续（老房屋填写）"`
}

// Example implements Form.
func (BusinessApplication) Example() any {
	return BusinessApplication{Kind: "individual_business", Name: "稷峰镇建国农家小院",
		Address: "稷峰镇马村村西新区3排14号", Trade: "餐饮业", Overseer: "稷山县市场监督管理局", Operator: "王建国", Scope: "餐饮服务、农家乐",
		Area: 8000, Floors: "一层", Title: "自建自有", Promised: true}
}

// Check wants an area.
func (b BusinessApplication) Check(time.Time) []workflow.FieldError {
	if b.Area == 0 {
		return []workflow.FieldError{fieldError("area", "经营面积应大于 0，例如 80.00", "R96")}
	}
	return nil
}

// BusinessRegistered is the registration that the authority has completed (R98).
type BusinessRegistered struct {
	CreditCode   string       `json:"credit_code,omitempty" doc:"统一社会信用代码" maxLength:"18" example:"92140824MA0ANJU05C"`
	LicenseNo    string       `json:"license_no" doc:"登记编号" minLength:"1" maxLength:"60" example:"稷市监个〔2026〕31号"`
	RegisteredOn calendar.Day `json:"registered_on,omitempty" required:"false" doc:"登记日期" format:"date"`
}

// Example implements Form.
func (BusinessRegistered) Example() any {
	return BusinessRegistered{LicenseNo: "稷市监个〔2026〕31号"}
}

// Check holds the code to GB 32100 where one is given.
func (b BusinessRegistered) Check(time.Time) []workflow.FieldError {
	if b.CreditCode == "" {
		return nil
	}
	if msg := trades.CheckCreditCode(b.CreditCode); msg != "" {
		return []workflow.FieldError{fieldError("credit_code", msg, "R98")}
	}
	return nil
}

// CheckCase holds the days of the business registered to the case; each finding names its field.
func (b *BusinessRegistered) CheckCase(c workflow.Case, today calendar.Day) []workflow.FieldError {
	return DayBetween("registered_on", "登记日期", &b.RegisteredOn, c.Begun(), today, "R98")
}

// Push sends a completed registration to the township where the premises are (R99).
type Push struct {
	Means  string `json:"means" doc:"方式" enum:"platform,letter" example:"platform"`
	Serial string `json:"serial" doc:"推送流水号或函号" minLength:"1" maxLength:"60" example:"TS20260302-0007"`
}

// Example implements Form.
func (Push) Example() any { return Push{"platform", "TS20260302-0007"} }

// ReceivedNote is the receipt of what another office sent.
type ReceivedNote struct {
	Receiver string `json:"receiver" doc:"接收人" minLength:"1" maxLength:"50" example:"杜建业"`
}

// Example implements Form.
func (ReceivedNote) Example() any { return ReceivedNote{"杜建业"} }

// PremisesCheck is the township's check of business premises (R100, F31), by at least two officers.
type PremisesCheck struct {
	Identities
	CheckedOn calendar.Day `json:"checked_on,omitempty" required:"false" doc:"核查日期" format:"date"`
	Checkers  []string     `json:"checkers" doc:"核查人（不少于两人）" minItems:"1" maxItems:"10" example:"[\"杜建业\",\"樊志远\"]"`
	Use       string       `json:"use" doc:"用途改变情况" minLength:"1" maxLength:"300" example:"一层改作餐饮，未改变承重结构"`
	Fire      string       `json:"fire" doc:"消防情况" minLength:"1" maxLength:"300" example:"配备灭火器，疏散通道畅通"`
	Photos    string       `json:"photos" doc:"现场照片说明" minLength:"1" maxLength:"300" example:"门面、厨房、疏散通道各一张"`
	Qualified bool         `json:"qualified" doc:"核查结论：符合" example:"true"`
	Reason    string       `json:"reason,omitempty" doc:"不符合的理由" maxLength:"1000"`
}

// Example implements Form.
func (PremisesCheck) Example() any {
	return PremisesCheck{Checkers: []string{"杜建业", "樊志远"}, Use: "一层改作餐饮，未改变承重结构", Fire: "配备灭火器，疏散通道畅通",
		Photos: "门面、厨房、疏散通道各一张", Qualified: true}
}

// Check wants two different officers, and the reason of a refusal.
func (p PremisesCheck) Check(time.Time) []workflow.FieldError {
	found := TwoPeople("checkers", p.Checkers, "R100")
	if !p.Qualified && strings.TrimSpace(p.Reason) == "" {
		found = append(found, fieldError("reason", "核查不符合的，请写明理由", "R102"))
	}
	return found
}

// CheckCase holds the days of the premises check to the case; each finding names its field.
func (p *PremisesCheck) CheckCase(c workflow.Case, today calendar.Day) []workflow.FieldError {
	return DayBetween("checked_on", "核查日期", &p.CheckedOn, c.Begun(), today, "R100")
}

// AppraisalReport is what an appraisal agency found (R101, R125, A27).
type AppraisalReport struct {
	Agency     string       `json:"agency" doc:"鉴定机构：名录中的信用代码" minLength:"1" maxLength:"40" example:"91140802MA0ANJU040"`
	Number     string       `json:"number" doc:"报告编号" minLength:"1" maxLength:"60" example:"恒信鉴〔2026〕12号"`
	ReportedOn calendar.Day `json:"reported_on,omitempty" required:"false" doc:"报告日期" format:"date"`
	Grade      string       `json:"grade" doc:"鉴定等级" enum:"A,B,C,D" example:"B"`
	Meets      bool         `json:"meets_standard" doc:"达到标准（技术指南或经营用途的安全要求）" example:"true"`
	Conclusion string       `json:"conclusion" doc:"鉴定结论" minLength:"1" maxLength:"1000" example:"主体结构满足使用要求"`
}

// Example implements Form.
func (AppraisalReport) Example() any {
	return AppraisalReport{Agency: "91140802MA0ANJU040", Number: "恒信鉴〔2026〕12号", Grade: "B", Meets: true,
		Conclusion: "主体结构满足使用要求"}
}

// CheckCase holds the days of the appraisal report to the case; each finding names its field.
func (a *AppraisalReport) CheckCase(_ workflow.Case, today calendar.Day) []workflow.FieldError {
	return DayBetween("reported_on", "报告日期", &a.ReportedOn, today.AddMonths(-12), today, "A27")
}

// AppraisalNotice tells a business without an acceptance to bring an appraisal by a day that it states (R101, A25).
type AppraisalNotice struct {
	By calendar.Day `json:"appraise_by" doc:"提交鉴定报告的截止日期" format:"date" example:"2027-12-31"`
}

// Example implements Form.
func (AppraisalNotice) Example() any { return AppraisalNotice{exampleDay} }

// CheckCase holds the day of the notice to the time after it; the finding names its field.
func (a *AppraisalNotice) CheckCase(_ workflow.Case, today calendar.Day) []workflow.FieldError {
	return stated("appraise_by", "提交鉴定报告的截止日期", a.By, today)
}

// StatedDay implements Stating.
func (a *AppraisalNotice) StatedDay() calendar.Day { return a.By }

// BusinessEnded is that a business has left its premises: from then on they are not checked any more.
type BusinessEnded struct {
	EndedOn  calendar.Day `json:"ended_on,omitempty" required:"false" doc:"终止经营日期" format:"date"`
	Evidence string       `json:"evidence" doc:"凭据（注销、变更登记或现场核实）" minLength:"1" maxLength:"300" example:"注销登记通知书，现场已停止经营"`
}

// Example implements Form.
func (BusinessEnded) Example() any {
	return BusinessEnded{Evidence: "注销登记通知书，现场已停止经营"}
}

// CheckCase holds the day of the end to the case; the finding names its field.
func (b *BusinessEnded) CheckCase(c workflow.Case, today calendar.Day) []workflow.FieldError {
	return DayBetween("ended_on", "终止经营日期", &b.EndedOn, c.Begun(), today, "R111")
}

// Stopping is how business was stopped on the spot (R102).
type Stopping struct {
	Means string `json:"means" doc:"制止方式" minLength:"1" maxLength:"200" example:"现场口头制止并送达制止通知"`
	Facts string `json:"facts" doc:"制止情况" minLength:"1" maxLength:"1000" example:"当场停止营业，关闭厨房用气"`
}

// Example implements Form.
func (Stopping) Example() any {
	return Stopping{"现场口头制止并送达制止通知", "当场停止营业，关闭厨房用气"}
}

// Report goes to the authority that registered the business, with a copy to the market bureau (R102, R113, A24).
type Report struct {
	Body string `json:"body" doc:"报告内容" minLength:"1" maxLength:"2000" example:"该户房屋无竣工验收资料，又未提供鉴定报告，不符合经营要求"`
}

// Example implements Form.
func (Report) Example() any {
	return Report{"该户房屋无竣工验收资料，又未提供鉴定报告，不符合经营要求"}
}

// PremisesChangeOrder tells the business to change its premises by a day that the notice states (R103, R104, F31).
type PremisesChangeOrder struct {
	Facts    string       `json:"facts" doc:"事实" minLength:"1" maxLength:"2000" example:"房屋未通过竣工验收，不符合经营场所安全要求"`
	Articles string       `json:"articles" doc:"依据" minLength:"1" maxLength:"500" example:"细则五4"`
	By       calendar.Day `json:"change_by" doc:"变更截止日期" format:"date" example:"2027-12-31"`
}

// Example implements Form.
func (PremisesChangeOrder) Example() any {
	return PremisesChangeOrder{Facts: "房屋未通过竣工验收，不符合经营场所安全要求", Articles: "细则五4", By: exampleDay}
}

// CheckCase holds the days of the premises change order to the case; each finding names its field.
func (p *PremisesChangeOrder) CheckCase(_ workflow.Case, today calendar.Day) []workflow.FieldError {
	return stated("change_by", "变更截止日期", p.By, today)
}

// StatedDay implements Stating.
func (p *PremisesChangeOrder) StatedDay() calendar.Day { return p.By }

// Changed is the change of premises as the authority has it on record.
type Changed struct {
	Address string `json:"address" doc:"变更后的经营场所" minLength:"1" maxLength:"200" example:"稷峰镇商业街8号"`
	Number  string `json:"number" doc:"变更登记编号" minLength:"1" maxLength:"60" example:"稷市监变〔2026〕5号"`
}

// Example implements Form.
func (Changed) Example() any { return Changed{"稷峰镇商业街8号", "稷市监变〔2026〕5号"} }

// Enforcement is what the competent authority did in a case of its own (R105, R126): the rules set no penalty.
type Enforcement struct {
	Number string `json:"number" doc:"立案或处理文号" minLength:"1" maxLength:"60" example:"稷市监立〔2026〕3号"`
	Result string `json:"result" doc:"处理结果" minLength:"1" maxLength:"1000" example:"依市场主体登记管理条例第四十六条责令改正"`
}

// Example implements Form.
func (Enforcement) Example() any {
	return Enforcement{"稷市监立〔2026〕3号", "依市场主体登记管理条例第四十六条责令改正"}
}
