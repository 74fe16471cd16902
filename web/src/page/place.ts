import { useEffect, useSyncExternalStore } from "react";
import { hasDraft } from "../client/chat/drafts.js";
import { Store } from "../client/store.js";
import { lastUser } from "./people.js";

/** Where one is: what the address says, so that a reload, a bookmark and a notification lead to the same chat. */
export interface Place {
  agentId: string | null;
  userId: string | null;
}

/** The chat that is on the screen. */
interface ShownChat {
  agentId: string;
  userId: string;
}

/** How a page stands to an address: it shows what that leads to, may be led there, or is not to be disturbed. */
export type Standing = "there" | "free" | "busy";

const place = new Store<Place>({ agentId: null, userId: null });
let shown: ShownChat | null = null;

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

/** Is at a place from now on, without a way back to what the address was. */
export function settle(at: Place): void {
  history.replaceState(null, "", addressOf(at));
  place.set(at);
}

/** Goes to an address, e.g. that of a notification; it names the agent, and the user stays. */
export function goToAddress(url: string): void {
  const { agentId, userId } = placeOf(new URL(url, location.origin));
  go({ ...(agentId && { agentId }), ...(userId && { userId }) });
}

/** Says which chat is on the screen while mounted: the address need not name it. */
export function useShown({ agentId, userId }: ShownChat): void {
  useEffect(() => {
    shown = { agentId, userId };
    return () => {
      shown = null;
    };
  }, [agentId, userId]);
}

/** Whether this page is that of the user who talked last on this device, whose the notifications are. */
export function isOfLastUser(): boolean {
  return shown !== null && shown.userId === (lastUser() ?? shown.userId);
}

/** How this page stands to an address, such as that of a notification: without a user it is for the one who talked last. */
export function standingTo(url: string): Standing {
  const target = new URL(url, location.origin);
  const { agentId, userId } = placeOf(target);
  const isOfUser = userId === null ? isOfLastUser() : userId === shown?.userId;
  if (shown === null || !isOfUser || target.pathname !== location.pathname) return "busy";
  if (agentId === null || agentId === shown.agentId) return "there";
  return hasDraft() ? "busy" : "free";
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
