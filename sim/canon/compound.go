package canon

import (
	"bytes"
	"encoding/binary"
	"reflect"
	"slices"
	"unsafe"
)

// sliceHeader is the memory of a slice of any type.
type sliceHeader struct {
	data     unsafe.Pointer
	len, cap int
}

func (b *builder) slice(c *codec) {
	elem := b.codec(c.typ.Elem())
	size := c.typ.Elem().Size()
	c.encode = func(buf []byte, now int64, p unsafe.Pointer) []byte {
		h := (*sliceHeader)(p)
		buf = binary.AppendUvarint(buf, uint64(h.len))
		for i := range h.len {
			buf = elem.encode(buf, now, unsafe.Add(h.data, uintptr(i)*size))
		}
		return buf
	}
	c.clone = func(dst, src unsafe.Pointer) {
		h := (*sliceHeader)(src)
		if h.len == 0 {
			reflect.NewAt(c.typ, dst).Elem().SetZero()
			return
		}
		fresh := reflect.MakeSlice(c.typ, h.len, h.len)
		if elem.flat {
			reflect.Copy(fresh, reflect.NewAt(c.typ, src).Elem())
		} else {
			for i := range h.len {
				elem.clone(unsafe.Add(fresh.UnsafePointer(), uintptr(i)*size), unsafe.Add(h.data, uintptr(i)*size))
			}
		}
		reflect.NewAt(c.typ, dst).Elem().Set(fresh)
	}
}

func (b *builder) array(c *codec) {
	elem := b.codec(c.typ.Elem())
	n, size := c.typ.Len(), c.typ.Elem().Size()
	c.flat = elem.flat
	c.encode = func(buf []byte, now int64, p unsafe.Pointer) []byte {
		for i := range n {
			buf = elem.encode(buf, now, unsafe.Add(p, uintptr(i)*size))
		}
		return buf
	}
	c.clone = func(dst, src unsafe.Pointer) {
		for i := range n {
			elem.clone(unsafe.Add(dst, uintptr(i)*size), unsafe.Add(src, uintptr(i)*size))
		}
	}
}

func (b *builder) pointer(c *codec) {
	elem := b.codec(c.typ.Elem())
	c.encode = func(buf []byte, now int64, p unsafe.Pointer) []byte {
		target := *(*unsafe.Pointer)(p)
		if target == nil {
			return append(buf, 0)
		}
		return elem.encode(append(buf, 1), now, target)
	}
	c.clone = func(dst, src unsafe.Pointer) {
		target := *(*unsafe.Pointer)(src)
		if target == nil {
			*(*unsafe.Pointer)(dst) = nil
			return
		}
		fresh := reflect.New(elem.typ)
		elem.clone(fresh.UnsafePointer(), target)
		*(*unsafe.Pointer)(dst) = fresh.UnsafePointer()
	}
}

func (b *builder) mapping(c *codec) {
	key, elem := b.codec(c.typ.Key()), b.codec(c.typ.Elem())
	c.encode = func(buf []byte, now int64, p unsafe.Pointer) []byte {
		m := reflect.NewAt(c.typ, p).Elem()
		buf = binary.AppendUvarint(buf, uint64(m.Len()))
		entries := make([][]byte, 0, m.Len())
		k, v := reflect.New(key.typ), reflect.New(elem.typ)
		for it := m.MapRange(); it.Next(); {
			k.Elem().SetIterKey(it)
			v.Elem().SetIterValue(it)
			e := key.encode(nil, now, k.UnsafePointer())
			entries = append(entries, elem.encode(e, now, v.UnsafePointer()))
		}
		slices.SortFunc(entries, bytes.Compare)
		for _, e := range entries {
			buf = append(buf, e...)
		}
		return buf
	}
	c.clone = func(dst, src unsafe.Pointer) {
		m := reflect.NewAt(c.typ, src).Elem()
		if m.IsNil() {
			reflect.NewAt(c.typ, dst).Elem().SetZero()
			return
		}
		fresh := reflect.MakeMapWithSize(c.typ, m.Len())
		k, v := reflect.New(key.typ), reflect.New(elem.typ)
		for it := m.MapRange(); it.Next(); {
			k.Elem().SetIterKey(it)
			v.Elem().SetIterValue(it)
			k2, v2 := reflect.New(key.typ), reflect.New(elem.typ)
			key.clone(k2.UnsafePointer(), k.UnsafePointer())
			elem.clone(v2.UnsafePointer(), v.UnsafePointer())
			fresh.SetMapIndex(k2.Elem(), v2.Elem())
		}
		reflect.NewAt(c.typ, dst).Elem().Set(fresh)
	}
}

// iface encodes a value of a type known at run time by the type's name and
// its content.
func (b *builder) iface(c *codec) {
	dynamic := func(p unsafe.Pointer) (v reflect.Value, held *codec) {
		i := reflect.NewAt(c.typ, p).Elem()
		if i.IsNil() {
			return v, nil
		}
		v = reflect.New(i.Elem().Type())
		v.Elem().Set(i.Elem())
		return v, codecOf(i.Elem().Type())
	}
	c.encode = func(buf []byte, now int64, p unsafe.Pointer) []byte {
		v, held := dynamic(p)
		if held == nil {
			return append(buf, 0)
		}
		name := held.typ.String()
		buf = append(binary.AppendUvarint(buf, uint64(len(name))), name...)
		return held.encode(buf, now, v.UnsafePointer())
	}
	c.clone = func(dst, src unsafe.Pointer) {
		v, held := dynamic(src)
		if held == nil {
			reflect.NewAt(c.typ, dst).Elem().SetZero()
			return
		}
		fresh := reflect.New(held.typ)
		held.clone(fresh.UnsafePointer(), v.UnsafePointer())
		reflect.NewAt(c.typ, dst).Elem().Set(fresh.Elem())
	}
}
