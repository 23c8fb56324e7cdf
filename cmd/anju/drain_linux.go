package main

import (
	"net"
	"syscall"
)

// refuseConnections keeps the kernel from taking more connections for a listener, while those that it has taken can be
// accepted: a filter drops each packet that asks for one. Where it cannot be set, connections go on being accepted.
func refuseConnections(l net.Listener) {
	const flags, syn = 13, 2 // byte of the TCP header, bit of it
	socket, ok := l.(syscall.Conn)
	if !ok {
		return
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		_ = syscall.AttachLsf(int(fd), []syscall.SockFilter{
			*syscall.LsfStmt(syscall.BPF_LD|syscall.BPF_B|syscall.BPF_ABS, flags),
			*syscall.LsfJump(syscall.BPF_JMP|syscall.BPF_JSET|syscall.BPF_K, syn, 1, 0),
			*syscall.LsfStmt(syscall.BPF_RET|syscall.BPF_K, 0xffff),
			*syscall.LsfStmt(syscall.BPF_RET|syscall.BPF_K, 0),
		})
	})
}
