#!/bin/sh
# Run by the postgres image on the first start of an empty data folder.
set -eu
password() { cat "/run/secrets/$1_password"; }
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
  -v catalog_password="$(password catalog)" \
  -v commits_password="$(password commits)" \
  -v sharing_password="$(password sharing)" \
  -f /etc/tidegate/roles.sql
