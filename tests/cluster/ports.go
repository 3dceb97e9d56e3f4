package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"syscall"
)

// freePort finds a port of 127.0.0.1 that nobody has and keeps it for a child of this program until
// the program ends: see holdPort. It looks below the range that Linux gives to outgoing connections
// by default.
func freePort() (int, error) {
	const low, high = 15000, 32000
	var last error
	for range 200 {
		port := low + rand.IntN(high-low)
		if last = holdPort(port); last == nil {
			return port, nil
		}
	}
	return 0, fmt.Errorf("no free port on 127.0.0.1: %w", last)
}

// holdPort binds a socket to a port of 127.0.0.1 and never closes it, so that neither an outgoing
// connection nor another cluster takes the port before the component listens, or while it is
// stopped. It fails when anything else is bound to the port.
//
// A socket that sets SO_REUSEADDR can still listen on it, as those of Go and of Python's asyncio
// do: Linux lets such sockets share a port as long as only one of them listens. Setting it after
// the bind is what keeps two holders off the same port.
func holdPort(port int) error {
	socket, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	address := syscall.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}
	err = syscall.Bind(socket, &address)
	if err == nil {
		err = syscall.SetsockoptInt(socket, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
	}
	if err != nil {
		return errors.Join(err, syscall.Close(socket))
	}
	return nil
}
