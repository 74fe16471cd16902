import { Component, type ReactNode } from "react";

interface BoundaryProps {
  /** What stands there instead, and how the children are tried again. */
  fallback: (retry: () => void) => ReactNode;
  /** What the children are made of: if that changes, they are tried again. */
  of?: unknown;
  children: ReactNode;
}

/** Keeps a failure to draw something to that part of the page. React has no hook for it. */
export class Boundary extends Component<BoundaryProps, { isBroken: boolean }> {
  override state = { isBroken: false };

  static getDerivedStateFromError(): { isBroken: boolean } {
    return { isBroken: true };
  }

  override componentDidUpdate(before: BoundaryProps): void {
    if (this.state.isBroken && before.of !== this.props.of) this.#retry();
  }

  readonly #retry = (): void => this.setState({ isBroken: false });

  override render(): ReactNode {
    return this.state.isBroken ? this.props.fallback(this.#retry) : this.props.children;
  }
}
