// Package canon copies and encodes the state of nodes by reflection, so that
// a state machine gets both by declaring its state as a plain tree: structs,
// slices, maps, strings, numbers, and pointers of which none is held twice.
//
// Equal trees have equal encodings: maps go in the order of their encoded
// keys, a nil slice or map is an empty one. What a field means for equality
// is declared where the field is:
//
//	canon:"-"       no part of the state's identity: left out, and copied as it is
//	canon:"rel"     a time, encoded relative to now; the moment itself does not matter
//	canon:"abs"     a time whose moment matters
//	canon:"sat=N"   a number beyond N is as good as N
//	canon:"shared"  immutable once set: copies share it
//
// A field of a type called Time must say which it is. Functions, channels and
// untyped memory are refused unless tagged "-".
package canon

import (
	"reflect"
	"unsafe"
)

// Append appends the canonical form of what v points to. Check tells
// beforehand whether v's type has one.
func Append[T any](buf []byte, now int64, v *T) []byte {
	c := codecOf(reflect.TypeFor[T]())
	return c.encode(buf, now, unsafe.Pointer(v))
}

// Clone copies what v points to; the copy shares nothing that could change.
func Clone[T any](v *T) *T {
	c := codecOf(reflect.TypeFor[T]())
	dst := new(T)
	c.clone(unsafe.Pointer(dst), unsafe.Pointer(v))
	return dst
}

// Check tells what about a type keeps it from having a canonical form: the
// path of each field at fault, and what to do.
func Check[T any]() error { return codecOf(reflect.TypeFor[T]()).err }

// AppendDynamic is Append for a value whose type is known at run time only.
func AppendDynamic(buf []byte, now int64, v any) []byte {
	return anyCodec.encode(buf, now, unsafe.Pointer(&v))
}
