// @vitest-environment happy-dom
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import { Choices } from "../../src/page/Choices.js";

function open(chosen: string | undefined, ids = ["alice", "bob", "carol"]) {
  const went: string[] = [];
  const choices = ids.map((id) => ({ id, name: id, note: "free", status: "online" as const }));
  render(<Choices title="You are" chosen={chosen} choices={choices} onChoose={(id) => went.push(id)} />);
  const stops = () => screen.getAllByRole("button").filter(({ tabIndex }) => tabIndex === 0);
  return { went, stops, user: userEvent.setup() };
}

test("they are one stop: whoever is chosen, or the first", () => {
  expect(open("bob").stops()).toEqual([screen.getByRole("button", { name: "bob" })]);
});

test("where the chosen one is not among them the first is the stop", () => {
  expect(open("somebody else").stops()).toEqual([screen.getByRole("button", { name: "alice" })]);
});

test("arrows walk and choose nobody; Enter does", async () => {
  const { user, went, stops } = open("bob");
  await user.tab();
  await user.keyboard("{ArrowDown}{ArrowDown}");
  expect(document.activeElement).toBe(screen.getByRole("button", { name: "carol" }));
  expect(stops()).toEqual([document.activeElement]);
  expect(went).toEqual([]);
  await user.keyboard("{Home}{Enter}");
  expect(went).toEqual(["alice"]);
});

test("who leaves comes back to the one who is chosen", async () => {
  const { user, stops } = open("bob");
  await user.tab();
  await user.keyboard("{End}");
  await user.tab();
  expect(stops()).toEqual([screen.getByRole("button", { name: "bob" })]);
});

test("a name is all that names a choice; the rest describes it", () => {
  open("bob", ["bob"]);
  const button = screen.getByRole("button", { name: "bob" });
  expect(document.getElementById(button.getAttribute("aria-describedby") ?? "")?.textContent).toBe(
    "online free",
  );
});
