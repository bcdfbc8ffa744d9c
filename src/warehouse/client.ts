/** One ClickHouse user's connection: asks named queries, streams them, runs statements, inserts. */
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ClickHouseSettings, type DataFormat, parseError, type Row, type StreamReadable } from '@clickhouse/client';
import * as z from 'zod';
import { CdpError } from '../errors.ts';
import { INSERT_PRIORITY } from '../sql/access.ts';
import { withPrefix } from '../sql/databases.ts';
import { type Connections, MAX_QUERIES, openConnections } from './connection.ts';
import { enrich, errors, isBroken, type QueryIdentity } from './errors.ts';
import { PATIENCE, type Patience, type QueryClass, type Waiting, withPatience } from './patience.ts';
import type { Query, Statement } from './query.ts';
import { isThere } from './running.ts';
import { createSemaphore } from './semaphore.ts';

type Shape = z.ZodObject;

export interface AskOptions {
  readonly settings?: ClickHouseSettings;
  /** Aborting also kills the query on the server. */
  readonly signal?: AbortSignal;
  /** Id of the query. Default: `<name>.<uuid>`. */
  readonly queryId?: string;
  /** How long the connection may be silent. Default: `read` for `ask`, else `work`. */
  readonly class?: QueryClass;
}

export interface InsertOptions {
  /** Default JSONEachRow for rows; a byte stream must state its format. */
  readonly format?: DataFormat | 'RowBinary';
  readonly columns?: readonly string[];
  /**
   * A retry with the same token changes nothing, as long as the table has `non_replicated_deduplication_window` and fewer inserts than
   * that came between.
   */
  readonly dedupToken?: string;
  readonly settings?: ClickHouseSettings;
  readonly signal?: AbortSignal;
  /** `landing` for inserts that are repeated with the same token; default `work`. */
  readonly class?: 'landing' | 'work';
  /** Number of attempts; default 1. A second attempt uses a new connection. */
  readonly attempt?: number;
}

export interface RunResult {
  readonly queryId: string;
  readonly writtenRows: number;
  readonly readRows: number;
}

export interface WarehouseClient {
  /** All rows, parsed. Tried again (twice) when the connection breaks: only reads are, since a write may have been applied. */
  ask<P extends Shape, R extends Shape>(query: Query<P, R>, params: z.input<P>, options?: AskOptions): Promise<z.output<R>[]>;
  /** Blocks of parsed rows as they arrive: memory stays bounded, however many there are. Not retried once rows have been handed out. */
  stream<P extends Shape, R extends Shape>(query: Query<P, R>, params: z.input<P>, options?: AskOptions): AsyncIterable<z.output<R>[]>;
  /**
   * One text column, each value unchanged on a line of its own: for rows that only pass through. The values must hold no line breaks. Tried
   * again when the connection breaks, as in `ask`.
   */
  lines<P extends Shape>(query: Statement<P>, params: z.input<P>, options?: AskOptions): Promise<string>;
  /** DDL and `insert … select`. Resolves when the server is done. Never retried. */
  run<P extends Shape>(statement: Statement<P>, params: z.input<P>, options?: AskOptions): Promise<RunResult>;
  /**
   * Resolves when the server has the rows on disk: never through its asynchronous insert queue. Never retried by this client: pass a token
   * and repeat it yourself.
   */
  insert(table: string, rows: readonly object[] | Readable, options?: InsertOptions): Promise<{ queryId: string }>;
  /**
   * The answer's bytes in `format`, unless the SQL names another. For SQL that a person wrote: database names are not replaced and rows are
   * not parsed.
   */
  raw(sql: string, format: string, options?: AskOptions): Promise<Readable>;
  /** Ends a query of any user on the server. Only the owner may call it. */
  kill(queryId: string): Promise<void>;
  /** Whether a query of `user` is running on the server, or may be waiting there for its turn. Only the owner may call it. */
  isRunning(queryId: string, user: string): Promise<boolean>;
  close(): Promise<void>;
}

export interface ClientOptions {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly prefix: string;
  /** Database in which names without a database are looked up. */
  readonly database?: string;
  readonly isEmbedded: boolean;
  /** Settings for every query that the server's version needs. */
  readonly settings: ClickHouseSettings;
  /** Resolves when the server can be reached (the embedded one may be restarting). */
  readonly whenReady: () => Promise<void>;
  /**
   * Kills this client's queries, run by the owner: the restricted users may not, since KILL QUERY reads the list of everybody's queries.
   */
  readonly kill?: (queryId: string) => Promise<void>;
  /** Asks whether this client's queries run, for the same reason by the owner. */
  readonly isRunning?: (queryId: string, user: string) => Promise<boolean>;
  /** For tests: shorter times than PATIENCE. */
  readonly patience?: Readonly<Record<QueryClass, Patience>>;
}

/** A third of the size of a form field: a character has up to three bytes. */
const MAX_FORM_SQL = 40_000;
const READ_ATTEMPTS = 3;
const RETRY_AFTER_MS = 100;
const KILL_PATIENCE_MS = 5_000;

const INSERT_DEFAULTS: ClickHouseSettings = {
  // The acknowledgement must mean "on disk". The service batches by itself.
  async_insert: 0,
  // Queries of the restricted users pause meanwhile, see access.ts.
  priority: String(INSERT_PRIORITY),
  // Progress headers would send status 200 before the insert has succeeded.
  send_progress_in_http_headers: 0,
  date_time_input_format: 'best_effort',
  input_format_skip_unknown_fields: 0,
};

export function createWarehouseClient(options: ClientOptions): WarehouseClient {
  return new HttpWarehouseClient(openConnections(options), options);
}

class HttpWarehouseClient implements WarehouseClient {
  readonly #connections: Connections;
  readonly #options: ClientOptions;
  readonly #running = createSemaphore(MAX_QUERIES);
  /** Kills under way; `close` waits for them. */
  readonly #kills = new Set<Promise<unknown>>();

  constructor(connections: Connections, options: ClientOptions) {
    this.#connections = connections;
    this.#options = options;
  }

  async ask<P extends Shape, R extends Shape>(query: Query<P, R>, params: z.input<P>, options: AskOptions = {}): Promise<z.output<R>[]> {
    const rows: z.output<R>[] = [];
    for await (const block of this.#blocks(query, params, options, () => rows.splice(0))) rows.push(...block);
    return rows;
  }

  stream<P extends Shape, R extends Shape>(query: Query<P, R>, params: z.input<P>, options: AskOptions = {}): AsyncIterable<z.output<R>[]> {
    return this.#blocks(query, params, options);
  }

  async lines<P extends Shape>(query: Statement<P>, params: z.input<P>, options: AskOptions = {}): Promise<string> {
    for (let attempt = 1; ; attempt += 1) {
      // All or an error: a text has no mark by which half an answer could be noticed.
      const settings = { ...options.settings, wait_end_of_query: 1, send_progress_in_http_headers: 0 } as ClickHouseSettings;
      const request = this.#request(query.name, { ...options, settings });
      try {
        return await this.#guarded(request, options, async (abort_signal) => {
          const result = await this.#connectionOf(attempt).query({
            ...request.params,
            abort_signal,
            query: this.#sql(query.sql),
            query_params: query.params.parse(params),
            format: 'TabSeparatedRaw',
          });
          abort_signal.addEventListener('abort', () => result.close());
          return result.text();
        });
      } catch (error) {
        const isOver = attempt === READ_ATTEMPTS || options.signal?.aborted === true;
        if (isOver || !(error instanceof CdpError) || error.code !== 'warehouse.unreachable') throw error;
        await sleep(RETRY_AFTER_MS * attempt);
      }
    }
  }

  async run<P extends Shape>(statement: Statement<P>, params: z.input<P>, options: AskOptions = {}): Promise<RunResult> {
    const request = this.#request(statement.name, options);
    return this.#guarded(request, options, async (abort_signal) => {
      const result = await this.#connections.queries.exec({
        ...request.params,
        abort_signal,
        query: this.#sql(statement.sql),
        query_params: statement.params.parse(params),
      });
      await assertNoException(result.stream, abort_signal);
      return {
        queryId: request.queryId,
        writtenRows: Number(result.summary?.written_rows ?? 0),
        readRows: Number(result.summary?.read_rows ?? 0),
      };
    });
  }

  async insert(table: string, rows: readonly object[] | Readable, options: InsertOptions = {}): Promise<{ queryId: string }> {
    const request = this.#request(`insert.${table}`, {
      ...options,
      settings: {
        ...INSERT_DEFAULTS,
        ...(options.dedupToken === undefined ? {} : { insert_deduplicate: 1, insert_deduplication_token: options.dedupToken }),
        ...options.settings,
      },
    });
    const { format = 'JSONEachRow', columns } = options;
    const { attempt = 1 } = options;
    const connection = options.class === 'landing' && attempt === 1 ? this.#connections.landing : this.#connectionOf(attempt);
    return this.#guarded(request, options, async (abort_signal) => {
      const target = this.#sql(table);
      if (Array.isArray(rows) || (rows as Readable).readableObjectMode) {
        const values = rows as object[] | Readable;
        const named = columns === undefined ? {} : { columns: columns as [string, ...string[]] };
        await connection.insert({ ...request.params, abort_signal, table: target, values, format: format as DataFormat, ...named });
      } else {
        const list = columns === undefined ? '' : ` (${columns.map((column) => `\`${column}\``).join(', ')})`;
        const result = await connection.exec({
          ...request.params,
          abort_signal,
          query: `insert into ${target}${list} format ${format}`,
          values: rows as Readable,
        });
        await assertNoException(result.stream, abort_signal);
      }
      return { queryId: request.queryId };
    });
  }

  async raw(sql: string, format: string, options: AskOptions = {}): Promise<Readable> {
    const request = this.#request('sql', {
      ...options,
      // The server keeps the answer (on its disk, when it is large) until it is complete: an error then never follows half an answer.
      settings: {
        ...options.settings,
        wait_end_of_query: 1,
        send_progress_in_http_headers: 0,
        default_format: format,
      } as ClickHouseSettings,
    });
    return this.#guarded(request, options, async (abort_signal) => {
      return (await this.#connections.queries.exec({ ...request.params, abort_signal, query: sql })).stream;
    });
  }

  async kill(queryId: string): Promise<void> {
    const query = 'kill query where query_id = {queryId:String} async';
    await this.#connections.fresh.command({ query, query_params: { queryId }, abort_signal: this.#probeTime() });
  }

  isRunning(queryId: string, user: string): Promise<boolean> {
    return isThere(this.#connections.fresh, queryId, user, () => this.#probeTime());
  }

  async close(): Promise<void> {
    await Promise.all(this.#kills);
    await this.#connections.close();
  }

  /**
   * All reads go through here. Retries until the first block was handed out, or, with `forget`, as long as it can undo what was handed out.
   */
  async *#blocks<P extends Shape, R extends Shape>(
    query: Query<P, R>,
    params: z.input<P>,
    options: AskOptions,
    forget?: () => void,
  ): AsyncGenerator<z.output<R>[]> {
    const rows = z.array(query.row);
    for (let attempt = 1; ; attempt += 1) {
      const { queryId, ...others } = options;
      // The server may still be busy with the first attempt: a second needs an id of its own.
      const request = this.#request(query.name, attempt === 1 || queryId === undefined ? options : others);
      const patience = this.#patience(request.queryId, options.class ?? (forget === undefined ? 'work' : 'read'));
      let hasStarted = false;
      const release = await this.#running.take();
      let answer: StreamReadable<Row<unknown, 'JSONEachRow'>[]> | undefined;
      try {
        // The library only listens for what comes: a signal that is aborted already would stop nothing.
        options.signal?.throwIfAborted();
        await this.#options.whenReady();
        const sql = this.#sql(query.sql);
        const query_params = query.params.parse(params);
        const result = await withPatience(patience, (cut) =>
          this.#connectionOf(attempt).query({
            ...request.params,
            query: sql,
            query_params,
            format: 'JSONEachRow',
            // A form field holds 128 KiB of SQL (http_max_field_value_size); longer SQL is sent as the body, with the parameters in the
            // address.
            use_multipart_params_auto: sql.length < MAX_FORM_SQL,
            abort_signal: options.signal === undefined ? cut : AbortSignal.any([options.signal, cut]),
          }),
        );
        answer = result.stream<unknown>();
        const blocks: AsyncIterator<Row<unknown, 'JSONEachRow'>[]> = answer[Symbol.asyncIterator]();
        // The time limit is set for each wait alone: a slow consumer must not count as a silent connection.
        const nextBlock = () => withPatience(patience, () => blocks.next());
        for (let next = await nextBlock(); !next.done; next = await nextBlock()) {
          const parsed = rows.safeParse(next.value.map((row) => row.json()));
          if (!parsed.success) throw unexpected(query.name, parsed.error);
          hasStarted = true;
          yield parsed.data as z.output<R>[];
        }
        return;
      } catch (error) {
        const canRetry =
          isBroken(error) && attempt < READ_ATTEMPTS && options.signal?.aborted !== true && (!hasStarted || forget !== undefined);
        if (!canRetry) {
          if (options.signal?.aborted) this.#killInBackground(request.queryId);
          throw enrich(error, request);
        }
        forget?.();
        // The keeper needs a moment to notice that its server died; whenReady then waits for the new one.
        await sleep(RETRY_AFTER_MS * attempt);
      } finally {
        // Ends the connection of an answer that was not read to its end: the consumer left, or the connection is silent.
        answer?.destroy();
        release();
      }
    }
  }

  /** A second attempt uses a new connection, because other connections of the pool may be silent too. */
  #connectionOf(attempt: number): Connections['queries'] {
    return attempt === 1 ? this.#connections.queries : this.#connections.fresh;
  }

  #probeTime(): AbortSignal {
    return AbortSignal.timeout((this.#options.patience ?? PATIENCE).probe.silentMs);
  }

  #patience(queryId: string, name: QueryClass): Waiting {
    const { user } = this.#options;
    const isRunning = this.#options.isRunning ?? ((id: string) => this.isRunning(id, user));
    return { patience: (this.#options.patience ?? PATIENCE)[name], isRunning: () => isRunning(queryId, user) };
  }

  #request(name: string, options: AskOptions) {
    const queryId = options.queryId ?? `${name}.${crypto.randomUUID()}`;
    return {
      name,
      queryId,
      user: this.#options.user,
      isEmbedded: this.#options.isEmbedded,
      params: { query_id: queryId, clickhouse_settings: { log_comment: name, ...options.settings } },
    };
  }

  /**
   * For statements that may change something: when the caller aborts, the query is killed and the server's answer is still awaited, so that
   * nothing goes on unnoticed. A server that does not answer is given up after some seconds.
   */
  async #guarded<T>(request: QueryIdentity, options: AskOptions | InsertOptions, work: (cut: AbortSignal) => Promise<T>): Promise<T> {
    const { signal, class: name = 'work' } = options;
    const left = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const onAbort = () => {
      this.#killInBackground(request.queryId);
      timer = setTimeout(() => left.abort(), KILL_PATIENCE_MS);
    };
    // The landing makes few inserts at once, and has its own connections.
    const release = name === 'landing' ? undefined : await this.#running.take();
    try {
      signal?.throwIfAborted();
      signal?.addEventListener('abort', onAbort, { once: true });
      await this.#options.whenReady();
      return await withPatience(this.#patience(request.queryId, name), (cut) => work(AbortSignal.any([left.signal, cut])));
    } catch (error) {
      // If the server is only slow, the old attempt and the next one would run side by side, so the old one is killed.
      if (name === 'landing' && isBroken(error)) this.#killInBackground(request.queryId);
      throw enrich(error, request);
    } finally {
      release?.();
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Best effort: a query that cannot be killed ends at its time limit. */
  #killInBackground(queryId: string): void {
    const kill = this.#options.kill ?? ((id: string) => this.kill(id));
    const attempt: Promise<unknown> = kill(queryId).then(
      () => this.#kills.delete(attempt),
      () => this.#kills.delete(attempt),
    );
    this.#kills.add(attempt);
  }

  #sql(sql: string): string {
    return withPrefix(sql, this.#options.prefix);
  }
}

/** After progress headers were sent the status is 200 whatever follows; a failure is then in the body. */
async function assertNoException(body: Readable, cut: AbortSignal): Promise<void> {
  cut.addEventListener('abort', () => body.destroy(), { once: true });
  const answer = await text(body);
  if (answer.includes('DB::Exception')) throw parseError(answer);
}

function unexpected(name: string, error: z.ZodError) {
  const places = error.issues.slice(0, 3).map((issue) => `${issue.path.slice(1).join('.')}: ${issue.code}`);
  return errors.unexpected_rows(`The rows of ${name} do not have the declared shape (${places.join('; ')}).`);
}
