#!/bin/sh
# Writes random secrets, where there are none yet, into a folder that git ignores.
# usage: deploy/make-secrets.sh [FOLDER]   (default: deploy/secrets beside this script)
set -eu
folder=${1:-"$(dirname "$0")/secrets"}
umask 077
mkdir -p "$folder"
for name in postgres_password catalog_password commits_password sharing_password service_token; do
  [ -s "$folder/$name" ] || od -An -N32 -tx1 /dev/urandom | tr -d ' \n' > "$folder/$name"
done
[ -s "$folder/admin_token" ] || printf 'tg_%s' "$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')" > "$folder/admin_token"
# In its container a service reads its secrets as files, as another user; on this machine nobody else gets past the
# folder.
chmod 644 "$folder"/*
chmod 700 "$folder"
echo "secrets are in $folder; the admin's token is in $folder/admin_token"
