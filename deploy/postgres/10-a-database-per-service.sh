#!/bin/bash
# Runs once, in a new data folder: a role and a database for each service, which no other service's role may enter.
set -eu

run_sql() { psql --quiet --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" "$@"; }

for service in partners campaigns metrics notifications; do
  variable="${service^^}_DATABASE_PASSWORD"
  # psql quotes :'password' itself, so that any character may stand in it.
  run_sql --set service="$service" --set password="${!variable:?$variable must be set}" <<'SQL'
CREATE ROLE :"service" LOGIN PASSWORD :'password';
CREATE DATABASE :"service" OWNER :"service" TEMPLATE template0 ENCODING 'UTF8';
REVOKE ALL ON DATABASE :"service" FROM PUBLIC;
SQL
done
run_sql -c "REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC"
