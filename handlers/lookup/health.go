package lookup

import (
	"errors"
	"fmt"

	"anju/handlers/view"
	"anju/models/db"
	"anju/models/registry"
	"anju/workflow"
)

// Build says from what the program was built; fields that are not known are empty.
type Build struct {
	Version, Commit, Built, Go string
	Dirty                      bool
}

// WorkerReadiness says whether workers are running.
type WorkerReadiness struct {
	Alive            int      `json:"alive"`
	LastBeatSeconds  *float64 `json:"last_beat_seconds"`
	LastSweepSeconds *float64 `json:"last_sweep_seconds"`
}

// DiskFull is what is said while nothing can be written.
const DiskFull = "服务器存储已满，暂不能保存，期限到期不会处理；请给数据库所在的磁盘腾出空间"

// Full tells whether an error, or else the last heartbeat of this process, says that the disk of the database is full.
func (a *Reader) Full(err error) bool {
	if err == nil && a.beat != nil {
		err = a.beat()
	}
	return errors.Is(db.TranslateError(err), db.ErrFull)
}

// Held lists what holds this process back now.
func (a *Reader) Held() []*workflow.Held {
	if a.holds == nil {
		return nil
	}
	return a.holds()
}

// WorkersOf sums up the processes that reported.
func WorkersOf(list []registry.Process) WorkerReadiness {
	var w WorkerReadiness
	for _, p := range list {
		if p.Works() && p.Alive() {
			w.Alive++
		}
	}
	if p, ok := registry.NewestWorker(list); ok {
		w.LastBeatSeconds = new(p.Age.Seconds())
		if !p.Swept.IsZero() {
			w.LastSweepSeconds = new((p.Age + p.Beat.Sub(p.Swept)).Seconds())
		}
	}
	return w
}

// NoWorker says since when no worker runs.
func NoWorker(list []registry.Process) string {
	p, ok := registry.NewestWorker(list)
	if !ok {
		return "后台任务没有运行：期限到期不会处理，通知不会送达；请启动后台任务（anju serve，角色 worker 或 all）"
	}
	return fmt.Sprintf("后台任务没有运行：%s 最后一次报到在 %s，此后期限到期不会处理，通知不会送达；请检查并重新启动后台任务", p.Host, view.NewInstant(p.Beat).Minute())
}
