/** Every resource of the API under its path, and the type by which a client knows them all. */
import { type ActivationRoutes, activationRoutes } from './activations.ts';
import { type BuildRoutes, buildRoutes } from './builds.ts';
import { type CatalogueRoutes, catalogueRoutes } from './catalogue.ts';
import { connectorRoutes, type DestinationRoutes, destinationRoutes } from './destinations.ts';
import { type EventRoutes, eventRoutes, loadRoutes } from './events.ts';
import { type ExplainRoutes, explainRoutes } from './identity.ts';
import { type DecisionRoutes, decisionRoutes } from './identity-decisions.ts';
import { type WhatIfRoutes, whatIfRoutes } from './identity-what-if.ts';
import { type JobRoutes, jobRoutes, type ScheduleRoutes, scheduleRoutes } from './jobs.ts';
import { type KeyRoutes, keyRoutes } from './keys.ts';
import { listRoutes } from './lists.ts';
import { type ProfileRoutes, profileRoutes } from './profiles.ts';
import { createRoutes } from './routes.ts';
import { type RunRoutes, runRoutes } from './runs.ts';
import { type SegmentAskingRoutes, segmentAskingRoutes } from './segment-asking.ts';
import { type SegmentHistoryRoutes, segmentHistoryRoutes, segmentSchemaRoutes } from './segment-history.ts';
import { archivedSegmentRoutes, type SegmentLifeRoutes, segmentCostRoutes, segmentDraftRoutes, segmentLifeRoutes } from './segment-life.ts';
import { segmentSentenceRoutes } from './segment-sentences.ts';
import { type SegmentRoutes, segmentRoutes } from './segments.ts';
import { type StatusRoutes, statusRoutes } from './status.ts';
import { type SyncRoutes, syncRoutes } from './syncs.ts';

export type ApiDependencies = ActivationRoutes &
  BuildRoutes &
  CatalogueRoutes &
  DecisionRoutes &
  DestinationRoutes &
  EventRoutes &
  ExplainRoutes &
  JobRoutes &
  KeyRoutes &
  ProfileRoutes &
  RunRoutes &
  ScheduleRoutes &
  SegmentAskingRoutes &
  SegmentHistoryRoutes &
  SegmentLifeRoutes &
  SegmentRoutes &
  StatusRoutes &
  SyncRoutes &
  WhatIfRoutes;

export function apiRoutes(deps: ApiDependencies) {
  return createRoutes()
    .route('/api/identity', explainRoutes(deps))
    .route('/api/identity/decisions', decisionRoutes(deps))
    .route('/api/identity/what-if', whatIfRoutes(deps))
    .route('/api/profiles', profileRoutes(deps, 'person'))
    .route('/api/accounts', profileRoutes(deps, 'account'))
    .route('/api/activations', activationRoutes(deps))
    .route('/api/catalogue', catalogueRoutes(deps))
    .route('/api/builds', buildRoutes(deps))
    .route('/api/keys', keyRoutes(deps))
    .route('/api/events', eventRoutes(deps))
    .route('/api/loads', loadRoutes(deps))
    .route('/api/destinations', destinationRoutes(deps))
    .route('/api/connectors', connectorRoutes(deps))
    .route('/api/segments', segmentAskingRoutes(deps))
    .route('/api/segments', segmentSentenceRoutes(deps))
    .route('/api/segments', segmentRoutes(deps))
    .route('/api/segments', segmentLifeRoutes(deps))
    .route('/api/segments', segmentHistoryRoutes(deps))
    .route('/api/segment-schema', segmentSchemaRoutes(deps))
    .route('/api/segment-drafts', segmentDraftRoutes(deps))
    .route('/api/segment-costs', segmentCostRoutes(deps))
    .route('/api/archived-segments', archivedSegmentRoutes(deps))
    .route('/api/lists', listRoutes(deps))
    .route('/api/syncs', syncRoutes(deps))
    .route('/api/runs', runRoutes(deps))
    .route('/api/jobs', jobRoutes(deps))
    .route('/api/schedules', scheduleRoutes(deps))
    .route('/api', statusRoutes(deps));
}

/** For `hc<AppType>(url)` of hono/client: every call with the types of what it takes and answers. */
export type AppType = ReturnType<typeof apiRoutes>;
