/** How a vendor knows who calls, as data: the kit logs in, keeps tokens and adds the headers. No I/O. */
import type { HttpRequest } from './http-message.ts';

/** Whom the vendor issues tokens to. */
export interface OAuthClient {
  readonly id: string;
  readonly secret: string;
  /** Where the vendor expects both: as HTTP Basic, or as fields of the form. */
  readonly sentAs: 'basic' | 'form';
}

/** A key of a machine account, as Google issues it. */
export interface ServiceAccount {
  readonly email: string;
  /** PKCS #8 in PEM. */
  readonly privateKey: string;
  /** Which key of the account it is. */
  readonly keyId?: string;
}

export type Authentication<Config> =
  /** `reason`: for the connector’s page. */
  | { readonly kind: 'none'; readonly reason: string }
  /** `Authorization: Bearer …`. */
  | { readonly kind: 'bearer'; token(config: Config): string }
  /** The key in a header of the vendor’s own: `Authorization: Klaviyo-API-Key …`, `Api-Token: …`. */
  | { readonly kind: 'header'; readonly name: string; value(config: Config): string }
  | { readonly kind: 'basic'; user(config: Config): string; password(config: Config): string }
  /** Headers made of the request and the moment, for each attempt. Pure. */
  | {
      readonly kind: 'signature';
      sign(
        request: HttpRequest,
        config: Config,
        attempt: { readonly batchId: string; readonly at: Date },
      ): Readonly<Record<string, string>>;
    }
  /** OAuth 2.0 tokens (RFC 6749): fetched with the client’s own credentials, 4.4. */
  | {
      readonly kind: 'client_credentials';
      tokenUrl(config: Config): string;
      client(config: Config): OAuthClient;
      scope?(config: Config): string;
    }
  /** Fetched with a refresh token, which the vendor may replace by a new one each time, 6. */
  | {
      readonly kind: 'refresh_token';
      tokenUrl(config: Config): string;
      client(config: Config): OAuthClient;
      refreshToken(config: Config): string;
    }
  /** Fetched with a statement that the account’s key has signed (RFC 7523, 2.1). */
  | { readonly kind: 'service_account'; tokenUrl(config: Config): string; account(config: Config): ServiceAccount; readonly scope: string };

/** Logins that hand out a token for a time. */
export type TokenAuthentication<Config> = Extract<Authentication<Config>, { tokenUrl: unknown }>;

export const handsOutTokens = <Config>(auth: Authentication<Config>): auth is TokenAuthentication<Config> => 'tokenUrl' in auth;
