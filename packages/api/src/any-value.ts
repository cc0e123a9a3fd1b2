/**
 * Bytes with the name of their type, as `google.protobuf.Any` carries them.
 *
 * The name is kept exactly as it came: some peers write `type.googleapis.com/NAME`, some a bare `NAME`, some a path
 * that is no message name at all and stands before JSON bytes.
 */
export interface AnyValue {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}
