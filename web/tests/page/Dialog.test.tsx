// @vitest-environment happy-dom
import { createEvent, fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { Dialog } from "../../src/page/Dialog.js";

function open() {
  const onClose = vi.fn<() => void>();
  const page = render(
    <Dialog title="Keys" onClose={onClose}>
      <p>Content</p>
    </Dialog>,
  );
  return { ...page, onClose, dialog: screen.getByRole<HTMLDialogElement>("dialog", { name: "Keys" }) };
}

test("it stands open before the page until it is taken away", () => {
  const { dialog, unmount } = open();
  expect(dialog.open).toBe(true);
  unmount();
  expect(dialog.open).toBe(false);
});

test("it is closed by its button, by Escape, and by a click beside it, but not by one in it", async () => {
  const { dialog, onClose } = open();
  await userEvent.click(screen.getByText("Content"));
  expect(onClose).toHaveBeenCalledTimes(0);
  await userEvent.click(screen.getByRole("button", { name: "Close" }));
  expect(onClose).toHaveBeenCalledTimes(1);
  fireEvent(dialog, createEvent("cancel", dialog)); // what a browser makes of Escape
  expect(onClose).toHaveBeenCalledTimes(2);
  await userEvent.click(dialog);
  expect(onClose).toHaveBeenCalledTimes(3);
});
