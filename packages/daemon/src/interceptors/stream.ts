import type { StreamResponse, UnaryResponse } from "@connectrpc/connect";

/** What a call comes to, as interceptors see it. */
export type CallResponse = UnaryResponse | StreamResponse;

/**
 * Calls `ended` once when a call has ended: when its only answer is there, or when the last of a stream was taken or its
 * reader left. With an error, `ended` may throw another in its place.
 */
export async function observeEnd(
  call: () => Promise<CallResponse>,
  ended: (failure?: { readonly error: unknown }) => void,
): Promise<CallResponse> {
  let response: CallResponse;
  try {
    response = await call();
  } catch (error) {
    ended({ error });
    throw error;
  }
  if (!response.stream) {
    ended();
    return response;
  }
  return { ...response, message: observeIteration(response.message, ended) };
}

async function* observeIteration<T>(
  messages: AsyncIterable<T>,
  ended: (failure?: { readonly error: unknown }) => void,
): AsyncGenerator<T, void, void> {
  let failure: { readonly error: unknown } | undefined;
  try {
    yield* messages;
  } catch (error) {
    failure = { error };
    throw error;
  } finally {
    ended(failure);
  }
}
