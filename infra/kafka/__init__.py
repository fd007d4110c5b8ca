"""Apache Kafka 4 in KRaft mode on loopback, where services are processes of their own, and for the tests: one broker, with passwords."""
