// What Node's own sockets lack.
export { sendDatagram } from "./datagram.ts";
export { listeningSocketPath } from "./listening-socket.ts";
export { type PeerCredentials, peerCredentials } from "./peer-credentials.ts";
export { connectSeqpacket, type SeqpacketConnection, type SeqpacketOptions } from "./seqpacket.ts";
