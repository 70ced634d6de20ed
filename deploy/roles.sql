-- One role and one schema for each service; no role can reach another's schema.
-- Run once by a superuser in the database of Tidegate, with the three passwords as psql variables.

REVOKE ALL ON SCHEMA public FROM PUBLIC;

CREATE ROLE catalog LOGIN PASSWORD :'catalog_password';
CREATE ROLE commits LOGIN PASSWORD :'commits_password';
CREATE ROLE sharing LOGIN PASSWORD :'sharing_password';

CREATE SCHEMA IF NOT EXISTS catalog AUTHORIZATION catalog;
CREATE SCHEMA IF NOT EXISTS commits AUTHORIZATION commits;
CREATE SCHEMA IF NOT EXISTS sharing AUTHORIZATION sharing;
