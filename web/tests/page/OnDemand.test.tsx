// @vitest-environment happy-dom
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { StrictMode } from "react";
import { expect, test, vi } from "vitest";
import { OnDemand } from "../../src/page/OnDemand.js";

function Greeting({ name }: { name: string }) {
  return <p>Hello {name}</p>;
}

test("it is loaded when it is there, and given what it needs", async () => {
  const load = vi.fn(async () => Greeting);
  const { rerender } = render(<OnDemand load={load} with={{ name: "Mira" }} />);
  await screen.findByText("Hello Mira");
  rerender(<OnDemand load={load} with={{ name: "Echo" }} />);
  expect(screen.getByText("Hello Echo")).toBeTruthy();
  expect(load).toHaveBeenCalledTimes(1);
});

test("what cannot be had says so, and is tried again when it is wanted", async () => {
  let isThere = false;
  const load = async () => {
    if (!isThere) throw new TypeError("Failed to fetch dynamically imported module");
    return Greeting;
  };
  render(<OnDemand load={load} with={{ name: "Mira" }} />, { wrapper: StrictMode });
  expect((await screen.findByRole("alert")).textContent).toContain("could not be loaded");
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  await screen.findByRole("alert");
  isThere = true;
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  await screen.findByText("Hello Mira");
});
