package broker

// Set changes settings of a broker that runs, for scripts that need what no
// operator can do.
func (b *Broker) Set(change func(*Settings)) { change(b.settings) }
