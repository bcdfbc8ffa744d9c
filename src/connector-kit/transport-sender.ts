/** Opens a connector's object for one run. The engine gets one function that tries a batch once. */
import type { BatchContext, Connector, DestinationObject, NextRequest, PlaceState } from './connector.ts';
import type { Attempt, DeliveryClock } from './deliver.ts';
import type { Fault } from './fault.ts';
import { type Outcome, refused } from './outcome.ts';
import { createRateGate, type RateGate } from './rate-gate.ts';
import { redact, valuesOf } from './redact.ts';
import type { Rows } from './row.ts';
import type { TokenKeeper } from './token-keeper.ts';
import { isFault, type TransportLimits } from './transport.ts';
import { openCaller } from './transport-caller.ts';

export interface Sender {
  readonly attempt: Attempt;
  readonly gate: RateGate;
  close(): Promise<void>;
}

export interface SenderOptions {
  readonly connector: Connector;
  readonly object: DestinationObject;
  readonly context: Omit<BatchContext<Record<string, unknown>, Record<string, unknown>>, 'batchId'>;
  /** Texts that must never appear in a message. */
  readonly secrets: readonly string[];
  readonly clock: DeliveryClock;
  readonly transportLimits?: Partial<TransportLimits>;
  /** Where the tokens of a login are kept between runs. Default: for this sender only. */
  readonly tokens?: TokenKeeper;
}

/** @throws OpenFailed with the fault for what the object's `open` threw. */
export async function openSender(options: SenderOptions): Promise<Sender> {
  const gate = createRateGate(options.connector.limits.requestsPerSecond, options.clock);
  const { attempt, close } =
    options.object.kind === 'http' ? httpSender(options, options.object) : await clientSender(options, options.object);
  return {
    gate,
    close,
    async attempt(rows, batchId, step) {
      const result = await attempt(rows, batchId, step);
      if (Array.isArray(result)) return withoutSecrets(result, rows, options.secrets);
      return 'step' in result ? withinLimit(result) : clean(result, options.secrets);
    },
  };
}

/**
 * Checks whether the place exists and is still the same. Undefined when the connector cannot check.
 * @throws OpenFailed as openSender does.
 */
export async function lookAt({
  object,
  context,
  secrets,
}: Pick<SenderOptions, 'object' | 'context' | 'secrets'>): Promise<PlaceState | undefined> {
  if (object.kind !== 'client' || object.look === undefined) return undefined;
  try {
    return await object.look(context);
  } catch (error) {
    throw new OpenFailed(clean(object.faultOf(error), secrets));
  }
}

/** A destination could not be opened at all; `fault` says who must act. */
export class OpenFailed extends Error {
  override readonly name = 'OpenFailed';
  readonly fault: Fault;
  constructor(fault: Fault) {
    super(fault.message);
    this.fault = fault;
  }
}

type Opened = { attempt: Attempt; close(): Promise<void> };

function httpSender(options: SenderOptions, object: Extract<DestinationObject, { kind: 'http' }>): Opened {
  const { context } = options;
  const caller = openCaller({ ...options, config: context.config });
  return {
    close: () => caller.close(),
    async attempt(rows, batchId, step) {
      const asked = { ...context, batchId, ...(step === undefined ? {} : { step }) };
      const reply = await caller.send(object.build(rows, asked), batchId);
      return isFault(reply) ? reply : object.parse(reply, rows, asked);
    },
  };
}

async function clientSender(options: SenderOptions, object: Extract<DestinationObject, { kind: 'client' }>): Promise<Opened> {
  try {
    const session = await object.open(options.context);
    return {
      close: () => session.close(),
      async attempt(rows, batchId) {
        try {
          return await session.write(rows, batchId);
        } catch (error) {
          return object.faultOf(error);
        }
      },
    };
  } catch (error) {
    throw new OpenFailed(clean(object.faultOf(error), options.secrets));
  }
}

const LONGEST_STEP = 65_536;

const withinLimit = (next: NextRequest): NextRequest | Fault =>
  next.step.length <= LONGEST_STEP
    ? next
    : {
        kind: 'vendor_contract',
        message: `the connector keeps ${next.step.length} characters between two requests; ${LONGEST_STEP} are allowed`,
      };

/** Vendors quote what they refuse; the ledger keeps their reasons without the customers' values. */
function withoutSecrets(outcomes: Outcome[], rows: Rows, secrets: readonly string[]): Outcome[] {
  if (outcomes.every(({ ok }) => ok)) return outcomes;
  const values = valuesOf(rows);
  return outcomes.map((outcome) =>
    outcome.ok ? outcome : refused({ ...outcome.fault, message: redact(outcome.fault.message, secrets, values) }),
  );
}

const clean = (fault: Fault, secrets: readonly string[]): Fault => ({ ...fault, message: redact(fault.message, secrets) });
