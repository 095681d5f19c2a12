package group

// The properties, as bits of what Check returns.
const (
	noLoss      = 1 << iota // S1
	noOverwrite             // S2
	oneOwner                // S3
)

// Properties returns the names of S1, S2 and S3.
func (m *Model) Properties() []string {
	return []string{
		"S1: every record below the committed offset has been processed",
		"S2: a commit of an old generation never changes a committed offset",
		"S3: a partition has at most one owner in the current generation",
	}
}

// Check returns the set of properties that s violates.
func (m *Model) Check(s *State) uint64 {
	violated := uint64(0)
	if s.overwrote {
		violated |= noOverwrite
	}
	for p := range m.partitions {
		for record := range int(s.committed[p]) {
			if s.processed[p].of(record) == 0 {
				violated |= noLoss
			}
		}
		owners := 0
		for i := range m.members {
			c := &s.member[i]
			if c.phase == active && c.generation == s.generation && c.position[p] != 0 {
				owners++
			}
		}
		if owners > 1 {
			violated |= oneOwner
		}
	}
	return violated
}
