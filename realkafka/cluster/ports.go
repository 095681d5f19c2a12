package cluster

import "net"

// loopback is where all listeners are: an address, since the name localhost may
// stand for IPv6 to one side and for IPv4 to the other.
const loopback = "127.0.0.1"

// freePorts returns n different TCP ports of the loopback address that were
// free a moment ago. Another process can take one before Kafka binds it, so a
// start that fails by it is tried again with others.
func freePorts(n int) ([]int, error) {
	ports := make([]int, 0, n)
	for range n {
		l, err := net.Listen("tcp", net.JoinHostPort(loopback, "0"))
		if err != nil {
			return nil, &EnvError{
				What:   "no TCP port of the loopback address can be opened",
				Remedy: "allow local connections, or end programs that hold very many ports",
				Err:    err,
			}
		}
		// Held open until all are chosen, so that they differ.
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}
