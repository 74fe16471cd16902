import js from "@eslint/js";
import a11y from "eslint-plugin-jsx-a11y";
import hooks from "eslint-plugin-react-hooks";
import tseslint from "typescript-eslint";

/** The web client: strict rules with types, those of React's hooks, and what a screen reader needs. */
export default tseslint.config(
  {
    ignores: [
      "**/lib/",
      "**/dist/",
      "web/src/events.gen.ts",
      "web/tests/package/examples/",
      "cdk.out/",
      ".venv/",
      ".local/",
    ],
  },
  js.configs.recommended,
  {
    files: ["web/src/**/*.{ts,tsx}", "web/tests/**/*.{ts,tsx}"],
    extends: [
      tseslint.configs.strictTypeChecked,
      hooks.configs.flat["recommended-latest"],
      a11y.flatConfigs.strict,
    ],
    rules: {
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/require-await": "off", // ports are asynchronous, also where memory stands behind them
      "jsx-a11y/aria-role": ["error", { ignoreNonDOM: true }],
      "jsx-a11y/no-autofocus": ["error", { ignoreNonDOM: true }],
    },
    languageOptions: {
      parserOptions: { project: "./web/tsconfig.json", tsconfigRootDir: import.meta.dirname },
    },
  },
);
