/** What callers may do, the least first; each may do all that those before it may. */
export const roles = ["reader", "operator", "admin"] as const;

/** One of {@link roles}: a reader looks, an operator also changes what a namespace has, an admin also manages namespaces and tokens. */
export type Role = (typeof roles)[number];

/** What somebody may do, and where. */
export interface Grant {
  readonly role: Role;
  /** Names of the namespaces that it concerns, or all of them and the daemon itself. */
  readonly namespaces: ReadonlySet<string> | "all";
}

/** Whether `role` is `needed` or more. */
export function isAtLeast(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed);
}
