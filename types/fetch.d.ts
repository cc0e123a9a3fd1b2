/**
 * `@connectrpc/connect` names this type as a global, as the DOM library has it; Node's types declare fetch without it.
 * The DOM library itself stays out, so that no source reaches for a global that only browsers have.
 */
type HeadersInit = NonNullable<ConstructorParameters<typeof Headers>[0]>;
