/** Who chats. The key is for this tab, and for as long as it is open; your own page asks its back end for one. */
export interface Account {
  userId: string;
  apiKey: string;
}

const NAME = "account";

export function remembered(): Account | null {
  return JSON.parse(sessionStorage.getItem(NAME) ?? "null") as Account | null;
}

export function remember(account: Account): void {
  sessionStorage.setItem(NAME, JSON.stringify(account));
}

export function forget(): void {
  sessionStorage.removeItem(NAME);
}
