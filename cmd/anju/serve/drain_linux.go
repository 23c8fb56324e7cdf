package serve

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
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
	program := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_B | unix.BPF_ABS, K: flags},
		{Code: unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K, K: syn, Jt: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: 0xffff},
		{Code: unix.BPF_RET | unix.BPF_K, K: 0},
	}
	_ = raw.Control(func(fd uintptr) {
		_ = unix.SetsockoptSockFprog(int(fd), unix.SOL_SOCKET, unix.SO_ATTACH_FILTER,
			&unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]})
	})
}
