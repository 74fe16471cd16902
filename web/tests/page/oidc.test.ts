// @vitest-environment happy-dom
import { User } from "oidc-client-ts";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Issuer } from "../../src/page/config.js";

const ISSUER: Issuer = { issuer: "https://login.example.com", clientId: "page", scope: "openid" };
const CONFIGURATION = { issuer: ISSUER.issuer, token_endpoint: `${ISSUER.issuer}/token` }; // it cannot sign out
const over = vi.fn();

/** What the issuer answers for a refresh token is up to the test; the rest it knows. */
let answer: (tokens: Record<string, unknown>) => void;

function signedIn(seconds: number): void {
  const user = new User({
    access_token: "the.old.token",
    refresh_token: "old",
    token_type: "Bearer",
    profile: { sub: "emma", iss: ISSUER.issuer, aud: "page", exp: 0, iat: 0 },
    expires_at: Math.floor(Date.now() / 1000) + seconds,
  });
  sessionStorage.setItem(`oidc.user:${ISSUER.issuer}:page`, user.toStorageString());
}

beforeEach(() => {
  vi.resetModules();
  over.mockReset();
  const tokens = new Promise<Record<string, unknown>>((resolve) => (answer = resolve));
  vi.stubGlobal("fetch", async (url: string) =>
    Response.json(url.endsWith("/token") ? await tokens : CONFIGURATION),
  );
});
afterEach(() => {
  vi.unstubAllGlobals();
  sessionStorage.clear();
});

const NEWER = { access_token: "a.newer.token", refresh_token: "new", token_type: "Bearer", expires_in: 300 };

test("a token that ends soon is renewed, once for all who ask", async () => {
  signedIn(300);
  const { token } = await import("../../src/page/oidc.js");
  const asked = Promise.all([token(ISSUER, true, over), token(ISSUER, true, over)]);
  answer(NEWER);
  expect(await asked).toEqual(["a.newer.token", "a.newer.token"]);
  expect(JSON.stringify(sessionStorage)).toContain("a.newer.token");
});

test("who has signed out is not signed in again by a renewal that was on its way", async () => {
  signedIn(300);
  const { end, token } = await import("../../src/page/oidc.js");
  const asked = token(ISSUER, true, over);
  await end(ISSUER);
  answer(NEWER);
  await expect(asked).rejects.toThrow("no token any more");
  expect(sessionStorage.length).toBe(0);
});
