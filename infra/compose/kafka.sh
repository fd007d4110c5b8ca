#!/bin/bash
# The broker as infra.kafka starts it, out of the image: storage is made once, with the administrator in it.
set -eu
tools=/opt/kafka/bin
if [ ! -f /var/lib/kafka/data/meta.properties ]; then
    "$tools/kafka-storage.sh" format --standalone --config /keys/server.properties \
        --cluster-id "$("$tools/kafka-storage.sh" random-uuid)" --add-scram "$(cat /keys/administrator)"
fi
export KAFKA_LOG4J_OPTS="-Dlog4j2.configurationFile=file:/keys/log4j2.properties"
export LOG_DIR=/tmp
exec "$tools/kafka-server-start.sh" /keys/server.properties
