CREATE TABLE "sluice"."installation" (
	"id" integer PRIMARY KEY NOT NULL,
	"database_prefix" text NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL
);
