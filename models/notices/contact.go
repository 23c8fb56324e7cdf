package notices

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"anju/models/db"
	"anju/models/org"
	"anju/workflow"
	"anju/workflow/calendar"
	"anju/workflow/glossary"
)

// Contact is how and when an officer is told by message. Without any of the first three he is not.
type Contact struct {
	Phone       string
	Mail        string
	Chat        string // his name in the office's chat, or his number there
	AnyHour     bool   // urgent messages also at night and on holidays
	QuietFrom   int    // minutes of the day between which nothing is sent; equal: none. They may span midnight
	QuietTo     int
	DailyDigest bool // a list each working morning
}

// Hour is the first instant from t on at which an urgent message may reach the officer: within the county's opening
// hours and outside his quiet ones, or any, as he has chosen.
func (c Contact) Hour(county workflow.County, t time.Time) time.Time {
	if c.AnyHour {
		return t
	}
	hours := county.Parameters.WorkHours()
	at := county.Calendar.Open(hours, t)
	for range 4 * 30 { // quiet hours that leave nothing of any day of a month are no wish
		until, quiet := c.quietUntil(at)
		if !quiet {
			return at
		}
		at = county.Calendar.Open(hours, until)
	}
	return county.Calendar.Open(hours, t)
}

func (c Contact) quietUntil(t time.Time) (time.Time, bool) {
	if c.QuietFrom == c.QuietTo {
		return t, false
	}
	day := calendar.DayOf(t)
	now := t.Sub(day.Start())
	from, to := time.Duration(c.QuietFrom)*time.Minute, time.Duration(c.QuietTo)*time.Minute
	switch {
	case from < to && now >= from && now < to, from > to && now < to:
		return day.Start().Add(to), true
	case from > to && now >= from:
		return (day + 1).Start().Add(to), true
	}
	return t, false
}

// address is where a channel of a kind reaches the officer; "" where it does not.
func (c Contact) address(kind string) string {
	channel, ok := glossary.FindChannelKind(kind)
	switch {
	case !ok:
		return ""
	case channel.Reach == glossary.ReachMail:
		return c.Mail
	case channel.Reach == glossary.ReachPhone, c.Chat == "":
		return c.Phone
	}
	return c.Chat
}

type contactRow struct {
	OfficerID   int64 `gorm:"primaryKey;autoIncrement:false"`
	PhoneAlg    string
	PhoneKey    int
	PhoneSealed string
	MailAlg     string
	MailKey     int
	MailSealed  string
	Chat        string
	AnyHour     bool
	QuietFrom   int
	QuietTo     int
	DailyDigest bool
	UpdatedAt   time.Time `gorm:"autoUpdateTime:false"`
}

func (contactRow) TableName() string { return "contacts" }

var contactColumns = db.ColumnsOf[contactRow]().Without("officer_id", "updated_at")

// closed is the contact with its sealed values left as they are: enough to see whether there are any.
func (r *contactRow) closed() Contact {
	return Contact{Phone: r.PhoneSealed, Mail: r.MailSealed, Chat: r.Chat, AnyHour: r.AnyHour, QuietFrom: r.QuietFrom,
		QuietTo: r.QuietTo, DailyDigest: r.DailyDigest}
}

func (r *contactRow) opened(keys *db.Keyring) (Contact, error) {
	c := r.closed()
	for _, v := range []struct {
		plain  *string
		sealed db.Sealed
	}{{&c.Phone, db.Sealed{Alg: r.PhoneAlg, Key: r.PhoneKey, Text: r.PhoneSealed}}, {&c.Mail, db.Sealed{Alg: r.MailAlg,
		Key: r.MailKey, Text: r.MailSealed}}} {
		if v.sealed.Text == "" {
			continue
		}
		var err error
		if *v.plain, err = keys.Open(v.sealed); err != nil {
			return c, err
		}
	}
	return c, nil
}

var phoneForm = regexp.MustCompile(`^1[3-9]\d{9}$`)

func (c Contact) check() error {
	var found []workflow.FieldError
	say := func(field, message string) {
		found = append(found, workflow.FieldError{Field: field, Message: message})
	}
	if c.Phone != "" && !phoneForm.MatchString(c.Phone) {
		say("phone", "手机号应为 11 位数字，以 1 开头")
	}
	if a, err := mail.ParseAddress(c.Mail); c.Mail != "" && (err != nil || a.Address != c.Mail) {
		say("mail", "邮箱地址的格式不正确，例如 name@example.cn")
	}
	if len(c.Chat) > 128 || strings.ContainsFunc(c.Chat, func(r rune) bool { return r < ' ' }) {
		say("chat", "群内账号过长，或含有不可见字符")
	}
	for field, m := range map[string]int{"quiet_from": c.QuietFrom, "quiet_to": c.QuietTo} {
		if m < 0 || m > 24*60 {
			say(field, "免打扰时段应在 0:00 与 24:00 之间")
		}
	}
	if found != nil {
		slices.SortFunc(found, func(a, b workflow.FieldError) int { return strings.Compare(a.Field, b.Field) })
		return &workflow.Invalid{Fields: found}
	}
	return nil
}

// SetContact keeps how an officer is reached. It fails with *workflow.Invalid on what cannot be one, and with
// ErrNotFound without such an active officer.
func (s *Store) SetContact(ctx context.Context, id workflow.OfficerID, c Contact) error {
	c.Phone = strings.NewReplacer(" ", "", "-", "").Replace(strings.TrimSpace(c.Phone))
	c.Mail, c.Chat = strings.TrimSpace(c.Mail), strings.TrimSpace(c.Chat)
	if err := c.check(); err != nil {
		return err
	}
	if _, err := s.org.ActiveOfficer(ctx, id); err != nil {
		return err
	}
	row := contactRow{OfficerID: int64(id), Chat: c.Chat, AnyHour: c.AnyHour, QuietFrom: c.QuietFrom, QuietTo: c.QuietTo,
		DailyDigest: c.DailyDigest,
		UpdatedAt:   s.db.Now()}
	for _, v := range []struct {
		plain     string
		alg, text *string
		key       *int
	}{{c.Phone, &row.PhoneAlg, &row.PhoneSealed, &row.PhoneKey}, {c.Mail, &row.MailAlg, &row.MailSealed, &row.MailKey}} {
		if v.plain == "" {
			continue
		}
		sealed, err := s.db.Keys().Seal(v.plain)
		if err != nil {
			return err
		}
		*v.alg, *v.key, *v.text = sealed.Alg, sealed.Key, sealed.Text
	}
	return s.db.Transaction(ctx, false, func(g *gorm.DB) error {
		return g.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "officer_id"}}, UpdateAll: true}).
			Create(&row).Error
	})
}

// ContactOf reads how an officer is reached. One who has set nothing gets a digest once he has set an address.
func (s *Store) ContactOf(ctx context.Context, id workflow.OfficerID) (Contact, error) {
	var row contactRow
	err := s.db.Read(ctx).Where("officer_id = ?", int64(id)).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Contact{DailyDigest: true}, nil
	}
	if err != nil {
		return Contact{}, err
	}
	c, err := row.opened(s.db.Keys())
	if err != nil {
		return c, fmt.Errorf("contact of officer %d: %w", id, err)
	}
	return c, nil
}

// Channel is a way by which the officers of an office are reached, or those of every office that has none of its own.
type Channel struct {
	ID       int64
	Office   workflow.OfficeID // 0: the whole county
	Kind     string            // one of glossary.ChannelKinds
	Config   json.RawMessage   // as package jobs/channel reads it; it holds passwords
	Active   bool
	Position int // the lowest is tried first
}

type channelRow struct {
	ID           int64 `gorm:"primaryKey;autoIncrement"`
	OfficeID     int64
	Kind         string
	ConfigAlg    string
	ConfigKey    int
	ConfigSealed string
	Active       bool
	Position     int
	UpdatedAt    time.Time `gorm:"autoUpdateTime:false"`
}

func (channelRow) TableName() string { return "channels" }

var channelColumns = db.ColumnsOf[channelRow]().Without("updated_at")

func (r channelRow) open(keys *db.Keyring) (Channel, error) {
	text, err := keys.Open(db.Sealed{Alg: r.ConfigAlg, Key: r.ConfigKey, Text: r.ConfigSealed})
	if err != nil {
		return Channel{}, fmt.Errorf("configuration of channel %d: %w", r.ID, err)
	}
	return Channel{r.ID, workflow.OfficeID(r.OfficeID), r.Kind, json.RawMessage(text), r.Active, r.Position}, nil
}

// SetChannel keeps a channel: a new one where its ID is 0. Whether its configuration holds is for the caller to check.
// It fails with *workflow.Invalid on what is none, and with ErrNotFound without such a channel or office.
func (s *Store) SetChannel(ctx context.Context, c Channel, act org.Act) (int64, error) {
	if _, ok := glossary.FindChannelKind(c.Kind); !ok {
		var ids []string
		for _, k := range glossary.ChannelKinds {
			ids = append(ids, k.ID)
		}
		last := len(ids) - 1
		return 0, &workflow.Invalid{Fields: []workflow.FieldError{{Field: "kind",
			Message: "通道类型只能是 " + strings.Join(ids[:last], "、") + " 或 " + ids[last]}}}
	}
	if !json.Valid(c.Config) {
		return 0, &workflow.Invalid{Fields: []workflow.FieldError{{Field: "config", Message: "通道配置不是有效的 JSON"}}}
	}
	if c.Office != 0 {
		if _, err := s.org.OfficeByID(ctx, c.Office); err != nil {
			return 0, errors.Join(workflow.ErrNotFound, err)
		}
	}
	sealed, err := s.db.Keys().Seal(string(c.Config))
	if err != nil {
		return 0, err
	}
	row := channelRow{c.ID, int64(c.Office), c.Kind, sealed.Alg, sealed.Key, sealed.Text, c.Active, c.Position, s.db.Now()}
	err = s.db.Transaction(ctx, false, func(g *gorm.DB) error {
		if row.ID = c.ID; c.ID == 0 { // given anew at each try
			if err := g.Create(&row).Error; err != nil {
				return err
			}
		} else if err := db.RequireOne(g.Model(&channelRow{}).Where("id = ?", c.ID).Select("office_id", "kind",
			"config_alg", "config_key", "config_sealed", "active", "position", "updated_at").Updates(&row)); err != nil {
			return err
		}
		return act.Write(s.db, g)
	})
	if err != nil {
		return 0, err
	}
	return row.ID, nil
}

// Channels lists every channel, the county's first, each office's in the order in which they are tried.
func (s *Store) Channels(ctx context.Context) ([]Channel, error) {
	var rows []channelRow
	if err := s.db.Read(ctx).Order("office_id").Order("position").Order("id").Find(&rows).Error; err != nil {
		return nil, err
	}
	list := make([]Channel, len(rows))
	for i, r := range rows {
		var err error
		if list[i], err = r.open(s.db.Keys()); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// RemoveChannel takes a channel away; messages that wait for it go by the next one. ErrNotFound without such a channel.
func (s *Store) RemoveChannel(ctx context.Context, id int64, act org.Act) error {
	return s.db.Transaction(ctx, false, func(g *gorm.DB) error {
		if err := db.RequireOne(g.Where("id = ?", id).Delete(&channelRow{})); err != nil {
			return err
		}
		return act.Write(s.db, g)
	})
}

// reach is who can be told by message, and by what.
type reach struct {
	of       map[int64][]*receiver // by office
	by       map[int64]*receiver   // by officer
	channels map[int64][]link      // by office, 0 the county's, in the order in which they are tried
	leaves   []absence
}

type receiver struct {
	officer, office int64
	contact         Contact // closed
	channel         int64   // the first that reaches him
}

type link struct {
	id   int64
	kind string
}

// absence is an officer of an office who is on leave.
type absence struct {
	officer, office, substitute int64
	from, to                    calendar.Day
}

// readReach reads which officers can be told from a day on; nil where none can.
func readReach(t *db.Tx, on calendar.Day) (*reach, error) {
	r := &reach{of: map[int64][]*receiver{}, by: map[int64]*receiver{}, channels: map[int64][]link{}}
	queryChannels(t, r.channels)
	if err := t.Flush(); err != nil || len(r.channels) == 0 {
		return nil, err
	}
	var found []*receiver
	t.Query(func(scan func(...any) error) error {
		var row contactRow
		var to receiver
		var role glossary.Role
		err := scan(append([]any{&to.officer, &to.office, &role}, contactColumns.Fields(&row)...)...)
		if to.contact = row.closed(); role.Handles() {
			found = append(found, &to)
		}
		return err
	}, "SELECT o.id, o.office_id, o.role, "+contactColumns.List("k")+" FROM contacts k JOIN officers o ON o.id = "+
		"k.officer_id WHERE o.active ORDER BY o.id")
	t.Query(func(scan func(...any) error) error {
		var a absence
		var from, to db.Day
		err := scan(&a.officer, &a.office, &a.substitute, &from, &to)
		a.from, a.to = calendar.Day(from), calendar.Day(to)
		r.leaves = append(r.leaves, a)
		return err
	}, "SELECT l.officer_id, o.office_id, l.substitute_id, l.from_on, l.to_on FROM leaves l JOIN officers o ON o.id = "+
		"l.officer_id WHERE l.to_on >= ? AND o.active", db.Day(on))
	if err := t.Flush(); err != nil {
		return nil, err
	}
	for _, to := range found {
		if to.channel = firstChannel(r.channels, to.office, to.contact); to.channel != 0 {
			r.of[to.office], r.by[to.officer] = append(r.of[to.office], to), to
		}
	}
	if len(r.by) == 0 {
		return nil, nil
	}
	return r, nil
}

func queryChannels(t *db.Tx, into map[int64][]link) {
	t.Query(func(scan func(...any) error) error {
		var office int64
		var l link
		err := scan(&office, &l.id, &l.kind)
		into[office] = append(into[office], l)
		return err
	}, "SELECT office_id, id, kind FROM channels WHERE active ORDER BY office_id, position, id")
}

// channelsOf are the channels by which an officer is reached, in the order in which they are tried: his office's own,
// then the county's.
func channelsOf(channels map[int64][]link, office int64, c Contact) []link {
	var list []link
	for _, l := range slices.Concat(channels[office], channels[0]) {
		if c.address(l.kind) != "" && !slices.Contains(list, l) {
			list = append(list, l)
		}
	}
	return list
}

func firstChannel(channels map[int64][]link, office int64, c Contact) int64 {
	if list := channelsOf(channels, office, c); len(list) > 0 {
		return list[0].id
	}
	return 0
}

func (r *reach) absent(officer int64, on calendar.Day) (absence, bool) {
	i := slices.IndexFunc(r.leaves, func(a absence) bool { return a.officer == officer && a.from <= on && on <= a.to })
	if i < 0 {
		return absence{}, false
	}
	return r.leaves[i], true
}

// recipients are those of an office who are told, each with the instant that when gives: an officer on leave that
// day is told through the substitute, and none twice.
func (r *reach) recipients(office int64, when func(*receiver) time.Time) iter.Seq2[*receiver, time.Time] {
	return func(yield func(*receiver, time.Time) bool) {
		told := map[int64]bool{}
		give := func(to *receiver) bool {
			if to == nil || told[to.officer] {
				return true
			}
			at := when(to)
			if _, off := r.absent(to.officer, calendar.DayOf(at)); off {
				return true
			}
			told[to.officer] = true
			return yield(to, at)
		}
		for _, to := range r.of[office] {
			if a, off := r.absent(to.officer, calendar.DayOf(when(to))); off {
				to = r.by[a.substitute]
			}
			if !give(to) {
				return
			}
		}
		for _, a := range r.leaves { // of those who cannot be reached themselves
			to := r.by[a.substitute]
			if a.office != office || r.by[a.officer] != nil || to == nil {
				continue
			}
			if on := calendar.DayOf(when(to)); a.from <= on && on <= a.to && !give(to) {
				return
			}
		}
	}
}
