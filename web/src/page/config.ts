/** What `/config.json` says. Users, with their keys, are in it only where everything runs on one machine. */
export interface PageConfig {
  socketPath: string;
  enableWebsockets: boolean;
  vapidPublicKey?: string;
  users: readonly DemoUser[];
  agents: readonly KnownAgent[];
  /** Where one signs in, if there is an issuer. */
  signIn?: Issuer;
}

/** An OpenID Connect issuer, and what this page is to it. */
export interface Issuer {
  issuer: string;
  clientId: string;
  scope: string;
}

export interface DemoUser {
  userId: string;
  apiKey: string;
  plan?: string;
}

export interface KnownAgent {
  agentId: string;
  name: string;
}

/** Fetches the configuration. Throws where there is none, e.g. while a local stack is still being deployed. */
export async function fetchConfig(): Promise<PageConfig> {
  const answer = await fetch("/config.json");
  if (!answer.ok) throw new Error(`/config.json: ${answer.status}`);
  const said = (await answer.json()) as Partial<PageConfig>;
  const agents = (said.agents ?? []).toSorted(echoLast);
  return { socketPath: "/api/socketio", enableWebsockets: true, users: [], ...said, agents };
}

/** A companion makes a better first impression than an echo. */
function echoLast(one: KnownAgent, other: KnownAgent): number {
  return Number(one.agentId === "echo") - Number(other.agentId === "echo");
}
