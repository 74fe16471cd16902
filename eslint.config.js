import js from "@eslint/js";
import a11y from "eslint-plugin-jsx-a11y";
import hooks from "eslint-plugin-react-hooks";
import globals from "globals";
import tseslint from "typescript-eslint";
import words from "./web/lint/words.js";

/**
 * The web client: strict rules with types, those of React's hooks, and what a screen reader needs. Scripts outside of it
 * (test clients, the service worker, what runs in CloudFront): the recommended ones.
 */
export default tseslint.config(
  {
    ignores: [
      "**/lib/",
      "**/dist/",
      "**/.next/",
      "examples/html/vendor/",
      "examples/seed/src/usage/",
      "examples/seed/public/",
      "web/src/events.gen.ts",
      "web/tests/package/examples/",
      "web/tests/package/styles/",
      "cdk.out/",
      "site/",
      ".venv/",
      ".local/",
    ],
  },
  js.configs.recommended,
  {
    rules: { "no-unused-vars": ["error", { ignoreRestSiblings: true }] }, // `{ left, ...out }` leaves a field out
  },
  { files: ["**/*.mjs", "web/*.ts"], languageOptions: { globals: globals.node } },
  { files: ["web/*.ts"], languageOptions: { parser: tseslint.parser } },
  { files: ["web/public/*.js"], languageOptions: { globals: globals.serviceworker } },
  {
    files: ["examples/seed/src/*.jsx"],
    languageOptions: { globals: globals.browser, parserOptions: { ecmaFeatures: { jsx: true } } },
    rules: { "no-unused-vars": "off" }, // it takes what only JSX names for unused
  },
  { files: ["local/sight/page/*.js"], languageOptions: { globals: globals.browser } },
  {
    files: ["infra/**/*.js"],
    rules: { "no-unused-vars": ["error", { varsIgnorePattern: "^handler$" }] }, // CloudFront calls it
  },
  {
    files: ["web/src/**/*.{ts,tsx}", "web/tests/**/*.{ts,tsx}"],
    extends: [
      tseslint.configs.strictTypeChecked,
      hooks.configs.flat["recommended-latest"],
      a11y.flatConfigs.strict,
    ],
    rules: {
      // A key of an input method is known in Safari by its `keyCode` alone.
      "@typescript-eslint/no-deprecated": ["error", { allow: ["keyCode"] }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/require-await": "off", // ports are asynchronous, also where memory stands behind them
      "jsx-a11y/aria-role": ["error", { ignoreNonDOM: true }],
      "jsx-a11y/no-autofocus": ["error", { ignoreNonDOM: true }],
      // What scrolls can be reached without a mouse: axe asks for that (scrollable-region-focusable).
      "jsx-a11y/no-noninteractive-tabindex": ["error", { tags: [], roles: ["log", "group"] }],
      // A key on what scrolls (Home, End) is no click in disguise: `onKeyDown` is allowed.
      "jsx-a11y/no-noninteractive-element-interactions": [
        "error",
        { handlers: ["onClick", "onMouseDown", "onMouseUp", "onKeyPress", "onKeyUp"] },
      ],
    },
    languageOptions: {
      parserOptions: { project: "./web/tsconfig.json", tsconfigRootDir: import.meta.dirname },
    },
  },
  {
    files: ["web/src/{components,hooks,page}/**/*.{ts,tsx}"],
    ignores: ["web/src/page/words/**"],
    plugins: { words },
    rules: { "words/no-literals": "error" },
  },
  {
    files: ["docs/examples/web/**/*.{ts,tsx}", "examples/**/*.{ts,tsx}"], // their types are checked where they are built: they need the package
    extends: [tseslint.configs.strict, hooks.configs.flat["recommended-latest"], a11y.flatConfigs.strict],
    languageOptions: { globals: globals.browser },
  },
);
