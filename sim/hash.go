package sim

import (
	"encoding/binary"
	"math/bits"
)

// The hash of traces and draws: 64×64→128-bit multiplications folded, after
// wyhash. Its values are part of what a seed means, so it lives here and not
// in a library that may change it.
const (
	hashA = 0xa0761d6478bd642f
	hashB = 0xe7037ed1a0b428db
)

func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a^hashA, b^hashB)
	return hi ^ lo
}

func mixString(h uint64, s string) uint64 {
	h = mix(h, uint64(len(s)))
	for len(s) >= 8 {
		h = mix(h, le64(s))
		s = s[8:]
	}
	if len(s) == 0 {
		return h
	}
	var tail [8]byte
	copy(tail[:], s)
	return mix(h, binary.LittleEndian.Uint64(tail[:]))
}

func le64(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

func mixAction(h uint64, a Action) uint64 {
	h = mix(h, uint64(a.Kind)|uint64(a.Lane)<<8|uint64(a.Node)<<16|uint64(a.Peer)<<32)
	h = mixString(h, a.Label)
	return mixString(h, a.Key)
}

// Hash folds a number and words into one number that is the same on every
// machine and in every release that reads today's seeds.
func Hash(seed uint64, words ...string) uint64 {
	h := mix(seed, uint64(len(words)))
	for _, w := range words {
		h = mixString(h, w)
	}
	return h
}

// HashBytes is a 64-bit fingerprint of an encoding.
func HashBytes(b []byte) uint64 {
	h := mix(uint64(len(b)), hashA)
	for ; len(b) >= 16; b = b[16:] {
		h = mix(h^binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:]))
	}
	var tail [16]byte
	copy(tail[:], b)
	return mix(h^binary.LittleEndian.Uint64(tail[:8]), binary.LittleEndian.Uint64(tail[8:]))
}
