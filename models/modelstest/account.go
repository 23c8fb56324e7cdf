package modelstest

// account is a user of this machine.
type account struct{ uid, gid int }
