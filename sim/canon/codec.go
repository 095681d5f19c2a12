package canon

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"unsafe"
)

// codec knows how to encode and copy one type.
type codec struct {
	typ    reflect.Type
	flat   bool // no pointers: copying the memory copies the value
	encode func(buf []byte, now int64, p unsafe.Pointer) []byte
	clone  func(dst, src unsafe.Pointer)
	err    error
}

var (
	codecs   sync.Map // reflect.Type → *codec
	building sync.Mutex
	anyCodec = codecOf(reflect.TypeFor[any]())
)

func codecOf(t reflect.Type) *codec {
	if c, ok := codecs.Load(t); ok {
		return c.(*codec)
	}
	building.Lock()
	defer building.Unlock()
	b := builder{done: map[reflect.Type]*codec{}}
	c := b.codec(t)
	c.err = errors.Join(b.faults...)
	codecs.Store(t, c)
	return c
}

// builder makes the codecs of a type and of all that it holds; a type that
// holds itself finds its own codec under way.
type builder struct {
	done   map[reflect.Type]*codec
	path   []string
	faults []error
}

func (b *builder) fault(format string, args ...any) {
	b.faults = append(b.faults, fmt.Errorf("%s: %s", strings.Join(b.path, "."), fmt.Sprintf(format, args...)))
}

func (b *builder) codec(t reflect.Type) *codec {
	if c, ok := b.done[t]; ok {
		return c
	}
	c := &codec{typ: t}
	b.done[t] = c
	b.path = append(b.path, t.String())
	switch t.Kind() {
	case reflect.Struct:
		b.structure(c)
	case reflect.Slice:
		b.slice(c)
	case reflect.Array:
		b.array(c)
	case reflect.Map:
		b.mapping(c)
	case reflect.Pointer:
		b.pointer(c)
	case reflect.Interface:
		b.iface(c)
	case reflect.String:
		c.encode = func(buf []byte, _ int64, p unsafe.Pointer) []byte {
			s := *(*string)(p)
			return append(binary.AppendUvarint(buf, uint64(len(s))), s...)
		}
		c.clone = func(dst, src unsafe.Pointer) { *(*string)(dst) = *(*string)(src) }
	default:
		b.number(c)
	}
	b.path = b.path[:len(b.path)-1]
	return c
}

func (b *builder) number(c *codec) {
	c.flat = true
	size := c.typ.Size()
	c.clone = func(dst, src unsafe.Pointer) { memmove(dst, src, size) }
	load := loader(c.typ.Kind())
	if load == nil {
		b.fault("%s has no canonical form; tag the field canon:\"-\" if it is no part of the state", c.typ)
		load = func(unsafe.Pointer) uint64 { return 0 }
	}
	c.encode = func(buf []byte, _ int64, p unsafe.Pointer) []byte {
		return binary.AppendUvarint(buf, load(p))
	}
}

// loader reads a number of some kind as an unsigned word; signed ones are
// folded so that small negatives stay short.
func loader(k reflect.Kind) func(p unsafe.Pointer) uint64 {
	zigzag := func(v int64) uint64 { return uint64(v)<<1 ^ uint64(v>>63) }
	switch k {
	case reflect.Bool, reflect.Uint8:
		return func(p unsafe.Pointer) uint64 { return uint64(*(*uint8)(p)) }
	case reflect.Uint16:
		return func(p unsafe.Pointer) uint64 { return uint64(*(*uint16)(p)) }
	case reflect.Uint32:
		return func(p unsafe.Pointer) uint64 { return uint64(*(*uint32)(p)) }
	case reflect.Uint64, reflect.Uint:
		return func(p unsafe.Pointer) uint64 { return *(*uint64)(p) }
	case reflect.Int8:
		return func(p unsafe.Pointer) uint64 { return zigzag(int64(*(*int8)(p))) }
	case reflect.Int16:
		return func(p unsafe.Pointer) uint64 { return zigzag(int64(*(*int16)(p))) }
	case reflect.Int32:
		return func(p unsafe.Pointer) uint64 { return zigzag(int64(*(*int32)(p))) }
	case reflect.Int64, reflect.Int:
		return func(p unsafe.Pointer) uint64 { return zigzag(*(*int64)(p)) }
	case reflect.Float32:
		return func(p unsafe.Pointer) uint64 { return uint64(math.Float32bits(*(*float32)(p))) }
	case reflect.Float64:
		return func(p unsafe.Pointer) uint64 { return math.Float64bits(*(*float64)(p)) }
	}
	return nil
}

func memmove(dst, src unsafe.Pointer, n uintptr) {
	copy(unsafe.Slice((*byte)(dst), n), unsafe.Slice((*byte)(src), n))
}

// field is one field of a structure, with what its tag says.
type field struct {
	*codec
	offset   uintptr
	skip     bool
	relative bool
	limit    int64 // sat=N; -1 for none
	copyOnly bool  // shared or "-": copied as it is
}

func (b *builder) field(f reflect.StructField) field {
	out := field{offset: f.Offset, limit: -1}
	b.path = append(b.path, f.Name)
	defer func() { b.path = b.path[:len(b.path)-1] }()
	tag := f.Tag.Get("canon")
	isTime := f.Type.Name() == "Time" && f.Type.Kind() == reflect.Int64
	switch {
	case tag == "-":
		out.skip, out.copyOnly = true, true
		out.codec = &codec{typ: f.Type}
		return out
	case tag == "shared":
		out.copyOnly = true
	case tag == "rel" && isTime:
		out.relative = true
	case strings.HasPrefix(tag, "sat="):
		n, err := strconv.ParseInt(tag[4:], 10, 64)
		if err != nil || n < 0 || f.Type.Kind() != reflect.Int64 {
			b.fault("tag %q: want sat=N with a number, on a field of a 64-bit signed type", tag)
		}
		out.limit = n
	case tag == "abs" && isTime, tag == "" && !isTime:
	case isTime:
		b.fault("a time must be tagged canon:\"rel\", \"abs\", \"sat=N\" or \"-\"")
	default:
		b.fault("tag %q: want -, rel or abs (on a time), sat=N or shared", tag)
	}
	out.codec = b.codec(f.Type)
	return out
}

func (b *builder) structure(c *codec) {
	var fields []field
	c.flat = true
	for i := range c.typ.NumField() {
		f := b.field(c.typ.Field(i))
		fields = append(fields, f)
		c.flat = c.flat && f.flat && !f.skip
	}
	c.encode = func(buf []byte, now int64, p unsafe.Pointer) []byte {
		for i := range fields {
			buf = fields[i].append(buf, now, unsafe.Add(p, fields[i].offset))
		}
		return buf
	}
	size := c.typ.Size()
	c.clone = func(dst, src unsafe.Pointer) {
		if c.flat {
			memmove(dst, src, size)
			return
		}
		for i := range fields {
			f := &fields[i]
			d, s := unsafe.Add(dst, f.offset), unsafe.Add(src, f.offset)
			if f.copyOnly {
				reflect.NewAt(f.typ, d).Elem().Set(reflect.NewAt(f.typ, s).Elem())
			} else {
				f.clone(d, s)
			}
		}
	}
}

func (f *field) append(buf []byte, now int64, p unsafe.Pointer) []byte {
	switch {
	case f.skip:
		return buf
	case f.relative:
		return binary.AppendVarint(buf, *(*int64)(p)-now)
	case f.limit >= 0:
		return binary.AppendVarint(buf, min(*(*int64)(p), f.limit))
	}
	return f.encode(buf, now, p)
}
