#!/bin/sh
# Run once by the PostgreSQL image on an empty volume: the owner migrates, the application works.
set -eu
psql -v ON_ERROR_STOP=1 -v owner="$OWNER_PASSWORD" -v app="$APPLICATION_PASSWORD" \
  --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE sandbox_owner LOGIN CREATEDB PASSWORD :'owner';
CREATE ROLE sandbox_app LOGIN PASSWORD :'app';
CREATE DATABASE sandbox OWNER sandbox_owner ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0;
SQL
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname sandbox \
  -c 'CREATE EXTENSION btree_gist' -c 'CREATE EXTENSION btree_gin' -c 'CREATE EXTENSION pg_trgm'
