#!/bin/sh
# What the server's administrator does once: the three roles with their passwords, and the database.
set -eu
for role in owner app read; do
    rights=login
    [ "$role" = owner ] && rights="login createrole"
    psql --set=ON_ERROR_STOP=1 --username "$POSTGRES_USER" --set=password="$(cat "/run/secrets/${role}_password")" <<SQL
create role atelier_$role $rights password :'password';
SQL
done
psql --set=ON_ERROR_STOP=1 --username "$POSTGRES_USER" --command \
    "create database atelier owner atelier_owner encoding 'UTF8' template template0"
