import { useSyncExternalStore } from "react";
import { Store } from "../client/store.js";

/** Where one is: what the address says, so that a reload, a bookmark and a notification lead to the same chat. */
export interface Place {
  agentId: string | null;
  userId: string | null;
}

const place = new Store<Place>({ agentId: null, userId: null });

export function usePlace(): Place {
  return useSyncExternalStore(place.subscribe, place.get);
}

/** The address of a place, e.g. `/?agent=companion&user=alice`. */
export function addressOf({ agentId, userId }: Place): string {
  const query = new URLSearchParams();
  if (agentId) query.set("agent", agentId);
  if (userId) query.set("user", userId);
  return query.size ? `/?${query}` : "/";
}

/** Goes to a place, which the way back leads away from again. */
export function go(to: Partial<Place>): void {
  const next = { ...place.get(), ...to };
  if (addressOf(next) === location.pathname + location.search) return;
  history.pushState(null, "", addressOf(next));
  place.set(next);
}

/** Goes to an address, e.g. that of a notification; it names the agent, and the user stays. */
export function goToAddress(url: string): void {
  const { agentId, userId } = placeOf(new URL(url, location.origin));
  go({ ...(agentId && { agentId }), ...(userId && { userId }) });
}

/** Follows the address from now on. */
export function followAddress(): void {
  const look = (): void => place.set(placeOf(new URL(location.href)));
  addEventListener("popstate", look);
  look();
}

function placeOf({ searchParams }: URL): Place {
  return { agentId: searchParams.get("agent"), userId: searchParams.get("user") };
}
