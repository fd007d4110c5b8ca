"""Apache Kafka 4 in KRaft mode on loopback, for the house in pieces and for the tests: one broker, with passwords."""
