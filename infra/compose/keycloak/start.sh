#!/bin/bash
# Keycloak takes its passwords from the environment alone; ours are in files, so that no container's settings show them.
set -eu
KC_BOOTSTRAP_ADMIN_PASSWORD="$(cat /keys/admin)"
KC_DB_PASSWORD="$(cat /keys/database)"
export KC_BOOTSTRAP_ADMIN_PASSWORD KC_DB_PASSWORD
mkdir -p /opt/keycloak/data/import
cp /keys/realm/realm.json /opt/keycloak/data/import/
exec /opt/keycloak/bin/kc.sh start --import-realm
