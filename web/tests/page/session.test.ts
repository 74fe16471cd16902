// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";

const ISSUER = { issuer: "https://login.example.com", clientId: "page", scope: "openid" };
const oidc = vi.hoisted(() => ({ begin: vi.fn(), finish: vi.fn(), end: vi.fn(), token: vi.fn() }));
const people = vi.hoisted(() => ({ remember: vi.fn(), whoIs: vi.fn() }));
vi.mock("../../src/page/oidc.js", () => oidc);
vi.mock("../../src/page/people.js", () => people);

async function opened(address: string) {
  history.replaceState(null, "", address);
  const session = await import("../../src/page/session.js");
  await session.resume(ISSUER, "companion");
  return session;
}

async function freshToken(token: string, isExpiring: boolean): Promise<string | undefined> {
  const { configuration } = await import("../../src/client/config.js");
  return configuration().freshToken?.(token, isExpiring);
}

async function shown() {
  const { renderHook } = await import("@testing-library/react");
  const { useSession } = await import("../../src/page/session.js");
  return renderHook(() => useSession()).result;
}

beforeEach(() => {
  vi.resetModules();
  oidc.finish.mockResolvedValue({ agentId: "echo" });
  oidc.token.mockResolvedValue("a.new.token");
  people.whoIs.mockResolvedValue("dora");
});
afterEach(() => {
  vi.resetAllMocks();
  sessionStorage.clear();
});

test("nothing is loaded where nobody has signed in", async () => {
  await opened("/?agent=echo");
  expect((await shown()).current.person).toBeNull();
  expect(oidc.finish).not.toHaveBeenCalled();
});

test("the issuer's answer makes a person, and leaves the address", async () => {
  await opened("/?code=c&state=s");
  expect((await shown()).current.person).toMatchObject({ userId: "dora", isSignedIn: true });
  expect(location.search).toBe("?agent=echo&user=dora");
  expect(JSON.stringify(sessionStorage)).not.toContain("a.new.token");
});

test("a reload asks neither the issuer nor the server who it is", async () => {
  sessionStorage.setItem("chat.signed-in", "dora");
  await opened("/");
  expect((await shown()).current.person?.userId).toBe("dora");
  expect(oidc.finish).not.toHaveBeenCalled();
  expect(people.whoIs).not.toHaveBeenCalled();
});

test.each(["/?error=access_denied&state=s", "/?code=stolen&state=s"])(
  "what is no answer to a question of ours signs nobody in: %s",
  async (address) => {
    oidc.finish.mockRejectedValue(new Error("No matching state found in storage"));
    await opened(address);
    const { current } = await shown();
    expect(current).toMatchObject({ person: null, problem: "failed" });
    expect(location.search).not.toMatch(/code|state|error/);
  },
);

test("a key is given as it is, and the signed-in user's newest token in its place", async () => {
  await opened("/?code=c&state=s");
  const { current } = await shown();
  expect(await freshToken("chat_key", true)).toBe("chat_key");
  expect(await freshToken(current.person?.apiKey ?? "", true)).toBe("a.new.token");
  expect(oidc.token).toHaveBeenLastCalledWith(ISSUER, true, expect.any(Function));
});

test("when there is no newer token, that is said", async () => {
  await opened("/?code=c&state=s");
  const result = await shown();
  oidc.token.mockImplementation((_issuer: unknown, _expiring: boolean, over: () => void) => {
    over();
    return Promise.reject(new Error("over"));
  });
  const { act } = await import("@testing-library/react");
  await act(async () => {
    await freshToken(result.current.person?.apiKey ?? "", false).catch(() => undefined);
  });
  expect(result.current.person).toBeNull();
  expect(result.current.problem).toBe("over");
  expect(sessionStorage.length).toBe(0);
});

test("who signs out is not told that the sign-in has ended", async () => {
  await opened("/?code=c&state=s");
  const result = await shown();
  const session = await import("../../src/page/session.js");
  oidc.token.mockImplementation((_issuer: unknown, _expiring: boolean, over: () => void) => {
    over();
    return Promise.reject(new Error("over"));
  });
  const { act } = await import("@testing-library/react");
  const key = result.current.person?.apiKey ?? "";
  await act(async () => {
    await session.end(ISSUER);
    await freshToken(key, true).catch(() => undefined);
  });
  expect(result.current).toMatchObject({ person: null, problem: null });
});
