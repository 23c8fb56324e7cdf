// Package calendar is the legal working-day calendar of the People's Republic
// of China and the arithmetic of legal limits on it.
//
// A working day is Monday to Friday outside the breaks that the General Office
// of the State Council announces each year, plus the Saturdays and Sundays that
// the same notice turns into make-up working days. A notice may reach back into
// the previous December: 2022-12-31 is in the notice for 2023.
//
// A limit is counted in working days (Licensing Law Art. 82), calendar days or
// months (Civil Code Art. 200 to 203). The day of the event is never counted. A
// limit in calendar days or months that would end on a rest day ends on the next
// working day; a weekend that is a make-up working day does not move it. A limit
// ends at 24:00 of its last day, kept as an exclusive bound: 0:00 of the day
// after. All days are civil days in Asia/Shanghai.
//
// The three lines to read first:
//
//	cal, err := calendar.New(version, years...)          // one Year per notice
//	limit, err := calendar.ParseLimit("15wd")            // or a Limit literal
//	due, err := cal.Due(calendar.Count{From: calendar.DayOf(event), Limit: limit})
//
// A day of which no notice is loaded is judged by its weekday alone, and every
// deadline that walked over such a day is Provisional until the year is loaded
// into a new Calendar. Calendars are immutable and safe to share.
package calendar
