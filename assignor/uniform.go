package assignor

// Uniform is Kafka's UniformAssignor, the default of KIP-848: as even as can
// be first, then as little moved as can be. Where all members subscribe to the
// same topics the counts of any two differ by one at most.
var Uniform ServerAssignor = uniform{}

type uniform struct{}

func (uniform) Name() string { return "uniform" }

func (uniform) Assign(in ServerInput) [][]TopicPartition {
	return divideServer(in, uniformDivide).answer()
}

func (uniform) assignInOrder(in ServerInput) [][]TopicPartition {
	return divideServer(in, uniformDivide).inOrder()
}

func uniformDivide(g *serverGroup) (held [][]int32, ok bool) {
	if g.alike {
		return uniformAlike(g)
	}
	return uniformMixed(g)
}
