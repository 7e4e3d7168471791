-- A role for a PostgreSQL server that can read nianbao's tables and nothing else.
--
--   psql "$NIANBAO_WAREHOUSE" -v reader=nianbao_reader -f pipeline/reader_role.sql
--   psql "$NIANBAO_WAREHOUSE" -c '\password nianbao_reader'
--
-- Run it as a superuser after the first load, or as the user that loads if that one may create
-- roles. What is granted holds for the tables as they are and for those that the loading user
-- makes later: it outlives a rebuild of the tables. It can be run again.
-- It speaks of the first schema of the search path, the one that NIANBAO_WAREHOUSE loads into;
-- give the tables a schema of their own if that one has others which the role must not see.
-- Before PostgreSQL 15 every role may make tables in the schema public, until you say
-- REVOKE CREATE ON SCHEMA public FROM PUBLIC.
\set ON_ERROR_STOP on
SELECT current_schema() AS schema, coalesce(
    (SELECT tableowner FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'meta_loads'), current_user
) AS owner \gset
BEGIN;
SELECT format('CREATE ROLE %I LOGIN', :'reader')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'reader') \gexec
GRANT CONNECT ON DATABASE :"DBNAME" TO :"reader";
GRANT USAGE ON SCHEMA :"schema" TO :"reader";
GRANT SELECT ON ALL TABLES IN SCHEMA :"schema" TO :"reader";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA :"schema" GRANT SELECT ON TABLES TO :"reader";
ALTER ROLE :"reader" IN DATABASE :"DBNAME" SET search_path = :"schema";
-- No rights but brakes: a slip writes nothing, and a query left open does not keep tables from being rebuilt.
ALTER ROLE :"reader" IN DATABASE :"DBNAME" SET default_transaction_read_only = on;
ALTER ROLE :"reader" IN DATABASE :"DBNAME" SET statement_timeout = '10min';
ALTER ROLE :"reader" IN DATABASE :"DBNAME" SET idle_in_transaction_session_timeout = '10min';
COMMIT;
