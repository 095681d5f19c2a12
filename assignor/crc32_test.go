package assignor

import "testing"

// The check value of CRC-32 is 0xcbf43926 for "123456789".
func TestCRC32Partition(t *testing.T) {
	const check uint32 = 0xcbf43926
	for _, n := range []int32{1, 6, 8, 1000} {
		if got, want := CRC32Partition("123456789", n), int32(check%uint32(n)); got != want {
			t.Errorf("of %d: %d, want %d", n, got, want)
		}
	}
}
