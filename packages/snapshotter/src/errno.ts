/** The symbol of a failed system call (`"ENOENT"`), or undefined where `error` is none. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
