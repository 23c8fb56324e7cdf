package glossary

// ChannelKind is a way by which messages leave the county. Each is a row here, a driver in jobs/channel with its line
// in the registry there, and a migration that lets the table of channels hold it; the API, the administrators' page and
// the officers' contacts read it from here.
type ChannelKind struct {
	ID    string
	Title string // in lists
	Offer string // in the choice of an administrator
	Reach Reach  // what of an officer's contact it needs
}

// Reach is the part of an officer's contact that a channel sends to.
type Reach int

// The parts of a contact.
const (
	ReachChat  Reach = iota // the name in the office's chat, or else the phone: a robot names by number too
	ReachPhone              // the phone
	ReachMail               // the mail address
)

// ChannelKinds are the kinds of channels, in the order in which an administrator is offered them.
var ChannelKinds = []ChannelKind{
	{ID: "sms", Title: "短信", Offer: "短信网关", Reach: ReachPhone},
	{ID: "wecom", Title: "企业微信", Offer: "企业微信机器人", Reach: ReachChat},
	{ID: "dingtalk", Title: "钉钉", Offer: "钉钉机器人", Reach: ReachChat},
	{ID: "mail", Title: "邮件", Offer: "邮件", Reach: ReachMail},
}

// FindChannelKind returns the kind of an id; ok is false where there is none.
func FindChannelKind(id string) (kind ChannelKind, ok bool) {
	for _, k := range ChannelKinds {
		if k.ID == id {
			return k, true
		}
	}
	return ChannelKind{}, false
}
