package assignor

import "hash/crc32"

// CRC32Partition is the partition of n that librdkafka's "consistent"
// partitioners give a key (rd_kafka_msg_partitioner_consistent): other than
// Java's, for the same topic.
func CRC32Partition(key string, n int32) int32 {
	return int32(crc32.ChecksumIEEE([]byte(key)) % uint32(n))
}
