package explore

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"reflect"
	"unsafe"
)

// Flat gives a model its Fingerprint, made from the bytes of the state. Embed it in a model whose
// S consists of integers and booleans, in arrays and structs without padding. Run refuses any
// other S with an error that names the offending field and what to do about it.
type Flat[S any] struct{}

// Fingerprint hashes the bytes of s, two words at a time.
func (Flat[S]) Fingerprint(s *S) uint64 {
	return hashBytes(unsafe.Slice((*byte)(unsafe.Pointer(s)), unsafe.Sizeof(*s)))
}

func (Flat[S]) checkFlat() error {
	t := reflect.TypeFor[S]()
	return checkFlat(t, t.String())
}

// flatModel is how Run recognises a model that embeds Flat.
type flatModel interface{ checkFlat() error }

// checkFlat reports why equal values of type t, found at path, may differ in their bytes, or unequal
// ones agree in them.
func checkFlat(t reflect.Type, path string) error {
	switch t.Kind() {
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return nil
	case reflect.Array:
		return checkFlat(t.Elem(), path+"[i]")
	case reflect.Struct:
		return checkFlatStruct(t, path)
	case reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128:
		return fmt.Errorf("explore: %s is a %s, whose equal values can differ in their bytes: "+
			"use an integer, or write a Fingerprint instead of embedding Flat", path, t)
	default:
		return fmt.Errorf("explore: %s is a %s, which is or holds a pointer: "+
			"use an array of fixed size, or write a Fingerprint instead of embedding Flat", path, t)
	}
}

func checkFlatStruct(t reflect.Type, path string) error {
	var end uintptr
	for f := range t.Fields() {
		if f.Name == "_" {
			return fmt.Errorf("explore: %s has a blank field, whose bytes are undefined: name it", path)
		}
		if f.Offset != end {
			return fmt.Errorf("explore: %s has %d bytes of padding before %s: "+
				"order its fields from wide to narrow", path, f.Offset-end, f.Name)
		}
		if err := checkFlat(f.Type, path+"."+f.Name); err != nil {
			return err
		}
		end += f.Type.Size()
	}
	if end != t.Size() {
		return fmt.Errorf("explore: %s has %d bytes of padding at its end: "+
			"add a field of that size", path, t.Size()-end)
	}
	return nil
}

// The first digits of pi: any odd-looking constants would do.
const (
	hashSeed = 0x243f6a8885a308d3
	hashKey0 = 0x13198a2e03707344
	hashKey1 = 0xa4093822299f31d0
	hashLast = 0x082efa98ec4e6c89
)

// hashBytes hashes b by folding products of 128 bits. The last words of b are read overlapping,
// which is cheaper than a loop over the bytes that remain and covers the same bits.
func hashBytes(b []byte) uint64 {
	h := hashSeed ^ uint64(len(b))
	p := b
	for len(p) > 16 {
		h = fold(word(p)^hashKey0^h, word(p[8:])^hashKey1)
		p = p[16:]
	}
	var lo, hi uint64
	switch {
	case len(p) > 8:
		lo, hi = word(p), word(b[len(b)-8:])
	case len(b) >= 8:
		lo = word(b[len(b)-8:])
	default:
		for i, c := range b {
			lo |= uint64(c) << (8 * i)
		}
	}
	h = fold(lo^hashKey0^h, hi^hashKey1)
	return fold(h, hashLast)
}

func word(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}
