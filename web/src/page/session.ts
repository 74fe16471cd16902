import { useSyncExternalStore } from "react";
import { configure } from "../client/config.js";
import { Store } from "../client/store.js";
import type { Issuer } from "./config.js";
import { remember, whoIs, type Person } from "./people.js";
import { settle } from "./place.js";
import type { SessionProblem } from "./words/words.js";

/*
 * Who has signed in at the issuer, in this tab: nothing of it outlives the tab. What speaks OpenID Connect is loaded when
 * somebody signs in, comes back from the issuer, or was signed in before a reload; the first load is without it.
 *
 *   nobody ── begin ──▶ the issuer ── resume ──▶ a person ── end, or no newer token ──▶ nobody
 */

const SIGNED_IN = "signed-in"; // stands for the newest token wherever a key is given
const USER = "chat.signed-in"; // who it is, so that a reload need not ask

interface SessionState {
  readonly person: Person | null;
  readonly problem: SessionProblem | null;
}

const state = new Store<SessionState>({ person: null, problem: null });
let resumed: Promise<void> | undefined;
let hasSignedOut = false;

const load = async (): Promise<typeof import("./oidc.js")> => import("./oidc.js");
const dismiss = (): void => state.set({ ...state.get(), problem: null });

export function useSession(): SessionState & { dismiss: () => void } {
  return { ...useSyncExternalStore(state.subscribe, state.get), dismiss };
}

/** Leads to the issuer, which leads back here. */
export async function begin(issuer: Issuer, agentId: string | undefined): Promise<void> {
  try {
    await (await load()).begin(issuer, agentId);
  } catch {
    tell("unreachable");
  }
}

/** Signs out, here and at the issuer. */
export async function end(issuer: Issuer): Promise<void> {
  hasSignedOut = true;
  sessionStorage.removeItem(USER);
  try {
    await (await load()).end(issuer);
  } catch {
    tell("signed-out-here");
    return;
  }
  state.set({ person: null, problem: null });
}

/** Finds out who has signed in, once: by the address that the issuer led to, or from before a reload. */
export function resume(issuer: Issuer, agentId: string | undefined): Promise<void> {
  resumed ??= find(issuer, agentId);
  return resumed;
}

async function find(issuer: Issuer, agentId: string | undefined): Promise<void> {
  const isBack = isAnswer(new URL(location.href));
  const known = stored();
  if (!isBack && known === null) return;
  try {
    const oidc = await load();
    const came = isBack ? await oidc.finish(issuer) : null;
    configure({
      freshToken: async (token, isExpiring) =>
        token === SIGNED_IN ? oidc.token(issuer, isExpiring, over) : token,
    });
    const agent = came?.agentId ?? agentId ?? "echo";
    const userId = isBack || known === null ? await whoIs(SIGNED_IN, agent) : known;
    sessionStorage.setItem(USER, userId);
    state.set({ person: { userId, apiKey: SIGNED_IN, isSignedIn: true }, problem: null });
    if (!isBack) return;
    remember(userId);
    settle({ agentId: came?.agentId ?? null, userId });
  } catch {
    if (isBack) settle({ agentId: agentId ?? null, userId: null });
    tell("failed");
  }
}

/** There is no newer token: whoever it was has to sign in again. Who has signed out need not be told. */
function over(): void {
  sessionStorage.removeItem(USER);
  state.set({ person: null, problem: hasSignedOut ? state.get().problem : "over" });
}

function tell(problem: SessionProblem): void {
  state.set({ person: null, problem });
}

/** Whether an address is the issuer's answer (RFC 6749 sections 4.1.2 and 4.1.2.1). */
function isAnswer({ searchParams }: URL): boolean {
  return searchParams.has("state") && (searchParams.has("code") || searchParams.has("error"));
}

function stored(): string | null {
  try {
    return sessionStorage.getItem(USER);
  } catch {
    return null; // storage is forbidden: nobody can sign in
  }
}
