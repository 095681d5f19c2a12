package main

import (
	"github.com/spf13/cobra"

	"github.com/groundhogsim/groundhog/realkafka/cluster"
)

// kafkaFlags gives a command the flags by which a real Kafka is chosen; what
// they leave out comes from the environment. A password comes from nowhere but
// the environment or a file: a command line is there for all to see.
func kafkaFlags(c *cobra.Command, choice *cluster.Choice) {
	*choice = cluster.FromEnvironment()
	if choice.Kafka == "" {
		choice.Kafka = cluster.ProcessWord
	}
	f := c.Flags()
	f.StringVar(&choice.Kafka, "kafka", choice.Kafka, "the Kafka: process or container (started here), or HOST:PORT[,HOST:PORT…] of one that runs (GROUNDHOG_KAFKA)")
	f.BoolVar(&choice.TLS, "kafka-tls", choice.TLS, "it speaks TLS (GROUNDHOG_KAFKA_TLS)")
	f.StringVar(&choice.CA, "kafka-ca", choice.CA, "PEM file of who signs its certificates (GROUNDHOG_KAFKA_CA)")
	f.StringVar(&choice.Cert, "kafka-cert", choice.Cert, "PEM file of our certificate (GROUNDHOG_KAFKA_CERT)")
	f.StringVar(&choice.Key, "kafka-key", choice.Key, "PEM file of its key (GROUNDHOG_KAFKA_KEY)")
	f.StringVar(&choice.SASL, "kafka-sasl", choice.SASL, "plain, scram-sha-256 or scram-sha-512 (GROUNDHOG_KAFKA_SASL)")
	f.StringVar(&choice.User, "kafka-user", choice.User, "the user; the password is in GROUNDHOG_KAFKA_PASSWORD (GROUNDHOG_KAFKA_USER)")
	f.StringVar(&choice.Credentials, "kafka-credentials", choice.Credentials, "a file with user and password, a line each (GROUNDHOG_KAFKA_CREDENTIALS)")
}
