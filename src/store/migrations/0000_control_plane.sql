CREATE SCHEMA IF NOT EXISTS "sluice";
--> statement-breakpoint
CREATE TABLE "sluice"."api_keys" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"prefix" text NOT NULL,
	"hash" text NOT NULL,
	"scopes" text[] NOT NULL,
	"source" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"last_used_at" timestamp (3) with time zone,
	"revoked_at" timestamp (3) with time zone,
	CONSTRAINT "api_keys_hash_unique" UNIQUE("hash")
);
--> statement-breakpoint
CREATE TABLE "sluice"."leases" (
	"name" text PRIMARY KEY NOT NULL,
	"holder" text,
	"fencing_token" bigint NOT NULL,
	"acquired_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sluice"."resource_revisions" (
	"kind" text NOT NULL,
	"id" text NOT NULL,
	"revision" integer NOT NULL,
	"document" jsonb,
	"applied_at" timestamp (3) with time zone NOT NULL,
	"applied_by" text NOT NULL,
	CONSTRAINT "resource_revisions_kind_id_revision_pk" PRIMARY KEY("kind","id","revision")
);
--> statement-breakpoint
CREATE TABLE "sluice"."resources" (
	"kind" text NOT NULL,
	"id" text NOT NULL,
	"document" jsonb NOT NULL,
	"revision" integer NOT NULL,
	"applied_at" timestamp (3) with time zone NOT NULL,
	"applied_by" text NOT NULL,
	"removed_at" timestamp (3) with time zone,
	CONSTRAINT "resources_kind_id_pk" PRIMARY KEY("kind","id")
);
--> statement-breakpoint
CREATE TABLE "sluice"."schedule_slots" (
	"schedule" text NOT NULL,
	"slot_at" timestamp (3) with time zone NOT NULL,
	"outcome" text NOT NULL,
	"job_id" uuid,
	"recorded_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "schedule_slots_schedule_slot_at_pk" PRIMARY KEY("schedule","slot_at")
);
--> statement-breakpoint
CREATE TABLE "sluice"."secrets" (
	"name" text PRIMARY KEY NOT NULL,
	"key_id" text NOT NULL,
	"sealed" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "schedule_slots_recorded_at" ON "sluice"."schedule_slots" USING btree ("recorded_at");