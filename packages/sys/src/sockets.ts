// What Node's own sockets lack.
export { type PeerCredentials, peerCredentials } from "./peer-credentials.ts";
export { connectSeqpacket, type SeqpacketConnection, type SeqpacketOptions } from "./seqpacket.ts";
