/**
 * Who chats: the demo user that the address names (`?user=alice`), as `make run` has them. A page of your own asks its back
 * end for the key of whoever has signed in.
 */
export async function signIn(): Promise<{ userId: string; token: string }> {
  const wanted = new URLSearchParams(location.search).get("user") ?? "alice";
  const answer = await fetch("/config.json");
  const { users } = (await answer.json()) as { users: { userId: string; apiKey: string }[] };
  const token = users.find(({ userId }) => userId === wanted)?.apiKey ?? "unknown";
  return { userId: wanted, token };
}
