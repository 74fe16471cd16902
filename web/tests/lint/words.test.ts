import { resolve } from "node:path";
import { ESLint, Linter } from "eslint";
import tseslint from "typescript-eslint";
import { expect, test } from "vitest";
import words from "../../lint/words.js";

const ROOT = resolve(import.meta.dirname, "../../..");

/** What the rule finds in a file, as texts. */
function found(code: string): string[] {
  const messages = new Linter().verify(
    code,
    [
      {
        files: ["**/*.tsx"],
        languageOptions: {
          parser: tseslint.parser,
          parserOptions: { ecmaFeatures: { jsx: true } },
        },
        plugins: { words },
        rules: { "words/no-literals": "error" },
      },
    ],
    { filename: "Component.tsx" },
  );
  return messages.map(({ message }) => /“(.*)”/s.exec(message)?.[1] ?? message);
}

test.each([
  ["text in an element", "<p>Not sent</p>", "Not sent"],
  ["text in braces", '<p>{"resting"}</p>', "resting"],
  ["one of two texts", '<p>{isBusy ? words.on : "off"}</p>', "off"],
  ["what is there at times", '<p>{isBusy && "Writing…"}</p>', "Writing…"],
  ["text around a value", "<p>{`${at} of ${count}`}</p>", "of"],
  ["text that is put together", '<p>{count + " new"}</p>', "new"],
  ["a name for a screen reader", '<button aria-label="Close" />', "Close"],
  ["a name in braces", "<button aria-label={`Copy ${name}`} />", "Copy"],
  ["a title", '<button title={isTouch ? "Send" : words.send} />', "Send"],
  ["a placeholder", '<input placeholder="Message" />', "Message"],
  ["a picture's text", '<img alt="A cat" />', "A cat"],
  ["a component's title", '<Dialog title="Settings" />', "Settings"],
  ["the page's title", 'document.title = "Chat"', "Chat"],
  ["a sentence in a table", 'const SAID = { copied: "It was copied" }', "It was copied"],
  [
    "a sentence that is thrown to be shown",
    'throw new ChatError({ message: "Try it again" })',
    "Try it again",
  ],
])("a literal is found: %s", (_, code, literal) => expect(found(code)).toEqual([literal]));

test.each([
  ["words", "<p title={words.send}>{words.version(1, 2)}</p>"],
  ["signs", '<p title="→">· {at} – {count}% {"↓"}</p>'],
  ["names of classes and roles", '<p className="ssio-button ssio-stop" role="status" dir="auto" />'],
  ["keys", 'event.key === "Enter" ? "start" : "end"'],
  ["what a machine wrote", "<code>ENABLE_WEBSOCKETS=false</code>"],
  ["an error for developers", 'throw new Error("There is no provider")'],
])("nothing is found: %s", (_, code) => expect(found(code)).toEqual([]));

test("make lint looks for them in all that is shown, and in nothing that is not", async () => {
  const eslint = new ESLint({ cwd: ROOT });
  const level = async (file: string): Promise<unknown> => {
    const { rules } = (await eslint.calculateConfigForFile(resolve(ROOT, file))) as {
      rules: Linter.RulesRecord;
    };
    return [rules["words/no-literals"]].flat()[0];
  };
  for (const file of ["components/chat/Composer.tsx", "hooks/useComposer.ts", "page/Sidebar.tsx"])
    expect(await level(`web/src/${file}`)).toBe(2);
  for (const file of ["words/german.ts", "page/words/german.ts", "client/errors.ts"])
    expect(await level(`web/src/${file}`)).toBeUndefined();
}, 60_000);
