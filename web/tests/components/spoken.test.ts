import { expect, test } from "vitest";
import { spoken } from "../../src/components/markdown/spoken.js";
import { chat as words } from "../../src/words/english/chat.js";

test.each([
  [
    "marks are not read",
    "Some **bold**, *leaning* and ~~wrong~~ `code`.",
    "Some bold, leaning and wrong code.",
  ],
  ["a link is its name", "See [the guide](https://example.com/a/b?c=d).", "See the guide."],
  [
    "a bare address is its host",
    "See https://example.com/a/b?c=d and a@b.example.",
    "See example.com and a@b.example.",
  ],
  ["an image is what it shows", "![a cat](https://example.com/cat.png)", "a cat."],
  [
    "a heading, a list, a rule",
    "# Title\n\n- one\n- two\n\n***\n\n3. three\n4. four",
    "Title. one. two. 3. three. 4. four.",
  ],
  ["what is done", "- [x] one\n- [ ] two", "Done: one. To do: two."],
  ["a table, row by row", "| a | b |\n|---|--:|\n| 1 | 2 |", "a, b. 1, 2."],
  ["of code that it is there", 'Look:\n\n```python\nprint("hi")\n```', "Look: Code, python."],
  ["of code its language alone", '```c++ title="a.cc"\nint a;\n```', "Code, c++."],
  ["no cell that is empty", "| a | |\n|---|---|\n| | 2 |", "a. 2."],
  ["characters for their names", "&lt; &amp; &copy; 5 \\* 3", "< & © 5 * 3."],
  ["a quote", "> said\n>\n> > twice", "said. twice."],
  ["lines and breaks", "one\ntwo<br>three  \nfour", "one two three four."],
  ["maths without its delimiters", "so \\(a + b\\)", "so a + b."],
  ["where links lead is not read", "[x][1]\n\n[1]: https://example.com", "x."],
])("%s", (_, text, read) => expect(spoken(text, words)).toBe(read));

test("what lies too deep is read as it is, and nothing fails", () => {
  expect(spoken(`${">".repeat(2_500)} end`, words)).toMatch(/^>+ end\.$/);
});
