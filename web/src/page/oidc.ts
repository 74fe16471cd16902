import { ErrorResponse, UserManager, type User } from "oidc-client-ts";
import type { Issuer } from "./config.js";

/* OpenID Connect's authorization code flow with PKCE. Loaded on use. Nothing is asked for in an iframe. */

interface Came {
  agentId?: string;
}

let made: UserManager | undefined;
let renewing: Promise<User | null> | undefined;
let hasEnded = false; // until the page is loaded again

/** Leads to the issuer. */
export async function begin(issuer: Issuer, agentId: string | undefined): Promise<void> {
  await manager(issuer).signinRedirect({ state: { agentId } });
}

/** Takes what the issuer's answer in the address leads to. Throws where that is nothing. */
export async function finish(issuer: Issuer): Promise<Came> {
  const user = await manager(issuer).signinRedirectCallback();
  const came = user.state as Came | undefined; // what `begin` gave along
  return came ?? {};
}

/** Signs out at the issuer, if it knows how; else here alone. */
export async function end(issuer: Issuer): Promise<void> {
  hasEnded = true;
  const oidc = manager(issuer);
  const there = await oidc.metadataService.getEndSessionEndpoint().catch(() => undefined);
  if (there === undefined) return oidc.removeUser();
  const back = home();
  // Cognito's own names for what OpenID Connect calls post_logout_redirect_uri:
  await oidc.signoutRedirect({ extraQueryParams: { client_id: issuer.clientId, logout_uri: back } });
}

/**
 * The token to use now: the last one, or with `isExpiring`, or past its end, a newer one by the refresh token. Throws where
 * there is none to be had; calls `over` where there never will be.
 */
export async function token(issuer: Issuer, isExpiring: boolean, over: () => void): Promise<string> {
  const oidc = manager(issuer);
  let user = await oidc.getUser();
  if (user && (isExpiring || user.expired)) user = await renewed(oidc, user, isExpiring);
  if (user) return jwtOf(user);
  await oidc.removeUser();
  over();
  throw new Error("There is no token any more");
}

/** The user with newer tokens; null if the issuer gives none. Whoever asks meanwhile gets the same. */
async function renewed(oidc: UserManager, user: User, isExpiring: boolean): Promise<User | null> {
  if (!user.refresh_token) return isExpiring && !user.expired ? user : null;
  renewing ??= oidc.signinSilent().finally(() => {
    renewing = undefined;
  });
  try {
    const newer = await renewing;
    return hasEnded ? null : newer; // what was on its way when the user signed out is forgotten, too
  } catch (error) {
    if (error instanceof ErrorResponse) return null; // the issuer has said no: any other failure may pass
    throw error;
  }
}

/** The access token; where that is opaque, as Google's, the ID token. */
function jwtOf(user: User): string {
  const isJwt = user.access_token.split(".").length === 3;
  return isJwt ? user.access_token : (user.id_token ?? user.access_token);
}

function manager({ issuer, clientId, scope }: Issuer): UserManager {
  made ??= new UserManager({
    authority: issuer,
    client_id: clientId,
    redirect_uri: home(),
    post_logout_redirect_uri: home(),
    response_type: "code", // with PKCE, as always in this library
    scope,
    automaticSilentRenew: false, // the server says when
    monitorSession: false, // which would take an iframe
    loadUserInfo: false,
  });
  return made;
}

function home(): string {
  return `${location.origin}/`;
}
