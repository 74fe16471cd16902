import type { ReactNode } from "react";
import type { Account } from "./account";

export function SignIn({ onSignIn }: { onSignIn: (account: Account) => void }): ReactNode {
  function signIn(form: FormData): void {
    onSignIn({ userId: String(form.get("user")), apiKey: String(form.get("key")) });
  }

  return (
    <form className="sign-in" action={signIn}>
      <h1>Who are you?</h1>
      <label>
        User
        <input name="user" defaultValue="alice" autoComplete="username" required />
      </label>
      <label>
        API key
        <input name="key" type="password" autoComplete="current-password" required />
      </label>
      <button>Sign in</button>
    </form>
  );
}
