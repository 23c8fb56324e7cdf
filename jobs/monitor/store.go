package monitor

// Store is what the alarms call of the database.
type Store interface{ alarmStore }
