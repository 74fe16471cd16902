import "server-only";
import { takeConnection, type StoredMessage } from "@serverless-socketio/react";
import { connection } from "next/server";

/** Who has signed in, with the key that your back end keeps for them. Here: whom the environment names. */
export async function signedIn(): Promise<{ userId: string; apiKey: string }> {
  await connection(); // a page with a key in it is made for each request, and never by the build
  const { CHAT_USER: userId, CHAT_API_KEY: apiKey } = process.env;
  if (!userId || !apiKey) throw new Error("CHAT_USER and CHAT_API_KEY are missing: see README.md");
  return { userId, apiKey };
}

/** What was said so far, so that the page has it before any script runs. */
export async function saidSoFar(agentId: string, token: string): Promise<StoredMessage[]> {
  const { item, release } = takeConnection({ token });
  try {
    return (await item.ask("chat:history", { agentId })).messages;
  } catch {
    return []; // the browser tries for itself, and tells why it cannot
  } finally {
    release();
  }
}
